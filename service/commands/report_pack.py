"""``convene report monthly`` and ``annual``: the strategic group's pack and the annual report's figures."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.failures import RefusedError
from service.commands.options import JsonFlag, PartnershipOption
from service.commands.output import note, say, show_json, show_table
from service.commands.running import partnership_in, with_services
from service.domain.periods import Period, PeriodError, month_of, year_of

if TYPE_CHECKING:
    from service.settings import Settings
    from service.workflow.ports import Services
    from service.workflow.report_pack import Chapter, ReportPack


class PackFormat(StrEnum):
    """How the pack is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    HTML = "html"


def _month(text: str) -> Period:
    try:
        return month_of(text)
    except PeriodError as error:
        raise typer.BadParameter(str(error)) from None


def _year(text: str) -> Period:
    try:
        return year_of(text)
    except PeriodError as error:
        raise typer.BadParameter(str(error)) from None


_Form = Annotated[PackFormat, typer.Option("--format", help="How it is written.")]
_Publishable = Annotated[bool, typer.Option("--publishable", help="Hide numbers under 5.")]
_Rows = Annotated[
    Path | None,
    typer.Option("--rows", metavar="FILE", help="Also write the list of the meetings counted (CSV, not to publish)."),
]


def monthly(
    month: Annotated[Period, typer.Option("--month", parser=_month, metavar="YYYY-MM", help="Which month.")],
    partnership: PartnershipOption = "",
    form: _Form = PackFormat.TABLE,
    rows: _Rows = None,
    *,
    publishable: _Publishable = False,
    as_json: JsonFlag = False,
) -> None:
    """The monthly pack: how much, how well and what difference, beside the month before."""
    _write(month, partnership, PackFormat.JSON if as_json else form, rows, publishable=publishable)


def annual(
    year: Annotated[Period, typer.Option("--year", parser=_year, metavar="YYYY-YY", help="Which year, as 2025-26.")],
    partnership: PartnershipOption = "",
    form: _Form = PackFormat.TABLE,
    rows: _Rows = None,
    *,
    publishable: _Publishable = False,
    as_json: JsonFlag = False,
) -> None:
    """A year's figures for the annual report, April to March, beside the year before."""
    _write(year, partnership, PackFormat.JSON if as_json else form, rows, publishable=publishable)


def _write(period: Period, partnership: str, form: PackFormat, rows: Path | None, *, publishable: bool) -> None:
    if rows is not None and publishable:
        raise RefusedError("The list of meetings is not to be published. Leave out --rows or --publishable.")

    async def act(settings: Settings, services: Services) -> ReportPack:
        from service.workflow.report_pack import report_pack  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        return await report_pack(services, name, period, publishable=publishable)

    pack = with_services(act)
    from service.workflow import report_pack_forms as forms  # noqa: PLC0415 - not before there is a pack

    if rows is not None:
        _keep(rows, forms.rows_csv(pack))
    match form:
        case PackFormat.JSON:
            show_json(forms.pack_json(pack))
        case PackFormat.CSV:
            for line in forms.pack_csv(pack):
                # Its line ends are part of the format, so nothing may rewrite them.
                sys.stdout.buffer.write(line.encode())
            sys.stdout.buffer.flush()
        case PackFormat.HTML:
            say(_file(pack).rstrip("\n"))
        case _:
            _show(pack)


def _keep(file: Path, lines: Iterable[str]) -> None:
    try:
        file.write_bytes("".join(lines).encode())
    except OSError as error:
        raise RefusedError(f"{file} cannot be written: {error.strerror}.") from None


def _file(pack: ReportPack) -> str:
    from service.handlers.show_pack import pack_page  # noqa: PLC0415
    from service.web.pack_page import pack_file  # noqa: PLC0415
    from service.workflow.standard_forms import key_words  # noqa: PLC0415

    return pack_file(pack_page(pack), key_words)


def _show(pack: ReportPack) -> None:
    from service.handlers.show_pack import pack_page  # noqa: PLC0415

    page = pack_page(pack)
    say(page.heading)
    for sentence in page.said:
        say(sentence)
    for chapter, told in zip(pack.chapters, page.chapters, strict=True):
        say(f"\n{told.heading}")
        _chapter(chapter, (page.now, page.before))
    note("Each line with its splits: --format html, csv or json. What each measure means: convene report codebook")


def _chapter(chapter: Chapter, periods: tuple[str, str]) -> None:
    from service.domain.questions import Split  # noqa: PLC0415
    from service.web.charts import rate_words  # noqa: PLC0415
    from service.workflow.standard_forms import key_words  # noqa: PLC0415

    rows = [
        (each.measure.words, rate_words(each.now), rate_words(each.before), str(each.change))
        for each in chapter.compared
    ]
    if rows:
        show_table("", ("measure", *periods, "change"), rows)
    for table in chapter.tables:
        if table.split is Split.PART:
            lines = [(key_words(table.split, line.key), rate_words(line.rate)) for line in (*table.lines, table.total)]
            show_table(table.measure.words, ("", "figure"), lines)
