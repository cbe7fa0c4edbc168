"""Row by row: the council's list of section 47 enquiries beside the strategy meetings and conferences held here.

The list is Annex A, list 5, of an inspection: one row for each child and enquiry, with the day of the strategy
discussion that began it and that of the initial conference. A child is the same where the list's id is the sending
system's reference for the child here, or for a case with that child alone. Days are London days.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

# A discussion entered a few days from the meeting is the same one; further apart it is another enquiry.
NEAR_DAYS = 14


class Kind(StrEnum):
    """What a meeting is to an enquiry."""

    STRATEGY = "strategy"
    CONFERENCE = "conference"


class Found(StrEnum):
    """What became of one row, or of one meeting's child."""

    MATCHES = "matches"
    OTHER_DAY = "strategy_on_another_day"
    CONFERENCE_OTHER_DAY = "conference_on_another_day"
    CONFERENCE_NOT_HERE = "conference_not_here"
    CONFERENCE_NOT_LISTED = "conference_not_in_list"
    NO_MEETING = "no_strategy_meeting_here"
    UNKNOWN_CHILD = "child_not_known_here"
    LISTED_TWICE = "listed_twice"
    NO_DAY = "row_without_strategy_day"
    NOT_LISTED = "not_in_list"


FOUND_WORDS: Mapping[Found, str] = {
    Found.MATCHES: "the same on both sides",
    Found.OTHER_DAY: "both have it, with the strategy discussion on different days",
    Found.CONFERENCE_OTHER_DAY: "both have it, with the conference on different days",
    Found.CONFERENCE_NOT_HERE: "the list has a conference that was not held through this service",
    Found.CONFERENCE_NOT_LISTED: "a conference was held here that the list does not have",
    Found.NO_MEETING: "the child is known here, but no strategy meeting within two weeks of the listed day",
    Found.UNKNOWN_CHILD: "no request to this service named the child",
    Found.LISTED_TWICE: "the list has this child and day more than once",
    Found.NO_DAY: "the row has no day of a strategy discussion",
    Found.NOT_LISTED: "a strategy meeting was held here for a child the list lacks; it may have begun no enquiry",
}


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of the council's list. ``row`` counts as a spreadsheet does: the header is row 1."""

    row: int
    child: str
    strategy_on: date | None
    conference_on: date | None


@dataclass(frozen=True, slots=True)
class Held:
    """One child at one meeting that took place here. ``alone``: the only child of its request."""

    reference: str
    kind: Kind
    on: date
    child: str
    case_ref: str
    alone: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the reconciliation. ``row`` None: only here; ``reference`` empty: only in the list."""

    found: Found
    row: int | None = None
    reference: str = ""
    child: str = ""
    listed_strategy: date | None = None
    held_strategy: date | None = None
    listed_conference: date | None = None
    held_conference: date | None = None


def reconcile(listed: Sequence[Listed], held: Iterable[Held], first: date, last: date) -> tuple[Finding, ...]:
    """A finding for each row, in the list's order, then one for each child of a strategy meeting nobody listed.

    Only meetings of ``first`` to ``last``, both counted, can be missing from the list; a row is matched with meetings
    outside too, as far as ``held`` has them.
    """
    here = _Here(held)
    seen: set[tuple[str, date]] = set()
    findings = [here.of_row(row, seen) for row in listed]
    return (*findings, *here.not_listed(first, last))


class _Here:
    """The meetings held here, by child, and which of them a row has claimed."""

    def __init__(self, held: Iterable[Held]) -> None:
        self._by_child: defaultdict[str, list[Held]] = defaultdict(list)
        self._all: list[Held] = []
        self._claimed: set[tuple[str, str]] = set()
        for each in held:
            self._all.append(each)
            for name in {each.child, each.case_ref} if each.alone else {each.child}:
                self._by_child[name].append(each)

    def of_row(self, row: Listed, seen: set[tuple[str, date]]) -> Finding:
        mine = self._by_child.get(row.child, ())
        said = Finding(
            Found.UNKNOWN_CHILD, row.row, listed_strategy=row.strategy_on, listed_conference=row.conference_on
        )
        if row.strategy_on is None:
            return _with(said, Found.NO_DAY)
        if (row.child, row.strategy_on) in seen:
            return _with(said, Found.LISTED_TWICE)
        seen.add((row.child, row.strategy_on))
        if not mine:
            return said
        strategy = self._nearest(mine, row.strategy_on)
        if strategy is None:
            return _with(said, Found.NO_MEETING)
        self._claimed.add((strategy.reference, strategy.child))
        conference = _first_conference(mine, strategy.on, row.conference_on)
        return _with(said, _compared(row, strategy, conference), strategy, conference)

    def _nearest(self, mine: Sequence[Held], on: date) -> Held | None:
        near = [each for each in mine if each.kind is Kind.STRATEGY and abs((each.on - on).days) <= NEAR_DAYS]
        free = [each for each in near if (each.reference, each.child) not in self._claimed]
        return min(free, key=lambda each: (abs((each.on - on).days), each.on, each.reference), default=None)

    def not_listed(self, first: date, last: date) -> Iterable[Finding]:
        for each in sorted(self._all, key=lambda held: (held.on, held.reference, held.child)):
            wanted = each.kind is Kind.STRATEGY and first <= each.on <= last
            if wanted and (each.reference, each.child) not in self._claimed:
                yield Finding(Found.NOT_LISTED, None, each.reference, each.child, held_strategy=each.on)


def _first_conference(mine: Sequence[Held], after: date, listed: date | None) -> Held | None:
    """The conference of the listed day, else the first one after the strategy meeting."""
    later = [each for each in mine if each.kind is Kind.CONFERENCE and each.on >= after]
    return min(later, key=lambda each: (each.on != listed, each.on), default=None)


def _compared(row: Listed, strategy: Held, conference: Held | None) -> Found:
    if strategy.on != row.strategy_on:
        return Found.OTHER_DAY
    if row.conference_on is None:
        return Found.MATCHES if conference is None else Found.CONFERENCE_NOT_LISTED
    if conference is None:
        return Found.CONFERENCE_NOT_HERE
    return Found.MATCHES if conference.on == row.conference_on else Found.CONFERENCE_OTHER_DAY


def _with(said: Finding, found: Found, strategy: Held | None = None, conference: Held | None = None) -> Finding:
    return Finding(
        found,
        said.row,
        strategy.reference if strategy else "",
        strategy.child if strategy else "",
        said.listed_strategy,
        strategy.on if strategy else None,
        said.listed_conference,
        conference.on if conference else None,
    )
