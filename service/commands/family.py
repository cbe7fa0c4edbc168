"""``convene meeting family``: the parents of a conference, how each is reached, and how they come."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.failures import RefusedError
from service.commands.options import ByOption, JsonFlag, PartnershipOption, ReferenceArgument, read_time
from service.commands.output import say, show_json, show_table
from service.commands.running import actor_of, partnership_in, with_services
from service.domain.family import ADVOCATE_WORDS, ROUTE_WORDS, SHARING_WORDS, Advocate, Route, Sharing

if TYPE_CHECKING:
    from service.settings import Settings
    from service.workflow.family import Family, ParentArranged
    from service.workflow.ports import Services

PersonOption = Annotated[
    str, typer.Option("--parent", metavar="REF", help="Which parent, by the request's reference.", show_default="")
]


def family(  # noqa: PLR0913 - each is one option of the command
    reference: ReferenceArgument,
    *,
    sharing: Annotated[
        Sharing | None, typer.Option(help="The chair's choice: together or one after the other.")
    ] = None,
    parent: PersonOption = "",
    route: Annotated[Route | None, typer.Option(help="How this parent is safely told.")] = None,
    to: Annotated[str, typer.Option(help="The address or number of that route; it is sealed.", show_default="")] = "",
    comes_at: Annotated[
        datetime | None, typer.Option(parser=read_time, metavar="TIME", help="This parent's own time, when apart.")
    ] = None,
    interpreter: Annotated[str | None, typer.Option(metavar="LANGUAGE", help="Empty: none is needed.")] = None,
    advocate: Annotated[Advocate | None, typer.Option(help="Where the offer of an advocate stands.")] = None,
    do_not_contact: Annotated[
        bool | None, typer.Option("--do-not-contact/--may-contact", help="Stop this parent's messages.")
    ] = None,
    partnership: PartnershipOption = "",
    by: ByOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Show the parents of a conference; with options, arrange how they come and tell whoever can be told."""

    async def act(settings: Settings, services: Services) -> Family:
        from service.workflow.family import ParentArranged, arrange_family, family_of  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        said = (route, comes_at, interpreter, advocate, do_not_contact)
        asked = any(each is not None for each in said) or bool(to)
        if asked and not parent:
            raise RefusedError("Say which parent with --parent REF; without it the command lists them.")
        if not asked and sharing is None:
            return await family_of(services, name, reference)
        arranged: list[ParentArranged] = []
        if asked:
            arranged = [ParentArranged(parent, route, to, comes_at, interpreter, advocate, do_not_contact)]
        return await arrange_family(services, name, reference, sharing=sharing, arranged=arranged, actor=actor_of(by))

    _show(with_services(act), as_json=as_json)


def family_route(
    reference: ReferenceArgument,
    parent: Annotated[str, typer.Option("--parent", metavar="REF", help="Which parent, by the request's reference.")],
    reason: Annotated[str, typer.Option(help="Why you open it, without names; the audit keeps it.")],
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Open the address or number at which a parent is safely told, to post, phone or go there."""

    async def act(settings: Settings, services: Services) -> str:
        from service.workflow.identity import read_route  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        return await read_route(services, name, reference, parent, reason=reason, actor=actor_of(by))

    say(with_services(act) or "No address is kept for this parent.")


def _show(found: Family, *, as_json: bool) -> None:
    if as_json:
        parents = [{name: value for name, value in asdict(row).items() if name != "id"} for row in found.parents]
        show_json({"meeting_reference": found.reference, "sharing": found.sharing, "parents": parents})
        return
    if not found.parents:
        say(f"Meeting {found.reference} has no parents: the family is invited to conferences only.")
        return
    say(f"How they come: {SHARING_WORDS[found.sharing] if found.sharing else 'the chair has not chosen yet'}")
    rows = [
        (
            f"{row.person} ({row.relation})",
            "must not be contacted" if row.state == "stopped" else ROUTE_WORDS.get(row.route or "", "no route yet"),
            row.interpreter or "-",
            ADVOCATE_WORDS.get(row.advocate, row.advocate),
            f"version {row.told_version}" if row.told_version else "-",
        )
        for row in found.parents
    ]
    show_table("Parents", ("parent", "reached", "interpreter", "advocate", "told by e-mail"), rows)
