"""The agreed standard, counted: one pass over the meetings of a period, and a table for each measure and split.

What is kept while counting is a few numbers for each line (and a reference for each case and child, to count them
once), so a report of years needs little more memory than one of days.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import asdict, astuple, dataclass, field, replace
from itertools import combinations
from types import MappingProxyType
from typing import NamedTuple

from service.domain.bands import BAND_WORDS
from service.domain.facts import AgeBand
from service.domain.measures import CASE_SHARES, SHARES, SPREADS, CaseShare, Counts, Measure, Share, Spread
from service.domain.meeting_facts import JudgedMeeting, MeetingFact
from service.domain.questions import Case, LeftOut, Seen, Split, Verdict, key_of
from service.domain.rates import Rate, rate_of
from service.domain.suppression import SMALLEST_SHOWN, Counted, hidden, is_small
from service.domain.trend import Step, steps


@dataclass(frozen=True, slots=True)
class Filter:
    """Which meetings are counted: all conditions together; None: any.

    ``circumstance`` is one of the request's, ``age_band`` one of a child's, ``team`` the one that holds the case or
    that the meeting went to; ``unborn`` says whether a child was not born yet at the request.
    """

    circumstance: str | None = None
    age_band: str | None = None
    unborn: bool | None = None
    team: str | None = None

    def wider(self) -> tuple[Filter, ...]:
        """Every filter that has some of these conditions and not all: whoever holds both can subtract."""
        named = {name: value for name, value in asdict(self).items() if value is not None}
        return tuple(Filter(**dict(some)) for size in range(len(named)) for some in combinations(named.items(), size))

    def takes(self, fact: MeetingFact) -> bool:
        """Whether the meeting is counted."""
        bands = {child.age_band for child in fact.children}
        return (
            (self.circumstance is None or self.circumstance in fact.circumstances)
            and (self.age_band is None or self.age_band in bands)
            and (self.unborn is None or self.unborn == (AgeBand.UNBORN in bands))
            and (self.team is None or self.team in {fact.team, fact.routed_team})
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its key, its percentage (None: hidden), and how many are left out and why (None: hidden).

    ``meetings`` is of how many meetings (or cases) the counted units are, counted up to 5; 0 where hidden.
    """

    key: str
    rate: Rate | None
    left_out: Mapping[LeftOut, int | None]
    meetings: int

    @classmethod
    def of(cls, key: str, n: int, of: int, meetings: int) -> Line:
        """A line that leaves nothing out: n of ``of``, at so many meetings."""
        return cls(key, rate_of(n, of), {}, meetings)

    @property
    def not_set(self) -> bool:
        """Whether nothing could be counted because the partnership has set no figure: that is no 0."""
        return self.rate is not None and self.rate.of == 0 and LeftOut.NOT_SET in self.left_out

    @property
    def not_recorded(self) -> bool:
        """Whether nothing could be counted because nobody has recorded it yet: that is no 0 either."""
        return self.rate is not None and self.rate.of == 0 and LeftOut.NOT_RECORDED in self.left_out


@dataclass(frozen=True, slots=True)
class Table:
    """One measure by one split; ``split`` None where the total stands alone. ``trend`` compares months."""

    measure: Measure
    split: Split | None
    lines: tuple[Line, ...]
    total: Line
    trend: tuple[Step, ...] = ()


def not_recorded(tables: Iterable[Table]) -> tuple[Measure, ...]:
    """The measures with no figure because nobody has recorded, for any unit, what they would be counted from."""
    told = {table.measure.id: table for table in tables}
    return tuple(table.measure for table in told.values() if table.total.not_recorded)


@dataclass(frozen=True, slots=True)
class Totals:
    """Meetings that took place, those cancelled, and the cases and children of the first; None: hidden."""

    meetings: int | None
    cancelled: int | None
    cases: int | None
    children: int | None


@dataclass(slots=True)
class _Group:
    """Units that no question can tell apart: one of them, how many there are, and some of their meetings."""

    unit: Counts
    example: Seen
    count: int = 0
    meetings: set[str] = field(default_factory=set)

    def add(self, reference: str) -> None:
        """One unit more, of this meeting."""
        self.count += 1
        if len(self.meetings) < SMALLEST_SHOWN:
            self.meetings.add(reference)


@dataclass(slots=True)
class _Tally:
    n: int = 0
    of: int = 0
    meetings: set[str] = field(default_factory=set)
    left_out: Counter[LeftOut] = field(default_factory=Counter)

    def add(self, verdict: Verdict, count: int, meetings: Iterable[str]) -> None:
        if isinstance(verdict, LeftOut):
            self.left_out[verdict] += count
        elif verdict is not None:
            self.of += count
            self.n += count if verdict else 0
            # As many as tell whether they are few: which of them, nobody asks.
            if len(self.meetings) < SMALLEST_SHOWN:
                self.meetings.update(meetings)

    def line(self, key: str) -> Line:
        left_out = {why: self.left_out[why] for why in LeftOut if self.left_out[why]}
        return Line(key, rate_of(self.n, self.of), left_out, min(len(self.meetings), SMALLEST_SHOWN))


