"""Working time: the days and hours in which an agency can act, counted in real elapsed time on London clocks.

Saturdays, Sundays and bank holidays of England and Wales are not working days. An agency's hours (``Hours``) say
when it is open on the others; round-the-clock hours count every minute of the year. Everything steps day by day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from service.domain.hours import OFFICE, ROUND_THE_CLOCK, SCHOOL, Hours, HoursError, Times, parse
from service.domain.london import at, date_words, local_date, to_utc

__all__ = [
    "OFFICE",
    "ROUND_THE_CLOCK",
    "SCHOOL",
    "CalendarTooShortError",
    "Hours",
    "HoursError",
    "WorkingCalendar",
    "go_back",
    "go_forward",
    "is_open",
    "next_open",
    "openings_on",
    "parse",
    "working_time",
]

_DAY = timedelta(days=1)
_NOTHING = timedelta(0)
Window = tuple[datetime, datetime]


class CalendarTooShortError(LookupError):
    """Raised when a count runs past the last day whose bank holidays are known. Caught by the workflow, which
    turns the count into a task for a person; the mend is a newer list of bank holidays."""

    def __init__(self, day: date, known_until: date) -> None:
        super().__init__(
            f"bank holidays are known until {date_words(known_until)}, so {date_words(day)} cannot be counted: "
            "update the govuk-bank-holidays and holidays packages"
        )
        self.day = day
        self.known_until = known_until


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """The bank holidays of England and Wales, and the last day for which they are all known."""

    bank_holidays: frozenset[date]
    known_until: date

    def is_bank_holiday(self, day: date) -> bool:
        """Whether the day is a bank holiday.

        Raises:
            CalendarTooShortError: the day lies beyond ``known_until``.
        """
        if day > self.known_until:
            raise CalendarTooShortError(day, self.known_until)
        return day in self.bank_holidays

    def is_working_day(self, day: date) -> bool:
        """Monday to Friday and no bank holiday.

        Raises:
            CalendarTooShortError: the day lies beyond ``known_until``.
        """
        return not self.is_bank_holiday(day) and day.weekday() < 5

    def add_working_days(self, day: date, count: int) -> date:
        """The ``count``-th working day after ``day``; the day after counts as 1, and 0 is the day itself.

        A negative count goes back in the same way: the working day before counts as -1.

        Raises:
            CalendarTooShortError: the count runs beyond ``known_until``.
        """
        step = _DAY if count > 0 else -_DAY
        left = abs(count)
        while left:
            day += step
            left -= self.is_working_day(day)
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """Working days after ``start`` up to and including ``end``; negative when ``end`` comes first.

        Raises:
            CalendarTooShortError: ``end`` lies beyond ``known_until``.
        """
        if end < start:
            return -self.working_days_between(end, start)
        days = (start + timedelta(days=number) for number in range(1, (end - start).days + 1))
        return sum(self.is_working_day(day) for day in days)


@lru_cache(maxsize=8192)
def _instants(day: date, times: Times) -> tuple[Window, ...]:
    # Midnight as a closing time is the beginning of the next London day.
    midnight = time(0)
    return tuple((at(day, opens), at(day if closes != midnight else day + _DAY, closes)) for opens, closes in times)


def _windows(day: date, hours: Hours, calendar: WorkingCalendar) -> tuple[Window, ...]:
    """The agency's openings on one London day, in order, as instants."""
    times = hours.week[day.weekday()]
    if not times or not hours.in_term(day):
        return ()
    if not hours.bank_holidays and calendar.is_bank_holiday(day):
        return ()
    return _instants(day, times)


def openings_on(day: date, hours: Hours, calendar: WorkingCalendar) -> tuple[Window, ...]:
    """The agency's openings on one London day, as instants in UTC; two that meet on the clock are one.

    Raises:
        CalendarTooShortError: the day lies beyond the known bank holidays.
    """
    joined: list[Window] = []
    for opens, closes in _windows(day, hours, calendar):
        if joined and joined[-1][1] == opens:
            joined[-1] = (joined[-1][0], closes)
        else:
            joined.append((opens, closes))
    return tuple(joined)


def _windows_from(instant: datetime, hours: Hours, calendar: WorkingCalendar) -> Iterator[Window]:
    """Openings that end after ``instant``, earliest first."""
    day = local_date(instant)
    while True:
        for opens, closes in _windows(day, hours, calendar):
            if closes > instant:
                yield opens, closes
        day += _DAY


def working_time(start: datetime, end: datetime, hours: Hours, calendar: WorkingCalendar) -> timedelta:
    """Real time between two instants in which the agency is open; zero when ``end`` is not after ``start``.

    Raises:
        CalendarTooShortError: ``end`` lies beyond the known bank holidays.
    """
    start, end = to_utc(start), to_utc(end)
    if end <= start:
        return _NOTHING
    if hours.always:
        return end - start
    total = _NOTHING
    day, last = local_date(start), local_date(end)
    while day <= last:
        for opens, closes in _windows(day, hours, calendar):
            inside = min(closes, end) - max(opens, start)
            if inside > _NOTHING:
                total += inside
        day += _DAY
    return total


def go_back(instant: datetime, amount: timedelta, hours: Hours, calendar: WorkingCalendar) -> datetime:
    """The latest instant with exactly ``amount`` of the agency's working time between it and ``instant``.

    A positive amount always lands while the agency is open. Nothing to go back returns ``instant`` itself.

    Raises:
        CalendarTooShortError: ``instant`` lies beyond the known bank holidays.
    """
    instant = to_utc(instant)
    if hours.always or amount <= _NOTHING:
        return instant - max(amount, _NOTHING)
    day = local_date(instant)
    while True:
        for opens, closes in reversed(_windows(day, hours, calendar)):
            end = min(closes, instant)
            if end <= opens:
                continue
            if end - opens >= amount:
                return end - amount
            amount -= end - opens
        day -= _DAY


def go_forward(instant: datetime, amount: timedelta, hours: Hours, calendar: WorkingCalendar) -> datetime:
    """The earliest instant with exactly ``amount`` of the agency's working time between ``instant`` and it.

    Nothing to go returns ``instant`` itself.

    Raises:
        CalendarTooShortError: the count runs beyond the known bank holidays.
    """
    instant = to_utc(instant)
    if hours.always or amount <= _NOTHING:
        return instant + max(amount, _NOTHING)
    for opens, closes in _windows_from(instant, hours, calendar):
        start = max(opens, instant)
        if closes - start >= amount:
            return start + amount
        amount -= closes - start
    raise AssertionError  # the walk ends only by returning or by CalendarTooShortError


def next_open(instant: datetime, hours: Hours, calendar: WorkingCalendar) -> datetime:
    """``instant`` when the agency is open then, otherwise the start of its next opening.

    Raises:
        CalendarTooShortError: no opening before the known bank holidays end.
    """
    instant = to_utc(instant)
    if hours.always:
        return instant
    opens, _ = next(_windows_from(instant, hours, calendar))
    return max(opens, instant)


def is_open(instant: datetime, hours: Hours, calendar: WorkingCalendar) -> bool:
    """Whether the agency is open: its opening time counts, its closing time does not.

    Raises:
        CalendarTooShortError: the instant lies beyond the known bank holidays.
    """
    if hours.always:
        return True
    return any(opens <= instant < closes for opens, closes in _windows(local_date(instant), hours, calendar))
