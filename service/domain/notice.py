"""Notice: how long an agency had between its invitation being handed over and the start, and whether that was owed.

Given notice is reported twice, in elapsed hours and in the agency's own working hours. Whether it was kept is read
off one instant, the first start that would have kept it:

* hours and minutes: elapsed time; working hours: time in the agency's hours;
* working days: the day after counts as 1, and an invitation that comes after the agency has closed is taken as
  received on its next open day (otherwise 11pm would count as a day's notice of a meeting at 9am);
* calendar days and months: the day after counts as 1; the same day: any time after it was handed over.

A figure the partnership has not set is None throughout: nothing is owed, nothing is kept or broken, nothing invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from service.domain.deadlines import FIXED, due_day
from service.domain.london import at, hours_words, length_words, local_date, start_of_day, to_utc
from service.domain.spans import Span, Unit
from service.domain.working_time import Hours, WorkingCalendar, go_forward, next_open, working_time

NOT_SET = "not set by the partnership"

# A day's notice ends with its day, but nobody can fairly be called to a meeting before a working day begins.
_FIRST_FAIR_HOUR = time(9)
_IN_DAYS = frozenset({Unit.WORKING_DAYS, Unit.CALENDAR_DAYS, Unit.MONTHS})


@dataclass(frozen=True, slots=True)
class NoticeGiven:
    """Time from handing over to start: elapsed, and in the agency's hours. Both zero when handed over too late."""

    elapsed: timedelta
    working: timedelta


def given(handed_at: datetime, start: datetime, hours: Hours, calendar: WorkingCalendar) -> NoticeGiven:
    """The notice one agency had, from *handed to Outlook* to the start.

    Raises:
        CalendarTooShortError: the start lies beyond the known bank holidays.
    """
    elapsed = max(to_utc(start) - to_utc(handed_at), timedelta(0))
    return NoticeGiven(elapsed, working_time(handed_at, start, hours, calendar))


def kept_from(handed_at: datetime, owed: Span, hours: Hours, calendar: WorkingCalendar) -> datetime:
    """The first start that keeps the notice owed, for an invitation handed over at ``handed_at``.

    Raises:
        CalendarTooShortError: the count runs beyond the known bank holidays.
    """
    handed_at = to_utc(handed_at)
    if owed.unit is Unit.SAME_DAY:
        return handed_at
    if owed.unit in FIXED:
        return handed_at + owed.amount * FIXED[owed.unit]
    if owed.unit is Unit.WORKING_HOURS:
        return go_forward(handed_at, timedelta(hours=owed.amount), hours, calendar)
    return max(handed_at, start_of_day(_day_owed(handed_at, owed, hours, calendar)))


def _day_owed(handed_at: datetime, owed: Span, hours: Hours, calendar: WorkingCalendar) -> date:
    in_hours = owed.unit is Unit.WORKING_DAYS and owed.amount > 0
    received = next_open(handed_at, hours, calendar) if in_hours else handed_at
    return due_day(local_date(received), owed, calendar)


def kept(
    handed_at: datetime, start: datetime, owed: Span | None, hours: Hours, calendar: WorkingCalendar
) -> bool | None:
    """Whether the notice owed was given; None when the partnership has set no figure.

    Raises:
        CalendarTooShortError: the count runs beyond the known bank holidays.
    """
    if owed is None:
        return None
    return to_utc(start) >= kept_from(handed_at, owed, hours, calendar)


def earliest_start(
    from_instant: datetime, owed: Span | None, hours: Hours, calendar: WorkingCalendar
) -> datetime | None:
    """The earliest start that is fair to the agency if the invitation left at ``from_instant``; None when unset.

    Notice in days ends at 9am of its day, though an earlier start that day would also keep it.

    Raises:
        CalendarTooShortError: the count runs beyond the known bank holidays.
    """
    if owed is None:
        return None
    return fair_hour(from_instant, kept_from(from_instant, owed, hours, calendar), owed)


def fair_hour(from_instant: datetime, first: datetime, owed: Span) -> datetime:
    """``first`` (from ``kept_from``) moved to 9am of its day when the notice is in days and some is owed."""
    if first > to_utc(from_instant) and owed.unit in _IN_DAYS:
        return at(local_date(first), _FIRST_FAIR_HOUR)
    return first


def given_words(notice: NoticeGiven) -> str:
    """Both counts: "2 days 3 hours, of which 11 hours in working time"."""
    return f"{length_words(notice.elapsed)}, of which {hours_words(notice.working)} in working time"


def owed_words(owed: Span | None) -> str:
    """The notice owed: "4 working hours", "the same day", or that the partnership has set none."""
    return NOT_SET if owed is None else str(owed)


def kept_words(kept_or_not: bool | None) -> str:  # noqa: FBT001 - the outcome itself, not a switch
    """ "kept", "short", or that the partnership has set none."""
    if kept_or_not is None:
        return NOT_SET
    return "kept" if kept_or_not else "short"
