"""``convene attendance``: the officer records who came, the chair confirms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.options import ByOption, JsonFlag, PartnershipOption, ReferenceArgument
from service.commands.output import note, say, show_json
from service.commands.running import actor_of, partnership_in, with_services
from service.domain.attendance import Contribution, How, Outcome

if TYPE_CHECKING:
    from service.settings import Settings
    from service.workflow.attend import AttendanceRecorded
    from service.workflow.ports import Services

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
    partnership: PartnershipOption = "",
    by: ByOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Record, or correct, whether one agency came."""

    async def act(settings: Settings, services: Services) -> AttendanceRecorded:
        from service.workflow.attend import AttendanceGiven, record_attendance  # noqa: PLC0415

        given = AttendanceGiven(role, outcome, slot, how, seniority_confirmed, contribution)
        name = partnership_in(settings, partnership)
        return await record_attendance(services, name, reference, [given], actor=actor_of(by))

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
