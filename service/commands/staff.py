"""``convene staff``: who has signed in, and ending somebody's access at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from service.commands.options import ByOption, JsonFlag, PartnershipOption
from service.commands.output import say, show_json, show_table
from service.commands.running import actor_of, partnership_in, with_services

if TYPE_CHECKING:
    from service.settings import Settings
    from service.store.queries.staff import StaffMember
    from service.workflow.ports import Services

staff_app = typer.Typer(help="The people who sign in. Their roles are given at Entra.", no_args_is_help=True)

PersonArgument = Annotated[UUID, typer.Argument(metavar="PERSON", help="The person's id, as the list shows it.")]


@staff_app.command("list")
def list_everybody(partnership: PartnershipOption = "", *, as_json: JsonFlag = False) -> None:
    """List everybody who has ever signed in, with the roles they had then."""

    async def act(settings: Settings, services: Services) -> list[StaffMember]:
        from service.workflow.staff import list_staff  # noqa: PLC0415

        return await list_staff(services, partnership_in(settings, partnership))

    found = with_services(act)
    if as_json:
        show_json(found)
    elif found:
        show_table(
            "Staff",
            ("person", "name", "roles", "last signed in", "access"),
            ((each.id, each.name, ", ".join(each.roles), _when(each), _access(each)) for each in found),
        )
    else:
        say("Nobody has signed in yet.")


def _when(person: StaffMember) -> str:
    from service.domain.london import words  # noqa: PLC0415

    return words(person.last_signed_in_at)


def _access(person: StaffMember) -> str:
    return "stopped" if person.stopped_at else "open"


@staff_app.command("stop")
def stop(person: PersonArgument, partnership: PartnershipOption = "", by: ByOption = "") -> None:
    """End somebody's access now: their sessions end with the next page, and they cannot sign in again."""

    async def act(settings: Settings, services: Services) -> None:
        from service.workflow import staff  # noqa: PLC0415

        await staff.stop(services, partnership_in(settings, partnership), person, actor=actor_of(by))

    with_services(act)
    say(f"{person} is stopped.")


@staff_app.command("admit")
def admit(person: PersonArgument, partnership: PartnershipOption = "", by: ByOption = "") -> None:
    """Let somebody who was stopped sign in again."""

    async def act(settings: Settings, services: Services) -> None:
        from service.workflow import staff  # noqa: PLC0415

        await staff.admit(services, partnership_in(settings, partnership), person, actor=actor_of(by))

    with_services(act)
    say(f"{person} may sign in again.")


def add_to(root: typer.Typer) -> None:
    """Register these commands."""
    root.add_typer(staff_app, name="staff")
