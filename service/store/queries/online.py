"""The online meeting of an event, for the look at how it is set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import calendar_events, mailboxes, meetings, outbox


@dataclass(frozen=True, slots=True)
class OnlineMeeting:
    """An event of ours with a join link, of a meeting that is still to end."""

    partnership: str
    meeting_id: UUID
    reference: str
    version: int
    starts_at: datetime | None
    mailbox_id: UUID
    mailbox: str
    join_url: str


async def online_of_row(conn: AsyncConnection, row_id: UUID, now: datetime) -> OnlineMeeting | None:
    """The online meeting that an outbox row has made or moved; None for any other row. No scope: a worker's job holds
    the id alone, and learns the partnership here."""
    o, e, m = outbox.c, calendar_events.c, meetings.c
    found = await conn.execute(
        select(
            o.partnership_id, m.id, m.reference, m.version, m.starts_at, e.mailbox_id, mailboxes.c.address, e.join_url
        )
        .select_from(outbox)
        .join(calendar_events, e.id == o.event_id)
        .join(meetings, m.id == o.meeting_id)
        .join(mailboxes, mailboxes.c.id == e.mailbox_id)
        .where(o.id == row_id, o.state == "done", o.detail["act"].astext.in_(("create_event", "update_event")))
        .where(e.state == "live", e.join_url != "", m.state == "confirmed", m.ends_at > now)
    )
    row = found.one_or_none()
    return None if row is None else OnlineMeeting(*row)
