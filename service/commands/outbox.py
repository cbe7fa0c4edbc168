"""``convene outbox``: what could not leave the house, and trying it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from service.commands.options import ByOption, JsonFlag, PartnershipOption
from service.commands.output import say, show_json, show_table
from service.commands.running import actor_of, partnership_in, with_services

if TYPE_CHECKING:
    from service.settings import Settings
    from service.store.queries.dead_letters import DeadLetter
    from service.workflow.ports import Services

app = typer.Typer(help="What could not leave the house: see it, and try it again.", no_args_is_help=True)


@app.command("list")
def list_rows(partnership: PartnershipOption = "", *, as_json: JsonFlag = False) -> None:
    """List what waits for a person because Outlook, or the leak check, refused it."""

    async def act(settings: Settings, services: Services) -> list[DeadLetter]:
        from service.workflow.dead_letters import list_dead_letters  # noqa: PLC0415

        return await list_dead_letters(services, partnership_in(settings, partnership))

    found = with_services(act)
    if as_json:
        show_json(found)
        return
    if not found:
        say("Nothing waits to be tried again.")
        return
    show_table(
        "What could not leave the house",
        ("row", "meeting", "what", "agency", "why", "tries"),
        ((row.id, row.reference, row.kind, row.role or "all", row.error, row.attempts) for row in found),
        numbers=1,
    )


@app.command("retry")
def retry(
    row: Annotated[UUID, typer.Argument(help="The row's id, as the list shows it.")],
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Try one row again. Whether it should still be sent is asked again at that moment."""

    async def act(settings: Settings, services: Services) -> None:
        from service.workflow.dead_letters import try_again  # noqa: PLC0415

        await try_again(services, partnership_in(settings, partnership), row, actor=actor_of(by))

    with_services(act)
    say(f"{row} is due again. A worker takes it at its next sweep.")
