"""``convene report rows``: the rows behind the standard, one for each agency at each meeting, as CSV."""

from __future__ import annotations

import sys
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.options import PartnershipOption, read_day
from service.commands.output import note
from service.commands.running import partnership_in, with_services

if TYPE_CHECKING:
    from service.settings import Settings
    from service.workflow.ports import Services


def rows(
    first: Annotated[date, typer.Option("--from", parser=read_day, metavar="DATE", help="The first day.")],
    last: Annotated[date, typer.Option("--to", parser=read_day, metavar="DATE", help="The last day, counted too.")],
    partnership: PartnershipOption = "",
) -> None:
    """The rows every figure of the standard is counted from, as CSV, written while they are read."""

    async def act(settings: Settings, services: Services) -> int:
        from service.workflow.place_rows import Rows, csv_rows  # noqa: PLC0415

        count = -1
        async for lines in csv_rows(services, Rows(partnership_in(settings, partnership), first, last)):
            count += lines.count("\r\n")
            sys.stdout.buffer.write(lines.encode())
        sys.stdout.buffer.flush()
        return count

    note(f"{with_services(act)} rows. What each column means: convene report codebook")
