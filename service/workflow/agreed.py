"""A time that one agency agreed to by phone before anybody else was asked: the police's, mostly.

The start is fixed, the others are asked around it, and the call stands as that agency's answer and as when it was told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.answers import Answer, Way
from service.domain.calls import CallOutcome
from service.domain.chain import instant_text
from service.store.chain import JSON
from service.store.changes import audit, calls
from service.store.changes.meetings import LockedMeeting
from service.workflow.calls import CallGiven, call_row, place_to_call
from service.workflow.ports import Services
from service.workflow.reply import GivenAnswer, name_refused, record_in


@dataclass(frozen=True, slots=True, repr=False)
class Agreed:
    """Who agreed to a start by phone: the agency's role (and slot), who said so, and when (aware)."""

    role: str
    said_by: str
    at: datetime
    slot: str = ""


async def note_agreement(
    services: Services,
    conn: AsyncConnection,
    partnership: str,
    meeting: LockedMeeting,
    version: int,
    start: datetime,
    agreed: Agreed,
    *,
    actor: str,
) -> None:
    """Keep the call and the yes it brought, for the version that has just been given this start.

    Whoever is named and may be tied to the case leaves a task, as on every answer; the time stands all the same.

    Raises:
        NoSuchRequirementError: the meeting has no such place.
        CannotCallError: that agency must not be told.
    """
    now, fixed = services.now(), replace(meeting, version=version, starts_at=start)
    key = f"agreed:{version}:{instant_text(agreed.at)}"
    call = CallGiven(
        CallOutcome.REACHED, agreed.at, f"{actor}:{key}", role=agreed.role, slot=agreed.slot, spoke_to=agreed.said_by
    )
    place = await place_to_call(conn, partnership, fixed, call)
    row = await call_row(services, conn, partnership, fixed, place, call, actor)
    if await calls.add_call(conn, row):
        data: dict[str, JSON] = {"requirement": str(place.id), "call": str(call.outcome), "version": version}
        await audit.append(conn, [audit.Event(partnership, meeting.id, now, actor, audit.Action.CALL_MADE, data)])
    answer = GivenAnswer(
        answer=Answer.YES,
        way=Way.PHONE,
        answered_at=agreed.at,
        natural_key=f"{actor}:{key}",
        requirement_id=place.id,
        version=version,
        given_by=agreed.said_by,
    )
    if await name_refused(conn, services, partnership, fixed, answer, actor):
        return
    await record_in(conn, services, partnership, fixed, answer, actor=actor)
