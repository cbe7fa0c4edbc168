"""The agreed standard, counted: one pass over the meetings of a period, and a table for each measure and split.

What is kept while counting is a few numbers for each line (and a reference for each case and child, to count them
once), so a report of years needs little more memory than one of days.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from service.domain.bands import BAND_WORDS
from service.domain.facts import AgeBand
from service.domain.measures import CASE_SHARES, SHARES, SPREADS, CaseShare, Counts, Measure, Share
from service.domain.meeting_facts import JudgedMeeting, MeetingFact
from service.domain.questions import Case, LeftOut, Seen, Split, Verdict, key_of
from service.domain.rates import Rate, rate_of
from service.domain.suppression import Counted, hidden, is_small
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

    ``meetings`` is of how many meetings (or cases) the counted units are; 0 where hidden.
    """

    key: str
    rate: Rate | None
    left_out: Mapping[LeftOut, int | None]
    meetings: int


@dataclass(frozen=True, slots=True)
class Table:
    """One measure by one split; ``split`` None where the total stands alone. ``trend`` compares months."""

    measure: Measure
    split: Split | None
    lines: tuple[Line, ...]
    total: Line
    trend: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Totals:
    """Meetings that took place, those cancelled, and the cases and children of the first; None: hidden."""

    meetings: int | None
    cancelled: int | None
    cases: int | None
    children: int | None


@dataclass(slots=True)
class _Tally:
    n: int = 0
    of: int = 0
    meetings: int = 0
    last: str = ""
    left_out: Counter[LeftOut] = field(default_factory=Counter)

    def add(self, verdict: Verdict, meeting: str) -> None:
        """Units of one meeting come one after another, so remembering the last one tells meetings apart."""
        if isinstance(verdict, LeftOut):
            self.left_out[verdict] += 1
        elif verdict is not None:
            self.of += 1
            self.n += verdict
            self.meetings += meeting != self.last
            self.last = meeting

    def line(self, key: str) -> Line:
        left_out = {why: self.left_out[why] for why in LeftOut if self.left_out[why]}
        return Line(key, rate_of(self.n, self.of), left_out, self.meetings)


_Lines = defaultdict[str, _Tally]
_TOTAL = "all"


class Standard:
    """Counts judged meetings one by one; ``tables`` and ``totals`` may be read at any time."""

    def __init__(self) -> None:
        self._meetings = self._cancelled = 0
        self._cases: defaultdict[str, Case] = defaultdict(Case)
        self._children: set[tuple[str, str]] = set()
        self._totals: defaultdict[str, _Tally] = defaultdict(_Tally)
        self._lines: defaultdict[tuple[str, Split], _Lines] = defaultdict(lambda: defaultdict(_Tally))
        self._parts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._part_meetings: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def add(self, meeting: JudgedMeeting) -> None:
        """Count one meeting and its places.

        Raises:
            CalendarTooShortError: the start lies beyond the known bank holidays.
        """
        self._count_meeting(meeting.fact)
        places = tuple(Seen(meeting, place) for place in meeting.places)
        units = {
            Counts.MEETINGS: (Seen(meeting),),
            Counts.PLACES: places,
            Counts.CHASES: places,
            Counts.CHILDREN: tuple(Seen(meeting, child=child) for child in meeting.fact.children),
        }
        for share in SHARES:
            if share.ask is not None:
                for seen in units[share.counts]:
                    self._count(share, seen, share.ask(seen))
        for spread in SPREADS:
            parts = Counter(part for seen in units[spread.counts] for part in spread.parts(seen))
            self._parts[spread.id].update(parts)
            self._part_meetings[spread.id].update({_TOTAL} | parts.keys() if parts else ())

    def _count_meeting(self, fact: MeetingFact) -> None:
        if fact.cancelled:
            self._cancelled += 1
            return
        self._meetings += 1
        self._cases[fact.case_ref].add(fact)
        self._children.update((fact.case_ref, child.ref) for child in fact.children)

    def _count(self, share: Share, seen: Seen, verdict: Verdict) -> None:
        if verdict is None:
            return
        reference = seen.meeting.fact.reference
        self._totals[share.id].add(verdict, reference)
        for split in share.splits:
            key = key_of(split, seen)
            if key is not None:
                self._lines[share.id, split][key].add(verdict, reference)

    def totals(self) -> Totals:
        """How many there were of everything."""
        return Totals(self._meetings, self._cancelled, len(self._cases), len(self._children))

    def tables(self) -> tuple[Table, ...]:
        """Every measure that can be counted, by each of its splits."""
        shares = [self._share(share, split) for share in SHARES if share.ask for split in share.splits]
        spreads = [self._spread(spread) for spread in SPREADS]
        return (*shares, *spreads, *(self._cases_table(share) for share in CASE_SHARES))

    def _share(self, share: Share, split: Split) -> Table:
        found = self._lines[share.id, split]
        lines = tuple(found[key].line(key) for key in sorted(found, key=_order))
        trend = _trend(lines) if split is Split.MONTH else ()
        return Table(share, split, lines, self._totals[share.id].line(_TOTAL), trend)

    def _spread(self, spread: Measure) -> Table:
        parts, meetings = self._parts[spread.id], self._part_meetings[spread.id]
        whole = parts.total()
        lines = tuple(Line(key, rate_of(parts[key], whole), {}, meetings[key]) for key in sorted(parts, key=_order))
        return Table(spread, Split.PART, lines, Line(_TOTAL, rate_of(whole, whole), {}, meetings[_TOTAL]))

    def _cases_table(self, share: CaseShare) -> Table:
        tally = _Tally()
        for reference, case in self._cases.items():
            tally.add(share.ask(case), reference)
        return Table(share, None, (), tally.line(_TOTAL))


_BANDS = {band: place for place, band in enumerate(BAND_WORDS)}


def _order(key: str) -> tuple[int, str]:
    return _BANDS.get(key, -1), key


def _trend(lines: tuple[Line, ...]) -> tuple[Step, ...]:
    return steps([(line.key, line.rate) for line in lines])


def publishable(table: Table) -> Table:
    """The table without small numbers; the trend is worked out again, from what is left."""
    gone = hidden([_counted(line) for line in table.lines], _counted(table.total))
    lines = tuple(_hide(line) if place in gone else _shown(line) for place, line in enumerate(table.lines))
    trend = _trend(lines) if table.split is Split.MONTH else ()
    return replace(table, lines=lines, total=_shown(table.total), trend=trend)


def _counted(line: Line) -> Counted:
    rate = line.rate or rate_of(0, 0)
    return Counted(rate.n, rate.of, line.meetings)


def _shown(line: Line) -> Line:
    if _counted(line).tells:
        return _hide(line)
    return replace(line, left_out={why: _number(count) for why, count in line.left_out.items()})


def _hide(line: Line) -> Line:
    return Line(line.key, None, dict.fromkeys(line.left_out), 0)


def _number(count: int | None) -> int | None:
    return None if count is None or is_small(count) else count


def publishable_totals(totals: Totals) -> Totals:
    """The totals without small numbers."""
    return Totals(*map(_number, (totals.meetings, totals.cancelled, totals.cases, totals.children)))
