"""Writes of the seats that meetings take at desks. The exclusion constraint of ``desk_bookings`` has the last word."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import desk_bookings, requirements


@dataclass(frozen=True, slots=True)
class Expired:
    """A seat that was held for a meeting and has been let go because its time ran out."""

    partnership: str
    meeting_id: UUID
    desk_id: UUID


_LOCK = text(
    "SELECT pg_advisory_xact_lock(hashtextextended('desk:' || desk, 0)) FROM unnest(CAST(:desks AS text[])) AS desk"
)


async def lock_desks(conn: AsyncConnection, desk_ids: Collection[UUID]) -> None:
    """Let nobody else choose seats at these desks until this transaction ends.

    Two people who confirm at once follow one another, so that the second reads what the first took instead of running
    into the constraint. In one order, so that they never wait for each other.
    """
    await conn.execute(_LOCK, {"desks": sorted(map(str, desk_ids))})


async def expire_holds(conn: AsyncConnection, now: datetime, desk_ids: Collection[UUID] | None = None) -> list[Expired]:
    """Let go every seat held until now or before, of some desks or of all; returns whose they were."""
    b = desk_bookings.c
    due = [b.state == "held", b.expires_at <= now]
    if desk_ids is not None:
        due.append(b.desk_id.in_(desk_ids))
    gone = await conn.execute(
        update(desk_bookings)
        .where(*due)
        .values(state="released", released_because="expired")
        .returning(b.partnership_id, b.meeting_id, b.desk_id)
    )
    return [Expired(*row) for row in gone]


async def release(
    conn: AsyncConnection,
    partnership: str,
    meeting_id: UUID,
    because: str,
    states: Collection[str] = ("held", "booked"),
) -> int:
    """Let go a meeting's seats; returns how many."""
    b = desk_bookings.c
    done = await conn.execute(
        update(desk_bookings)
        .where(b.partnership_id == partnership, b.meeting_id == meeting_id, b.state.in_(states))
        .values(state="released", released_because=because)
    )
    return done.rowcount


async def release_unasked(conn: AsyncConnection, partnership: str, meeting_id: UUID, because: str) -> int:
    """Let go the seats of inboxes that a meeting no longer asks; returns how many."""
    b, r = desk_bookings.c, requirements.c
    asked = select(r.inbox_id).where(
        r.partnership_id == partnership, r.meeting_id == meeting_id, r.state == "wanted", r.inbox_id.is_not(None)
    )
    done = await conn.execute(
        update(desk_bookings)
        .where(
            b.partnership_id == partnership,
            b.meeting_id == meeting_id,
            b.state.in_(("held", "booked")),
            b.inbox_id.not_in(asked),
        )
        .values(state="released", released_because=because)
    )
    return done.rowcount
