"""``convene meeting stop`` and ``convene meeting name-person``: an agency whose shared inbox must not be told."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.options import ByOption, PartnershipOption, ReferenceArgument
from service.commands.output import say
from service.commands.running import actor_of, partnership_in, with_services

if TYPE_CHECKING:
    from service.settings import Settings
    from service.workflow.add_agency import AgencyAdded
    from service.workflow.ports import Services

RoleOption = Annotated[str, typer.Option(help="The agency's role, for example school.")]
SlotOption = Annotated[str, typer.Option(help="Which of two agencies of one role.", show_default="")]
ChildOption = Annotated[str, typer.Option(help="Or: whose school or nursery, by the child's ref.", show_default="")]


def stop(
    reference: ReferenceArgument,
    role: RoleOption,
    slot: SlotOption = "",
    child: ChildOption = "",
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Tell an agency's shared inbox nothing more: somebody who must not be told reads it."""

    async def act(settings: Settings, services: Services) -> None:
        from service.workflow.safe_route import StoppedPlace, stop_place  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        await stop_place(services, name, reference, StoppedPlace(role, slot, child), actor=actor_of(by))

    with_services(act)
    say(f"The shared inbox of {role} is told nothing more of meeting {reference}. Name a person: a task asks for it.")


class AddReason(StrEnum):
    """Why an agency is asked as well."""

    KNOWS_FAMILY = "knows_family"
    HOLDS_INFORMATION = "holds_information"
    ASKED_BY_PARTNER = "asked_by_partner"
    DECIDES = "decides"


AddressOption = Annotated[
    str, typer.Option(help="Its address in the directory; needed for a school or nursery.", show_default="")
]
ChildrenOption = Annotated[
    list[str] | None,
    typer.Option("--child", help="A child it is asked for, by ref; may be repeated. None: the whole case."),
]


def add(
    reference: ReferenceArgument,
    role: RoleOption,
    reason: Annotated[AddReason, typer.Option(help="Why it is asked.")],
    address: AddressOption = "",
    child: ChildrenOption = None,
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Ask one more agency to a meeting to come; nobody else hears of it."""

    async def act(settings: Settings, services: Services) -> AgencyAdded:
        from service.workflow.add_agency import MoreAsked, add_agency  # noqa: PLC0415

        name, asked = partnership_in(settings, partnership), MoreAsked(role, reason.value, address, tuple(child or ()))
        return await add_agency(services, name, reference, asked, actor=actor_of(by))

    added = with_services(act)
    who = added.inbox or "no inbox yet: a task asks who comes"
    say(f"{role} is asked to meeting {reference} too ({who}).")
    if added.short:
        say("This start gives it less notice than it is owed. Say why: convene meeting explain")


class WithdrawReason(StrEnum):
    """Why an agency need not come."""

    NOT_INVOLVED = "not_involved"
    ASKED_IN_ERROR = "asked_in_error"
    ANOTHER_COMES = "another_comes"
    SENT_INFORMATION = "sent_information"


def withdraw(
    reference: ReferenceArgument,
    role: RoleOption,
    reason: Annotated[WithdrawReason, typer.Option(help="Why it need not come.")],
    slot: SlotOption = "",
    child: ChildOption = "",
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Ask one agency no longer to come to a meeting; nobody else hears of it."""

    async def act(settings: Settings, services: Services) -> None:
        from service.workflow.safe_route import StoppedPlace  # noqa: PLC0415
        from service.workflow.withdraw_agency import withdraw_agency  # noqa: PLC0415

        name, place = partnership_in(settings, partnership), StoppedPlace(role, slot, child)
        await withdraw_agency(services, name, reference, place, reason=reason.value, actor=actor_of(by))

    with_services(act)
    say(f"{role} is no longer asked to come to meeting {reference}.")


def name_person(  # noqa: PLR0913 - each is one option of the command
    reference: ReferenceArgument,
    *,
    role: RoleOption,
    name: Annotated[str, typer.Option(help="Who comes: first and last name.")],
    address: Annotated[str, typer.Option(help="An e-mail address of their own.", show_default="")] = "",
    phone: Annotated[str, typer.Option(help="A phone number of their own.", show_default="")] = "",
    hours: Annotated[
        str, typer.Option(help="When they can be reached, as in the directory.", show_default="office hours")
    ] = "",
    slot: SlotOption = "",
    child: ChildOption = "",
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Name who comes for an agency whose shared inbox must not be told, by a route that nobody shares."""

    async def act(settings: Settings, services: Services) -> None:
        from service.workflow import safe_route  # noqa: PLC0415

        person = safe_route.NamedPerson(name, address, phone, hours or safe_route.OFFICE_HOURS)
        place = safe_route.StoppedPlace(role, slot, child)
        partnership_id = partnership_in(settings, partnership)
        await safe_route.name_person(services, partnership_id, reference, place, person, actor=actor_of(by))

    with_services(act)
    say(f"Somebody is asked to meeting {reference} as {role}, by a route of their own.")


def holds_location(
    reference: ReferenceArgument,
    *,
    role: RoleOption,
    reason: Annotated[str, typer.Option(help="How you know, without names; for the audit.")],
    no: Annotated[bool, typer.Option("--no", help="It does not know it after all.")] = False,
    slot: SlotOption = "",
    child: ChildOption = "",
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Say that an agency knows already where a protected family is, so that it may be told where to come."""

    async def act(settings: Settings, services: Services) -> None:
        from service.workflow.locations import record_location_held  # noqa: PLC0415
        from service.workflow.safe_route import StoppedPlace  # noqa: PLC0415

        await record_location_held(
            services,
            partnership_in(settings, partnership),
            reference,
            StoppedPlace(role, slot, child),
            reason=reason,
            actor=actor_of(by),
            held=not no,
        )

    with_services(act)
    say(f"Recorded for {role}: it {'does not know' if no else 'knows'} where the family is.")
