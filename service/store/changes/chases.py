"""Writes of chases: each planned one ends as sent, or as not sent because of a named reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import calendar_events, chases


@dataclass(frozen=True, slots=True)
class DueChase:
    """A chase whose time has come, with its row locked. ``next_due_at`` is the agency's next planned step."""

    id: UUID
    partnership: str
    meeting_id: UUID
    requirement_id: UUID
    version: int
    step: int
    to: str
    due_at: datetime
    next_due_at: datetime | None


async def due(conn: AsyncConnection, now: datetime, limit: int = 200) -> list[tuple[UUID, str, UUID]]:
    """Chases whose time has come, over all partnerships, oldest first: (id, partnership, meeting id)."""
    found = await conn.execute(
        select(chases.c.id, chases.c.partnership_id, chases.c.meeting_id)
        .where(chases.c.state == "due", chases.c.due_at <= now)
        .order_by(chases.c.due_at)
        .limit(limit)
    )
    return [(row.id, row.partnership_id, row.meeting_id) for row in found]


async def lock_due(conn: AsyncConnection, partnership: str, chase_id: UUID) -> DueChase | None:
    """Lock one due chase, or None when another worker has dealt with it."""
    other = chases.alias("other")
    next_due = (
        select(func.min(other.c.due_at))
        .where(
            other.c.requirement_id == chases.c.requirement_id,
            other.c.version == chases.c.version,
            other.c.step > chases.c.step,
            other.c.state == "due",
        )
        .scalar_subquery()
    )
    found = (
        await conn.execute(
            select(
                chases.c.id,
                chases.c.partnership_id,
                chases.c.meeting_id,
                chases.c.requirement_id,
                chases.c.version,
                chases.c.step,
                chases.c.to,
                chases.c.due_at,
                next_due,
            )
            .where(chases.c.partnership_id == partnership, chases.c.id == chase_id, chases.c.state == "due")
            .with_for_update(of=chases)
        )
    ).one_or_none()
    return None if found is None else DueChase(*found)


async def end(
    conn: AsyncConnection,
    partnership: str,
    chase_id: UUID,
    state: str,
    now: datetime,
    *,
    because: str | None = None,
) -> bool:
    """Move a chase on: ``handed`` to the outbox, ``sent``, or ``not_sent`` with its reason. False when it had ended."""
    done = await conn.execute(
        update(chases)
        .where(chases.c.partnership_id == partnership, chases.c.id == chase_id, chases.c.state.in_(("due", "handed")))
        .values(state=state, not_sent_because=because, finished_at=None if state == "handed" else now)
    )
    return done.rowcount == 1


async def event_of(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> tuple[UUID, UUID] | None:
    """The newest calendar event of a meeting and its mailbox, whatever its state: (event id, mailbox id)."""
    found = (
        await conn.execute(
            select(calendar_events.c.id, calendar_events.c.mailbox_id)
            .where(calendar_events.c.partnership_id == partnership, calendar_events.c.meeting_id == meeting_id)
            .order_by(calendar_events.c.id.desc())
            .limit(1)
        )
    ).one_or_none()
    return None if found is None else (found.id, found.mailbox_id)
