"""``convene report caseload``: what each team has in hand now."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.options import JsonFlag, PartnershipOption
from service.commands.output import say, show_json, show_table
from service.commands.running import partnership_in, with_services

if TYPE_CHECKING:
    from service.settings import Settings
    from service.workflow.caseload import Caseload
    from service.workflow.ports import Services


def caseload(
    team: Annotated[
        str,
        typer.Option(metavar="TEAM", help="Only this team of the policy, such as operational_group.", show_default=""),
    ] = "",
    partnership: PartnershipOption = "",
    *,
    as_json: JsonFlag = False,
) -> None:
    """Say what each team of the policy has in hand: cases, children, meetings, what is late and what is to do."""

    async def act(settings: Settings, services: Services) -> Caseload:
        from service.workflow.caseload import caseload_of  # noqa: PLC0415

        return await caseload_of(services, partnership_in(settings, partnership), team=team or None)

    found = with_services(act)
    if as_json:
        show_json({"at": found.at, "teams": [asdict(load) | {"name": found.names[load.team]} for load in found.loads]})
        return
    if not found.loads:
        say("No meeting is open.")
        return
    columns = ("team", "cases", "children", "meetings", "no time yet", "past latest start", "over, work left", "to do")
    rows = [(found.names[load.team], *map(str, list(asdict(load).values())[1:])) for load in found.loads]
    show_table("Caseload", columns, rows)
