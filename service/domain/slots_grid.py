"""Many starts at once: a set of possible starts is one whole number whose bit i stands for the i-th start of a grid.

Who is free, what is lawful and how good each start is are then a handful of ``&`` and ``|`` over the whole window
(2,016 quarter-hours in three weeks) instead of a loop over starts. A number for each start is kept as *planes*: plane
b holds bit b of everybody's number, so that adding to a thousand starts is one carry from plane to plane.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain.hours import Hours
from service.domain.london import local_date
from service.domain.working_time import WorkingCalendar, openings_on

Starts = int
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Grid:
    """``count`` possible starts, ``step`` apart from ``origin`` (UTC) on, of a meeting that lasts ``length``."""

    origin: datetime
    count: int
    step: timedelta
    length: timedelta

    def start_of(self, place: int) -> datetime:
        """The instant of the start at this place."""
        return self.origin + place * self.step

    def between(self, first: datetime, last: datetime) -> Starts:
        """The starts from ``first`` to ``last``, both counted."""
        return self._run(-((self.origin - first) // self.step), (last - self.origin) // self.step)

    def inside(self, opens: datetime, closes: datetime) -> Starts:
        """The starts whose whole meeting lies between the two instants."""
        return self.between(opens, closes - self.length)

    def touching(self, begins: datetime, ends: datetime) -> Starts:
        """The starts whose meeting overlaps the half-open time from ``begins`` to ``ends``."""
        first = (begins - self.length - self.origin) // self.step + 1
        return self._run(first, -((self.origin - ends) // self.step) - 1)

    def open(self, hours: Hours, calendar: WorkingCalendar) -> Starts:
        """The starts whose meeting lies within one opening. No opening runs over midnight, so no meeting does.

        Raises:
            CalendarTooShortError: the grid runs beyond the known bank holidays.
        """
        found = 0
        day, last = local_date(self.origin), local_date(self.start_of(self.count))
        while day <= last:
            for opens, closes in openings_on(day, hours, calendar):
                found |= self.inside(opens, closes)
            day += _DAY
        return found

    def _run(self, first: int, last: int) -> Starts:
        first, last = max(first, 0), min(last, self.count - 1)
        return (1 << last + 1) - (1 << first) if last >= first else 0


def add(planes: list[Starts], weight: int, where: Starts) -> None:
    """Add ``weight`` (not negative) to the number of every start in ``where``."""
    for bit in range(weight.bit_length()):
        if not weight >> bit & 1:
            continue
        carry, place = where, bit
        while carry:
            while place >= len(planes):
                planes.append(0)
            planes[place], carry = planes[place] ^ carry, planes[place] & carry
            place += 1


def largest(among: Starts, planes: Sequence[Starts]) -> Starts:
    """Those of the starts that have the largest number; none of none."""
    for plane in reversed(planes):
        among = among & plane or among
    return among


def at_least(count: int, groups: Iterable[Starts], everywhere: Starts) -> Starts:
    """The starts that lie in at least ``count`` of the groups."""
    reached = [everywhere] + [0] * max(count, 0)
    for group in groups:
        for number in range(len(reached) - 1, 0, -1):
            reached[number] |= reached[number - 1] & group
    return reached[-1]


def first_of(starts: Starts) -> int:
    """The place of the earliest start of a set that is not empty."""
    return (starts & -starts).bit_length() - 1
