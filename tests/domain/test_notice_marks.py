"""The marks before a start say the same of every notice as counting it does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from service.domain.bands import elapsed_band, working_band
from service.domain.hours import parse
from service.domain.notice import given, kept
from service.domain.notice_marks import marks_before
from service.domain.spans import Span, Unit
from service.domain.working_time import CalendarTooShortError, WorkingCalendar

# Easter and both clock changes of 2026 lie within.
CALENDAR = WorkingCalendar(frozenset({date(2026, 4, 3), date(2026, 4, 6), date(2026, 12, 25)}), date(2026, 12, 31))
HOURS = ("always", "Mon-Fri 09:00-17:00", "Mon-Thu 09:00-17:00; Fri 09:00-12:00 13:00-16:30", "Mon/Wed 09:30-12:00")
# Quarter hours, so that many notices fall exactly on a mark.
QUARTERS = st.integers(0, 4 * 24 * 320).map(lambda n: datetime(2026, 1, 5, tzinfo=UTC) + timedelta(minutes=15 * n))
OWED = st.builds(
    Span,
    st.integers(0, 12),
    st.sampled_from([Unit.HOURS, Unit.WORKING_HOURS, Unit.WORKING_DAYS, Unit.CALENDAR_DAYS]),
) | st.just(Span(0, Unit.SAME_DAY))


@for_all(QUARTERS, st.integers(-8, 4 * 24 * 7), st.sampled_from(HOURS), OWED, st.sampled_from([0, 1, -1]))
def test_every_notice_falls_in_the_band_it_is_counted_in_and_is_kept_alike(
    start: datetime, quarters: int, hours: str, owed: Span, seconds: int
) -> None:
    told = start - timedelta(minutes=15 * quarters, seconds=seconds)
    # Made anew for each: what is remembered of an earlier one would not be worked out again.
    marks, had = marks_before.__wrapped__(start, hours, CALENDAR), given(told, start, parse(hours), CALENDAR)
    bands = working_band(had.working), elapsed_band(had.elapsed)
    assert marks.given(told, owed) == (bands, kept(told, start, owed, parse(hours), CALENDAR))


def test_two_agencies_of_the_same_hours_are_each_held_to_what_they_are_owed() -> None:
    marks = marks_before.__wrapped__(datetime(2026, 6, 9, 13, tzinfo=UTC), "always", CALENDAR)
    told = datetime(2026, 6, 9, 8, tzinfo=UTC)
    owed = (Span(4, Unit.HOURS), Span(6, Unit.HOURS), Span(4, Unit.WORKING_HOURS), Span(6, Unit.WORKING_HOURS))
    assert [marks.given(told, each)[1] for each in owed] == [True, False, True, False]


def test_what_nobody_is_owed_is_neither_kept_nor_broken() -> None:
    start = datetime(2026, 6, 9, 13, tzinfo=UTC)
    assert marks_before(start, "always", CALENDAR).given(start, None)[1] is None


def test_a_start_beyond_the_known_bank_holidays_is_refused_round_the_clock_too() -> None:
    with pytest.raises(CalendarTooShortError):
        marks_before(datetime(2027, 1, 4, 10, tzinfo=UTC), "always", CALENDAR)
