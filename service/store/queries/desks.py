"""Reads of desks and their seats.

A desk may serve several partnerships. What one sees of another's meetings at a desk is when a seat is taken, and
nothing else: no meeting, no reference, not even whose it is.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import desk_bookings, desks, inboxes, requirements


@dataclass(frozen=True, slots=True)
class AskedDesk:
    """A desk that a meeting asks for a seat. ``optional``: every place it would fill is."""

    desk_id: UUID
    inbox_id: UUID
    role: str
    name: str
    capacity: int
    optional: bool


@dataclass(frozen=True, slots=True)
class Overbooked:
    """How often a reason was given for asking a desk for more than it can sit in."""

    because: str
    times: int


def active(now: datetime) -> ColumnElement[bool]:
    """Bookings that take a seat at an instant: one that was held for a while does so only until it expires."""
    b = desk_bookings.c
    return or_(b.state == "booked", and_(b.state == "held", b.expires_at > now))


_DESK = func.coalesce(inboxes.c.desk_id, inboxes.c.id)


async def asked_desks(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> list[AskedDesk]:
    """The desks of the inboxes that are wanted at a meeting, once each, in the order in which they are locked."""
    r, i, d = requirements.c, inboxes.c, desks.c
    found = await conn.execute(
        select(_DESK.label("desk"), i.id, r.role, d.name, i.name.label("own"), d.capacity, i.capacity.label("seats"))
        .add_columns((r.level == "optional").label("optional"))
        .select_from(requirements)
        .join(inboxes, (i.id == r.inbox_id) & (i.partnership_id == partnership))
        .outerjoin(desks, d.id == i.desk_id)
        .where(r.partnership_id == partnership, r.meeting_id == meeting_id, r.state == "wanted")
        .order_by("desk", "optional", r.role, r.slot)
    )
    asked: dict[UUID, AskedDesk] = {}
    for row in found:
        known = AskedDesk(row.desk, row.id, row.role, row.name or row.own, row.capacity or row.seats, row.optional)
        # The first of a desk's places is the one that is least easily done without.
        asked.setdefault(row.desk, known)
    return list(asked.values())


@dataclass(frozen=True, slots=True)
class InboxDesk:
    """The desk of an inbox, and which of its seats are taken."""

    inbox_id: UUID
    desk_id: UUID
    capacity: int
    occupied: tuple[int, ...]


async def inbox_desks(
    conn: AsyncConnection,
    partnership: str,
    inbox_ids: Collection[UUID],
    meeting_id: UUID,
    start: datetime,
    end: datetime,
    now: datetime,
) -> list[InboxDesk]:
    """The desks of some inboxes, and the seats that other meetings than this one take in a stretch of time."""
    b, i, d = desk_bookings.c, inboxes.c, desks.c
    taken = and_(
        b.desk_id == _DESK,
        b.meeting_id != meeting_id,
        b.seat.is_not(None),
        b.during.op("&&")(Range(start, end)),
        active(now),
    )
    seats = func.array_agg(b.seat).filter(b.seat.is_not(None))
    found = await conn.execute(
        select(i.id, _DESK, func.coalesce(d.capacity, i.capacity), seats)
        .select_from(inboxes)
        .outerjoin(desks, d.id == i.desk_id)
        .outerjoin(desk_bookings, taken)
        .where(i.partnership_id == partnership, i.id.in_(inbox_ids))
        .group_by(i.id, i.desk_id, d.capacity, i.capacity)
        .order_by(i.id)
    )
    return [InboxDesk(row[0], row[1], row[2], tuple(row[3] or ())) for row in found]


async def desk_ids(conn: AsyncConnection, partnership: str, inbox_ids: Collection[UUID]) -> set[UUID]:
    """The desks of some inboxes."""
    i = inboxes.c
    found = await conn.execute(select(_DESK).where(i.partnership_id == partnership, i.id.in_(inbox_ids)))
    return set(found.scalars())


async def booked_desks(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> set[UUID]:
    """The desks at which a meeting has its seat."""
    b = desk_bookings.c
    found = await conn.execute(
        select(b.desk_id).where(b.partnership_id == partnership, b.meeting_id == meeting_id, b.state == "booked")
    )
    return set(found.scalars())


async def overbooked_since(conn: AsyncConnection, partnership: str, start: datetime) -> list[Overbooked]:
    """How often a desk was asked by this partnership for more than it can sit in since an instant, by reason."""
    b = desk_bookings.c
    found = await conn.execute(
        select(b.override_because, func.count())
        .where(b.partnership_id == partnership, b.override_because.is_not(None), b.taken_at >= start)
        .group_by(b.override_because)
        .order_by(b.override_because)
    )
    return [Overbooked(*row) for row in found]
