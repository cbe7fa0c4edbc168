"""Whom to phone first, and which call tells an agency of a start."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.answers import Answer
from service.domain.calls import CallMade, CallOutcome, ToCall, in_order, told_at
from service.domain.hours import OFFICE, ROUND_THE_CLOCK
from service.domain.policy import Level
from service.policies.holidays import working_calendar

TUESDAY_TEN = datetime(2026, 12, 1, 10, tzinfo=UTC)
TUESDAY_NIGHT = datetime(2026, 12, 1, 23, tzinfo=UTC)
CALENDAR = working_calendar(TUESDAY_TEN.date())
NEEDED = ("csc", "police", "health")

SOCIAL_WORKER = ToCall("social_worker", "", "csc", Level.CORE, OFFICE)
POLICE = ToCall("police_child_protection", "", "police", Level.CORE, ROUND_THE_CLOCK)
HEALTH = ToCall("health_practitioner", "", "health", Level.CORE, OFFICE)
WARD = ToCall("ward_nurse", "", "health", Level.CONDITIONAL, ROUND_THE_CLOCK)
SCHOOL = ToCall("school", "", "education", Level.CONDITIONAL, OFFICE)
EVERYBODY = (SCHOOL, WARD, HEALTH, POLICE, SOCIAL_WORKER)


def roles(places: tuple[ToCall, ...], now: datetime = TUESDAY_TEN) -> list[str]:
    return [place.role for place in in_order(places, NEEDED, now, CALENDAR)]


def test_by_day_those_the_quorum_needs_come_first_in_its_order() -> None:
    assert roles(EVERYBODY) == [
        "social_worker",
        "police_child_protection",
        "health_practitioner",
        "ward_nurse",
        "school",
    ]


def test_at_night_those_who_can_be_reached_come_first_among_those_who_must_come() -> None:
    assert roles(EVERYBODY, TUESDAY_NIGHT) == [
        "police_child_protection",
        "social_worker",
        "health_practitioner",
        "ward_nurse",
        "school",
    ]


@pytest.mark.parametrize(
    ("answer", "last", "stands_last"),
    [
        (Answer.YES, None, True),
        (Answer.DEPUTY, None, True),
        (None, CallOutcome.JOINED, True),
        (Answer.NO, None, False),
        (Answer.MAYBE, None, False),
        (None, CallOutcome.REACHED, False),
        (None, CallOutcome.NO_ANSWER, False),
    ],
)
def test_whoever_is_settled_stands_last(answer: Answer | None, last: CallOutcome | None, *, stands_last: bool) -> None:
    police = ToCall("police_child_protection", "", "police", Level.CORE, ROUND_THE_CLOCK, answer, last)
    assert (roles((police, SCHOOL, WARD))[-1] == "police_child_protection") is stands_last


@given(st.permutations(EVERYBODY))
def test_the_order_does_not_depend_on_how_the_places_come(places: list[ToCall]) -> None:
    assert in_order(places, NEEDED, TUESDAY_NIGHT, CALENDAR) == in_order(EVERYBODY, NEEDED, TUESDAY_NIGHT, CALENDAR)


START = TUESDAY_TEN + timedelta(hours=4)


@pytest.mark.parametrize(
    ("outcome", "version", "about_start", "begun_by_phone", "tells"),
    [
        (CallOutcome.REACHED, 1, START, False, True),
        (CallOutcome.JOINED, 1, START, False, True),
        (CallOutcome.LEFT_MESSAGE, 1, START, False, False),
        (CallOutcome.NO_ANSWER, 1, START, False, False),
        # The meeting was moved since: the call named another start.
        (CallOutcome.REACHED, 1, START - timedelta(hours=1), False, False),
        # Moved away and back again: it is the same start, and it was told of it.
        (CallOutcome.REACHED, 0, START, False, True),
        # Before there was a time: it tells of the discussion it was called to, if that began by phone.
        (CallOutcome.REACHED, 1, None, True, True),
        (CallOutcome.REACHED, 1, None, False, False),
        (CallOutcome.REACHED, 2, None, True, False),
    ],
)
def test_what_a_call_tells_of(
    outcome: CallOutcome, version: int, about_start: datetime | None, *, begun_by_phone: bool, tells: bool
) -> None:
    call = CallMade(outcome, TUESDAY_TEN, version, about_start)
    told = told_at([call], 1, START, begun_by_phone=begun_by_phone)
    assert told == (TUESDAY_TEN if tells else None)


def test_the_first_call_that_tells_is_the_one_that_counts() -> None:
    calls = [
        CallMade(CallOutcome.NO_ANSWER, TUESDAY_TEN, 1, START),
        CallMade(CallOutcome.REACHED, TUESDAY_TEN + timedelta(minutes=9), 1, START),
        CallMade(CallOutcome.JOINED, TUESDAY_TEN + timedelta(minutes=20), 1, START),
    ]
    assert told_at(calls, 1, START, begun_by_phone=False) == TUESDAY_TEN + timedelta(minutes=9)
    assert told_at([], 1, START, begun_by_phone=True) is None
