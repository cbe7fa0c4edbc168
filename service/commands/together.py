"""``convene meeting together``: siblings or linked cases in one sitting, one meeting after the other."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.failures import Exit
from service.commands.options import ByOption, JsonFlag, PartnershipOption, read_time
from service.commands.output import say, show_json
from service.commands.running import actor_of, partnership_in, with_services

if TYPE_CHECKING:
    from service.domain.slots_asked import Wanted
    from service.domain.slots_together import Sitting
    from service.settings import Settings
    from service.workflow.meetings import MeetingChanged
    from service.workflow.ports import Services


def together(
    references: Annotated[list[str], typer.Argument(metavar="REFERENCE…", help="The meetings, in their order.")],
    start: Annotated[
        datetime | None,
        typer.Option(parser=read_time, metavar="TIME", help="Give them this time; London time. Else only look."),
    ] = None,
    minutes: Annotated[
        int | None, typer.Option(min=15, max=480, help="How long each takes; as long as it is now, if not said.")
    ] = None,
    partnership: PartnershipOption = "",
    by: ByOption = "",
    *,
    as_json: JsonFlag = False,
) -> None:
    """Suggest the best sitting for several meetings, one after the other, or with --start give each its place in it.

    Each keeps its own record, agencies and invitation.
    """
    if start is None:
        _look(references, minutes, partnership, as_json=as_json)
        return

    async def act(settings: Settings, services: Services) -> tuple[MeetingChanged, ...]:
        from service.workflow.together import give_together  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        return await give_together(services, name, references, start, minutes, actor=actor_of(by))

    done = with_services(act)
    if as_json:
        show_json(done)
        return
    for each in done:
        say(f"{each.reference} has its place in the sitting; its own agencies are asked.")


def _look(references: list[str], minutes: int | None, partnership: str, *, as_json: bool) -> None:
    async def act(settings: Settings, services: Services) -> tuple[tuple[Wanted, ...], tuple[Sitting, ...]]:
        from service.workflow.together import find_together  # noqa: PLC0415

        return await find_together(services, partnership_in(settings, partnership), references, minutes)

    wanteds, found = with_services(act)
    from service.commands.slots import one_as_json  # noqa: PLC0415
    from service.domain.slots_words import headline, who_cannot, why_good  # noqa: PLC0415

    if as_json:
        parts = [list(zip(references, sitting, wanteds, strict=True)) for sitting in found]
        show_json([[{"meeting_reference": of, **one_as_json(slot, wanted)} for of, slot, wanted in sitting]
                   for sitting in parts])  # fmt: skip
    for number, sitting in enumerate([] if as_json else found, 1):
        for reference, slot, wanted in zip(references, sitting, wanteds, strict=True):
            say(f"{number}. {reference}: {headline(slot)}")
            for sentence in (*why_good(slot, wanted), *(f"Cannot come: {said}." for said in who_cannot(slot))):
                say(f"   {sentence}")
    if not found:
        if not as_json:
            say("No sitting keeps every hard rule for all of them: look at each by itself with convene meeting slots.")
        raise typer.Exit(int(Exit.NO))