_Lines = defaultdict[str, _Tally]
_TOTAL = "all"
# Groups are counted out when there are so many of them, so that a report of any length needs no more memory.
_MOST_GROUPS = 20_000
_UNITS = {Counts.MEETINGS: Counts.MEETINGS, Counts.CHILDREN: Counts.CHILDREN}


def _asked(unit: Counts) -> tuple[tuple[Share, ...], tuple[Spread, ...]]:
    """What is asked of each meeting, of each child, or of each place; chases are asked of places."""
    shares = tuple(share for share in SHARES if _UNITS.get(share.counts, Counts.PLACES) is unit)
    return shares, tuple(spread for spread in SPREADS if _UNITS.get(spread.counts, Counts.PLACES) is unit)


_ASKED = {unit: _asked(unit) for unit in (Counts.MEETINGS, Counts.PLACES, Counts.CHILDREN)}
_QUESTIONS = {
    unit: (tuple(share.ask for share in shares), tuple(spread.parts for spread in spreads))
    for unit, (shares, spreads) in _ASKED.items()
}

# By what the shares of each unit are told apart.
_SPLITS = {unit: tuple(dict.fromkeys(split for share in shares for split in share.splits))
           for unit, (shares, _) in _ASKED.items()}  # fmt: skip


class _Answers(NamedTuple):
    """What every question about one kind of unit was answered, and in which line of each split it stands."""

    unit: Counts
    verdicts: tuple[Verdict, ...]
    parts: tuple[tuple[str, ...], ...]
    keys: tuple[str | None, ...]


def _answers(unit: Counts, seen: Seen) -> _Answers:
    shares, spreads = _ASKED[unit]
    return _Answers(
        unit,
        tuple([share.ask(seen) for share in shares]),
        tuple([tuple(spread.parts(seen)) for spread in spreads]),
        tuple([key_of(split, seen) for split in _SPLITS[unit]]),
    )


class Standard:
    """Counts judged meetings one by one; ``tables`` and ``totals`` may be read at any time.

    Places that no question can tell apart are gathered first and asked about once, which is most of the time saved: a
    hundred thousand meetings have a million places of some thousand kinds.
    """

    def __init__(self) -> None:
        self._meetings = self._cancelled = 0
        self._cases: defaultdict[str, Case] = defaultdict(Case)
        self._children: set[tuple[str, str]] = set()
        self._totals: defaultdict[str, _Tally] = defaultdict(_Tally)
        self._lines: defaultdict[tuple[str, Split], _Lines] = defaultdict(lambda: defaultdict(_Tally))
        self._groups: dict[Hashable, _Group] = {}

    def add(self, meeting: JudgedMeeting) -> None:
        """Count one meeting and its places.

        Raises:
            CalendarTooShortError: the start lies beyond the known bank holidays.
        """
        fact = meeting.fact
        self._count_meeting(fact)
        # All that a question about a place may know of its meeting.
        about = (fact.month, fact.meeting_type, fact.cancelled, fact.recorded)
        for place in meeting.places:
            key = about, place.kind
            group = self._groups.get(key)
            if group is None:
                group = self._groups[key] = _Group(Counts.PLACES, Seen(meeting, place))
            group.add(fact.reference)
        for child in fact.children:
            self._gather_asked(Counts.CHILDREN, Seen(meeting, child=child))
        self._gather_asked(Counts.MEETINGS, Seen(meeting))
        if len(self._groups) > _MOST_GROUPS:
            self._count_groups()

    def _gather_asked(self, unit: Counts, seen: Seen) -> None:
        """Meetings and children are told apart by what they answer, since a question may ask anything of those."""
        fact = seen.meeting.fact
        asks, spreads = _QUESTIONS[unit]
        verdicts = tuple([ask(seen) for ask in asks])
        parts = tuple([tuple(told(seen)) for told in spreads])
        key = unit, fact.month, fact.meeting_type, verdicts, parts
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = _Group(unit, seen)
        group.add(fact.reference)

    def _count_meeting(self, fact: MeetingFact) -> None:
        if fact.cancelled:
            self._cancelled += 1
            return
        self._meetings += 1
        self._cases[fact.case_ref].add(fact)
        self._children.update((fact.case_ref, child.ref) for child in fact.children)

    def _count_groups(self) -> None:
        # Most kinds of places give the same answers and stand in the same lines: those are counted as one.
        alike: dict[_Answers, _Group] = {}
        for group in self._groups.values():
            answers = _answers(group.unit, group.example)
            found = alike.get(answers)
            if found is None:
                alike[answers] = group
                continue
            found.count += group.count
            if len(found.meetings) < SMALLEST_SHOWN:
                found.meetings |= group.meetings
        for answers, group in alike.items():
            self._count(answers, group)
        self._groups.clear()

    def _count(self, answers: _Answers, group: _Group) -> None:
        shares, spreads = _ASKED[answers.unit]
        keys = dict(zip(_SPLITS[answers.unit], answers.keys, strict=True))
        for share, verdict in zip(shares, answers.verdicts, strict=True):
            if verdict is None:
                continue
            self._totals[share.id].add(verdict, group.count, group.meetings)
            for split in share.splits:
                key = keys[split]
                if key is not None:
                    self._lines[share.id, split][key].add(verdict, group.count, group.meetings)
        for spread, parts in zip(spreads, answers.parts, strict=True):
            for part in parts:
                for key in (part, _TOTAL):
                    self._lines[spread.id, Split.PART][key].add(True, group.count, group.meetings)  # noqa: FBT003

    def totals(self) -> Totals:
        """How many there were of everything."""
        return Totals(self._meetings, self._cancelled, len(self._cases), len(self._children))

    def beside(self, narrow: Standard) -> Totals:
        """What this wider count has more of than a narrower one."""
        mine, theirs = self.totals(), narrow.totals()
        return Totals(*((one or 0) - (other or 0) for one, other in zip(astuple(mine), astuple(theirs), strict=True)))

    def tables(self) -> tuple[Table, ...]:
        """Every measure that can be counted, by each of its splits."""
        self._count_groups()
        shares = [self._share(share, split) for share in SHARES for split in share.splits]
        spreads = [self._spread(spread) for spread in SPREADS]
        return (*shares, *spreads, *(self._cases_table(share) for share in CASE_SHARES))

    def _share(self, share: Share, split: Split) -> Table:
        found = self._lines[share.id, split]
        lines = tuple(found[key].line(key) for key in sorted(found, key=_order))
        trend = _trend(lines) if split is Split.MONTH else ()
        return Table(share, split, lines, self._totals[share.id].line(_TOTAL), trend)

    def _spread(self, spread: Measure) -> Table:
        parts = dict(self._lines[spread.id, Split.PART])
        total = parts.pop(_TOTAL, _Tally()).line(_TOTAL)
        whole = total.rate.of if total.rate else 0
        told = {key: parts[key].line(key) for key in sorted(parts, key=_order)}
        lines = tuple(replace(line, rate=rate_of(parts[key].n, whole)) for key, line in told.items())
        return Table(spread, Split.PART, lines, total)

    def _cases_table(self, share: CaseShare) -> Table:
        tally = _Tally()
        for reference, case in self._cases.items():
            tally.add(share.ask(case), 1, (reference,))
        return Table(share, None, (), tally.line(_TOTAL))


