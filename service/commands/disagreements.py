"""``convene meeting dissent``: an agency's dissent and refused requests, and where each stands on the ladder."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from service.commands.options import ByOption, JsonFlag, PartnershipOption, read_reference
from service.commands.output import printable, say, show_json
from service.commands.papers import FileArgument, place_of, words_in
from service.commands.running import actor_of, partnership_in, with_services

if TYPE_CHECKING:
    from service.domain.disagreeing import Disagreement, Rung
    from service.settings import Settings
    from service.workflow.disagree import Raised
    from service.workflow.ports import Services

app = typer.Typer(
    help="An agency's dissent from a decision, and refused requests, taken up the partnership's ladder.",
    no_args_is_help=True,
)


class KindChoice(StrEnum):
    """What the disagreement is about."""

    DISSENT = "dissent"
    REFUSED_MEETING = "refused_meeting"
    REFUSED_TO_COME = "refused_to_come"
    REFUSED_INFORMATION = "refused_information"


IdArgument = Annotated[UUID, typer.Argument(metavar="ID", help="The disagreement, as the list shows it.")]
MeetingOption = Annotated[
    str | None,
    typer.Option("--meeting", metavar="REFERENCE", parser=read_reference, help="The meeting, where there is one."),
]


@app.command("raise")
def raise_one(
    file: FileArgument,
    kind: Annotated[KindChoice, typer.Option(help="What it is about.")],
    role: Annotated[str, typer.Option(help="The agency, as ROLE or ROLE:SLOT.")],
    meeting: MeetingOption = None,
    decision: Annotated[int | None, typer.Option(min=1, help="The decision an agency dissents from.")] = None,
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Write a disagreement down; its words are sealed, and a task takes it to the ladder's first stage."""
    text = words_in(file)

    async def act(settings: Settings, services: Services) -> Raised:
        from service.domain.disagreeing import Kind  # noqa: PLC0415
        from service.workflow.disagree import DisagreementGiven, raise_disagreement  # noqa: PLC0415

        given = DisagreementGiven(Kind(kind.value), place_of(role), text, decision)
        name = partnership_in(settings, partnership)
        return await raise_disagreement(services, name, meeting, given, actor=actor_of(by))

    raised = with_services(act)
    known = "" if raised.new else " It was written down already."
    say(f"Disagreement {raised.id}: {_stage(raised.rung)}.{known}")


def _stage(rung: Rung) -> str:
    return f"stage {rung.number}, {rung.to}" if rung.number else "the partnership has published no ladder"


@app.command("list")
def list_all(meeting: MeetingOption = None, partnership: PartnershipOption = "", *, as_json: JsonFlag = False) -> None:
    """List those of one meeting, or every open one. What they say stays sealed."""

    async def act(settings: Settings, services: Services) -> list[Disagreement]:
        from service.workflow.disagree import list_disagreements  # noqa: PLC0415

        return await list_disagreements(services, partnership_in(settings, partnership), meeting)

    found = with_services(act)
    if as_json:
        show_json(found)
        return
    from service.web.papers_words import disagreement_sentence  # noqa: PLC0415

    for each in found:
        say(f"{each.id}  {disagreement_sentence(each)}")
    if not found:
        say("There is no disagreement.")


@app.command()
def further(disagreement: IdArgument, partnership: PartnershipOption = "", by: ByOption = "") -> None:
    """Take one to the next stage of the partnership's ladder."""

    async def act(settings: Settings, services: Services) -> Rung | None:
        from service.workflow.disagree import take_further  # noqa: PLC0415

        return await take_further(services, partnership_in(settings, partnership), disagreement, actor=actor_of(by))

    at = with_services(act)
    say(f"Disagreement {disagreement}: {_stage(at)}." if at else "The ladder has no further stage. Settle it.")


@app.command()
def settle(
    disagreement: IdArgument, file: FileArgument, partnership: PartnershipOption = "", by: ByOption = ""
) -> None:
    """Say that one is settled, and how; those words are sealed too."""
    text = words_in(file)

    async def act(settings: Settings, services: Services) -> None:
        from service.workflow.disagree import settle_disagreement  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        await settle_disagreement(services, name, disagreement, text, actor=actor_of(by))

    with_services(act)
    say(f"Disagreement {disagreement} is settled.")


@app.command("open")
def open_one(
    disagreement: IdArgument,
    reason: Annotated[str, typer.Option(help="Why it is read, without names of the family.")],
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Read what one says. The audit keeps who read it, and why."""

    async def act(settings: Settings, services: Services) -> str:
        from service.workflow.disagree import read_disagreement  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        return await read_disagreement(services, name, disagreement, reason=reason, actor=actor_of(by))

    say(printable(with_services(act)))
