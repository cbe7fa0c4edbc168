"""Which invitation an answer in Outlook is to: by how the event stood when it was read, and when it was given."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from service.outlook.models import EventSeen
from service.store.changes.meetings import LockedMeeting
from service.store.queries import drift as drifts
from service.store.queries import events
from service.store.queries.events import KnownEvent
from service.store.queries.location import location_protected

SKEW = timedelta(seconds=5)
"""Exchange's clock and ours may differ, and a calendar that answers by itself answers at once."""


async def was_dragged(
    conn: AsyncConnection, partnership: str, event: EventSeen, meeting: LockedMeeting, ours: KnownEvent
) -> bool:
    """Whether somebody gave the event another time in Outlook: neither ours now, nor one we ever asked anybody to."""
    if meeting.starts_at is None or not ours.handed_version:
        return False
    asked = {meeting.starts_at, *await events.asked_starts(conn, partnership, meeting.id)}
    return event.start not in {start.replace(microsecond=0) for start in asked}


async def version_of(
    conn: AsyncConnection, partnership: str, event: EventSeen, meeting: LockedMeeting, ours: KnownEvent
) -> int:
    """Which version of the meeting the event shows.

    What we hold as handed over may lag behind (the reply to a change was lost) or run ahead (the change was handed
    over after this round was read), and an answer to the old time or place must never pass for one to the new.
    """
    if meeting.version == 1 or meeting.starts_at is None or meeting.ends_at is None:
        # An event that can be answered has been handed over, though its reply may have been lost.
        return max(1, ours.handed_version)
    before = max(1, min(ours.handed_version, meeting.version - 1))
    # Outlook is given whole seconds.
    times = (meeting.starts_at.replace(microsecond=0), meeting.ends_at.replace(microsecond=0))
    if (event.start, event.end) != times:
        return before
    if ours.handed_version >= meeting.version or await _is_moved(conn, partnership, event, meeting, ours):
        return meeting.version
    return before


async def _is_moved(
    conn: AsyncConnection, partnership: str, event: EventSeen, meeting: LockedMeeting, ours: KnownEvent
) -> bool:
    """Whether the event shows what this version alone has: another time than the one handed over, or another place."""
    asked = await events.asked_starts(conn, partnership, meeting.id, ours.handed_version)
    if asked and meeting.starts_at not in asked:
        return True
    handed = await drifts.handed_event(conn, partnership, ours.id)
    place = "" if await location_protected(conn, partnership, meeting.request_id) else " ".join(meeting.venue.split())
    return bool(place) and place == " ".join(event.venue.split()) != " ".join((handed.venue or "").split())


def version_answered(version: int, answered_at: datetime | None, asked_at: datetime | None) -> int:
    """The version one guest answered on an event that shows ``version``. Whether Exchange forgets every answer when an
    event moves is not settled, so one given before the move was handed over is to what stood there then."""
    if version == 1 or answered_at is None or asked_at is None:
        return version
    return version - 1 if answered_at < asked_at - SKEW else version
