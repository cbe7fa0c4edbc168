"""What the reading of a mailbox sees of a changed event is told at once; the morning's comparison finds the rest."""

from __future__ import annotations

from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.meetings import MeetingState
from service.outlook.errors import Gone, GraphError
from service.outlook.gate import GateClosed
from service.outlook.models import EventSeen
from service.outlook.read import read_event
from service.scheduler.machinery import Machinery
from service.scheduler.places import place_of
from service.store.changes.meetings import LockedMeeting
from service.store.queries import drift as drifts
from service.store.queries import sending
from service.store.queries.events import KnownEvent
from service.store.queries.mailboxes import Mailbox
from service.workflow.drift import SeenEvent, note_event

log = structlog.get_logger(__name__)


def side_of(event: EventSeen, mailbox_address: str) -> SeenEvent:
    """An event as the comparison takes it. Exchange may list the organiser among the guests."""
    organiser = mailbox_address.casefold()
    return SeenEvent(
        start=event.start,
        end=event.end,
        subject=event.subject,
        html=event.html,
        venue=event.venue,
        guests=frozenset(guest.address for guest in event.attendees if guest.address != organiser),
    )


async def looks_changed(
    conn: AsyncConnection, mailbox: Mailbox, ours: KnownEvent, event: EventSeen, meeting: LockedMeeting
) -> bool:
    """Whether the event's time or guests are not ours, or were not when last compared."""
    if meeting.state is not MeetingState.CONFIRMED or ours.state != "live" or ours.handed_version != meeting.version:
        return False
    if meeting.starts_at is None or meeting.ends_at is None:
        return False
    times = (meeting.starts_at.replace(microsecond=0), meeting.ends_at.replace(microsecond=0))
    guests = await sending.guests(conn, mailbox.partnership, meeting.id)
    seen = side_of(event, mailbox.address)
    if (seen.start, seen.end) != times or seen.guests != {guest.address.casefold() for guest in guests}:
        return True
    return bool(await drifts.drifts_of(conn, mailbox.partnership, meeting.id))


async def note_changed(machinery: Machinery, mailbox: Mailbox, event_id: UUID, meeting_id: UUID, graph_id: str) -> None:
    """Compare one event now. It is read anew, because a round may tell how it stood before our own last change.

    Graph being away leaves it to the morning; an event that is gone has a task of its own by then.
    """
    services, read_at = machinery.services, machinery.services.real_now()
    try:
        event = await read_event(machinery.graph(mailbox.id), mailbox.address, graph_id)
    except Gone:
        return
    except (GraphError, GateClosed) as error:
        log.warning("event not compared", calendar_event=str(event_id), why=str(error))
        return
    if event.cancelled:
        return
    try:
        side = side_of(event, mailbox.address)
        await note_event(services, mailbox.partnership, meeting_id, event_id, side, read_at)
    except ValueError as error:
        log.error("event not compared", calendar_event=str(event_id), place=place_of(error))
