"""Marks before a start: the latest instants of being told that still fall in each band, or still keep a notice.

The longer the notice, the earlier one was told, so one instant parts each band from the next. Working them out once for
a start and an agency's hours, and then comparing, spares walking the calendar for every agency of every meeting. A
property test holds the marks against ``notice.given`` and ``notice.kept``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from service.domain.bands import ELAPSED_BANDS, WORKING_BANDS
from service.domain.deadlines import FIXED
from service.domain.hours import Hours, parse
from service.domain.london import to_utc
from service.domain.notice import kept
from service.domain.spans import Span, Unit
from service.domain.working_time import WorkingCalendar, go_back

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class NoticeMarks:
    """The marks before one start in one agency's hours; latest first, as many as there are bands above the first."""

    start: datetime
    hours: Hours
    calendar: WorkingCalendar
    working: tuple[datetime, ...]
    elapsed: tuple[datetime, ...]
    _latest: dict[Span, datetime | None] = field(default_factory=dict)

    def working_band(self, told_at: datetime) -> str:
        """The band of the notice in the agency's working hours."""
        return _band(told_at, self.working, WORKING_BANDS[1])

    def elapsed_band(self, told_at: datetime) -> str:
        """The band of the notice in elapsed hours."""
        return _band(told_at, self.elapsed, ELAPSED_BANDS[1])

    def kept(self, told_at: datetime, owed: Span | None) -> bool | None:
        """Whether the notice owed was given; None when the partnership has set no figure.

        Raises:
            CalendarTooShortError: the count runs beyond the known bank holidays.
        """
        if owed is None:
            return None
        if owed not in self._latest:
            self._latest[owed] = self._latest_for(owed)
        latest = self._latest[owed]
        if latest is None:
            return kept(told_at, self.start, owed, self.hours, self.calendar)
        return told_at <= latest

    def _latest_for(self, owed: Span) -> datetime | None:
        """The latest instant of being told that keeps it; None for notice in days, which has no such mark."""
        if owed.unit is Unit.SAME_DAY:
            return self.start
        if owed.unit in FIXED:
            return self.start - owed.amount * FIXED[owed.unit]
        if owed.unit is Unit.WORKING_HOURS:
            return go_back(self.start, owed.amount * _HOUR, self.hours, self.calendar)
        return None


def _band(told_at: datetime, marks: tuple[datetime, ...], names: tuple[str, ...]) -> str:
    for place, mark in enumerate(marks):
        if told_at > mark:
            return names[place]
    return names[-1]


@lru_cache(maxsize=4096)
def marks_before(start: datetime, hours: str, calendar: WorkingCalendar) -> NoticeMarks:
    """The marks before a start, for opening hours in the directory's text form.

    Raises:
        HoursError: the hours cannot be read.
        CalendarTooShortError: the start lies beyond the known bank holidays.
    """
    start, opening = to_utc(start), parse(hours)
    # Asked even where the walk back needs no calendar, so that no start beyond it is ever judged.
    calendar.is_bank_holiday(start.date())
    working = tuple(go_back(start, end * _HOUR, opening, calendar) for end in WORKING_BANDS[0])
    return NoticeMarks(start, opening, calendar, working, tuple(start - end * _HOUR for end in ELAPSED_BANDS[0]))
