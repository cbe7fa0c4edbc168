"""Several meetings in one sitting, one after the other: siblings, or cases that are linked, each with its own record.

Each meeting keeps its own place in the sitting, in the order given, and starts at the first quarter-hour at which the
one before it is over. Every hard rule of ``domain.slots`` holds for every one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import accumulate, zip_longest

from service.domain.slots import Board, Suggestion, board_of, suggestion_at
from service.domain.slots_asked import Wanted
from service.domain.slots_grid import Starts
from service.domain.working_time import WorkingCalendar

Sitting = tuple[Suggestion, ...]


def steps_before(wanteds: Sequence[Wanted]) -> list[int]:
    """How many steps of the grid after the first meeting's start each of them starts."""
    lengths = [-(-each.length // each.step) for each in wanteds]
    return [0, *accumulate(lengths[:-1])]


def rank_together(wanteds: Sequence[Wanted], calendar: WorkingCalendar, count: int = 3) -> tuple[Sitting, ...]:
    """The best sittings, best first, none overlapping another; empty when there is none.

    A sitting is as good as its meetings: what decides between two starts (``domain.slots``) is asked of every meeting
    before the next, weaker reason is asked of any.

    Raises:
        CalendarTooShortError: the window runs beyond the known bank holidays.
        ValueError: there is none, they are not looked for at one moment and in one step, or one makes no grid.
    """
    if not wanteds or len({(each.now, each.step, each.days, each.lead) for each in wanteds}) != 1:
        raise ValueError("meetings of one sitting are looked for at one moment, in one step, over the same days")
    boards = [board_of(each, calendar) for each in wanteds]
    later = steps_before(wanteds)
    left: Starts = -1
    for board, steps in zip(boards, later, strict=True):
        left &= board.allowed >> steps
    layers = _layers(boards, later)
    whole = later[-1] + -(-wanteds[-1].length // wanteds[-1].step)
    grid = boards[0].grid
    found: list[Sitting] = []
    whole_length: timedelta = whole * grid.step
    while left and len(found) < count:
        place = Board(grid, (), (), (), (), left, layers).best(left)
        parts = zip(wanteds, boards, later, strict=True)
        found.append(tuple(suggestion_at(each, board, place + steps, calendar) for each, board, steps in parts))
        start = grid.start_of(place)
        left &= ~(grid.between(start - whole_length + grid.step, start + whole_length - grid.step))
    return tuple(found)


def _layers(boards: Sequence[Board], later: Sequence[int]) -> tuple[tuple[Starts, ...], ...]:
    moved = [
        [tuple(plane >> steps for plane in layer) for layer in board.layers]
        for board, steps in zip(boards, later, strict=True)
    ]
    # The first reason of every meeting, then the second of every meeting: no meeting's weaker reason beats another's.
    return tuple(layer for same in zip_longest(*moved, fillvalue=()) for layer in same)
