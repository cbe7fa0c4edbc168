"""``convene report reconcile``: the council's list of enquiries (Annex A, list 5) beside the meetings held here."""

from __future__ import annotations

import sys
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.options import ByOption, JsonFlag, PartnershipOption, read_day
from service.commands.output import note, say, show_json, show_table
from service.commands.running import actor_of, partnership_in, with_services

if TYPE_CHECKING:
    from service.settings import Settings
    from service.workflow.ports import Services
    from service.workflow.reconcile import Reconciliation


class ReconcileFormat(StrEnum):
    """How the findings are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def reconcile(
    sheet: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The list, as CSV UTF-8.")],
    first: Annotated[date, typer.Option("--from", parser=read_day, metavar="DATE", help="The first day.")],
    last: Annotated[date, typer.Option("--to", parser=read_day, metavar="DATE", help="The last day, counted too.")],
    partnership: PartnershipOption = "",
    by: ByOption = "",
    form: Annotated[ReconcileFormat, typer.Option("--format", help="How it is written.")] = ReconcileFormat.TABLE,
    *,
    as_json: JsonFlag = False,
) -> None:
    """Say row by row what a list of section 47 enquiries and the meetings held here have in common.

    Exits with 1 when anything differs. The list is not kept, and nothing of it is logged.
    """

    async def act(settings: Settings, services: Services) -> Reconciliation:
        from service.store.queries.readable import Reader  # noqa: PLC0415
        from service.workflow.reconcile import LARGEST_BYTES, reconcile_list  # noqa: PLC0415

        with sheet.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
        reader = Reader(actor_of(by), services.now())
        name = partnership_in(settings, partnership)
        return await reconcile_list(services, name, first, last, content, reader=reader)

    found = with_services(act)
    from service.domain.reconcile import Found  # noqa: PLC0415
    from service.workflow.reconcile import as_csv  # noqa: PLC0415

    if as_json or form is ReconcileFormat.JSON:
        show_json(
            {
                "from": found.first,
                "to": found.last,
                "counts": found.counts,
                "findings": list(found.findings),
                "withheld": found.withheld,
            }
        )
    elif form is ReconcileFormat.CSV:
        for line in as_csv(found):
            sys.stdout.buffer.write(line.encode())
        sys.stdout.buffer.flush()
    else:
        _show(found)
    if found.withheld:
        note(f"Counted apart, because they rest on restricted cases you are not named for: {found.withheld}.")
    if any(count for what, count in found.counts.items() if what is not Found.MATCHES):
        raise typer.Exit(1)


def _show(found: Reconciliation) -> None:
    from service.domain.reconcile import FOUND_WORDS, Found  # noqa: PLC0415

    rows = [
        (
            each.row or "-",
            each.reference or "-",
            each.listed_strategy or "-",
            each.held_strategy or "-",
            each.listed_conference or "-",
            each.held_conference or "-",
            FOUND_WORDS[each.found],
        )
        for each in found.findings
        if each.found is not Found.MATCHES
    ]
    columns = ("row", "meeting", "listed", "held here", "conference listed", "conference here", "what differs")
    if rows:
        show_table(f"What differs, {found.first} to {found.last}", columns, rows)
    for what, count in found.counts.items():
        if count:
            say(f"{count}: {FOUND_WORDS[what]}.")
    note("Rows are counted as a spreadsheet shows them. All findings, those that match too: --format csv")
