"""The monthly pack for the strategic group and a year's figures for the annual report, under the three questions.

Every figure is one of the standard's, counted by the standard's own code over the pack's period; the period before it
stands beside it, and a change is named only where two intervals have nothing in common.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.domain.london import local_date
from service.domain.measures import Measure, Share
from service.domain.meeting_facts import MeetingFact
from service.domain.periods import Period, PeriodKind
from service.domain.questions import Split
from service.domain.rates import Rate
from service.domain.row_seal import CountedRow, counted_row, seal_of
from service.domain.standard import Table
from service.domain.three_questions import Question, question_of
from service.domain.trend import Change, change
from service.workflow.errors import BadTimeError
from service.workflow.ports import Services
from service.workflow.standard import SUBTRACTED, StandardReport, standard_report
from service.workflow.standard_forms import missing_words


@dataclass(frozen=True, slots=True)
class Compared:
    """One measure over the whole period, the same over the period before it, and what may be said. None: hidden."""

    measure: Measure
    now: Rate | None
    before: Rate | None
    change: Change


@dataclass(frozen=True, slots=True)
class Chapter:
    """One question's figures. ``months`` are the twelve months up to the period's last, month by month."""

    question: Question
    compared: tuple[Compared, ...]
    tables: tuple[Table, ...]
    months: tuple[Table, ...]


@dataclass(frozen=True, slots=True)
class ReportPack:
    """The whole pack. ``rows`` are the meetings counted, for whoever counts again; empty where it may be published.

    ``seal`` is over those rows. ``said`` are sentences a reader must know: a period that is not over, a policy that
    changed within it, what is not recorded.
    """

    period: Period
    report: StandardReport
    before: StandardReport
    chapters: tuple[Chapter, ...]
    rows: tuple[CountedRow, ...]
    seal: str
    said: tuple[str, ...]


async def report_pack(services: Services, partnership: str, period: Period, *, publishable: bool = False) -> ReportPack:
    """The pack of one period.

    Raises:
        BadTimeError: the period has not begun.
        CalendarTooShortError: the bank holidays of the period are not known.
    """
    if local_date(services.now()) < period.first:
        raise BadTimeError(f"{period.words} has not begun, so there is nothing to report yet.")
    counted: list[MeetingFact] = []
    first, last = period.first, period.last
    report = await standard_report(services, partnership, first, last, publishable=publishable, watch=counted.append)
    earlier = period.before
    before = await standard_report(services, partnership, earlier.first, earlier.last, publishable=publishable)
    months: tuple[Table, ...] = ()
    if period.kind is PeriodKind.MONTHLY and not publishable:
        # Months side by side and the month alone, both published, would give away what either hides.
        year = await standard_report(services, partnership, *period.twelve_months)
        months = tuple(table for table in year.tables if table.split is Split.MONTH)
    rows = tuple(map(counted_row, counted))
    return ReportPack(
        period=period,
        report=report,
        before=before,
        chapters=tuple(_chapters(report, before, months, period.kind)),
        rows=() if publishable else rows,
        seal=seal_of(rows),
        said=tuple(_said(report)),
    )


def _chapters(
    report: StandardReport, before: StandardReport, months: Sequence[Table], kind: PeriodKind
) -> Iterator[Chapter]:
    earlier = {table.measure.id: table.total.rate for table in before.tables}
    for question in Question:
        own = [table for table in report.tables if question_of(table.measure.id) is question]
        totals = {table.measure.id: table for table in own}
        yield Chapter(
            question,
            tuple(
                Compared(
                    table.measure,
                    table.total.rate,
                    earlier.get(name),
                    change(earlier.get(name), table.total.rate),
                )
                for name, table in totals.items()
                # A spread's whole is always 100%: its parts are the figures.
                if table.split is not Split.PART
            ),
            tuple(table for table in own if kind is PeriodKind.ANNUAL or not _one_month(table)),
            tuple(table for table in months if question_of(table.measure.id) is question),
        )


def _one_month(table: Table) -> bool:
    """Whether a table of one month would only repeat its total, which stands in another table of the measure."""
    measure = table.measure
    return table.split is Split.MONTH and isinstance(measure, Share) and measure.splits != (Split.MONTH,)


def _said(report: StandardReport) -> Iterator[str]:
    yield from report.remarks
    if report.publishable:
        yield "Numbers under 5 are hidden, with whatever would give them away."
        yield SUBTRACTED
    yield from missing_words(report)
