"""``convene report rows``: the rows behind the standard, one for each agency at each meeting, as CSV."""

from __future__ import annotations

import sys
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.options import ByOption, PartnershipOption, read_day
from service.commands.output import note
from service.commands.running import actor_of, partnership_in, with_services

if TYPE_CHECKING:
    from service.settings import Settings
    from service.workflow.ports import Services


def rows(
    first: Annotated[date, typer.Option("--from", parser=read_day, metavar="DATE", help="The first day.")],
    last: Annotated[date, typer.Option("--to", parser=read_day, metavar="DATE", help="The last day, counted too.")],
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """The rows every figure of the standard is counted from, as CSV, written while they are read."""

    async def act(settings: Settings, services: Services) -> tuple[int, str]:
        from service.store.queries.readable import Reader  # noqa: PLC0415
        from service.workflow.place_rows import Rows, csv_rows, withheld, withheld_words  # noqa: PLC0415

        count, reader = -1, Reader(actor_of(by), services.now())
        wanted = Rows(partnership_in(settings, partnership), first, last)
        async for lines in csv_rows(services, wanted, reader=reader):
            count += lines.count("\r\n")
            sys.stdout.buffer.write(lines.encode())
        sys.stdout.buffer.flush()
        return count, withheld_words(await withheld(services, wanted, reader=reader))

    count, left_out = with_services(act)
    note(" ".join(filter(None, (f"{count} rows.", left_out, "What each column means: convene report codebook"))))
