"""What follows each failure: time mends what it can, a person gets the rest, and nobody waits for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.outlook.errors import (
    LONGEST_RETRY_SECONDS,
    Ambiguous,
    Conflict,
    Duplicate,
    Gone,
    GraphError,
    NotReached,
    PermanentConfiguration,
    PermanentData,
    Resync,
    Throttled,
    classify,
)
from service.scheduler.retries import CONFIGURATION_WAIT, MOST_ATTEMPTS, SETTLING, WAITS, Then, follow, wait

KINDS: list[type[GraphError]] = [
    Ambiguous,
    Conflict,
    Duplicate,
    Gone,
    NotReached,
    PermanentConfiguration,
    PermanentData,
    Resync,
    Throttled,
]


@pytest.mark.parametrize(
    ("error", "then", "after"),
    [
        (NotReached(), Then.TRY_AGAIN, timedelta(seconds=1)),
        (Ambiguous(), Then.TRY_AGAIN, SETTLING),
        (Conflict(), Then.TRY_AGAIN, timedelta(seconds=1)),
        (Throttled(), Then.TRY_AGAIN, timedelta(seconds=30)),
        (Throttled(retry_after=0), Then.TRY_AGAIN, timedelta(seconds=1)),
        (Throttled(retry_after=179), Then.TRY_AGAIN, timedelta(seconds=179)),
        (Throttled(retry_after=180), Then.TRY_AGAIN, timedelta(seconds=180)),
        (Throttled(retry_after=3600), Then.TRY_AGAIN, timedelta(hours=1)),
        (PermanentConfiguration(), Then.STOP_MAILBOX, CONFIGURATION_WAIT),
        (PermanentData(), Then.GIVE_TO_A_PERSON, timedelta(0)),
        (Duplicate(), Then.GIVE_TO_A_PERSON, timedelta(0)),
        (Gone(), Then.GIVE_TO_A_PERSON, timedelta(0)),
        (Resync(), Then.TRY_AGAIN, timedelta(seconds=1)),
        (GraphError(), Then.TRY_AGAIN, timedelta(seconds=1)),
    ],
)
def test_each_failure_has_its_consequence(error: GraphError, then: Then, after: timedelta) -> None:
    followed = follow(error, 1)
    assert (followed.then, followed.after) == (then, after)


def test_waits_only_ever_grow_and_stop_at_five_minutes() -> None:
    assert list(WAITS) == sorted(WAITS)
    assert [wait(attempts) for attempts in range(1, len(WAITS) + 1)] == list(WAITS)
    assert wait(10_000) == timedelta(minutes=5)


def test_the_tries_outlast_a_whole_day_before_a_person_is_asked() -> None:
    waited = sum((follow(Ambiguous(), attempts).after for attempts in range(1, MOST_ATTEMPTS)), timedelta(0))
    assert timedelta(hours=24) < waited < timedelta(hours=30)


@given(st.sampled_from(KINDS), st.integers(1, 1000), st.none() | st.floats(0, LONGEST_RETRY_SECONDS))
def test_every_failure_is_answered_and_never_with_an_endless_wait(
    kind: type[GraphError], attempts: int, asked: float | None
) -> None:
    followed = follow(kind(retry_after=asked), attempts)
    assert timedelta(0) <= followed.after <= timedelta(hours=1)
    if followed.then is Then.TRY_AGAIN:
        assert followed.after >= timedelta(seconds=1), "a try at once would spin"
        assert attempts < MOST_ATTEMPTS
    if attempts >= MOST_ATTEMPTS:
        assert followed.then is Then.GIVE_TO_A_PERSON


@given(st.integers(400, 599), st.text(max_size=20), st.integers(1, MOST_ATTEMPTS - 1))
def test_no_server_fault_ever_gives_up_on_an_agency(status: int, code: str, attempts: int) -> None:
    kind = classify(status, code)
    if status >= 500 and kind in {Ambiguous, Throttled}:
        assert follow(kind(status=status), attempts).then is Then.TRY_AGAIN
