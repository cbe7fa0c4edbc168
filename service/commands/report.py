"""``convene report``: who came, out of what, and how sure that is; the standard and the dip sample beside it."""

from __future__ import annotations

import sys
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.commands.caseload import caseload
from service.commands.dip_review import dip_reviews, dip_verdict
from service.commands.dip_sample import dip_sample
from service.commands.options import JsonFlag, PartnershipOption, read_day
from service.commands.output import note, show_json, show_table
from service.commands.place_rows import rows
from service.commands.reconcile import reconcile
from service.commands.report_pack import annual, monthly
from service.commands.running import partnership_in, with_services
from service.commands.standard import codebook, standard

if TYPE_CHECKING:
    from service.settings import Settings
    from service.workflow.ports import Services
    from service.workflow.report import Report, ReportLine

app = typer.Typer(help="Figures about meetings that took place.", no_args_is_help=True)


app.command()(standard)
app.command("dip-sample")(dip_sample)
app.command("dip-verdict")(dip_verdict)
app.command("dip-reviews")(dip_reviews)
app.command()(monthly)
app.command()(annual)
app.command()(codebook)
app.command()(reconcile)
app.command()(caseload)
app.command()(rows)


@app.callback()
def _group() -> None:
    """Figures about meetings that took place."""


class ByChoice(StrEnum):
    """What a line stands for."""

    AGENCY = "agency"
    MONTH = "month"
    GROUP = "group"


class DenominatorChoice(StrEnum):
    """Out of what a percentage is counted."""

    REQUIRED = "required"
    INVITED = "invited"
    ALL = "all"


class Format(StrEnum):
    """How the report is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


@app.command()
def attendance(
    first: Annotated[date, typer.Option("--from", parser=read_day, metavar="DATE", help="The first day.")],
    last: Annotated[date, typer.Option("--to", parser=read_day, metavar="DATE", help="The last day, counted too.")],
    partnership: PartnershipOption = "",
    by: Annotated[ByChoice, typer.Option(help="What a line stands for.")] = ByChoice.AGENCY,
    denominator: Annotated[DenominatorChoice, typer.Option(help="Out of what.")] = DenominatorChoice.REQUIRED,
    form: Annotated[Format, typer.Option("--format", help="How it is written.")] = Format.TABLE,
    *,
    as_json: JsonFlag = False,
) -> None:
    """Attendance at the meetings that started on these London days, with n and the 95% likely range."""

    async def act(settings: Settings, services: Services) -> Report:
        from service.workflow.report import attendance_report  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        return await attendance_report(services, name, first, last, by.value, denominator.value)

    report = with_services(act)
    if as_json or form is Format.JSON:
        show_json(_as_json(report))
    elif form is Format.CSV:
        from service.workflow.report import as_csv  # noqa: PLC0415

        # Its line ends are part of the format, so nothing may rewrite them.
        sys.stdout.buffer.write(as_csv(report).encode())
        sys.stdout.buffer.flush()
    else:
        _show(report)


def _as_json(report: Report) -> dict[str, Any]:
    from service.workflow.report import DENOMINATOR_WORDS  # noqa: PLC0415

    return {
        "partnership": report.partnership,
        "first": report.first,
        "last": report.last,
        "by": report.by,
        "denominator": report.denominator,
        "denominator_words": DENOMINATOR_WORDS[report.denominator],
        "lines": [_line_json(line) for line in report.lines],
        "overall": _line_json(report.overall),
    }


def _line_json(line: ReportLine) -> dict[str, Any]:
    rate = line.rate
    return {
        "key": line.key,
        "words": line.words,
        "n": rate.n,
        "of": rate.of,
        "percent": rate.percent,
        "low": rate.low,
        "high": rate.high,
        "cancelled": line.cancelled,
        "not_recorded": line.not_recorded,
        "report_only": line.report_only,
        "not_confirmed": line.not_confirmed,
    }


def _show(report: Report) -> None:
    from service.workflow.report import DENOMINATOR_WORDS  # noqa: PLC0415
    from service.workflow.standard_forms import place_words  # noqa: PLC0415

    title = f"Attendance in {place_words(report.partnership)}, {report.first} to {report.last}, by {report.by}"
    columns = (
        "",
        "came",
        "of",
        "percent",
        "likely range",
        "report only",
        "not confirmed",
        "not recorded yet",
        "cancelled meetings",
    )
    rows = [_cells(line) for line in (*report.lines, report.overall)]
    show_table(title, columns, rows, numbers=len(columns) - 1)
    note(f"Out of: {DENOMINATOR_WORDS[report.denominator]} (--denominator {report.denominator}).")
    note("Came: attended or represented. What else participation can mean is counted by convene report standard.")
    if waiting := report.overall.not_confirmed:
        note(f"{waiting} of these the chair has not confirmed yet; they count all the same.")
    note("The likely range is the 95% Wilson interval. Cancelled meetings are in no denominator.")


def _cells(line: ReportLine) -> tuple[object, ...]:
    rate = line.rate
    percent = "-" if rate.percent is None else f"{rate.percent:.1f}%"
    likely = "-" if rate.low is None or rate.high is None else f"{rate.low:.1f} to {rate.high:.1f}"
    counts = (line.report_only, line.not_confirmed, line.not_recorded, line.cancelled)
    return line.words, rate.n, rate.of, percent, likely, *counts
