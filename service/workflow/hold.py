"""Holding a time: the seats of a meeting's desks are kept for it for a while, so that a phone call can be made first.

What is held is let go by itself. Confirming or moving the meeting takes its place, and so does holding another time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from service.domain.desks import HOLD_FOR
from service.domain.meetings import MeetingState, check_move
from service.store.changes import audit, meetings
from service.workflow.calling import check_time
from service.workflow.errors import ChangedMeanwhileError, DesksFullError, NoSuchMeetingError
from service.workflow.next_best import with_next_best
from service.workflow.ports import Services
from service.workflow.seats import Sitting, take_seats


@dataclass(frozen=True, slots=True)
class Held:
    """A time that is kept. Instants in UTC; from ``until`` on anybody may take it."""

    reference: str
    start: datetime
    end: datetime
    until: datetime


async def hold_slot(
    services: Services,
    partnership: str,
    reference: str,
    start: datetime,
    minutes: int = 60,
    mode: str = "online",
    *,
    actor: str,
    seen_version: int | None = None,
) -> Held:
    """Keep a seat at every desk of a meeting for a while. Invites nobody and changes nothing of the meeting.

    Raises:
        NoSuchMeetingError, IllegalMoveError, BadTimeError, ChangedMeanwhileError
        DesksFullError: a desk has no seat left then. A time that is only held is never asked of a desk that is full.
    """
    try:
        return await _hold(services, partnership, reference, (start, minutes, mode), actor, seen_version)
    except DesksFullError as full:
        raise await with_next_best(services, partnership, reference, full, minutes) from None


async def _hold(
    services: Services, partnership: str, reference: str, time: tuple[datetime, int, str], actor: str, seen: int | None
) -> Held:
    now, (start, minutes, mode) = services.now(), time
    async with services.engine.begin() as conn:
        meeting = await meetings.lock_meeting(conn, partnership, reference)
        if meeting is None:
            raise NoSuchMeetingError(reference)
        if seen is not None and seen != meeting.version:
            raise ChangedMeanwhileError
        check_move(meeting.state, MeetingState.CONFIRMED)
        end = check_time(start, minutes, now)
        until = min(now + HOLD_FOR, start)
        sitting = Sitting(partnership, meeting.id, start, end, mode == "in_person", now, until)
        seated = await take_seats(conn, sitting, None, actor)
        data = {"starts_at": start.isoformat(), "until": until.isoformat()}
        held = audit.Event(partnership, meeting.id, now, actor, audit.Action.SLOT_HELD, data)
        await audit.append(conn, [held, *seated])
    return Held(reference, start, end, until)
