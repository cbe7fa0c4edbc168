"""Days and times as people type them, in one place for every form."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.london import local_date, words
from service.web.typed_times import DAY_WANTED, STILL_TO_COME, TIME_WANTED, typed_moment

MONDAY = datetime(2026, 11, 30, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "clock", "meant"),
    [
        ("3/12/26", "2.30pm", "Thursday 3 December 2026, 2:30pm"),
        ("3/12/2026", "14:30", "Thursday 3 December 2026, 2:30pm"),
        ("3 December", "1430", "Thursday 3 December 2026, 2:30pm"),
        ("Thursday 3rd Dec", "2:30 PM", "Thursday 3 December 2026, 2:30pm"),
        ("3-12", "midday", "Thursday 3 December 2026, midday"),
        ("today", "9am", "Monday 30 November 2026, 9am"),
        ("Tomorrow", "12am", "Tuesday 1 December 2026, midnight"),
        ("29 nov", "12pm", "Monday 29 November 2027, midday"),
        ("28/6/2027", "9am", "Monday 28 June 2027, 9am"),
    ],
)
def test_a_moment_is_read_as_it_was_meant(day: str, clock: str, meant: str) -> None:
    found = typed_moment(day, clock, MONDAY).instant
    assert found is not None
    assert words(found) == meant


@pytest.mark.parametrize(
    ("day", "meant"), [("30 nov", "2026-11-30"), ("1 Dec", "2025-12-01"), ("29/11", "2026-11-29"), ("29 Feb", None)]
)
def test_a_day_that_has_been_is_the_last_such_day(day: str, meant: str | None) -> None:
    found = typed_moment(day, "9am", MONDAY, past=True).instant
    assert (found and local_date(found).isoformat()) == meant


@pytest.mark.parametrize(
    ("day", "clock", "ahead", "day_error", "time_error"),
    [
        ("", "", False, DAY_WANTED, TIME_WANTED),
        ("31/2/2026", "9am", False, DAY_WANTED, ""),
        ("3/12", "9", False, "", TIME_WANTED),
        ("today", "9:59am", True, STILL_TO_COME, ""),
        ("today", "10am", True, STILL_TO_COME, ""),
        ("today", "10:01", True, "", ""),
        ("3/12/1926", "9am", False, "", ""),
    ],
)
def test_what_is_wrong_is_said_of_its_own_field(
    day: str, clock: str, day_error: str, time_error: str, *, ahead: bool
) -> None:
    found = typed_moment(day, clock, MONDAY, ahead=ahead)
    assert (found.day_error, found.time_error) == (day_error, time_error)
    assert (found.instant is None) == bool(day_error or time_error)
    wrong = {"d": day_error, "t": time_error}
    assert found.errors("d", "t") == {name: said for name, said in wrong.items() if said}


@settings(max_examples=60, deadline=None)
@given(day=st.text(max_size=20), clock=st.text(max_size=10), past=st.booleans(), ahead=st.booleans())
def test_whatever_is_typed_is_a_moment_or_a_sentence(day: str, clock: str, *, past: bool, ahead: bool) -> None:
    found = typed_moment(day, clock, MONDAY, past=past, ahead=ahead)
    assert (found.instant is None) == bool(found.errors("d", "t"))
    if found.instant is not None and ahead:
        assert found.instant - MONDAY > timedelta(0)
