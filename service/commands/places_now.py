"""``convene meeting add-now``: an agency brought into a meeting that is under way."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.options import ByOption, PartnershipOption, ReferenceArgument, read_time
from service.commands.output import say
from service.commands.places import AddReason, AddressOption, ChildrenOption, RoleOption
from service.commands.running import actor_of, partnership_in, with_services
from service.domain.calls import CallOutcome

if TYPE_CHECKING:
    from service.settings import Settings
    from service.workflow.add_now import AddedNow
    from service.workflow.ports import Services


def add(  # noqa: PLR0913 - each is one option of the command
    reference: ReferenceArgument,
    *,
    role: RoleOption,
    reason: Annotated[AddReason, typer.Option(help="Why it is brought in.")],
    outcome: Annotated[CallOutcome, typer.Option(help="What the call to its number in the directory came to.")],
    spoke_to: Annotated[str, typer.Option(help="Who was reached; kept under seal.", show_default="")] = "",
    at: Annotated[
        datetime | None, typer.Option(parser=read_time, metavar="TIME", help="When; now if not said.")
    ] = None,
    address: AddressOption = "",
    child: ChildrenOption = None,
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Bring an agency into a meeting that sits: phone it first; how to join goes out once it is reached."""

    async def act(settings: Settings, services: Services) -> AddedNow:
        from service.store.ids import new_id  # noqa: PLC0415
        from service.workflow.add_agency import MoreAsked  # noqa: PLC0415
        from service.workflow.add_now import CallSaid, add_now  # noqa: PLC0415

        now, actor = services.now(), actor_of(by)
        key = f"{actor}:{at.isoformat()}:{outcome}" if at else str(new_id(now))
        asked = MoreAsked(role, reason.value, address, tuple(child or ()))
        said = CallSaid(outcome, spoke_to, at or now, key)
        return await add_now(services, partnership_in(settings, partnership), reference, asked, said, actor=actor)

    added = with_services(act)
    if not added.joined:
        say(f"The call to {role} is kept. It was not brought in: the right person was not reached.")
    elif added.details:
        say(f"{role} was brought into meeting {reference}. How to join is on its way to it.")
    else:
        say(f"{role} was brought into meeting {reference}. It gets no message: tell it on the phone how to join.")