_BANDS = {band: place for place, band in enumerate(BAND_WORDS)}


def _order(key: str) -> tuple[int, str]:
    return _BANDS.get(key, -1), key


def _trend(lines: tuple[Line, ...]) -> tuple[Step, ...]:
    return steps([(line.key, line.rate) for line in lines])


def publishable(
    table: Table, also: Collection[str] = (), silent: Mapping[str, Collection[LeftOut]] = MappingProxyType({})
) -> Table:
    """The table without small numbers; the trend is worked out again, from what is left.

    ``also`` are the keys of lines (and "all" for the total) that must be hidden for another reason; ``silent`` says for
    such a key of which reasons nobody is told how many were left out. Where a line left few out for a reason, no line
    of the table tells it, since the total less the others would.
    """
    few = {why for line in table.lines for why, count in line.left_out.items() if count is None or is_small(count)}
    places = [place for place, line in enumerate(table.lines) if line.key in also]
    counts, total = [counted(line) for line in table.lines], table.total
    gone = frozenset(range(len(counts))) if total.key in also else hidden(counts, counted(total), places)
    lines = tuple(
        _hide(line) if place in gone else _shown(line, few.union(silent.get(line.key, ())))
        for place, line in enumerate(table.lines)
    )
    trend = _trend(lines) if table.split is Split.MONTH else ()
    whole = _hide(total) if total.key in also else _shown(total, silent.get(total.key, ()))
    return replace(table, lines=lines, total=whole, trend=trend)


def counted(line: Line) -> Counted:
    """What a line counts, as it matters to what may be published."""
    rate = line.rate or rate_of(0, 0)
    return Counted(rate.n, rate.of, line.meetings)


def _shown(line: Line, silent: Collection[LeftOut]) -> Line:
    if counted(line).tells:
        return _hide(line)
    told = {why: None if why in silent else _number(count) for why, count in line.left_out.items()}
    return replace(line, left_out=told)


def _hide(line: Line) -> Line:
    return Line(line.key, None, dict.fromkeys(line.left_out), 0)


def _number(count: int | None) -> int | None:
    return None if count is None or is_small(count) else count


def publishable_totals(totals: Totals) -> Totals:
    """The totals without small numbers."""
    return Totals(*map(_number, (totals.meetings, totals.cancelled, totals.cases, totals.children)))
