"""A dip sample of meetings that took place, with what the system says of each beside an empty cell for the reviewer.

The frame is the record as it stood when the period ended, read from the audit: a meeting recorded, moved or cancelled
after that changes no sample, so the same parameters give the same list and the same seal on any later day. What the
system says of a meeting is read at the time of asking: a corrected attendance shows, though the list stays.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date, datetime

from service.domain.attendance import month_of
from service.domain.dip_sample import Candidate, Parameters, Sample, Stratum, draw
from service.domain.london import start_of_day
from service.domain.meeting_facts import JudgedMeeting, judge
from service.domain.questions import LeftOut, Seen, Verdict, came, in_time, notice_kept, quorum_met
from service.domain.rates import Rate, rate_of
from service.store.engine import snapshot
from service.store.queries.policies import policy_history
from service.store.queries.readable import Reader
from service.store.queries.standard import FrameRow, meeting_facts, sample_frame
from service.workflow.errors import BadTimeError, WorkflowError
from service.workflow.ports import Services
from service.workflow.report import harmless
from service.workflow.standard import after, rules_by_version

VERDICTS = ("quorum", "in_time", "every_agency_came", "every_notice_kept")


@dataclass(frozen=True, slots=True)
class SampledMeeting:
    """One row: the meeting, and "yes", "no" or why the system cannot say, for each of ``VERDICTS``."""

    reference: str
    meeting_type: str
    starts_at: datetime
    says: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DipSample:
    """A sample with its rows in the order of the seal, and the number of meetings it was drawn from.

    ``rows`` are of the meetings the reader may know of; ``withheld`` is how many more were drawn, of restricted cases.
    """

    sample: Sample
    frame: int
    rows: tuple[SampledMeeting, ...]
    withheld: int = 0


async def dip_sample(
    services: Services,
    partnership: str,
    start: date,
    end: date,
    *,
    size: int,
    seed: str,
    by: Sequence[Stratum | str] = tuple(Stratum),
    reader: Reader | None = None,
) -> DipSample:
    """Draw from the meetings that started on the London days ``start`` to ``end``, both counted.

    Every meeting may be drawn, whoever asks, so that all have the same list and seal; a row of a restricted case is
    given to its readers alone.

    Raises:
        BadTimeError: ``end`` is before ``start``, or the period is not over yet.
        ValueError: a size below 1, or a stratum there is not.
    """
    if end < start:
        raise BadTimeError("The last day of the sample is before its first. Swap them.")
    if services.now() < after(end):
        raise BadTimeError("A sample is drawn from a period that is over, so that it can be drawn again. Ask later.")
    parameters = Parameters(partnership, start, end, size, seed, tuple(Stratum(each) for each in by))
    async with snapshot(services.engine) as conn:
        frame = await sample_frame(conn, partnership, reader, start_of_day(start), after(end))
        sample = draw([_candidate(row) for row in frame], parameters)
        wanted = {row.reference: row for row in frame if row.reference in set(sample.references)}
        judged: dict[str, JudgedMeeting] = {}
        rules_of = rules_by_version(await policy_history(conn, partnership))
        # Without the reader: what of it is theirs, the frame says.
        async with aclosing(meeting_facts(conn, partnership, None, start_of_day(start), services.now())) as batches:
            async for batch in batches:
                drawn = (fact for fact in batch if fact.reference in wanted)
                judged |= {fact.reference: judge(fact, services.calendar, rules_of) for fact in drawn}
    mine = [reference for reference in sample.references if wanted[reference].readable]
    rows = tuple(_row(wanted[reference], judged.get(reference)) for reference in mine)
    return DipSample(sample, len(frame), rows, len(sample.references) - len(mine))


def _candidate(row: FrameRow) -> Candidate:
    return Candidate(row.reference, month_of(row.starts_at), row.meeting_type)


def _row(row: FrameRow, meeting: JudgedMeeting | None) -> SampledMeeting:
    says = tuple(map(_said, _verdicts(meeting))) if meeting else ("moved_later",) * len(VERDICTS)
    return SampledMeeting(row.reference, row.meeting_type, row.starts_at, says)


def _verdicts(meeting: JudgedMeeting) -> tuple[Verdict, ...]:
    places = [Seen(meeting, place) for place in meeting.places]
    return (
        quorum_met(Seen(meeting)),
        in_time(Seen(meeting)),
        _every([came(seen) for seen in places]),
        _every([notice_kept(seen) for seen in places]),
    )


def _every(verdicts: Sequence[Verdict]) -> Verdict:
    """No if any is a no; otherwise why it cannot be said, if that is so of any; otherwise yes. None: nothing to ask."""
    about = [verdict for verdict in verdicts if verdict is not None]
    unsaid = [verdict for verdict in about if isinstance(verdict, LeftOut)]
    if False in about:
        return False
    return unsaid[0] if unsaid else (True if about else None)


def _said(verdict: Verdict) -> str:
    if isinstance(verdict, LeftOut):
        return str(verdict)
    return {True: "yes", False: "no", None: "nothing_to_say"}[verdict]


_COLUMNS = (
    "reference",
    "meeting_type",
    "starts_at",
    *(f"system_{name}" for name in VERDICTS),
    *(f"reviewer_{name}" for name in VERDICTS),
)


def as_csv(found: DipSample) -> str:
    """The rows for a reviewer: the system's verdicts, and as many empty cells beside them. CRLF, no formulas."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for row in found.rows:
        cells = (row.reference, row.meeting_type, row.starts_at.isoformat(), *row.says, *("" for _ in VERDICTS))
        writer.writerow(harmless(cell) for cell in cells)
    return out.getvalue()


