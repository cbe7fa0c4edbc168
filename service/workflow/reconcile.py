"""The council's list of enquiries beside the meetings held here, row by row.

The list is read once and kept nowhere: of its columns only the child's id and the days are looked at, nothing of it is
logged or stored, and what goes out names a row by its number and a meeting by its reference.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from service.domain.london import local_date, start_of_day
from service.domain.meeting_kinds import INITIAL_CONFERENCES, STRATEGY_TYPES
from service.domain.reconcile import FOUND_WORDS, NEAR_DAYS, Finding, Found, Held, Kind, Listed, reconcile
from service.store.queries.children_met import ChildMet, children_met
from service.store.queries.readable import Reader
from service.workflow.errors import BadTimeError, WorkflowError
from service.workflow.ports import Services
from service.workflow.report import harmless
from service.workflow.standard import after

LARGEST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 100_000
_LONGEST_ID = 64

# The headings of Annex A, list 5. Case, spaces and punctuation may differ between systems.
CHILD = "Child Unique ID"
STRATEGY_DAY = "Strategy discussion initiating Section 47 Enquiry Start Date"
CONFERENCE_DAY = "Date of Initial Child Protection Conference"

_KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(STRATEGY_TYPES, Kind.STRATEGY),
    **dict.fromkeys(INITIAL_CONFERENCES, Kind.CONFERENCE),
}


class BadListError(WorkflowError):
    """The council's list cannot be read. The sentence names the row and the column, never what stands in it."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The findings over the London days ``first`` to ``last``, and how many there are of each.

    ``withheld``: how many more rest on the meetings of restricted cases, which are for their readers alone.
    """

    partnership: str
    first: date
    last: date
    findings: tuple[Finding, ...]
    withheld: int = 0

    @property
    def counts(self) -> Mapping[Found, int]:
        """Every kind of finding with its number, 0 too."""
        counted = Counter(finding.found for finding in self.findings)
        return {found: counted[found] for found in Found}


async def reconcile_list(
    services: Services, partnership: str, start: date, end: date, content: bytes, *, reader: Reader | None = None
) -> Reconciliation:
    """Compare a list, as CSV in UTF-8, with the meetings of the London days ``start`` to ``end``, both counted.

    Raises:
        BadTimeError: ``end`` is before ``start``.
        BadListError: the file is too large, no such CSV file, or a day in it is none.
    """
    if end < start:
        raise BadTimeError("The last day is before the first. Swap them.")
    listed = read_list(content)
    near = timedelta(days=NEAR_DAYS)
    async with services.engine.connect() as conn:
        # Conferences come after the enquiry, so they are looked for up to now.
        met = await children_met(conn, partnership, reader, sorted(_KINDS), start_of_day(start - near), services.now())
    if services.now() < after(end):
        end = min(end, local_date(services.now()))
    every = reconcile(listed, map(_held, met), start, end)
    # What would be found without the restricted cases gives nothing of them away; all else rests on them.
    mine = frozenset(reconcile(listed, (_held(each) for each in met if each.readable), start, end))
    shown = tuple(finding for finding in every if finding in mine)
    return Reconciliation(partnership, start, end, shown, len(every) - len(shown))


def _held(met: ChildMet) -> Held:
    kind = _KINDS[met.meeting_type]
    return Held(met.reference, kind, local_date(met.starts_at), met.child_ref, met.case_ref, met.children == 1)


def read_list(content: bytes) -> list[Listed]:
    """The rows of a list.

    Raises:
        BadListError: it cannot be read; the sentence says where and why.
    """
    if len(content) > LARGEST_BYTES:
        raise BadListError(f"The list is larger than {LARGEST_BYTES // 1024 // 1024} MB. Send the rows of one period.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadListError("The list is not UTF-8 text. In the spreadsheet, save it as CSV UTF-8.") from None
    rows = csv.reader(io.StringIO(text, newline=""))
    try:
        return list(_rows(rows))
    except csv.Error:
        raise BadListError(f"The list is no CSV file from line {rows.line_num} on. Save it as CSV UTF-8.") from None


def _rows(rows: Iterator[list[str]]) -> Iterator[Listed]:
    places = _places(next(rows, []))
    for number, cells in enumerate(rows, start=2):
        if number > MOST_ROWS + 1:
            raise BadListError(f"The list has more than {MOST_ROWS} rows. Send the rows of one period.")
        if not any(cell.strip() for cell in cells):
            continue
        child, strategy, conference = (cells[place].strip() if place < len(cells) else "" for place in places)
        if not child or len(child) > _LONGEST_ID:
            raise BadListError(f"Row {number} has no usable {CHILD}. Give each row the id the case system sends us.")
        yield Listed(number, child, _day(strategy, number, STRATEGY_DAY), _day(conference, number, CONFERENCE_DAY))


def _places(header: Sequence[str]) -> list[int]:
    known = {_plain(cell): place for place, cell in reversed(list(enumerate(header)))}
    missing = [name for name in (CHILD, STRATEGY_DAY, CONFERENCE_DAY) if _plain(name) not in known]
    if missing:
        raise BadListError(f"The list's first row lacks: {'; '.join(missing)}. Keep the headings of Annex A, list 5.")
    return [known[_plain(name)] for name in (CHILD, STRATEGY_DAY, CONFERENCE_DAY)]


def _plain(heading: str) -> str:
    return re.sub(r"[^a-z0-9]", "", heading.lower())


def _day(text: str, row: int, column: str) -> date | None:
    """A day as spreadsheets write it: 03/12/2026 or 2026-12-03, a time behind it left out; None where empty."""
    said = re.split("[ T]", text, maxsplit=1)[0]
    if not said:
        return None
    for form in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(said, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise BadListError(f"Row {row}: {column} is no day. Write days as 03/12/2026 or 2026-12-03.")


COLUMNS = (
    "found",
    "row",
    "meeting_reference",
    "child_ref",
    "listed_strategy_on",
    "held_strategy_on",
    "listed_conference_on",
    "held_conference_on",
    "words",
)


def as_csv(found: Reconciliation) -> Iterator[str]:
    """The findings line by line as RFC 4180 has it (CRLF). Rows of the list by number only; no formulas."""
    yield _line(COLUMNS)
    for each in found.findings:
        days = (each.listed_strategy, each.held_strategy, each.listed_conference, each.held_conference)
        about = (each.found, each.row or "", each.reference, each.child)
        yield _line((*about, *(day or "" for day in days), FOUND_WORDS[each.found]))


def _line(cells: Sequence[object]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow(harmless(cell) for cell in cells)
    return out.getvalue()
