"""What differs between an event as we handed it over and as it stands in Outlook."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.drift import (
    DriftKind,
    EventSide,
    can_be_restored,
    differences,
    last_morning,
    mark_of,
    text_of,
)

START = datetime(2026, 12, 8, 14, tzinfo=UTC)
OURS = EventSide(
    START,
    START + timedelta(hours=1),
    "Professionals' meeting CV-1",
    "Reference CV-1",
    "Town Hall",
    frozenset({"a@x", "b@x"}),
)
BLOB = OURS.text + " Join: https://teams.example/1"


@pytest.mark.parametrize(
    ("changes", "online", "expected"),
    [
        ({}, False, set()),
        ({"start": START + timedelta(hours=2)}, False, {DriftKind.TIME}),
        ({"end": START + timedelta(hours=2)}, False, {DriftKind.TIME}),
        ({"guests": frozenset({"a@x"})}, False, {DriftKind.GUESTS}),
        ({"guests": OURS.guests | {"c@x"}}, False, {DriftKind.GUESTS}),
        ({"subject": "Keziah"}, False, {DriftKind.WORDS}),
        ({"text": "Reference CV-1 Keziah"}, False, {DriftKind.WORDS}),
        ({"text": BLOB}, True, set()),
        ({"text": "Join: https://teams.example/1"}, True, {DriftKind.WORDS}),
        ({"text": BLOB + " Keziah"}, True, {DriftKind.WORDS}),
        ({"venue": "Room 9"}, False, {DriftKind.PLACE}),
        ({"venue": "Room 9", "text": BLOB}, True, {DriftKind.PLACE}),
    ],
)
def test_what_differs(changes: dict[str, Any], online: bool, expected: set[DriftKind]) -> None:
    seen = replace(OURS, **changes)
    mark = mark_of(BLOB) if online else ""
    assert {each.kind for each in differences(OURS, seen, online=online, text_mark=mark)} == expected


def test_a_place_that_teams_gave_an_online_event_is_nobody_s_change() -> None:
    ours = replace(OURS, venue="")
    assert differences(ours, replace(ours, venue="Microsoft Teams Meeting"), online=True) == ()


def test_nothing_that_somebody_typed_is_kept() -> None:
    seen = replace(OURS, subject="Keziah Fennimore", text="born 4 May 2018", venue="3 Elm Row")
    kept = str([dict(each.detail) for each in differences(OURS, seen, online=False)])
    assert not [word for word in ("Keziah", "born", "Elm") if word in kept]


def test_a_second_change_of_the_words_is_another_difference() -> None:
    (first,), (second,) = (differences(OURS, replace(OURS, subject=word), online=False) for word in ("one", "two"))
    assert first != second


def test_the_body_of_an_online_event_is_never_written_anew() -> None:
    assert can_be_restored({"what": ["subject"]}, online=True)
    assert can_be_restored({"what": ["body"]}, online=False)
    assert not can_be_restored({"what": ["subject", "body"]}, online=True)


def test_exchange_may_rewrite_the_markup() -> None:
    ours = "<p>Reference: <strong>CV-1</strong><br>A &amp; B</p>"
    head = "<html><head><title>x</title><style>p{}</style></head>"
    theirs = f"{head}<body>\r\n<div>Reference: CV-1</div>\r\nA &amp; B</body></html>"
    assert text_of(ours) == text_of(theirs) == "Reference: CV-1 A & B"


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        # A Tuesday, before and after five in the morning, UTC.
        ("2026-12-01T04:59:59+00:00", "2026-11-30T05:00:00+00:00"),
        ("2026-12-01T05:00:00+00:00", "2026-12-01T05:00:00+00:00"),
        # In summer London is an hour ahead, and the comparison still waits for UTC.
        ("2026-07-01T05:30:00+01:00", "2026-06-30T05:00:00+00:00"),
    ],
)
def test_the_morning(now: str, expected: str) -> None:
    assert last_morning(datetime.fromisoformat(now)) == datetime.fromisoformat(expected)


@given(st.integers(0, 4 * 366 * 86_400))
def test_the_last_morning_is_less_than_a_day_ago(seconds: int) -> None:
    now = START + timedelta(seconds=seconds)
    assert timedelta(0) <= now - last_morning(now) < timedelta(days=1)
