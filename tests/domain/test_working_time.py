"""Working days and working hours over real calendars: Easter, year ends, leap days and both clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from service.domain.hours import OFFICE, ROUND_THE_CLOCK, SCHOOL, Hours, parse
from service.domain.london import LONDON, from_wall, wall
from service.domain.working_time import (
    CalendarTooShortError,
    WorkingCalendar,
    go_back,
    go_forward,
    is_open,
    next_open,
    openings_on,
    working_time,
)
from service.policies.holidays import working_calendar

CALENDAR = working_calendar(date(2026, 11, 23))
SEVEN_DAYS = parse("Mon-Sun 08:00-20:00")
NIGHT_DESK = parse("Mon-Sun 00:00-08:00; bank holidays")
SPLIT = parse("Mon-Fri 09:00-12:00 13:00-17:00")
HALF_TERM = parse("Mon-Fri 08:30-16:00; term 2026-09-02 to 2026-10-23; term 2026-11-02 to 2026-12-18")


@pytest.mark.parametrize(
    ("day", "count", "result", "why"),
    [
        ("2026-02-02", 15, "2026-02-23", "Monday to Monday: no holiday in between"),
        ("2026-02-05", 15, "2026-02-26", "Thursday to Thursday"),
        ("2026-04-01", 15, "2026-04-24", "Wednesday: Good Friday and Easter Monday do not count"),
        ("2026-05-22", 5, "2026-06-01", "Friday: the spring bank holiday Monday does not count"),
        ("2026-12-24", 1, "2026-12-29", "Thursday: Christmas, the weekend, and Boxing Day's substitute Monday"),
        ("2026-12-24", 4, "2027-01-04", "Thursday: 29, 30, 31 December, then past New Year's Day and a weekend"),
        ("2028-02-28", 1, "2028-02-29", "Monday: the leap day is a Tuesday and counts"),
        ("2026-11-28", 1, "2026-11-30", "Saturday: the day after is Sunday, so Monday is the first"),
        ("2026-11-28", 0, "2026-11-28", "no days is the day itself, even a Saturday"),
        ("2026-12-01", -2, "2026-11-27", "Tuesday: Monday, then Friday"),
        ("2026-12-29", -1, "2026-12-24", "Tuesday: back over Boxing Day's substitute, the weekend and Christmas"),
    ],
)
def test_the_day_after_counts_as_one(day: str, count: int, result: str, why: str) -> None:
    assert CALENDAR.add_working_days(date.fromisoformat(day), count) == date.fromisoformat(result), why


@given(st.dates(date(2026, 1, 1), date(2028, 6, 1)), st.integers(1, 60))
def test_adding_days_and_counting_them_agree_both_ways(day: date, count: int) -> None:
    later = CALENDAR.add_working_days(day, count)
    assert CALENDAR.working_days_between(day, later) == count
    assert CALENDAR.working_days_between(later, day) == -count


@pytest.mark.parametrize(
    ("start", "end", "hours", "minutes", "why"),
    [
        ("2026-11-27T16:00:00", "2026-11-30T10:00:00", OFFICE, 120, "Friday 4pm to Monday 10am"),
        ("2026-11-27T16:00:00", "2026-11-30T10:00:00", ROUND_THE_CLOCK, 66 * 60, "every hour of the weekend"),
        ("2026-11-27T15:30:00", "2026-11-30T09:00:00", SCHOOL, 60, "school from 3:30pm to 4pm, and from 8:30am"),
        ("2026-11-28T10:00:00", "2026-11-28T12:00:00", OFFICE, 0, "Saturday, closed"),
        ("2026-11-28T10:00:00", "2026-11-28T12:00:00", SEVEN_DAYS, 120, "Saturday, open"),
        ("2026-12-25T10:00:00", "2026-12-25T12:00:00", SEVEN_DAYS, 0, "Christmas Friday closes a seven-day desk"),
        ("2026-12-25T10:00:00", "2026-12-25T12:00:00", ROUND_THE_CLOCK, 120, "Christmas never closes the police"),
        ("2026-12-24T16:00:00", "2026-12-29T10:00:00", OFFICE, 120, "Thursday to Tuesday over Christmas"),
        ("2026-04-02T16:00:00", "2026-04-07T10:00:00", OFFICE, 120, "Thursday to Tuesday over Easter"),
        ("2028-02-28T16:00:00", "2028-03-01T10:00:00", OFFICE, 600, "Monday to Wednesday with the leap day whole"),
        ("2026-10-25T00:00:00", "2026-10-25T08:00:00", NIGHT_DESK, 540, "the autumn night is an hour longer"),
        ("2027-03-28T00:00:00", "2027-03-28T08:00:00", NIGHT_DESK, 420, "the spring night is an hour shorter"),
        ("2026-10-24T12:00:00", "2026-10-25T12:00:00", ROUND_THE_CLOCK, 1500, "25 hours over the autumn change"),
        ("2027-03-27T12:00:00", "2027-03-28T12:00:00", ROUND_THE_CLOCK, 1380, "23 hours over the spring change"),
        ("2026-10-23T15:00:00", "2026-11-02T09:30:00", HALF_TERM, 120, "half-term closes the school"),
        ("2026-11-30T10:00:00", "2026-11-30T09:00:00", OFFICE, 0, "an end before the start is no time"),
    ],
)
def test_only_time_while_the_agency_is_open_counts(start: str, end: str, hours: Hours, minutes: int, why: str) -> None:
    counted = working_time(from_wall(start), from_wall(end), hours, CALENDAR)
    assert counted == timedelta(minutes=minutes), why


@pytest.mark.parametrize(
    ("instant", "minutes", "hours", "result", "why"),
    [
        ("2026-11-30T10:00:00", 120, OFFICE, "2026-11-27T16:00:00", "Monday: an hour today, an hour on Friday"),
        ("2026-11-30T10:00:00", 60, OFFICE, "2026-11-30T09:00:00", "Monday 9am, not the Friday close before it"),
        ("2026-11-30T10:00:00", 0, OFFICE, "2026-11-30T10:00:00", "nothing to go back"),
        ("2026-11-29T10:00:00", 60, OFFICE, "2026-11-27T16:00:00", "from a Sunday"),
        ("2026-12-29T09:30:00", 60, OFFICE, "2026-12-24T16:30:00", "Tuesday back over Christmas"),
        ("2026-11-29T10:00:00", 0, OFFICE, "2026-11-29T10:00:00", "nothing to go back, though closed"),
        ("2026-11-30T10:00:00", 30, SPLIT, "2026-11-30T09:30:00", "the morning, though the afternoon is not open yet"),
        ("2026-11-30T14:00:00", 90, SPLIT, "2026-11-30T11:30:00", "an hour this afternoon, the rest before lunch"),
        ("2027-03-28T12:00:00", 1440, ROUND_THE_CLOCK, "2027-03-27T11:00:00", "24 real hours on a 23-hour day"),
    ],
)
def test_going_back_lands_on_the_latest_such_instant(
    instant: str, minutes: int, hours: Hours, result: str, why: str
) -> None:
    back = go_back(from_wall(instant), timedelta(minutes=minutes), hours, CALENDAR)
    assert back == from_wall(result), why


@pytest.mark.parametrize(
    ("instant", "minutes", "result", "why"),
    [
        ("2026-11-27T16:00:00", 60, "2026-11-27T17:00:00", "Friday 5pm, not Monday 9am"),
        ("2026-11-27T16:00:00", 61, "2026-11-30T09:01:00", "one minute more is Monday"),
        ("2026-11-28T11:00:00", 60, "2026-11-30T10:00:00", "from a Saturday"),
        ("2026-11-27T18:00:00", 0, "2026-11-27T18:00:00", "nothing to go, though closed"),
    ],
)
def test_going_forward_lands_on_the_earliest_such_instant(instant: str, minutes: int, result: str, why: str) -> None:
    forward = go_forward(from_wall(instant), timedelta(minutes=minutes), OFFICE, CALENDAR)
    assert forward == from_wall(result), why


@pytest.mark.parametrize(
    ("instant", "hours", "opens"),
    [
        ("2026-11-30T09:00:00", OFFICE, "2026-11-30T09:00:00"),
        ("2026-11-30T17:00:00", OFFICE, "2026-12-01T09:00:00"),
        ("2026-11-27T17:30:00", OFFICE, "2026-11-30T09:00:00"),
        ("2026-12-25T10:00:00", OFFICE, "2026-12-29T09:00:00"),
        ("2026-12-25T10:00:00", ROUND_THE_CLOCK, "2026-12-25T10:00:00"),
        ("2026-10-24T10:00:00", HALF_TERM, "2026-11-02T08:30:00"),
    ],
)
def test_the_next_opening(instant: str, hours: Hours, opens: str) -> None:
    assert next_open(from_wall(instant), hours, CALENDAR) == from_wall(opens)
    assert is_open(from_wall(opens), hours, CALENDAR)
    assert is_open(from_wall(instant), hours, CALENDAR) == (instant == opens)


def openings(day: str, hours: Hours) -> list[tuple[str, str]]:
    return [(wall(opens), wall(closes)) for opens, closes in openings_on(date.fromisoformat(day), hours, CALENDAR)]


def test_a_day_s_openings_are_told_in_order_and_those_that_meet_are_one() -> None:
    assert openings("2026-11-30", SPLIT) == [
        ("2026-11-30T09:00:00", "2026-11-30T12:00:00"),
        ("2026-11-30T13:00:00", "2026-11-30T17:00:00"),
    ]
    meeting_twice = parse("Mon-Fri 08:00-09:00 09:00-12:00 12:00-17:00")
    assert openings("2026-11-30", meeting_twice) == [("2026-11-30T08:00:00", "2026-11-30T17:00:00")]
    both = parse("Mon-Fri 08:00-09:00 10:00-12:00 12:00-17:00")
    assert openings("2026-11-30", both) == [
        ("2026-11-30T08:00:00", "2026-11-30T09:00:00"),
        ("2026-11-30T10:00:00", "2026-11-30T17:00:00"),
    ]
    assert openings("2026-11-28", SPLIT) == []
    assert openings("2026-12-25", SPLIT) == []


def test_opening_counts_and_closing_does_not() -> None:
    assert is_open(from_wall("2026-11-30T09:00:00"), OFFICE, CALENDAR)
    assert not is_open(from_wall("2026-11-30T17:00:00"), OFFICE, CALENDAR)


def test_beyond_the_known_bank_holidays_a_count_is_refused_with_the_mend() -> None:
    short = WorkingCalendar(frozenset(), date(2026, 12, 31))
    assert short.is_working_day(date(2026, 12, 31))
    with pytest.raises(CalendarTooShortError, match=r"until Thursday 31 December 2026.*govuk-bank-holidays"):
        short.add_working_days(date(2026, 12, 30), 3)
    with pytest.raises(CalendarTooShortError) as refused:
        short.is_working_day(date(2027, 1, 4))
    assert str(refused.value) == (
        "bank holidays are known until Thursday 31 December 2026, so Monday 4 January 2027 cannot be counted: "
        "update the govuk-bank-holidays and holidays packages"
    )
    assert (refused.value.day, refused.value.known_until) == (date(2027, 1, 4), date(2026, 12, 31))
    with pytest.raises(CalendarTooShortError):
        go_forward(from_wall("2026-12-31T16:00:00"), timedelta(hours=2), OFFICE, short)
    with pytest.raises(CalendarTooShortError):
        go_back(from_wall("2027-01-04T16:00:00"), timedelta(hours=2), OFFICE, short)


def test_round_the_clock_needs_no_bank_holidays() -> None:
    short = WorkingCalendar(frozenset(), date(2026, 12, 31))
    later = from_wall("2030-01-01T00:00:00")
    assert working_time(from_wall("2029-12-31T00:00:00"), later, ROUND_THE_CLOCK, short) == timedelta(days=1)


def test_london_clocks_as_arguments_count_the_same_as_utc() -> None:
    start = datetime(2026, 10, 25, 0, tzinfo=LONDON)
    end = datetime(2026, 10, 25, 8, tzinfo=LONDON)
    for hours in (NIGHT_DESK, ROUND_THE_CLOCK):
        assert working_time(start, end, hours, CALENDAR) == timedelta(hours=9)
        assert go_back(end, timedelta(hours=9), hours, CALENDAR) == start
        assert go_forward(start, timedelta(hours=9), hours, CALENDAR) == end


INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 6, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda instant: instant.replace(microsecond=0)
)
AMOUNTS = st.integers(1, 12_000).map(lambda minutes: timedelta(minutes=minutes))
HOURS = st.sampled_from([OFFICE, SCHOOL, ROUND_THE_CLOCK, SEVEN_DAYS, NIGHT_DESK, HALF_TERM])
AUTUMN = datetime(2026, 10, 25, 4, tzinfo=UTC)
SPRING = datetime(2027, 3, 28, 4, tzinfo=UTC)


@given(INSTANTS, AMOUNTS, HOURS)
@example(AUTUMN, timedelta(hours=4), NIGHT_DESK)
@example(SPRING, timedelta(hours=4), NIGHT_DESK)
def test_going_back_is_the_inverse_of_counting(instant: datetime, amount: timedelta, hours: Hours) -> None:
    back = go_back(instant, amount, hours, CALENDAR)
    assert working_time(back, instant, hours, CALENDAR) == amount
    assert is_open(back, hours, CALENDAR)


@given(INSTANTS, AMOUNTS, HOURS)
@example(AUTUMN - timedelta(hours=5), timedelta(hours=4), NIGHT_DESK)
@example(SPRING - timedelta(hours=5), timedelta(hours=4), NIGHT_DESK)
def test_going_forward_is_the_inverse_of_counting(instant: datetime, amount: timedelta, hours: Hours) -> None:
    forward = go_forward(instant, amount, hours, CALENDAR)
    assert working_time(instant, forward, hours, CALENDAR) == amount
    assert working_time(instant, forward - timedelta(seconds=1), hours, CALENDAR) < amount


@given(INSTANTS, AMOUNTS, AMOUNTS, HOURS)
def test_two_neighbouring_stretches_add_up(start: datetime, first: timedelta, second: timedelta, hours: Hours) -> None:
    middle, end = start + first, start + first + second
    parts = working_time(start, middle, hours, CALENDAR) + working_time(middle, end, hours, CALENDAR)
    assert parts == working_time(start, end, hours, CALENDAR)


@given(INSTANTS, AMOUNTS, HOURS)
def test_working_time_never_exceeds_real_time(start: datetime, length: timedelta, hours: Hours) -> None:
    assert timedelta(0) <= working_time(start, start + length, hours, CALENDAR) <= length


@given(INSTANTS, AMOUNTS, HOURS, st.integers(0, 30))
def test_adding_a_bank_holiday_never_adds_working_time(
    start: datetime, length: timedelta, hours: Hours, after: int
) -> None:
    extra = start.date() + timedelta(days=after)
    special = WorkingCalendar(CALENDAR.bank_holidays | {extra}, CALENDAR.known_until)
    end = start + length
    assert working_time(start, end, hours, special) <= working_time(start, end, hours, CALENDAR)


@given(INSTANTS, AMOUNTS, st.sampled_from([OFFICE, SCHOOL, SEVEN_DAYS, ROUND_THE_CLOCK]))
def test_a_shift_by_a_week_without_holidays_or_clock_changes_is_no_change(
    start: datetime, length: timedelta, hours: Hours
) -> None:
    plain = WorkingCalendar(frozenset(), date(2030, 12, 31))
    week = timedelta(days=7)
    end = start + length
    offsets = {instant.astimezone(LONDON).utcoffset() for instant in (start, end, start + week, end + week)}
    assume(len(offsets) == 1)
    assert working_time(start + week, end + week, hours, plain) == working_time(start, end, hours, plain)
