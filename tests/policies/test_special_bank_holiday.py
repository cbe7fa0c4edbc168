"""A special bank holiday announced after the fact: what was planned before it is judged by the days there really were.

19 September 2022, the state funeral of Queen Elizabeth II, was a Monday and was proclaimed on Saturday 10 September.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.deadlines import due, due_before
from service.domain.hours import OFFICE, ROUND_THE_CLOCK, Hours
from service.domain.london import from_wall, wall
from service.domain.notice import given as notice_given
from service.domain.notice import kept, kept_from
from service.domain.spans import Span, Unit
from service.domain.working_time import WorkingCalendar
from service.policies.holidays import official, working_calendar

FUNERAL = date(2022, 9, 19)
BEFORE = WorkingCalendar(official() - {FUNERAL}, date(2030, 12, 31))
SINCE = WorkingCalendar(official(), date(2030, 12, 31))


@pytest.mark.parametrize(
    ("start", "span", "before", "since", "why"),
    [
        ("2022-09-09T11:00:00", Span(15, Unit.WORKING_DAYS), "09-30", "10-03", "Friday: from a Friday to the Monday"),
        ("2022-09-20T11:00:00", Span(15, Unit.WORKING_DAYS), "10-11", "10-11", "Tuesday after it: nothing changes"),
        ("2022-09-16T16:00:00", Span(1, Unit.WORKING_DAYS), "09-19", "09-20", "Friday: the Tuesday after"),
        ("2022-09-09T11:00:00", Span(10, Unit.CALENDAR_DAYS), "09-19", "09-19", "calendar days know no holidays"),
    ],
)
def test_a_deadline_moves_by_the_day_that_is_no_working_day_any_more(
    start: str, span: Span, before: str, since: str, why: str
) -> None:
    dues = [wall(due(from_wall(start), span, calendar)) for calendar in (BEFORE, SINCE)]
    assert dues == [f"2022-{before}T23:59:59", f"2022-{since}T23:59:59"], why


def test_a_report_ahead_of_a_conference_is_due_a_working_day_sooner() -> None:
    wednesday = from_wall("2022-09-21T10:00:00")
    dues = [wall(due_before(wednesday, Span(2, Unit.WORKING_DAYS), calendar)) for calendar in (BEFORE, SINCE)]
    assert dues == ["2022-09-19T23:59:59", "2022-09-16T23:59:59"]


@pytest.mark.parametrize(
    ("hours", "before", "since", "working", "why"),
    [
        (OFFICE, True, False, 2, "the office was shut on the Monday: an hour on Friday, an hour on Tuesday"),
        (ROUND_THE_CLOCK, True, False, 90, "the police were there all the time, but a working day is a working day"),
    ],
)
def test_notice_that_was_kept_by_the_list_of_that_day_is_short_by_the_days_there_were(
    hours: Hours, before: bool, since: bool, working: int, why: str
) -> None:
    handed, start = from_wall("2022-09-16T16:00:00"), from_wall("2022-09-20T10:00:00")
    owed = Span(2, Unit.WORKING_DAYS)
    assert kept(handed, start, owed, hours, BEFORE) is before
    assert kept(handed, start, owed, hours, SINCE) is since, why
    assert notice_given(handed, start, hours, SINCE).working == timedelta(hours=working), why
    assert notice_given(handed, start, hours, SINCE).elapsed == timedelta(hours=90)


PLAIN = working_calendar(date(2026, 11, 23))
DAYS = st.dates(date(2026, 1, 1), date(2028, 6, 1))


@given(DAYS, DAYS.filter(lambda day: day.weekday() < 5), st.integers(1, 40))
def test_one_more_holiday_never_brings_a_deadline_forward_and_delays_it_only_from_before(
    start: date, holiday: date, count: int
) -> None:
    special = WorkingCalendar(PLAIN.bank_holidays | {holiday}, PLAIN.known_until)
    due_then, due_now = PLAIN.add_working_days(start, count), special.add_working_days(start, count)
    counted = start < holiday <= due_then and PLAIN.is_working_day(holiday)
    assert (due_now > due_then) == counted
    assert due_now >= due_then


@given(DAYS, st.integers(0, 23), st.integers(0, 6), st.sampled_from([OFFICE, ROUND_THE_CLOCK]))
def test_a_holiday_outside_the_count_changes_no_notice(day: date, hour: int, amount: int, hours: Hours) -> None:
    handed = from_wall(f"{day}T{hour:02}:30:00")
    owed = Span(amount, Unit.WORKING_DAYS)
    first = kept_from(handed, owed, hours, PLAIN)
    outside = {day - timedelta(days=1), (first + timedelta(days=2)).date()}
    special = WorkingCalendar(PLAIN.bank_holidays | outside, PLAIN.known_until)
    assert kept_from(handed, owed, hours, special) == first
