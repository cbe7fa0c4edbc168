"""Marks before a start: the latest instants of being told that still fall in each band, or still keep a notice.

The longer the notice, the earlier one was told, so one instant parts each band from the next. Working them out once for
a start and an agency's hours, and then comparing, spares walking the calendar for every agency of every meeting. A
property test holds the marks against ``notice.given`` and ``notice.kept``.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from service.domain.bands import ELAPSED_BANDS, WORKING_BANDS
from service.domain.deadlines import FIXED
from service.domain.hours import Hours, parse
from service.domain.london import to_utc
from service.domain.notice import kept
from service.domain.spans import Span, Unit
from service.domain.working_time import WorkingCalendar, go_back

_HOUR = timedelta(hours=1)


class Bands(NamedTuple):
    """How much notice there was: the band in the agency's working hours, and that in elapsed hours."""

    working: str
    elapsed: str


# The longest notice first, as the marks stand in time; made once, since a report asks a million times.
_BANDS = tuple(tuple(Bands(w, e) for e in reversed(ELAPSED_BANDS[1])) for w in reversed(WORKING_BANDS[1]))


@dataclass(frozen=True, slots=True)
class NoticeMarks:
    """The marks before one start in one agency's hours; earliest first, as many as there are bands above the first."""

    start: datetime
    hours: Hours
    calendar: WorkingCalendar
    working: tuple[datetime, ...]
    elapsed: tuple[datetime, ...]
    _latest: dict[tuple[int, Unit], datetime | None] = field(default_factory=dict)

    def given(self, told_at: datetime, owed: Span | None) -> tuple[Bands, bool | None]:
        """The notice of whoever was told then: its bands, and whether it is as much as is owed (None: nothing is).

        Raises:
            CalendarTooShortError: the count runs beyond the known bank holidays.
        """
        bands = _BANDS[bisect_left(self.working, told_at)][bisect_left(self.elapsed, told_at)]
        if owed is None:
            return bands, None
        # A tuple of these is made and looked up in less time than a dataclass takes to say its hash.
        key = owed.amount, owed.unit
        try:
            latest = self._latest[key]
        except KeyError:
            latest = self._latest[key] = self._latest_for(owed)
        if latest is None:
            return bands, kept(told_at, self.start, owed, self.hours, self.calendar)
        return bands, told_at <= latest

    def _latest_for(self, owed: Span) -> datetime | None:
        """The latest instant of being told that keeps it; None for notice in days, which has no such mark."""
        if owed.unit is Unit.SAME_DAY:
            return self.start
        if owed.unit in FIXED:
            return self.start - owed.amount * FIXED[owed.unit]
        if owed.unit is Unit.WORKING_HOURS:
            return go_back(self.start, owed.amount * _HOUR, self.hours, self.calendar)
        return None


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
    working = tuple(go_back(start, end * _HOUR, opening, calendar) for end in reversed(WORKING_BANDS[0]))
    elapsed = tuple(start - end * _HOUR for end in reversed(ELAPSED_BANDS[0]))
    return NoticeMarks(start, opening, calendar, working, elapsed)
