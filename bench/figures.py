"""Figures as people read them: middle, least and most of several rounds, and percentiles of many requests."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """The least, the middle and the most of several rounds."""

    least: float
    middle: float
    most: float

    def shown(self, digits: int = 0) -> str:
        """The middle with the least and the most behind it."""
        return f"{self.middle:.{digits}f} ({self.least:.{digits}f}-{self.most:.{digits}f})"


def spread(values: Sequence[float]) -> Spread:
    """The spread of at least one value."""
    return Spread(min(values), statistics.median(values), max(values))


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share (0 to 1) of at least one value lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One figure that the project aims at, for the closing table."""

    what: str
    figure: str
    aim: str
    met: bool


def show(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table: the first column to the left, the others to the right."""
    widths = [max(len(row[index]) for row in [header, *rows]) for index in range(len(header))]
    print(f"\n{title}")
    for row in [header, *rows]:
        first, *others = zip(row, widths, strict=True)
        print("  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]).rstrip())


def show_verdicts(verdicts: Sequence[Verdict]) -> None:
    """Print what was aimed at and what was reached."""
    rows = [(verdict.what, verdict.figure, verdict.aim, "yes" if verdict.met else "no") for verdict in verdicts]
    show("Aims", ("what", "figure", "aim", "met"), rows)
