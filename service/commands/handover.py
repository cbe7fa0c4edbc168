"""``convene handover``: what the night leaves to the morning, and marking it as handed over."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.options import ByOption, JsonFlag, PartnershipOption
from service.commands.output import say, show_json
from service.commands.running import actor_of, partnership_in, with_services
from service.domain.calls import CALL_WORDS, CallOutcome
from service.domain.london import words
from service.domain.roles import words as role_words

if TYPE_CHECKING:
    from service.settings import Settings
    from service.store.queries.handover import HandedOver, NightMeeting
    from service.workflow.handover import Handover
    from service.workflow.ports import Services


def handover(
    partnership: PartnershipOption = "",
    by: ByOption = "",
    *,
    done: Annotated[bool, typer.Option("--done", help="Mark it as handed over, by whoever acts.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Show what was asked for, phoned or begun since offices closed, and what is left to do."""
    if done:
        _mark(partnership, by, as_json=as_json)
        return

    async def act(settings: Settings, services: Services) -> Handover:
        from service.workflow.handover import handover_list  # noqa: PLC0415

        return await handover_list(services, partnership_in(settings, partnership))

    found = with_services(act)
    if as_json:
        show_json({"since": found.since, "meetings": [asdict(each) for each in found.meetings]})
        return
    say(f"Since {words(found.since)}: {len(found.meetings)} meetings.")
    for each in found.meetings:
        _say(each)


def _say(meeting: NightMeeting) -> None:
    say(f"{meeting.reference}: {meeting.urgency}, {meeting.state}")
    for place in meeting.places:
        outcome = CALL_WORDS[CallOutcome(place.outcome)] if place.outcome else "not phoned"
        say(f"  {role_words(place.role)}: {outcome}")
    for task in meeting.tasks:
        say(f"  to do ({task.owner}): {task.detail}")


def _mark(partnership: str, by: str, *, as_json: bool) -> None:
    async def act(settings: Settings, services: Services) -> HandedOver:
        from service.store.ids import new_id  # noqa: PLC0415
        from service.workflow.handover import hand_over  # noqa: PLC0415

        key = str(new_id(services.now()))
        return await hand_over(services, partnership_in(settings, partnership), natural_key=key, actor=actor_of(by))

    found = with_services(act)
    if as_json:
        show_json(found)
    else:
        say(f"Handed over by {found.handed_by}, {words(found.handed_at)}: {found.meetings} meetings.")
