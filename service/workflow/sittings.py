"""Adjourning a meeting: it sits again, with an attendance of its own, and stays one meeting in every count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain.chain import instant_text
from service.domain.meetings import MeetingState
from service.store.chain import JSON
from service.store.changes import attendance, audit, meetings
from service.store.ids import new_id
from service.workflow.errors import BadReasonError, BadTimeError, NoSuchMeetingError
from service.workflow.ports import Services


@dataclass(frozen=True, slots=True)
class Adjourned:
    """The sitting a meeting was adjourned to; ``number`` 2 is the first after the meeting itself."""

    reference: str
    number: int
    starts_at: datetime
    ends_at: datetime


async def adjourn(
    services: Services, partnership: str, reference: str, *, start: datetime, minutes: int, because: str, actor: str
) -> Adjourned:
    """Let a meeting that has begun sit again from ``start`` (aware; it may be past, typed in later) for ``minutes``.

    A further sitting that has not begun yet is given the new time instead. Its time is agreed at the table: nobody is
    sent an invitation to it.

    Raises:
        NoSuchMeetingError
        BadReasonError: no words.
        BadTimeError: the meeting has not begun, or the sitting would not come after the last one.
    """
    now = services.now()
    async with services.engine.begin() as conn:
        meeting = await meetings.lock_meeting(conn, partnership, reference)
        if meeting is None:
            raise NoSuchMeetingError(reference)
        if not because.strip():
            raise BadReasonError("Say in a sentence why the meeting is adjourned, without names.")
        begun = meeting.state in {MeetingState.CONFIRMED, MeetingState.HELD}
        if not begun or meeting.starts_at is None or meeting.starts_at > now:
            raise BadTimeError("Only a meeting that has begun can be adjourned. Move one that is still to come.")
        later = await attendance.sittings_of(conn, partnership, meeting.id)
        moved = later.pop() if later and later[-1].starts_at > now else None
        after = later[-1].starts_at if later else meeting.starts_at
        if start <= after:
            raise BadTimeError("A further sitting starts after the one before it. Give a later time.")
        found = Adjourned(reference, len(later) + 2, start, start + timedelta(minutes=minutes))
        values = {
            "id": new_id(now),
            "meeting_id": meeting.id,
            "number": found.number,
            "starts_at": found.starts_at,
            "ends_at": found.ends_at,
            # The words stay in the row: a hash chain could never forget a name in them.
            "because": because.strip(),
            "adjourned_by": actor,
            "created_at": now,
        }
        await attendance.put_sitting(conn, partnership, values)
        data: dict[str, JSON] = {
            "sitting": found.number,
            "starts_at": instant_text(start),
            "ends_at": instant_text(found.ends_at),
        }
        if moved is not None:
            data["before"] = instant_text(moved.starts_at)
        await audit.append(
            conn, [audit.Event(partnership, meeting.id, now, actor, audit.Action.MEETING_ADJOURNED, data)]
        )
    return found
