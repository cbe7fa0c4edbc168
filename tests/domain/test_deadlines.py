"""Deadlines, with the vectors of the procedures: Norfolk 3.6, Liverpool 3.5, Lewisham's two stages, Easter 2026."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.deadlines import FIXED, add_months, due, due_before, due_day, earliest
from service.domain.hours import SCHOOL
from service.domain.london import from_wall, to_local, wall
from service.domain.spans import Span, Unit
from service.domain.working_time import WorkingCalendar
from service.policies.holidays import working_calendar

CALENDAR = working_calendar(date(2026, 11, 23))
FIFTEEN = Span(15, Unit.WORKING_DAYS)
SAME_DAY = Span(0, Unit.SAME_DAY)


@pytest.mark.parametrize(
    ("start", "span", "result", "why"),
    [
        ("2026-02-02T11:00:00", FIFTEEN, "2026-02-23T23:59:59", "initiating discussion Monday: conference Monday"),
        ("2026-02-05T11:00:00", FIFTEEN, "2026-02-26T23:59:59", "last discussion Thursday: conference Thursday"),
        ("2026-04-01T09:00:00", FIFTEEN, "2026-04-24T23:59:59", "Wednesday before Easter: Friday three weeks on"),
        ("2026-05-22T16:00:00", Span(5, Unit.WORKING_DAYS), "2026-06-01T23:59:59", "Friday phone call: Monday"),
        ("2026-12-24T16:00:00", Span(1, Unit.WORKING_DAYS), "2026-12-29T23:59:59", "Christmas Eve: Tuesday"),
        ("2026-11-28T10:00:00", Span(1, Unit.WORKING_DAYS), "2026-11-30T23:59:59", "Saturday: Monday"),
        ("2026-11-30T00:30:00", SAME_DAY, "2026-11-30T23:59:59", "Monday just after midnight: that Monday"),
        ("2026-07-01T00:30:00", SAME_DAY, "2026-07-01T23:59:59", "Wednesday in London, still Tuesday in UTC"),
        ("2026-10-24T12:00:00", Span(24, Unit.HOURS), "2026-10-25T11:00:00", "24 real hours over the autumn night"),
        ("2027-03-27T12:00:00", Span(24, Unit.HOURS), "2027-03-28T13:00:00", "24 real hours over the spring night"),
        ("2026-11-30T12:00:00", Span(90, Unit.MINUTES), "2026-11-30T13:30:00", "minutes are exact"),
        ("2026-11-27T16:00:00", Span(4, Unit.WORKING_HOURS), "2026-11-30T12:00:00", "Friday 4pm: Monday midday"),
        ("2026-11-27T16:00:00", Span(28, Unit.CALENDAR_DAYS), "2026-12-25T23:59:59", "calendar days keep Christmas"),
        ("2027-11-30T10:00:00", Span(3, Unit.MONTHS), "2028-02-29T23:59:59", "30 November: the leap day"),
        ("2026-11-30T10:00:00", Span(3, Unit.MONTHS), "2027-02-28T23:59:59", "30 November: no 30 February"),
        ("2026-08-31T10:00:00", Span(6, Unit.MONTHS), "2027-02-28T23:59:59", "31 August: end of February"),
        ("2026-10-20T10:00:00", Span(2, Unit.MONTHS), "2026-12-20T23:59:59", "over the year's last months"),
    ],
)
def test_the_last_instant_in_time(start: str, span: Span, result: str, why: str) -> None:
    assert wall(due(from_wall(start), span, CALENDAR)) == result, why


def test_working_hours_may_be_those_of_one_agency() -> None:
    friday = from_wall("2026-11-27T15:30:00")
    assert wall(due(friday, Span(1, Unit.WORKING_HOURS), CALENDAR, SCHOOL)) == "2026-11-30T09:00:00"


def test_the_first_review_after_a_birth_is_due_at_the_earlier_of_two_dates() -> None:
    conference, birth = from_wall("2026-02-02T10:00:00"), from_wall("2026-03-30T04:00:00")
    by_plan = due(conference, Span(3, Unit.MONTHS), CALENDAR)
    by_birth = due(birth, Span(20, Unit.WORKING_DAYS), CALENDAR)
    assert wall(by_birth) == "2026-04-29T23:59:59"  # Wednesday: Good Friday and Easter Monday do not count
    assert earliest(by_plan, by_birth, None) == by_birth
    assert earliest(None, None) is None


@pytest.mark.parametrize(
    ("start", "span", "result", "why"),
    [
        ("2026-11-30T10:00:00", Span(2, Unit.WORKING_DAYS), "2026-11-26T23:59:59", "Monday: by Thursday night"),
        ("2026-12-29T10:00:00", Span(1, Unit.WORKING_DAYS), "2026-12-24T23:59:59", "Tuesday: by Christmas Eve"),
        ("2026-11-30T10:00:00", Span(7, Unit.CALENDAR_DAYS), "2026-11-23T23:59:59", "Monday: the Monday before"),
        ("2026-11-30T10:00:00", Span(24, Unit.HOURS), "2026-11-29T10:00:00", "exact"),
        ("2026-11-30T10:00:00", Span(30, Unit.MINUTES), "2026-11-30T09:30:00", "exact"),
        ("2026-11-30T10:00:00", Span(2, Unit.WORKING_HOURS), "2026-11-27T16:00:00", "Monday: Friday 4pm"),
        ("2027-03-31T10:00:00", Span(1, Unit.MONTHS), "2027-02-28T23:59:59", "31 March: no 31 February"),
        ("2026-11-30T10:00:00", SAME_DAY, "2026-11-30T10:00:00", "the same day means by the start"),
        ("2026-11-30T10:00:00", Span(0, Unit.WORKING_DAYS), "2026-11-30T10:00:00", "no days means by the start"),
    ],
)
def test_what_is_due_ahead_of_a_meeting(start: str, span: Span, result: str, why: str) -> None:
    assert wall(due_before(from_wall(start), span, CALENDAR)) == result, why


@pytest.mark.parametrize(("unit", "said"), [(Unit.HOURS, "hours"), (Unit.WORKING_HOURS, "working hours")])
def test_hours_are_no_count_of_days(unit: Unit, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{said} are no count of days$"):
        due_day(date(2026, 1, 1), Span(1, unit), CALENDAR)


@pytest.mark.parametrize(
    ("week", "by", "why"),
    [
        (34, "2026-05-04T23:59:59", "six weeks before Monday 15 June"),
        (40, "2026-06-15T23:59:59", "the expected day itself"),
        (41, "2026-06-22T23:59:59", "a week after it"),
        (1, "2025-09-15T23:59:59", "the first week there is"),
    ],
)
def test_a_week_of_pregnancy_is_counted_back_from_the_expected_delivery(week: int, by: str, why: str) -> None:
    expected = from_wall("2026-06-15T00:00:00")
    assert wall(due(expected, Span(week, Unit.GESTATION_WEEK), CALENDAR)) == by, why


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (
            Span(34, Unit.GESTATION_WEEK),
            r"^a week of the pregnancy is counted back from the expected birth",
        ),
        (Span(0, Unit.ASAP), r"^as soon as possible is no count of days$"),
    ],
)
def test_nothing_is_due_a_week_of_pregnancy_or_as_soon_as_possible_ahead_of_a_meeting(span: Span, said: str) -> None:
    meeting = from_wall("2026-06-15T10:00:00")
    if span.unit is Unit.ASAP:
        with pytest.raises(ValueError, match=said):
            due(meeting, span, CALENDAR)
    else:
        with pytest.raises(ValueError, match=said):
            due_before(meeting, span, CALENDAR)


DAY_UNITS = st.sampled_from([Unit.WORKING_DAYS, Unit.CALENDAR_DAYS])


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 6, 1), timezones=st.just(UTC)), DAY_UNITS, st.integers(0, 60))  # noqa: DTZ001
def test_one_more_day_is_always_later(start: datetime, unit: Unit, count: int) -> None:
    assert due(start, Span(count, unit), CALENDAR) < due(start, Span(count + 1, unit), CALENDAR)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 6, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.builds(Span, st.integers(0, 60), st.one_of(DAY_UNITS, st.sampled_from([*FIXED, Unit.WORKING_HOURS]))),
)
def test_a_shift_by_a_week_without_holidays_or_clock_changes_shifts_what_is_due_by_a_week(
    start: datetime, span: Span
) -> None:
    plain, week = WorkingCalendar(frozenset(), date(2030, 12, 31)), timedelta(days=7)
    for count in (due, due_before):
        found = count(start, span, plain)
        instants = (start, found, start + week, found + week)
        if len({to_local(each).utcoffset() for each in instants}) == 1:
            assert count(start + week, span, plain) == found + week


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 48))
def test_months_land_in_the_right_month_on_the_same_day_or_its_last(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)
    assert abs((add_months(later, -months) - day).days) <= 3
