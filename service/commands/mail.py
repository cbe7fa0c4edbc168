"""``convene mail``: what came in about meetings and waits to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from service.commands.options import ByOption, JsonFlag, PartnershipOption, ReferenceArgument
from service.commands.output import say, show_json, show_table
from service.commands.running import actor_of, partnership_in, with_services

if TYPE_CHECKING:
    from service.settings import Settings
    from service.store.queries.mail_to_read import MailListed
    from service.workflow.identity import MailWords
    from service.workflow.ports import Services

app = typer.Typer(help="Mail about meetings: list it, read it, say what it means, move it.", no_args_is_help=True)
MailArgument = Annotated[UUID, typer.Argument(metavar="MAIL", help="The mail's id, as the list has it.")]


@app.command("list")
def list_open(
    partnership: PartnershipOption = "",
    *,
    everything: Annotated[bool, typer.Option("--all", help="Also what is settled.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """List the mail that waits to be read, the oldest first, and who has opened it."""

    async def act(settings: Settings, services: Services) -> list[MailListed]:
        from service.store.queries.readable import Reader  # noqa: PLC0415
        from service.workflow.mail_moved import list_mail  # noqa: PLC0415

        reader = Reader(actor_of(""), services.now())
        return await list_mail(services, partnership_in(settings, partnership), reader, everything=everything)

    found = with_services(act)
    if as_json:
        show_json(found)
        return
    if not found:
        say("No mail waits to be read.")
        return
    from service.domain.london import words  # noqa: PLC0415

    show_table(
        "Mail to read",
        ("mail", "meeting", "from", "kind", "came", "state", "opened by"),
        (
            (
                each.id,
                each.meeting_reference,
                f"{each.role} {each.slot}".strip() or "nobody we can place",
                each.kind,
                words(each.received_at),
                each.state,
                ", ".join(f"{who}, {words(at)}" for who, at in each.opened),
            )
            for each in found
        ),
    )


@app.command()
def read(
    reference: ReferenceArgument,
    mail: MailArgument,
    reason: Annotated[str, typer.Option(help="Why you read it, without names; it is kept.")],
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Show what one mail says. The opening is kept in the audit."""

    async def act(settings: Settings, services: Services) -> MailWords:
        from service.workflow.identity import open_mail  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        return await open_mail(services, name, reference, mail, reason=reason, actor=actor_of(by))

    said = with_services(act)
    say(f"{said.sender}: {said.subject}")
    say(said.words)


@app.command()
def settle(
    reference: ReferenceArgument,
    mail: MailArgument,
    meaning: Annotated[str, typer.Argument(help="yes, no, deputy or nothing.")],
    role: Annotated[str, typer.Option(help="The agency it is from, where the mail alone could not tell.")] = "",
    slot: Annotated[str, typer.Option(help="Which of several places of that agency.")] = "",
    deputy: Annotated[str, typer.Option(help="Name and job of whoever comes instead.")] = "",
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Say what a mail means: an answer like any other, or nothing to do."""
    if meaning not in {"yes", "no", "deputy", "nothing"}:
        raise typer.BadParameter("The meaning is yes, no, deputy or nothing.")
    if (meaning == "deputy") != bool(deputy.strip()):
        raise typer.BadParameter("A deputy needs --deputy with name and job of whoever comes; nothing else has one.")

    async def act(settings: Settings, services: Services) -> None:
        from service.domain.answers import Answer  # noqa: PLC0415
        from service.workflow.mail_moved import place_meant  # noqa: PLC0415
        from service.workflow.mail_to_read import Meant, settle_mail  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        place = await place_meant(services, name, reference, role, slot) if role else None
        meant = Meant(None if meaning == "nothing" else Answer(meaning), place, deputy.strip())
        await settle_mail(services, name, reference, mail, meant, actor=actor_of(by))

    with_services(act)
    say(f"Recorded for {reference}: {meaning}.")


@app.command()
def move(
    reference: ReferenceArgument,
    mail: MailArgument,
    to: Annotated[str, typer.Argument(metavar="TO", help="The reference of the meeting it is about.")],
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Move a mail to the meeting it is about, where it waits to be read."""

    async def act(settings: Settings, services: Services) -> None:
        from service.workflow.mail_moved import move_mail  # noqa: PLC0415

        await move_mail(services, partnership_in(settings, partnership), reference, mail, to, actor=actor_of(by))

    with_services(act)
    say(f"The mail waits at {to} now.")
