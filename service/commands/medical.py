"""``convene meeting medical``: whether a medical is needed, when it is, and who came to it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.failures import RefusedError
from service.commands.options import ByOption, JsonFlag, PartnershipOption, ReferenceArgument, read_time
from service.commands.output import say, show_json
from service.commands.running import actor_of, partnership_in, with_services
from service.domain.london import words
from service.domain.medical import AT_MEDICAL_WORDS, AtMedical

if TYPE_CHECKING:
    from service.settings import Settings
    from service.workflow.medical import Medical
    from service.workflow.ports import Services

CameOption = Annotated[list[AtMedical] | None, typer.Option("--came", help="Who came; may be given several times.")]
AbsentOption = Annotated[list[AtMedical] | None, typer.Option("--did-not-come", help="Who did not come.")]


def medical(  # noqa: PLR0913 - each is one option of the command
    reference: ReferenceArgument,
    *,
    needed: Annotated[bool | None, typer.Option("--needed/--not-needed", help="What the meeting decided.")] = None,
    code: Annotated[
        str, typer.Option(metavar="CODE", help="Not needed: from the policy's list.", show_default="")
    ] = "",
    reason: Annotated[str, typer.Option(help="Not needed: a sentence without names.", show_default="")] = "",
    start: Annotated[
        datetime | None, typer.Option(parser=read_time, metavar="TIME", help="When the appointment is.")
    ] = None,
    place: Annotated[str, typer.Option(help="Where it is; no family's address.", show_default="")] = "",
    came: CameOption = None,
    did_not_come: AbsentOption = None,
    partnership: PartnershipOption = "",
    by: ByOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Show the medical of a meeting; with options, decide on it, book it or record who came."""
    attended = dict.fromkeys(came or (), True) | dict.fromkeys(did_not_come or (), False)

    async def act(settings: Settings, services: Services) -> Medical:
        from service.workflow.medical import MedicalGiven, decide_medical, medical_at, record_medical  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        decided = needed is not None or start is not None
        if attended and decided:
            raise RefusedError("Decide or book first, then record who came with a command of its own.")
        if attended:
            return await record_medical(services, name, reference, attended, actor=actor_of(by))
        if decided:
            given = MedicalGiven(needed, code or None, reason, start, place)
            return await decide_medical(services, name, reference, given, actor=actor_of(by))
        return await medical_at(services, name, reference)

    _show(with_services(act), as_json=as_json)


def _show(found: Medical, *, as_json: bool) -> None:
    row = found.row
    if as_json:
        show_json(
            {
                "meeting_reference": found.reference,
                "state": row.state if row else None,
                "reason_code": row.reason_code if row else None,
                "starts_at": row.starts_at if row else None,
                "came": {each.who: each.came for each in found.came},
            }
        )
        return
    if row is None:
        say(f"Meeting {found.reference}: nobody has decided whether a medical is needed.")
        return
    say(f"Medical of {found.reference}: {row.state.replace('_', ' ')}")
    if row.reason:
        say(f"Because: {row.reason}")
    if row.starts_at:
        say(f"When: {words(row.starts_at)}{f', {row.place}' if row.place else ''}")
    for each in found.came:
        say(f"{AT_MEDICAL_WORDS[AtMedical(each.who)]}: {'came' if each.came else 'did not come'}")
