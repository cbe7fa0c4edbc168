"""Deadlines: the last instant at which a step is still in time, from the instant that starts its clock.

Units in days end with their London day, so the last instant that counts is 23:59:59. The day after the clock starts
counts as 1 (Norfolk 3.6, Liverpool 3.5). Hours and minutes are exact. Months clamp to the end of a shorter month.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from types import MappingProxyType

from service.domain.london import end_of_day, local_date, to_utc
from service.domain.spans import Span, Unit
from service.domain.working_time import OFFICE, Hours, WorkingCalendar, go_back, go_forward

# A pregnancy is counted as 40 weeks to the expected delivery date (NHS dating).
_FULL_TERM_WEEKS = 40

# Units of the same length on every day of the year.
FIXED = MappingProxyType({Unit.MINUTES: timedelta(minutes=1), Unit.HOURS: timedelta(hours=1)})


_NO_DAYS = MappingProxyType(
    {
        Unit.ASAP: "as soon as possible is no count of days",
        Unit.GESTATION_WEEK: "a week of the pregnancy is counted back from the expected birth and is no count of days",
    }
)


def add_months(day: date, months: int) -> date:
    """The same day of the month, ``months`` later (or earlier); a month without that day gives its last one."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    next_year, next_month = divmod(year * 12 + month + 1, 12)
    last = date(next_year, next_month + 1, 1) - timedelta(days=1)
    return last.replace(day=min(day.day, last.day))


def due_day(start: date, span: Span, calendar: WorkingCalendar) -> date:
    """The day a span in day units ends on.

    Raises:
        ValueError: the span is in hours or minutes, or is "as soon as possible".
        CalendarTooShortError: the count runs beyond the known bank holidays.
    """
    return _shift(start, span.unit, span.amount, calendar)


def _shift(day: date, unit: Unit, count: int, calendar: WorkingCalendar) -> date:
    match unit:
        case Unit.SAME_DAY:
            return day
        case Unit.WORKING_DAYS:
            return calendar.add_working_days(day, count)
        case Unit.CALENDAR_DAYS:
            return day + timedelta(days=count)
        case Unit.MONTHS:
            return add_months(day, count)
        case Unit.GESTATION_WEEK if count >= 1:
            return day - timedelta(weeks=_FULL_TERM_WEEKS - count)
        case _:
            raise ValueError(_NO_DAYS.get(unit, f"{unit.replace('_', ' ')} are no count of days"))


def due(start_of_clock: datetime, span: Span, calendar: WorkingCalendar, hours: Hours = OFFICE) -> datetime:
    """The last instant (UTC) that is still in time. ``hours`` matter only to a span in working hours.

    A gestation week is counted from the expected delivery date as ``start_of_clock``, and ends on its first day: "by
    week 34" is six weeks before that date, the earlier of its two readings.

    Raises:
        ValueError: "as soon as possible" has no last instant.
        CalendarTooShortError: the count runs beyond the known bank holidays.
    """
    if span.unit is Unit.WORKING_HOURS:
        return go_forward(start_of_clock, timedelta(hours=span.amount), hours, calendar)
    if span.unit in FIXED:
        return to_utc(start_of_clock) + span.amount * FIXED[span.unit]
    return end_of_day(due_day(local_date(start_of_clock), span, calendar))


def due_before(start: datetime, span: Span, calendar: WorkingCalendar, hours: Hours = OFFICE) -> datetime:
    """The last instant that is still ``span`` ahead of ``start``: a report due 2 working days before a conference.

    The day before counts as 1, and a day unit ends with its day: 2 working days before a Monday is Thursday night.
    "The same day" means by the start itself.

    Raises:
        ValueError: "as soon as possible" and a gestation week are not ahead of anything.
        CalendarTooShortError: ``start`` lies beyond the known bank holidays.
    """
    if span.unit is Unit.WORKING_HOURS:
        return go_back(start, timedelta(hours=span.amount), hours, calendar)
    if span.unit in FIXED:
        return to_utc(start) - span.amount * FIXED[span.unit]
    if span.unit is Unit.SAME_DAY or span.amount == 0:
        return to_utc(start)
    return end_of_day(_shift(local_date(start), span.unit, -span.amount, calendar))


def earliest(*deadlines: datetime | None) -> datetime | None:
    """The earlier of several deadlines ("3 months, or 20 working days after birth"); those not set do not count."""
    known = [deadline for deadline in deadlines if deadline is not None]
    return min(known, default=None)