class BadSheetError(WorkflowError):
    """A reviewer's sheet cannot be read, or is not of this sample. Shown by the command; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often reviewer and system said the same, where both said yes or no.

    ``not_reviewed``: the reviewer's cell is empty; ``system_cannot_say``: reviewed, and the system has no yes or no.
    """

    verdict: str
    rate: Rate
    not_reviewed: int
    system_cannot_say: int


def agreement(found: DipSample, sheet: str) -> tuple[Agreement, ...]:
    """Compare a filled-in sheet (``as_csv``'s columns) with what the system says now, for each of ``VERDICTS``.

    Raises:
        BadSheetError: a column is missing, the rows are not the sample's, or a cell is neither yes, no nor empty.
    """
    cells = reviewer_cells(found, sheet)
    return tuple(_agreement(found, cells, place, name) for place, name in enumerate(VERDICTS))


def reviewer_cells(found: DipSample, sheet: str) -> Mapping[str, Mapping[str, str]]:
    """What a filled-in sheet says of each meeting: "yes", "no" or nothing for each of ``VERDICTS``.

    Raises:
        BadSheetError: as ``agreement``.
    """
    rows = list(csv.DictReader(io.StringIO(sheet.removeprefix("\ufeff"), newline="")))
    wanted = {"reference", *(f"reviewer_{name}" for name in VERDICTS)}
    if rows and not wanted <= rows[0].keys():
        raise BadSheetError(f"The sheet lacks the columns: {', '.join(sorted(wanted - rows[0].keys()))}.")
    if sorted(row["reference"] for row in rows) != sorted(row.reference for row in found.rows):
        raise BadSheetError("The sheet's meetings are not those of this sample. Check its days, size, seed and strata.")
    return {row["reference"]: {name: _cell(row, f"reviewer_{name}") for name in VERDICTS} for row in rows}


def _agreement(found: DipSample, cells: Mapping[str, Mapping[str, str]], place: int, name: str) -> Agreement:
    pairs = [(row.says[place], cells[row.reference][name]) for row in found.rows]
    both = [system == reviewer for system, reviewer in pairs if reviewer and system in {"yes", "no"}]
    empty = sum(not reviewer for _, reviewer in pairs)
    return Agreement(name, rate_of(sum(both), len(both)), empty, len(pairs) - empty - len(both))


def _cell(row: Mapping[str, str], column: str) -> str:
    said = (row[column] or "").strip().lower()
    if said not in {"", "yes", "no"}:
        raise BadSheetError(f"{row['reference']}: {column} is {said!r}; write yes, no or nothing.")
    return said
