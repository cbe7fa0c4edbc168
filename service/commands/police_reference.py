"""``convene meeting police-reference``: the police's own reference beside an outcome, kept under seal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.options import ByOption, PartnershipOption, ReferenceArgument
from service.commands.output import printable, say
from service.commands.papers import FileArgument, words_in
from service.commands.running import actor_of, partnership_in, with_services

if TYPE_CHECKING:
    from service.settings import Settings
    from service.workflow.ports import Services

app = typer.Typer(help="The police's own reference for what a meeting came to, under seal.", no_args_is_help=True)


@app.command()
def keep(
    reference: ReferenceArgument, file: FileArgument, partnership: PartnershipOption = "", by: ByOption = ""
) -> None:
    """Keep, or correct, the police's reference beside a recorded outcome."""
    text = words_in(file)

    async def act(settings: Settings, services: Services) -> None:
        from service.workflow.police_reference import keep_police_reference  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        await keep_police_reference(services, name, reference, text, actor=actor_of(by))

    with_services(act)
    say(f"The police's reference is kept beside the outcome of meeting {reference}.")


@app.command("open")
def open_one(
    reference: ReferenceArgument,
    reason: Annotated[str, typer.Option(help="Why it is read, without names of the family.")],
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Read the police's reference. The audit keeps who read it, and why."""

    async def act(settings: Settings, services: Services) -> str | None:
        from service.workflow.police_reference import open_police_reference  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        return await open_police_reference(services, name, reference, reason=reason, actor=actor_of(by))

    found = with_services(act)
    say(printable(found) if found else "No police reference is kept for this meeting.")
