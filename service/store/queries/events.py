"""Finding our own events among those of an organiser mailbox."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import calendar_events, drifts, inboxes, invitations, meetings, requirements


@dataclass(frozen=True, slots=True)
class KnownEvent:
    """One event of ours. ``graph_id`` is None while we have not been told it, though the event may stand already."""

    id: UUID
    meeting_id: UUID
    graph_id: str | None
    transaction_id: UUID
    handed_version: int
    state: str
    starts_at: datetime | None


async def known_events(
    conn: AsyncConnection,
    partnership: str,
    mailbox_id: UUID,
    graph_ids: Collection[str],
    transaction_ids: Collection[UUID] = (),
) -> list[KnownEvent]:
    """Those of the given events that are ours, by Graph's id or by our own transaction id, which finds an event whose
    creation lost its reply. What else is in the mailbox is none of our business."""
    e = calendar_events.c
    found = await conn.execute(
        select(e.id, e.meeting_id, e.graph_id, e.transaction_id, e.handed_version, e.state, meetings.c.starts_at)
        .select_from(calendar_events.join(meetings, meetings.c.id == e.meeting_id))
        .where(e.partnership_id == partnership, e.mailbox_id == mailbox_id)
        .where(e.graph_id.in_(list(graph_ids)) | e.transaction_id.in_(list(transaction_ids)))
    )
    return [KnownEvent(*tuple(row)) for row in found]


async def meeting_of_uid(conn: AsyncConnection, partnership: str, ical_uid: str) -> UUID | None:
    """The meeting whose Outlook event has this iCalendar UID; None when it is none of ours."""
    e = calendar_events.c
    wanted = select(e.meeting_id).where(e.partnership_id == partnership, e.ical_uid == ical_uid).limit(1)
    found: UUID | None = await conn.scalar(wanted)
    return found


async def asked_starts(
    conn: AsyncConnection, partnership: str, meeting_id: UUID, version: int | None = None
) -> list[datetime]:
    """Every start that agencies were ever asked to for one meeting, or by one version of it."""
    i = invitations.c
    found = await conn.execute(
        select(i.starts_at)
        .distinct()
        .where(i.partnership_id == partnership, i.meeting_id == meeting_id)
        .where(true() if version is None else i.version == version)
    )
    return list(found.scalars())


async def asked_at(conn: AsyncConnection, partnership: str, meeting_id: UUID, version: int) -> dict[str, datetime]:
    """When the event of a version was handed over to each guest, by address in lower case.

    Nobody for a version that was taken over from Outlook: there it stood, and was answered, before it was ours.
    """
    i, r = invitations.c, requirements.c
    taken_over = exists().where(
        drifts.c.partnership_id == partnership,
        drifts.c.meeting_id == meeting_id,
        drifts.c.version == version - 1,
        drifts.c.state == "adopted",
    )
    found = await conn.execute(
        select(func.lower(inboxes.c.address), func.max(i.event_handed_at))
        .select_from(invitations.join(requirements, r.id == i.requirement_id).join(inboxes, inboxes.c.id == i.inbox_id))
        .where(i.partnership_id == partnership, i.meeting_id == meeting_id, i.version == version)
        .where(i.event_handed_at.is_not(None), ~taken_over)
        .group_by(func.lower(inboxes.c.address))
    )
    return {row[0]: row[1] for row in found}
