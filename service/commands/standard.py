"""``convene report standard`` and ``convene report codebook``: the agreed measures, and what each of them means."""

from __future__ import annotations

import re
import sys
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.options import JsonFlag, PartnershipOption, read_day
from service.commands.output import note, say, show_json, show_table
from service.commands.running import partnership_in, with_services
from service.domain.facts import CIRCUMSTANCES, AgeBand

if TYPE_CHECKING:
    from service.domain.standard import Line, Table
    from service.settings import Settings
    from service.workflow.ports import Services
    from service.workflow.standard import StandardReport


class StandardFormat(StrEnum):
    """How the report is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    HTML = "html"
    XLSX = "xlsx"


def _circumstance(text: str) -> str:
    if text not in CIRCUMSTANCES:
        raise typer.BadParameter(f"{text!r} is no circumstance; they are: {', '.join(sorted(CIRCUMSTANCES))}.")
    return text


def _team(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,39}", text):
        raise typer.BadParameter(f"{text!r} is no team: write it as the sending system does, such as north-2.")
    return text


def standard(  # noqa: PLR0913 - each is an option of its own
    first: Annotated[date, typer.Option("--from", parser=read_day, metavar="DATE", help="The first day.")],
    last: Annotated[date, typer.Option("--to", parser=read_day, metavar="DATE", help="The last day, counted too.")],
    partnership: PartnershipOption = "",
    form: Annotated[StandardFormat, typer.Option("--format", help="How it is written.")] = StandardFormat.TABLE,
    circumstance: Annotated[
        str | None, typer.Option(parser=_circumstance, metavar="WORD", help="Only meetings about this.")
    ] = None,
    age_band: Annotated[AgeBand | None, typer.Option(help="Only meetings about a child of this age.")] = None,
    team: Annotated[str | None, typer.Option(parser=_team, metavar="WORD", help="Only this team's cases.")] = None,
    *,
    unborn: Annotated[
        bool | None, typer.Option("--unborn/--born", help="Only meetings about an unborn child, or none.")
    ] = None,
    publishable: Annotated[bool, typer.Option("--publishable", help="Hide numbers under 5.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """The agreed standard over these London days: each measure with its denominator, n and 95% likely range."""

    async def act(settings: Settings, services: Services) -> StandardReport:
        from service.domain.standard import Filter  # noqa: PLC0415
        from service.workflow.standard import standard_report  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        only = Filter(circumstance, str(age_band) if age_band else None, unborn, team)
        return await standard_report(services, name, first, last, publishable=publishable, only=only)

    report = with_services(act)
    from service.workflow import standard_forms  # noqa: PLC0415 - not before there is a report

    if as_json or form is StandardFormat.JSON:
        show_json(standard_forms.as_json(report))
    elif form is StandardFormat.CSV:
        for line in standard_forms.csv_lines(report):
            # Its line ends are part of the format, so nothing may rewrite them.
            sys.stdout.buffer.write(line.encode())
        sys.stdout.buffer.flush()
    elif form is StandardFormat.HTML:
        say(_page(report).rstrip("\n"))
    elif form is StandardFormat.XLSX:
        sys.stdout.buffer.write(_workbook(report))
        sys.stdout.buffer.flush()
    else:
        _show(report)


def codebook() -> None:
    """What every field and measure of the standard means, as Markdown."""
    from service.domain.codebook import codebook as page  # noqa: PLC0415

    say(page().rstrip("\n"))


def _page(report: StandardReport) -> str:
    from service.web.standard_page import standard_page  # noqa: PLC0415
    from service.workflow.standard_forms import heading, key_words, sentences  # noqa: PLC0415

    return standard_page(heading(report), sentences(report), report.tables, key_words)


def _workbook(report: StandardReport) -> bytes:
    from service.domain.codebook import COLUMNS  # noqa: PLC0415
    from service.web.standard_workbook import standard_workbook  # noqa: PLC0415
    from service.workflow.standard_forms import heading, rows, sentences  # noqa: PLC0415

    return standard_workbook((heading(report), *sentences(report)), COLUMNS, rows(report), report.last)


def _show(report: StandardReport) -> None:
    from service.workflow.standard_forms import heading, sentences  # noqa: PLC0415

    say(heading(report))
    for sentence in sentences(report):
        say(sentence)
    say()
    for table in report.tables:
        _show_table(table)
    note("The likely range is the 95% Wilson interval. What each measure means: convene report codebook")


def _show_table(table: Table) -> None:
    from service.web.standard_page import table_title  # noqa: PLC0415

    columns = ("", "n", "of", "percent", "likely range", "left out")
    rows = [_cells(table, line) for line in (*table.lines, table.total)]
    show_table(table_title(table), columns, rows, numbers=len(columns) - 1)
    say(f"Out of: {table.measure.denominator}.")
    for step in table.trend:
        say(f"{step.before} to {step.after}: {step.change}.")
    say()


def _cells(table: Table, line: Line) -> tuple[object, ...]:
    from service.workflow.standard_forms import key_words  # noqa: PLC0415

    told, rate = key_words(table.split, line.key), line.rate
    counts = ((why.replace("_", " "), "hidden" if count is None else count) for why, count in line.left_out.items())
    left_out = ", ".join(f"{why} {count}" for why, count in counts) or "-"
    if rate is None:
        return told, "hidden", "hidden", "hidden", "hidden", left_out
    if line.not_set:
        return told, "-", "-", "not set", "-", left_out
    percent = "-" if rate.percent is None else f"{rate.percent:.1f}%"
    likely = "-" if rate.low is None or rate.high is None else f"{rate.low:.1f} to {rate.high:.1f}"
    return told, rate.n, rate.of, percent, likely, left_out
