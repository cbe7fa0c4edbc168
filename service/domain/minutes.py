"""When minutes are due, and whether they were in time. The day is policy: where none is set, there is none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from service.domain.deadlines import due
from service.domain.papers import Kind, Paper
from service.domain.spans import Span, Unit
from service.domain.working_time import CalendarTooShortError, WorkingCalendar

# These have no last instant after a meeting: nobody can be late by them.
_ENDLESS = frozenset({Unit.ASAP, Unit.GESTATION_WEEK})


def minutes_due(ends_at: datetime, span: Span | None, calendar: WorkingCalendar) -> datetime | None:
    """The last instant (UTC) at which minutes are in time, counted from the meeting's planned end.

    None: the partnership has set no figure, or one without a last instant ("as soon as possible"), or it runs beyond
    the known bank holidays.
    """
    if span is None or span.unit in _ENDLESS:
        return None
    try:
        return due(ends_at, span, calendar)
    except CalendarTooShortError:
        return None


@dataclass(frozen=True, slots=True)
class MinutesClock:
    """By when minutes are due (None: not set) and when they were first issued (None: not yet)."""

    due_at: datetime | None
    issued_at: datetime | None

    def in_time(self, now: datetime | None) -> bool | None:
        """Whether they were issued in time; None where no day is set, or it has not come and they are not out."""
        if self.due_at is None:
            return None
        if self.issued_at is not None:
            return self.issued_at <= self.due_at
        return False if now is not None and now > self.due_at else None


def first_issued(papers: Iterable[Paper]) -> datetime | None:
    """When minutes were first issued. A later correction or a further part changes nothing about it."""
    return min((each.issued_at for each in papers if each.kind is Kind.MINUTES and each.issued_at), default=None)
