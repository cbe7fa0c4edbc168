"""``convene meeting add-now``, ``remove-now`` and ``exclude``: an agency in or out at once."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.options import ByOption, PartnershipOption, ReferenceArgument, read_time
from service.commands.output import say
from service.commands.places import AddReason, AddressOption, ChildOption, ChildrenOption, RoleOption, SlotOption
from service.commands.running import actor_of, partnership_in, with_services
from service.domain.calls import CallOutcome

if TYPE_CHECKING:
    from service.settings import Settings
    from service.workflow.add_now import AddedNow
    from service.workflow.exclude import Excluded
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


class RemoveReason(StrEnum):
    """Why an agency is taken out at once."""

    NOT_INVOLVED = "not_involved"
    ASKED_IN_ERROR = "asked_in_error"
    ANOTHER_COMES = "another_comes"
    SENT_INFORMATION = "sent_information"
    CHAIR_DECIDED = "chair_decided"


def remove(
    reference: ReferenceArgument,
    role: RoleOption,
    reason: Annotated[RemoveReason, typer.Option(help="Why it is taken out.")],
    slot: SlotOption = "",
    child: ChildOption = "",
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Take an agency out at once, before the meeting or while it sits: its link, desk session and place end."""

    async def act(settings: Settings, services: Services) -> None:
        from service.workflow.remove_now import remove_now  # noqa: PLC0415
        from service.workflow.safe_route import StoppedPlace  # noqa: PLC0415

        name, place = partnership_in(settings, partnership), StoppedPlace(role, slot, child)
        await remove_now(services, name, reference, place, reason=reason.value, actor=actor_of(by))

    with_services(act)
    say(f"{role} is out of meeting {reference}. A task tells the chair.")


def exclude(
    reference: ReferenceArgument,
    *,
    role: RoleOption,
    start: Annotated[
        datetime | None, typer.Option(parser=read_time, metavar="TIME", help="When the new one starts.")
    ] = None,
    slot: SlotOption = "",
    child: ChildOption = "",
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Call a meeting off, and anew without an agency that must not be told: its entry and join link end."""

    async def act(settings: Settings, services: Services) -> Excluded:
        from service.workflow.exclude import exclude as call_without  # noqa: PLC0415
        from service.workflow.safe_route import StoppedPlace  # noqa: PLC0415

        name, place = partnership_in(settings, partnership), StoppedPlace(role, slot, child)
        return await call_without(services, name, reference, place, actor=actor_of(by), start=start)

    done = with_services(act)
    if done.kept:
        say(f"{role} can open nothing of meeting {reference} any more. What is recorded stays. A task tells the chair.")
    elif done.new is None:
        say(f"Meeting {reference} is called off. Its new one could not be made yet: a task asks for it.")
    else:
        say(f"Meeting {done.new.reference} takes the place of {reference}, without {role}.")
