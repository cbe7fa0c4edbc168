"""Small numbers in what may be published: hidden, together with whatever would let a reader work them out.

A number from 1 to 4 may point at a person. A line is hidden when those counted, those not counted, all of them, or the
meetings they are of are so few. Since a hidden line is the total less the others, further lines are hidden, the
smallest first, until what is hidden together tells nothing. It protects within one table; ``service.domain.publishing``
protects between a report and its months, and between a narrowed report and the wider ones. Who holds reports of other
overlapping periods, or of several narrowings that add up, can still subtract.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SMALLEST_SHOWN = 5


def is_small(number: int) -> bool:
    """Whether a count may not be published: 1 to 4."""
    return 0 < number < SMALLEST_SHOWN


def tells(n: int, of: int) -> bool:
    """Whether n of ``of`` has a small number in it: n itself, the rest, or the whole."""
    return is_small(n) or is_small(of - n) or is_small(of)


@dataclass(frozen=True, slots=True)
class Counted:
    """One line's count, and of how many different meetings its units are: six places at one meeting are one family."""

    n: int
    of: int
    meetings: int

    @property
    def tells(self) -> bool:
        """Whether the line may not be published."""
        return tells(self.n, self.of) or is_small(self.meetings)


def hidden(lines: Sequence[Counted], total: Counted, also: Iterable[int] = ()) -> frozenset[int]:
    """The places of the lines that are hidden, those of ``also`` with them; all of them when the total itself is."""
    if total.tells:
        return frozenset(range(len(lines)))
    gone = {place for place, line in enumerate(lines) if line.tells}.union(also)
    left = sorted(set(range(len(lines))) - gone, key=lambda place: (lines[place].of, lines[place].n, place))
    while gone and left and (len(gone) == 1 or _sharing([lines[place] for place in gone]).tells):
        gone.add(left.pop(0))
    return frozenset(gone)


def left_over(parts: Iterable[Counted]) -> bool:
    """Whether a whole would give away what its parts hide: subtract those shown, and what is left is small.

    The parts are of different meetings, as the months of a year are.
    """
    gone = [part for part in parts if part.tells]
    return bool(gone) and together(gone).tells


def together(parts: Iterable[Counted]) -> Counted:
    """What parts of different meetings come to."""
    parts = list(parts)
    return Counted(sum(part.n for part in parts), sum(part.of for part in parts), sum(part.meetings for part in parts))


def _sharing(lines: Sequence[Counted]) -> Counted:
    # Lines may share meetings, so those of the largest are all that is sure.
    return Counted(sum(line.n for line in lines), sum(line.of for line in lines), max(line.meetings for line in lines))
