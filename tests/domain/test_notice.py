"""Notice given, notice owed, and what it means to have kept it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume
from hypothesis import given as given_any
from hypothesis import strategies as st

from service.domain.hours import OFFICE, ROUND_THE_CLOCK, SCHOOL, Hours, parse
from service.domain.london import from_wall, to_local, wall
from service.domain.notice import (
    NOT_SET,
    NoticeGiven,
    earliest_start,
    given,
    given_words,
    kept,
    kept_from,
    kept_words,
    owed_words,
)
from service.domain.spans import Span, Unit
from service.domain.working_time import WorkingCalendar
from service.policies.holidays import working_calendar

CALENDAR = working_calendar(date(2026, 11, 23))
ONE_DAY = Span(1, Unit.WORKING_DAYS)
FOUR_HOURS = Span(4, Unit.WORKING_HOURS)


@pytest.mark.parametrize(
    ("handed", "start", "hours", "elapsed", "working", "why"),
    [
        ("2026-11-27T16:00:00", "2026-11-30T10:00:00", OFFICE, 66, 2, "Friday 4pm to Monday 10am"),
        ("2026-11-27T16:00:00", "2026-11-30T10:00:00", ROUND_THE_CLOCK, 66, 66, "the same for the police"),
        ("2026-12-24T16:00:00", "2026-12-29T10:00:00", OFFICE, 114, 2, "over Christmas and its substitute Monday"),
        ("2026-10-23T16:00:00", "2026-10-26T10:00:00", ROUND_THE_CLOCK, 67, 67, "the autumn weekend has an hour more"),
        ("2026-11-30T10:00:00", "2026-11-30T09:00:00", OFFICE, 0, 0, "handed over after the start"),
    ],
)
def test_notice_is_counted_twice(handed: str, start: str, hours: Hours, elapsed: int, working: int, why: str) -> None:
    counted = given(from_wall(handed), from_wall(start), hours, CALENDAR)
    assert counted == NoticeGiven(timedelta(hours=elapsed), timedelta(hours=working)), why


@pytest.mark.parametrize(
    ("handed", "owed", "hours", "first", "why"),
    [
        ("2026-11-30T11:00:00", ONE_DAY, OFFICE, "2026-12-01T00:00:00", "Monday in hours: any time Tuesday"),
        ("2026-11-30T17:30:00", ONE_DAY, OFFICE, "2026-12-02T00:00:00", "Monday after closing is received on Tuesday"),
        ("2026-11-30T16:30:00", ONE_DAY, SCHOOL, "2026-12-02T00:00:00", "a school closes at 4pm"),
        ("2026-11-30T17:30:00", ONE_DAY, ROUND_THE_CLOCK, "2026-12-01T00:00:00", "the police never close"),
        ("2026-11-30T07:00:00", ONE_DAY, OFFICE, "2026-12-01T00:00:00", "before opening is received that day"),
        ("2026-11-27T17:30:00", ONE_DAY, OFFICE, "2026-12-01T00:00:00", "Friday evening is received on Monday"),
        ("2026-12-24T17:30:00", ONE_DAY, OFFICE, "2026-12-30T00:00:00", "Christmas Eve evening: received Tuesday 29"),
        ("2026-11-27T16:00:00", FOUR_HOURS, OFFICE, "2026-11-30T12:00:00", "Friday 4pm: Monday midday"),
        ("2026-11-27T16:00:00", Span(24, Unit.HOURS), OFFICE, "2026-11-28T16:00:00", "hours run over a weekend"),
        ("2026-11-27T16:00:00", Span(45, Unit.MINUTES), OFFICE, "2026-11-27T16:45:00", "minutes are exact"),
        ("2026-11-27T23:00:00", Span(2, Unit.CALENDAR_DAYS), OFFICE, "2026-11-29T00:00:00", "Friday: Sunday"),
        ("2026-11-30T23:00:00", Span(3, Unit.MONTHS), OFFICE, "2027-02-28T00:00:00", "months clamp"),
        ("2026-11-30T11:00:00", Span(0, Unit.SAME_DAY), OFFICE, "2026-11-30T11:00:00", "at once"),
        ("2026-11-28T11:00:00", Span(0, Unit.WORKING_DAYS), OFFICE, "2026-11-28T11:00:00", "no days: at once"),
        ("2026-11-28T17:55:00", Span(0, Unit.HOURS), OFFICE, "2026-11-28T17:55:00", "no hours: at once"),
    ],
)
def test_the_first_start_that_keeps_the_notice_owed(
    handed: str, owed: Span, hours: Hours, first: str, why: str
) -> None:
    threshold = kept_from(from_wall(handed), owed, hours, CALENDAR)
    assert wall(threshold) == first, why
    assert kept(from_wall(handed), threshold, owed, hours, CALENDAR) is True
    assert kept(from_wall(handed), threshold - timedelta(seconds=1), owed, hours, CALENDAR) is False


def test_immediate_risk_at_five_to_six_with_no_figure_set_is_neither_kept_nor_broken() -> None:
    handed, start = from_wall("2026-11-30T17:55:00"), from_wall("2026-11-30T18:30:00")
    assert kept(handed, start, None, OFFICE, CALENDAR) is None
    assert earliest_start(handed, None, OFFICE, CALENDAR) is None
    assert kept(handed, start, Span(0, Unit.HOURS), OFFICE, CALENDAR) is True
    assert kept(handed, start, FOUR_HOURS, OFFICE, CALENDAR) is False


@pytest.mark.parametrize(
    ("owed", "fair"),
    [
        (ONE_DAY, "2026-12-01T09:00:00"),
        (Span(5, Unit.CALENDAR_DAYS), "2026-12-05T09:00:00"),
        (Span(1, Unit.MONTHS), "2026-12-30T09:00:00"),
        (FOUR_HOURS, "2026-11-30T15:00:00"),
        (Span(24, Unit.HOURS), "2026-12-01T11:00:00"),
        (Span(0, Unit.WORKING_DAYS), "2026-11-30T11:00:00"),
    ],
)
def test_a_day_of_notice_ends_when_a_working_day_can_begin(owed: Span, fair: str) -> None:
    monday = from_wall("2026-11-30T11:00:00")
    found = earliest_start(monday, owed, OFFICE, CALENDAR)
    assert found is not None
    assert wall(found) == fair


def test_notice_in_words() -> None:
    assert given_words(NoticeGiven(timedelta(hours=66), timedelta(hours=2))) == (
        "2 days 18 hours, of which 2 hours in working time"
    )
    assert owed_words(FOUR_HOURS) == "4 working hours"
    assert owed_words(None) == NOT_SET == "not set by the partnership"
    assert [kept_words(outcome) for outcome in (True, False, None)] == ["kept", "short", NOT_SET]


INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
LENGTHS = st.integers(0, 20_000).map(lambda minutes: timedelta(minutes=minutes))
HOURS = st.sampled_from([OFFICE, SCHOOL, ROUND_THE_CLOCK, parse("Mon-Sun 08:00-20:00"), parse("Tue/Thu 10:00-12:00")])
# "As soon as possible" and a week of pregnancy are no lengths of notice, and a pack that owes them is refused.
COUNTED = [unit for unit in Unit if unit not in {Unit.SAME_DAY, Unit.ASAP, Unit.GESTATION_WEEK}]
OWED = st.one_of(
    st.builds(Span, st.integers(0, 30), st.sampled_from(COUNTED)),
    st.just(Span(0, Unit.SAME_DAY)),
)


@given_any(INSTANTS, LENGTHS, LENGTHS, HOURS, OWED)
def test_a_later_meeting_never_has_less_notice(
    handed: datetime, sooner: timedelta, more: timedelta, hours: Hours, owed: Span
) -> None:
    first, second = handed + sooner, handed + sooner + more
    early, late = given(handed, first, hours, CALENDAR), given(handed, second, hours, CALENDAR)
    assert late.elapsed >= early.elapsed
    assert late.working >= early.working
    assert kept(handed, second, owed, hours, CALENDAR) >= kept(handed, first, owed, hours, CALENDAR)  # type: ignore[operator]


@given_any(INSTANTS, LENGTHS, HOURS, OWED)
def test_a_later_invitation_never_makes_an_earlier_start_fair(
    handed: datetime, wait: timedelta, hours: Hours, owed: Span
) -> None:
    assert kept_from(handed, owed, hours, CALENDAR) <= kept_from(handed + wait, owed, hours, CALENDAR)


@given_any(INSTANTS, LENGTHS, HOURS, OWED, st.integers(0, 20))
def test_adding_a_bank_holiday_never_adds_notice(
    handed: datetime, length: timedelta, hours: Hours, owed: Span, after: int
) -> None:
    extra = (handed + timedelta(days=after)).date()
    special = WorkingCalendar(CALENDAR.bank_holidays | {extra}, CALENDAR.known_until)
    start = handed + length
    assert given(handed, start, hours, special).working <= given(handed, start, hours, CALENDAR).working
    assert kept_from(handed, owed, hours, special) >= kept_from(handed, owed, hours, CALENDAR)


PLAIN = WorkingCalendar(frozenset(), date(2030, 12, 31))
WEEK = timedelta(days=7)


@given_any(INSTANTS, LENGTHS, HOURS, OWED.filter(lambda owed: owed.unit is not Unit.MONTHS))
def test_a_shift_by_a_week_without_holidays_or_clock_changes_changes_no_notice(
    handed: datetime, length: timedelta, hours: Hours, owed: Span
) -> None:
    start, first = handed + length, kept_from(handed, owed, hours, PLAIN)
    instants = (handed, start, first, *(each + WEEK for each in (handed, start, first)))
    assume(len({to_local(each).utcoffset() for each in instants}) == 1)
    assert kept_from(handed + WEEK, owed, hours, PLAIN) == first + WEEK
    assert given(handed + WEEK, start + WEEK, hours, PLAIN) == given(handed, start, hours, PLAIN)
    assert kept(handed + WEEK, start + WEEK, owed, hours, PLAIN) is kept(handed, start, owed, hours, PLAIN)


@given_any(INSTANTS, HOURS, OWED)
def test_the_earliest_fair_start_keeps_the_notice(handed: datetime, hours: Hours, owed: Span) -> None:
    fair = earliest_start(handed, owed, hours, CALENDAR)
    assert fair is not None
    assert kept(handed, fair, owed, hours, CALENDAR) is True
