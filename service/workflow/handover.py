"""The handover in the morning: what was called in the night, who was reached, what must be done, who took it on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from service.domain.night import EMERGENCY_DUTY, night_began
from service.store.chain import JSON
from service.store.changes import audit, handover
from service.store.ids import new_id
from service.store.queries.handover import HandedOver, NightMeeting, last_handover, night_meetings
from service.store.queries.readable import Reader
from service.workflow.ports import Services
from service.workflow.tasks import OFFICER


@dataclass(frozen=True, slots=True)
class Handover:
    """What is to be handed over: everything since offices last closed, or since the last handover if that was later."""

    since: datetime
    at: datetime
    meetings: tuple[NightMeeting, ...]
    last: HandedOver | None


async def handover_list(services: Services, partnership: str, reader: Reader | None = None) -> Handover:
    """The list as this reader may know it. Changes nothing."""
    now = services.now()
    async with services.engine.connect() as conn:
        last = await last_handover(conn, partnership)
        since = night_began(now, services.calendar)
        if last is not None:
            since = max(since, last.until)
        found = await night_meetings(conn, partnership, reader, since)
    return Handover(since, now, tuple(found), last)


async def hand_over(
    services: Services, partnership: str, *, natural_key: str, actor: str, reader: Reader | None = None
) -> HandedOver:
    """Mark the night as handed over by whoever acts. Tasks the night left open are the office's from now on.

    The same press again is one handover.
    """
    now = services.now()
    stands = await handover_list(services, partnership, reader)
    async with services.engine.begin() as conn:
        row = {
            "id": new_id(now),
            "partnership_id": partnership,
            "since": stands.since,
            "until": now,
            "meetings": len(stands.meetings),
            "handed_by": actor,
            "handed_at": now,
            "natural_key": natural_key,
        }
        if await handover.add_handover(conn, row):
            given = await handover.give_tasks(conn, partnership, owner=EMERGENCY_DUTY, to=OFFICER)
            data: dict[str, JSON] = {
                "since": stands.since.isoformat(),
                "meetings": [meeting.reference for meeting in stands.meetings],
                "tasks": given,
            }
            await audit.append(conn, [audit.Event(partnership, None, now, actor, audit.Action.NIGHT_HANDED_OVER, data)])
        last = await last_handover(conn, partnership)
    assert last is not None  # noqa: S101 - this very transaction wrote it, or found it
    return last
