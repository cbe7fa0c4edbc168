"""Reads of desks and their seats.

A desk may serve several partnerships. What one sees of another's meetings at a desk is when a seat is taken, and
nothing else: no meeting, no reference, not even whose it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import desk_away, desk_bookings, desks, inboxes, requirements


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


def active(now: Any) -> ColumnElement[bool]:
    """Bookings that take a seat at an instant: one that was held for a while does so only until it expires."""
    b = desk_bookings.c
    return or_(b.state == "booked", and_(b.state == "held", b.expires_at > now))


_DESK = func.coalesce(inboxes.c.desk_id, inboxes.c.id)
# A person's own route to one place is no desk: it has no seats, and its name is nobody's to read.
_A_DESK = inboxes.c.kind == "shared"


async def asked_desks(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> list[AskedDesk]:
    """The desks of the inboxes that are wanted at a meeting, once each, in the order in which they are locked."""
    r, i, d = requirements.c, inboxes.c, desks.c
    found = await conn.execute(
        select(_DESK.label("desk"), i.id, r.role, d.name, i.name.label("own"), d.capacity, i.capacity.label("seats"))
        .add_columns((r.level == "optional").label("optional"))
        .select_from(requirements)
        .join(inboxes, (i.id == r.inbox_id) & (i.partnership_id == partnership))
        .outerjoin(desks, d.id == i.desk_id)
        .where(r.partnership_id == partnership, r.meeting_id == meeting_id, r.state == "wanted", _A_DESK)
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
    said = {"partnership": partnership, "inboxes": list(inbox_ids), "meeting": meeting_id}
    found = await conn.execute(_inbox_desks(), {**said, "during": Range(start, end), "now": now})
    return [InboxDesk(row[0], row[1], row[2], tuple(row[3] or ())) for row in found]


@cache
def _inbox_desks() -> Select[Any]:
    """Built once: it is asked with every meeting that is planned, and building it takes as long as answering it."""
    b, i, d = desk_bookings.c, inboxes.c, desks.c
    taken = and_(
        b.desk_id == _DESK,
        b.meeting_id != bindparam("meeting"),
        b.seat.is_not(None),
        b.during.op("&&")(bindparam("during", type_=b.during.type)),
        active(bindparam("now")),
    )
    seats = func.array_agg(b.seat).filter(b.seat.is_not(None))
    return (
        select(i.id, _DESK, func.coalesce(d.capacity, i.capacity), seats)
        .select_from(inboxes)
        .outerjoin(desks, d.id == i.desk_id)
        .outerjoin(desk_bookings, taken)
        .where(i.partnership_id == bindparam("partnership"), i.id.in_(bindparam("inboxes", expanding=True)))
        .group_by(i.id, i.desk_id, d.capacity, i.capacity)
        .order_by(i.id)
    )


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


@dataclass(frozen=True, slots=True)
class DeskRow:
    """A desk as it was described, with the days it is away and the inboxes that share its seats."""

    id: UUID
    name: str
    capacity: int
    surgery: str | None
    travel_minutes: int | None
    away: tuple[tuple[date, date], ...]
    inbox_ids: tuple[UUID, ...]


async def desk_rows(conn: AsyncConnection, partnership: str) -> list[DeskRow]:
    """The desks that a partnership owns, by name."""
    d, a, i = desks.c, desk_away.c, inboxes.c
    days: dict[UUID, list[tuple[date, date]]] = defaultdict(list)
    for row in await conn.execute(
        select(a.desk_id, a.first_day, a.last_day).where(a.partnership_id == partnership).order_by(a.first_day)
    ):
        days[row.desk_id].append((row.first_day, row.last_day))
    shared: dict[UUID, list[UUID]] = defaultdict(list)
    for inbox in await conn.execute(
        select(i.desk_id, i.id).join(desks, d.id == i.desk_id).where(d.partnership_id == partnership).order_by(i.id)
    ):
        shared[inbox.desk_id].append(inbox.id)
    found = await conn.execute(
        select(d.id, d.name, d.capacity, d.surgery, d.travel_minutes)
        .where(d.partnership_id == partnership)
        .order_by(d.name)
    )
    return [DeskRow(*row, tuple(days[row.id]), tuple(shared[row.id])) for row in found]


async def inbox_at(conn: AsyncConnection, partnership: str, role: str, place: str, address: str) -> UUID | None:
    """An active inbox by what the directory knows it by."""
    i = inboxes.c
    return await conn.scalar(
        select(i.id).where(
            i.partnership_id == partnership, i.role == role, i.place == place, i.address == address, i.active, _A_DESK
        )
    )


@dataclass(frozen=True, slots=True)
class DeskLoad:
    """How much is asked of a desk: ``ours`` are this partnership's meetings, ``all_taken`` everybody's; counts only."""

    name: str
    capacity: int
    roles: tuple[str, ...]
    surgery: str | None
    ours: int
    all_taken: int
    ours_too_much: int


async def desk_load(conn: AsyncConnection, partnership: str, start: datetime, end: datetime) -> list[DeskLoad]:
    """The desks of a partnership's active inboxes, with the seats taken there in a stretch of time, by name."""
    b, i, d = desk_bookings.c, inboxes.c, desks.c
    name = func.coalesce(d.name, i.name)
    served = (
        select(
            _DESK.label("desk"),
            name.label("name"),
            func.coalesce(d.capacity, i.capacity).label("capacity"),
            d.surgery,
            func.array_agg(i.role.distinct()).label("roles"),
        )
        .select_from(inboxes)
        .outerjoin(desks, d.id == i.desk_id)
        .where(i.partnership_id == partnership, i.active, _A_DESK)
        .group_by(_DESK, name, func.coalesce(d.capacity, i.capacity), d.surgery)
        .subquery()
    )
    there = and_(b.desk_id == served.c.desk, b.during.op("&&")(Range(start, end)), active(start))
    ours = b.partnership_id == partnership
    found = await conn.execute(
        select(
            served.c.name,
            served.c.capacity,
            served.c.roles,
            served.c.surgery,
            func.count(b.id).filter(ours),
            func.count(b.id),
            func.count(b.id).filter(ours, b.seat.is_(None)),
        )
        .select_from(served)
        .outerjoin(desk_bookings, there)
        .group_by(served.c.desk, served.c.name, served.c.capacity, served.c.roles, served.c.surgery)
        .order_by(served.c.name, served.c.desk)
    )
    return [DeskLoad(row[0], row[1], tuple(row[2]), *row[3:]) for row in found]


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
