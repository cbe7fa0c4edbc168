"""What the page of clashes shows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClashRow:
    """One clash. ``others`` says how many more meetings there are that the reader is not shown."""

    who: str
    when: str
    at_once: int
    meetings: tuple[tuple[str, str], ...]
    others: str


@dataclass(frozen=True, slots=True)
class ClashesPage:
    """The whole page. ``move`` and ``swap`` are references with their addresses; ``may_move``: the reader may act."""

    until: str
    rows: tuple[ClashRow, ...]
    move: tuple[str, str] | None
    move_clears: str
    move_to: tuple[str, ...]
    swap: tuple[tuple[str, str], tuple[str, str]] | None
    swap_clears: str
    may_move: bool
