"""The clash radar: where the confirmed meetings of the coming days ask more of a desk or a chair than it can give."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Seating:
    """One meeting that takes one seat of a desk or a chair, half-open, aware.

    ``who`` tells desks and chairs apart, ``words`` is how a person calls it, and ``capacity`` is in how many meetings
    at once it can sit.
    """

    who: str
    words: str
    capacity: int
    meeting: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Clash:
    """A stretch in which more meetings ask for a desk or a chair than it can sit in. ``meetings`` are references."""

    who: str
    words: str
    capacity: int
    start: datetime
    end: datetime
    meetings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Radar:
    """The clashes, earliest first. ``move`` is the one meeting whose move clears most, and ``clears`` how many."""

    clashes: tuple[Clash, ...]
    move: str | None
    clears: int


def radar(seatings: Iterable[Seating]) -> Radar:
    """Find every clash, and the meeting whose move would clear the most of them.

    Neighbouring stretches with the same meetings are one clash. Between two meetings that clear as many, the later one
    moves: whoever was promised an earlier time keeps it.
    """
    by_desk: dict[str, list[Seating]] = defaultdict(list)
    for each in seatings:
        by_desk[each.who].append(each)
    found = [clash for taken in by_desk.values() for clash in _clashes(taken)]
    found.sort(key=lambda clash: (clash.start, clash.who))
    clears: Counter[str] = Counter(
        reference
        for clash in found
        # One move clears a clash only where one meeting too many is asked for.
        if len(clash.meetings) == clash.capacity + 1
        for reference in clash.meetings
    )
    starts = {each.meeting: each.start for taken in by_desk.values() for each in taken}
    best = max(clears, key=lambda reference: (clears[reference], starts[reference], reference), default=None)
    return Radar(tuple(found), best, clears[best] if best else 0)


def _clashes(taken: list[Seating]) -> Iterable[Clash]:
    edges = sorted({edge for each in taken for edge in (each.start, each.end)})
    open_clash: Clash | None = None
    for begins, ends in pairwise(edges):
        there = sorted({each.meeting for each in taken if each.start <= begins and ends <= each.end})
        first = taken[0]
        crowded = len(there) > first.capacity
        if crowded and open_clash and open_clash.end == begins and open_clash.meetings == tuple(there):
            open_clash = Clash(first.who, first.words, first.capacity, open_clash.start, ends, tuple(there))
            continue
        if open_clash:
            yield open_clash
        open_clash = Clash(first.who, first.words, first.capacity, begins, ends, tuple(there)) if crowded else None
    if open_clash:
        yield open_clash
