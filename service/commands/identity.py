"""``convene meeting tell``: who a meeting is about, for an agency that was called back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.options import ByOption, PartnershipOption, ReferenceArgument
from service.commands.output import printable, show_json
from service.commands.places import RoleOption, SlotOption
from service.commands.running import actor_of, partnership_in, with_services

if TYPE_CHECKING:
    from service.settings import Settings
    from service.workflow.disclosing import OpenedMeeting
    from service.workflow.ports import Services


def tell(
    reference: ReferenceArgument,
    *,
    role: RoleOption,
    name: Annotated[str, typer.Option(help="Who asks, of the agency: first and last name.")],
    reason: Annotated[str, typer.Option(help="Why they are told, without names; for the audit.")],
    slot: SlotOption = "",
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Show whom an agency's rules need, once you have phoned it on the directory's number. It is kept who was told."""

    async def act(settings: Settings, services: Services) -> OpenedMeeting:
        from service.workflow.disclosing import Asker, open_for_agency  # noqa: PLC0415

        asker = Asker(name, role, reason, slot=slot)
        return await open_for_agency(
            services, partnership_in(settings, partnership), reference, asker, actor=actor_of(by)
        )

    opened = with_services(act)
    show_json(
        {
            "meeting_reference": opened.reference,
            "role": opened.role,
            "children": [
                {"ref": each.ref, "age_band": each.age_band, **_said(each.identity)} for each in opened.children
            ],
            "people": [
                {
                    "ref": each.ref,
                    "relation": each.relation,
                    "ties": {child: sorted(flags) for child, flags in each.ties.items()},
                    **_said(each.identity),
                }
                for each in opened.people
            ],
        }
    )


def _said(identity: dict[str, object]) -> dict[str, object]:
    """What is known, without control characters: names come from outside, and a terminal obeys some of them."""
    return {
        key: [printable(str(one)) for one in value] if isinstance(value, list) else printable(str(value))
        for key, value in identity.items()
        if value
    }
