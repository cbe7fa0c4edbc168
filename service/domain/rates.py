"""Percentages that carry their n and their interval, so that 95 to 93 is not called a fall when it is noise."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True, slots=True)
class Rate:
    """``n`` of ``of``, in percent (0 to 100, unrounded), with the ends of its interval; None where ``of`` is 0."""

    n: int
    of: int
    percent: float | None
    low: float | None
    high: float | None


def wilson(n: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """The Wilson score interval of n successes in ``of`` trials, as two proportions; (0, 1) when ``of`` is 0.

    Source: E. B. Wilson, Journal of the American Statistical Association 22 (1927). ``z`` 1.96 gives 95%.

    Raises:
        ValueError: n is not between 0 and ``of``.
    """
    if not 0 <= n <= of:
        raise ValueError(f"{n} of {of} is no proportion")
    if of == 0:
        return 0.0, 1.0
    share = n / of
    spread = z * z / of
    middle = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    # The ends touch 0 and 1 exactly when nobody or everybody came; rounding must not say otherwise.
    low = 0.0 if n == 0 else min(middle - half, share)
    high = 1.0 if n == of else max(middle + half, share)
    return low, high


def rate_of(n: int, of: int) -> Rate:
    """A percentage with its interval."""
    if of == 0:
        return Rate(n, of, None, None, None)
    low, high = wilson(n, of)
    return Rate(n, of, 100 * n / of, 100 * low, 100 * high)
