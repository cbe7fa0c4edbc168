"""The clash radar: where the confirmed meetings of the coming days ask more of a desk or a chair than it can give."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Seating:
    """One meeting that takes one seat of a desk or a chair, half-open, aware.

    ``who`` tells desks and chairs apart, ``words`` is how a person calls it, and ``capacity`` is in how many meetings
    at once it can sit. ``ours``: the reader may know the meeting and move it; of another's, ``meeting`` only tells it
    from the rest. ``latest`` is its own deadline, None where it has none.
    """

    who: str
    words: str
    capacity: int
    meeting: str
    start: datetime
    end: datetime
    ours: bool = True
    latest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Clash:
    """A stretch in which more meetings ask for a desk or a chair than it can sit in.

    ``meetings`` are references; ``others`` is how many more there are that are not for the reader: another
    partnership's at a desk they share, or one that is not shown to them.
    """

    who: str
    words: str
    capacity: int
    start: datetime
    end: datetime
    meetings: tuple[str, ...]
    others: int = 0


@dataclass(frozen=True, slots=True)
class Swap:
    """Two meetings of one length that could have each other's times: both stay in time, and ``clears`` clashes go."""

    first: str
    second: str
    clears: int


@dataclass(frozen=True, slots=True)
class Radar:
    """The clashes, earliest first. ``move`` is the one meeting whose move clears most, and ``clears`` how many."""

    clashes: tuple[Clash, ...]
    move: str | None
    clears: int
    swap: Swap | None = None


def radar(seatings: Iterable[Seating]) -> Radar:
    """Find every clash, the meeting whose move would clear the most of them, and the swap that would.

    Neighbouring stretches with the same meetings are one clash. Between two meetings that clear as many, the later one
    moves: whoever was promised an earlier time keeps it.
    """
    taken = list(seatings)
    found = _all_clashes(taken)
    clears: Counter[str] = Counter(
        reference
        for clash in found
        # One move clears a clash only where one meeting too many is asked for.
        if len(clash.meetings) + clash.others == clash.capacity + 1
        for reference in clash.meetings
    )
    starts = {each.meeting: each.start for each in taken}
    best = max(clears, key=lambda reference: (clears[reference], starts[reference], reference), default=None)
    crowded = {reference for clash in found for reference in clash.meetings}
    return Radar(tuple(found), best, clears[best] if best else 0, _best_swap(taken, crowded))


def _all_clashes(taken: Iterable[Seating]) -> list[Clash]:
    by_desk: dict[str, list[Seating]] = defaultdict(list)
    for each in taken:
        by_desk[each.who].append(each)
    found = [clash for there in by_desk.values() for clash in _clashes(there)]
    found.sort(key=lambda clash: (clash.start, clash.who))
    return found


def _best_swap(taken: Sequence[Seating], crowded: Iterable[str]) -> Swap | None:
    """The swap that clears most; of equals the one of the earlier references, so that it is the same every time."""
    ours: dict[str, list[Seating]] = defaultdict(list)
    for each in taken:
        if each.ours:
            ours[each.meeting].append(each)
    found: list[Swap] = []
    for first in sorted(crowded):
        for second in sorted(ours):
            if second != first and _can_swap(ours[first][0], ours[second][0]):
                clears = _cleared(taken, ours[first], ours[second])
                if clears > 0:
                    found.append(Swap(min(first, second), max(first, second), clears))
    return min(found, key=lambda swap: (-swap.clears, swap.first, swap.second), default=None)


def _can_swap(first: Seating, second: Seating) -> bool:
    same_length = first.end - first.start == second.end - second.start
    in_time = all(
        mine.latest is None or other.start <= mine.latest for mine, other in ((first, second), (second, first))
    )
    return same_length and first.start != second.start and in_time


def _cleared(taken: Sequence[Seating], first: Sequence[Seating], second: Sequence[Seating]) -> int:
    """How many clashes fewer there are once two meetings have each other's times."""
    touched = {each.who for each in (*first, *second)}
    there = [each for each in taken if each.who in touched]
    times = {first[0].meeting: second[0], second[0].meeting: first[0]}
    after = [
        replace(each, start=times[each.meeting].start, end=times[each.meeting].end) if each.meeting in times else each
        for each in there
    ]
    return len(_all_clashes(there)) - len(_all_clashes(after))


def _clashes(taken: list[Seating]) -> Iterable[Clash]:
    edges = sorted({edge for each in taken for edge in (each.start, each.end)})
    open_clash: Clash | None = None
    for begins, ends in pairwise(edges):
        there = {each.meeting: each.ours for each in taken if each.start <= begins and ends <= each.end}
        ours, first = tuple(sorted(reference for reference, known in there.items() if known)), taken[0]
        crowded = len(there) > first.capacity
        same = open_clash is not None and (open_clash.end, open_clash.meetings, open_clash.others) == (
            begins,
            ours,
            len(there) - len(ours),
        )
        if crowded and open_clash and same:
            open_clash = replace(open_clash, end=ends)
            continue
        if open_clash:
            yield open_clash
        open_clash = None
        if crowded:
            open_clash = Clash(first.who, first.words, first.capacity, begins, ends, ours, len(there) - len(ours))
    if open_clash:
        yield open_clash
