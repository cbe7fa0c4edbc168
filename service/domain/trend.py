"""Whether a percentage changed: only where two 95% intervals have nothing in common is a rise or a fall named.

That is stricter than a test of the difference, on purpose: of 20 in a dip sample, 95 and then 93 in a hundred is noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from service.domain.rates import Rate


class Change(StrEnum):
    """What may be said of two percentages, the earlier one first."""

    NO_CLEAR_CHANGE = "no clear change"
    HIGHER = "higher"
    LOWER = "lower"
    NOT_KNOWN = "nothing to compare"


@dataclass(frozen=True, slots=True)
class Step:
    """One comparison: the keys of the two lines (months), and what may be said."""

    before: str
    after: str
    change: Change


def change(before: Rate | None, after: Rate | None) -> Change:
    """Compare two percentages; None is one that is hidden or was never there."""
    if before is None or after is None:
        return Change.NOT_KNOWN
    if before.low is None or before.high is None or after.low is None or after.high is None:
        return Change.NOT_KNOWN
    if after.low > before.high:
        return Change.HIGHER
    return Change.LOWER if after.high < before.low else Change.NO_CLEAR_CHANGE


def steps(lines: Sequence[tuple[str, Rate | None]]) -> tuple[Step, ...]:
    """Each line beside the one before it, and the last beside the first where there are more than two."""
    pairs = list(pairwise(lines))
    if len(lines) > 2:
        pairs.append((lines[0], lines[-1]))
    return tuple(Step(before[0], after[0], change(before[1], after[1])) for before, after in pairs)
