"""Writes of the seats that meetings take at desks. The exclusion constraint of ``desk_bookings`` has the last word."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.changes.bulk import write_rows
from service.store.ids import new_id
from service.store.queries.desks import active
from service.store.tables import desk_away, desk_bookings, desks, inboxes, requirements


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


@dataclass(frozen=True, slots=True)
class Pointed:
    """An inbox that shares another desk now."""

    partnership: str
    inbox_id: UUID
    role: str
    before: UUID | None


@dataclass(frozen=True, slots=True)
class Misplaced:
    """A seat to come that an inbox took at the desk it shared before."""

    id: UUID
    partnership: str
    meeting_id: UUID
    inbox_id: UUID
    state: str
    during: Range[datetime]


@dataclass(frozen=True, slots=True)
class Occupied:
    """The seats of a desk that are taken in a stretch of time, of how many."""

    seats: tuple[int, ...]
    capacity: int


async def put_desk(
    conn: AsyncConnection,
    partnership: str,
    desk_id: UUID,
    values: Mapping[str, Any],
    away: Collection[tuple[date, date]],
) -> None:
    """Write a desk and the days it is away, which replace those there were."""
    row = {"id": desk_id, "partnership_id": partnership, **values}
    await conn.execute(insert(desks).values(row).on_conflict_do_update(index_elements=["id"], set_=dict(values)))
    await conn.execute(
        delete(desk_away).where(desk_away.c.partnership_id == partnership, desk_away.c.desk_id == desk_id)
    )
    rows = [
        {
            "id": new_id(values["updated_at"]),
            "partnership_id": partnership,
            "desk_id": desk_id,
            "first_day": first,
            "last_day": last,
        }
        for first, last in away
    ]
    await write_rows(conn, [(desk_away, rows)])


async def point_inboxes(conn: AsyncConnection, inbox_ids: Collection[UUID], desk_id: UUID) -> list[Pointed]:
    """Let inboxes share a desk; returns those that did not yet. Any partnership's: pointing at a desk is the grant."""
    i = inboxes.c
    found = await conn.execute(
        select(i.partnership_id, i.id, i.role, i.desk_id)
        .where(i.id.in_(inbox_ids), i.desk_id.is_distinct_from(desk_id))
        .order_by(i.partnership_id, i.id)
        .with_for_update()
    )
    moved = [Pointed(*row) for row in found]
    await conn.execute(update(inboxes).where(i.id.in_([each.inbox_id for each in moved])).values(desk_id=desk_id))
    return moved


async def misplaced(conn: AsyncConnection, desk_id: UUID, now: datetime) -> list[Misplaced]:
    """The seats to come of the inboxes of a desk that are still taken elsewhere, earliest first."""
    b, i = desk_bookings.c, inboxes.c
    found = await conn.execute(
        select(b.id, b.partnership_id, b.meeting_id, b.inbox_id, b.state, b.during)
        .join(inboxes, i.id == b.inbox_id)
        .where(
            i.desk_id == desk_id,
            b.desk_id != desk_id,
            b.state.in_(("held", "booked")),
            func.upper(b.during) > now,
        )
        .order_by(func.lower(b.during), b.id)
        .with_for_update(of=desk_bookings)
    )
    return [Misplaced(*row) for row in found]


async def occupied(conn: AsyncConnection, desk_id: UUID, booking: Misplaced, now: datetime) -> Occupied:
    """Which seats of a desk other meetings take while this one is held."""
    b, d = desk_bookings.c, desks.c
    capacity = await conn.scalar(select(d.capacity).where(d.id == desk_id))
    found = await conn.execute(
        select(b.seat).where(
            b.desk_id == desk_id,
            b.meeting_id != booking.meeting_id,
            b.seat.is_not(None),
            b.during.op("&&")(booking.during),
            active(now),
        )
    )
    return Occupied(tuple(found.scalars()), int(capacity or 1))


async def reseat(
    conn: AsyncConnection, booking: Misplaced, desk_id: UUID, seat: int | None, because: tuple[str, str] | None
) -> bool:
    """Move a seat to another desk. False where the meeting has its seat there already: then this one is let go."""
    b = desk_bookings.c
    already = await conn.scalar(
        select(b.id).where(b.desk_id == desk_id, b.meeting_id == booking.meeting_id, b.state == booking.state)
    )
    values: dict[str, Any] = {"desk_id": desk_id, "seat": seat}
    if because is not None:
        # Who asked for too much before said so first.
        values |= {
            "override_because": func.coalesce(b.override_because, because[0]),
            "override_by": func.coalesce(b.override_by, because[1]),
        }
    if already is not None:
        values = {"state": "released", "released_because": "same_desk"}
    await conn.execute(update(desk_bookings).where(b.id == booking.id).values(values))
    return already is None
