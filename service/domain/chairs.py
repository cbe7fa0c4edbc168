"""Who can chair instead: free at that time by rota, leave and meetings, and with the fewest meetings of their own.

The order is this service's own: fewest meetings first, then the rota's order by name, so that the same facts always
find the same person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from service.domain.hours import Hours
from service.domain.london import local_date
from service.domain.working_time import WorkingCalendar, openings_on


class NotFree(StrEnum):
    """Why somebody cannot chair then."""

    AWAY = "away"
    OUT_OF_HOURS = "out_of_hours"
    IN_A_MEETING = "in_a_meeting"
    KEPT_OUT = "kept_out"


NOT_FREE_WORDS = {
    NotFree.AWAY: "is away that day",
    NotFree.OUT_OF_HOURS: "does not work then",
    NotFree.IN_A_MEETING: "chairs another meeting then",
    NotFree.KEPT_OUT: "must not know of this case",
}


@dataclass(frozen=True, slots=True)
class OnRota:
    """One chair: the hours of their rota, the days they are away (both counted), and their other meetings.

    ``load`` is how many meetings to come are theirs; ``kept_out``: they must not know of this case.
    """

    name: str
    hours: Hours
    away: tuple[tuple[date, date], ...] = ()
    meetings: tuple[tuple[datetime, datetime], ...] = ()
    load: int = 0
    kept_out: bool = False


def why_not(
    chair: OnRota, start: datetime, end: datetime, calendar: WorkingCalendar, *, immediate: bool = False
) -> NotFree | None:
    """Why somebody cannot chair from ``start`` to ``end`` (aware, half-open); None: they can.

    At immediate risk office hours stop nobody; leave and another meeting do.

    Raises:
        CalendarTooShortError: the day lies beyond the known bank holidays.
    """
    day = local_date(start)
    if chair.kept_out:
        return NotFree.KEPT_OUT
    if any(first <= day <= last for first, last in chair.away):
        return NotFree.AWAY
    if not immediate and not any(opens <= start and end <= closes for opens, closes in _open(chair, day, calendar)):
        return NotFree.OUT_OF_HOURS
    if any(begins < end and start < ends for begins, ends in chair.meetings):
        return NotFree.IN_A_MEETING
    return None


def _open(chair: OnRota, day: date, calendar: WorkingCalendar) -> Sequence[tuple[datetime, datetime]]:
    return openings_on(day, chair.hours, calendar)


def substitutes(
    rota: Sequence[OnRota], start: datetime, end: datetime, calendar: WorkingCalendar, *, immediate: bool = False
) -> tuple[OnRota, ...]:
    """Who can chair then, the fewest meetings first. Raises as ``why_not``."""
    free = [chair for chair in rota if why_not(chair, start, end, calendar, immediate=immediate) is None]
    return tuple(sorted(free, key=lambda chair: (chair.load, chair.name)))
