"""``convene meeting not-held``: the meeting could not be held today."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.failures import RefusedError
from service.commands.options import ByOption, JsonFlag, PartnershipOption, ReferenceArgument
from service.commands.output import say, show_json
from service.commands.request_files import read_bytes
from service.commands.running import actor_of, partnership_in, with_services
from service.domain.london import words
from service.domain.roles import words as role_words

if TYPE_CHECKING:
    from service.settings import Settings
    from service.workflow.not_held import NotHeld
    from service.workflow.ports import Services

_LARGEST_BYTES = 8000


def not_held(  # noqa: PLR0913 - each is one option of the command
    reference: ReferenceArgument,
    *,
    because: Annotated[str, typer.Option(metavar="CODE", help="Why, from the policy's list.", show_default="")] = "",
    decided: Annotated[
        str, typer.Option("--decided", metavar="ROLE", help="Who decided, such as team_manager.", show_default="")
    ] = "",
    protects: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What protects the child until it is held; kept under seal."),
    ] = None,
    what: Annotated[bool, typer.Option("--what", help="Open what protects the child; needs --reason.")] = False,
    reason: Annotated[str, typer.Option(help="Why that is opened, without names.", show_default="")] = "",
    partnership: PartnershipOption = "",
    by: ByOption = "",
    as_json: JsonFlag = False,
) -> None:
    """List the days on which a meeting could not be held; with a reason from the list, keep that today is one."""
    if what:
        _open(reference, reason, partnership, by, as_json=as_json)
        return
    if because and (protects is None or not decided):
        raise RefusedError("Say who decided (--decided ROLE) and what protects the child (--protects FILE).")

    async def act(settings: Settings, services: Services) -> NotHeld:
        from service.store.ids import new_id  # noqa: PLC0415
        from service.workflow.not_held import NotHeldGiven, not_held_at, record_not_held  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        if not because or protects is None:
            return await not_held_at(services, name, reference)
        said = read_bytes(protects, largest=_LARGEST_BYTES).decode("utf-8", "replace")
        given = NotHeldGiven(because, said, decided, str(new_id(services.now())))
        return await record_not_held(services, name, reference, given, actor=actor_of(by))

    found = with_services(act)
    if as_json:
        show_json({"meeting_reference": found.reference, "reasons": found.reasons, "days": found.days})
        return
    if not found.days:
        say(f"Meeting {found.reference}: no such day is kept. Reasons: {', '.join(sorted(found.reasons))}.")
    for day in found.days:
        why = found.reasons.get(day.because, day.because)
        reached = ", ".join(map(role_words, day.reached)) or "nobody"
        say(f"{words(day.recorded_at)}: {why}. Decided by the {role_words(day.decided_role)}. Reached: {reached}.")


def _open(reference: str, reason: str, partnership: str, by: str, *, as_json: bool) -> None:
    async def act(settings: Settings, services: Services) -> list[str]:
        from service.workflow.identity import open_protection  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        return await open_protection(services, name, reference, reason=reason, actor=actor_of(by))

    found = with_services(act)
    if as_json:
        show_json(found)
    else:
        say("\n".join(found) or "Nothing is kept.")
