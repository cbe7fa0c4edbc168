"""``convene meeting call-again``: a cancelled meeting that is needed after all, as a new one linked to it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.options import ByOption, JsonFlag, PartnershipOption, ReferenceArgument, read_time
from service.commands.output import say, show_json
from service.commands.running import actor_of, partnership_in, with_services

if TYPE_CHECKING:
    from service.settings import Settings
    from service.store.queries.follow_up import LinkedMeeting
    from service.workflow.ports import Services


def call_again(
    reference: ReferenceArgument,
    *,
    start: Annotated[
        datetime | None,
        typer.Option(parser=read_time, metavar="TIME", help="When; without it the old time, if it is still to come."),
    ] = None,
    partnership: PartnershipOption = "",
    by: ByOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Call a cancelled meeting again: a new one takes its place, linked to it, and everything begins anew."""

    async def act(settings: Settings, services: Services) -> LinkedMeeting:
        from service.workflow.call_again import call_again as call  # noqa: PLC0415

        return await call(services, partnership_in(settings, partnership), reference, actor=actor_of(by), start=start)

    found = with_services(act)
    if as_json:
        show_json({"linked_reference": reference, "meeting_reference": found.reference, "state": found.state})
        return
    from service.domain.london import words  # noqa: PLC0415

    when = words(found.starts_at) if found.starts_at else "no time yet: convene meeting confirm"
    say(f"Meeting {found.reference} takes the place of {reference}: {when}.")
