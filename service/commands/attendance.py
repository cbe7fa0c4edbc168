"""``convene attendance``: the officer records who came, the chair confirms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.options import ByOption, JsonFlag, PartnershipOption, ReferenceArgument
from service.commands.output import note, say, show_json
from service.commands.running import actor_of, partnership_in, with_services
from service.domain.attendance import Contribution, Deputy, How, Outcome
from service.domain.london import words
from service.domain.teams_attendance import proposal_words

if TYPE_CHECKING:
    from service.settings import Settings
    from service.workflow.attend import AttendanceRecorded
    from service.workflow.identity import DeputyWords
    from service.workflow.ports import Services
    from service.workflow.teams_attendance import Proposed

app = typer.Typer(help="Record who came, and confirm it.", no_args_is_help=True)


@app.command()
def record(  # noqa: PLR0913 - each is one option of the command
    reference: ReferenceArgument,
    *,
    role: Annotated[str, typer.Option(help="The agency's role, for example health_visitor.")],
    outcome: Annotated[Outcome, typer.Option(help="What became of its place.")],
    slot: Annotated[str, typer.Option(help="Which of two agencies of one role.", show_default="")] = "",
    how: Annotated[How | None, typer.Option(help="How it was there.")] = None,
    contribution: Annotated[Contribution | None, typer.Option(help="What it brought.")] = None,
    seniority_confirmed: Annotated[
        bool | None, typer.Option("--seniority-confirmed/--no-seniority-confirmed", help="It could decide.")
    ] = None,
    deputy: Annotated[Deputy | None, typer.Option(help="Who came instead, when represented.")] = None,
    deputy_words: Annotated[
        str, typer.Option(help="The same in your own words; they are sealed.", show_default="")
    ] = "",
    joined: Annotated[bool, typer.Option("--joined", help="It was not asked, and was brought in meanwhile.")] = False,
    sitting: Annotated[int, typer.Option(min=1, max=100, help="Which sitting of an adjourned meeting.")] = 1,
    partnership: PartnershipOption = "",
    by: ByOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Record, or correct, whether one agency came."""

    async def act(settings: Settings, services: Services) -> AttendanceRecorded:
        from service.workflow.attend import AttendanceGiven, record_attendance  # noqa: PLC0415

        given = AttendanceGiven(
            role=role,
            outcome=outcome,
            slot=slot,
            how=how,
            seniority_confirmed=seniority_confirmed,
            contribution=contribution,
            deputy=deputy,
            deputy_words=deputy_words,
            joined=joined,
        )
        name = partnership_in(settings, partnership)
        return await record_attendance(services, name, reference, [given], actor=actor_of(by), sitting=sitting)

    recorded = with_services(act)
    if as_json:
        show_json({"meeting_reference": reference, "recorded": recorded.recorded, "missing": recorded.missing})
        return
    say(f"Recorded for {reference}: {role}, {str(outcome).replace('_', ' ')}.")
    if recorded.missing:
        note(f"Nothing is recorded yet for: {', '.join(recorded.missing)}.")


@app.command()
def confirm(
    reference: ReferenceArgument,
    by: Annotated[str, typer.Option("--by", help="The chair who stands by it.")],
    partnership: PartnershipOption = "",
    *,
    as_json: JsonFlag = False,
) -> None:
    """Confirm what is recorded, for the chair."""

    async def act(settings: Settings, services: Services) -> int:
        from service.workflow.attend import confirm_attendance  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        return await confirm_attendance(services, name, reference, actor=actor_of(by))

    confirmed = with_services(act)
    if as_json:
        show_json({"meeting_reference": reference, "confirmed": confirmed})
    else:
        say(f"Confirmed for {reference}: {confirmed} agencies.")


@app.command()
def proposal(
    reference: ReferenceArgument,
    sitting: Annotated[int, typer.Option(min=1, max=100, help="Which sitting of an adjourned meeting.")] = 1,
    partnership: PartnershipOption = "",
    *,
    as_json: JsonFlag = False,
) -> None:
    """What Teams says of who was there. Changes nothing: record what you can confirm."""

    async def act(settings: Settings, services: Services) -> Proposed:
        from service.workflow.teams_attendance import proposals_of  # noqa: PLC0415

        return await proposals_of(services, partnership_in(settings, partnership), reference, sitting)

    found = with_services(act)
    if as_json:
        show_json(proposal_json(reference, found))
        return
    for line in proposal_lines(found):
        say(line)


def proposal_lines(found: Proposed) -> list[str]:
    """What Teams says of each agency, whether somebody has recorded it, and how many others were there."""
    lines = []
    for each in found.proposals:
        place = f"{each.role} {each.slot}".strip()
        known = "Somebody has recorded this agency already." if (each.role, each.slot) in found.recorded else ""
        lines.append(f"{place}: {proposal_words(each.seconds)} First there {words(each.joined_at)}. {known}".strip())
    if found.read is None or found.read.read_at is None:
        return [*lines, "Teams has said nothing of this meeting yet; docs/operator.md says when it is asked."]
    if not lines:
        lines = ["Teams names no agency's address."]
    return [*lines, f"Besides, {found.read.unknown} were there whose address is no agency's, or who have none."]


def proposal_json(reference: str, found: Proposed) -> dict[str, object]:
    """The same for a machine."""
    read = found.read
    return {
        "meeting_reference": reference,
        "proposals": [
            {
                "role": each.role,
                "slot": each.slot,
                "joined_at": each.joined_at.isoformat(),
                "seconds": each.seconds,
                "recorded": (each.role, each.slot) in found.recorded,
            }
            for each in found.proposals
        ],
        "unknown": read.unknown if read and read.read_at else None,
        "read_at": read.read_at.isoformat() if read and read.read_at else None,
        "next_read_at": read.next_try_at.isoformat() if read and read.next_try_at else None,
    }


@app.command()
def deputies(
    reference: ReferenceArgument,
    reason: Annotated[str, typer.Option(help="Why you open them, without names; it is kept.")],
    partnership: PartnershipOption = "",
    by: ByOption = "",
    *,
    as_json: JsonFlag = False,
) -> None:
    """Open the sealed words about who came instead. The opening is kept in the audit."""

    async def act(settings: Settings, services: Services) -> list[DeputyWords]:
        from service.workflow.identity import open_deputies  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        return await open_deputies(services, name, reference, reason=reason, actor=actor_of(by))

    opened = with_services(act)
    if as_json:
        show_json([{"role": each.role, "sitting": each.sitting, "words": each.words} for each in opened])
        return
    for each in opened:
        say(f"{each.role}, sitting {each.sitting}: {each.words}")
    if not opened:
        note("No words about anybody who came instead are kept for this meeting.")
