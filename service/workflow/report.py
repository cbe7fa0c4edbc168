"""The attendance report: who came, out of what, and how sure that is. The same figures for the command and the API."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from service.domain.attendance import (
    AttendanceFact,
    Denominator,
    Line,
    Rate,
    as_groups,
    by_agency,
    by_group,
    by_month,
    overall,
)
from service.domain.london import local_date, start_of_day
from service.domain.roles import group_words, words
from service.store.queries.attendance import attendance_facts
from service.workflow.errors import BadTimeError
from service.workflow.ports import Services


class By(StrEnum):
    """What a line of the report stands for: one agency's role, one London month, one agency group."""

    AGENCY = "agency"
    MONTH = "month"
    GROUP = "group"


DENOMINATOR_WORDS: dict[Denominator, str] = {
    Denominator.REQUIRED: "places the policy required, invited or not, and agencies brought in during the meeting",
    Denominator.INVITED: "places that were invited",
    Denominator.ALL: "every agency at every meeting that took place",
}


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One line. ``rate`` has n, of, percent and its 95% interval (0 to 100; None where ``of`` is 0).

    ``cancelled`` counts meetings; the others count places. ``not_confirmed`` count in the rate, though the chair has
    not confirmed them.
    """

    key: str
    words: str
    rate: Rate
    cancelled: int
    not_recorded: int
    report_only: int
    not_confirmed: int


@dataclass(frozen=True, slots=True)
class Report:
    """Attendance at the meetings that started on the London days ``first`` to ``last``, both counted."""

    partnership: str
    first: date
    last: date
    by: By
    denominator: Denominator
    lines: tuple[ReportLine, ...]
    overall: ReportLine


def month_words(month: str) -> str:
    """A month's key in words: "December 2026"."""
    return f"{date.fromisoformat(f'{month}-01'):%B %Y}"


_Lines = Callable[[Iterable[AttendanceFact], Denominator], tuple[Line, ...]]
_WAYS: dict[By, tuple[_Lines, Callable[[str], str]]] = {
    By.AGENCY: (by_agency, words),
    By.MONTH: (by_month, month_words),
    By.GROUP: (by_group, group_words),
}


async def attendance_report(
    services: Services,
    partnership: str,
    start: date,
    end: date,
    by: By | str = By.AGENCY,
    denominator: Denominator | str = Denominator.REQUIRED,
) -> Report:
    """The report over the London days ``start`` to ``end``, both counted. Meetings still to come do not count.

    Raises:
        BadTimeError: ``end`` is before ``start``.
        ValueError: ``by`` or ``denominator`` is not one of theirs.
    """
    by, denominator = By(by), Denominator(denominator)
    if end < start:
        raise BadTimeError("The last day of the report is before its first. Swap them.")
    facts = await _facts(services, partnership, start_of_day(start), _after(end))
    lines_of, words_of = _WAYS[by]
    # A report by groups counts one place per group and meeting, and its total must add up from the same places.
    whole = overall(as_groups(facts) if by is By.GROUP else facts, denominator)
    return Report(
        partnership=partnership,
        first=start,
        last=end,
        by=by,
        denominator=denominator,
        lines=tuple(_line(line, words_of(line.key)) for line in lines_of(facts, denominator)),
        overall=_line(whole, "all together"),
    )


def _after(end: date) -> datetime:
    return start_of_day(end + timedelta(days=1)) if end < date.max else start_of_day(end)


async def _facts(services: Services, partnership: str, start: datetime, end: datetime) -> list[AttendanceFact]:
    now = services.now()
    async with services.engine.connect() as conn:
        facts = await attendance_facts(conn, partnership, start, min(end, now))
        if start < end and now < end:
            # Called off before its time came: it has no attendance to wait for, and is counted apart already.
            to_come = await attendance_facts(conn, partnership, max(start, now), end)
            facts += [fact for fact in to_come if fact.cancelled]
    return facts


def _line(line: Line, told: str) -> ReportLine:
    counts = (line.cancelled, line.not_recorded, line.report_only, line.not_confirmed)
    return ReportLine(line.key, told, line.rate, *counts)


CSV_COLUMNS = (
    "partnership",
    "from",
    "to",
    "by",
    "denominator",
    "key",
    "words",
    "n",
    "of",
    "percent",
    "low",
    "high",
    "cancelled_meetings",
    "not_recorded_yet",
    "report_only",
    "not_confirmed",
)


def as_csv(report: Report) -> str:
    """The report as RFC 4180 has it (CRLF, quoted where needed), the total as its last row with the key "all".

    No cell can be taken for a formula by a spreadsheet.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    common = (report.partnership, report.first, report.last, report.by, report.denominator)
    for line in (*report.lines, report.overall):
        rate = line.rate
        figures = (percent_text(rate.percent), percent_text(rate.low), percent_text(rate.high))
        counts = (line.cancelled, line.not_recorded, line.report_only, line.not_confirmed)
        writer.writerow(harmless(cell) for cell in (*common, line.key, line.words, rate.n, rate.of, *figures, *counts))
    return out.getvalue()


def percent_text(value: float | None) -> str:
    """A percentage as a CSV cell: one decimal, empty where there is none."""
    return "" if value is None else f"{value:.1f}"


def harmless(cell: object) -> str:
    """A cell no spreadsheet takes for a formula."""
    # OWASP, CSV injection: a cell that begins with one of these is run by spreadsheets. Figures here are never below 0.
    text = str(cell)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def days_so_far(now: datetime) -> tuple[date, date]:
    """The days of a report nobody gave any for: the London month so far."""
    today = local_date(now)
    return today.replace(day=1), today
