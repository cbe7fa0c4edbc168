"""What a search for a time must know: when the desks and the chair of a meeting are taken, and who came in the past.

A meeting that has its time takes a seat at its desks, and one that holds a time does until that runs out.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.attendance import Outcome, present
from service.store.queries.desks import active
from service.store.queries.readable import Reader, readable
from service.store.tables import attendances, desk_away, desk_bookings, desks, inboxes, meetings, requirements

_CAME = [str(outcome) for outcome in Outcome if present(outcome)]


@dataclass(frozen=True, slots=True)
class Taken:
    """One time at which a seat of an inbox's desk is taken, half-open."""

    inbox_id: UUID
    starts_at: datetime
    ends_at: datetime
    in_person: bool


@dataclass(frozen=True, slots=True)
class Chaired:
    """One other meeting of the same chair, half-open."""

    starts_at: datetime
    ends_at: datetime
    mode: str


@dataclass(frozen=True, slots=True)
class Record:
    """How often a desk came or was represented, of the held meetings at which its presence was recorded."""

    inbox_id: UUID
    came: int
    asked: int


async def capacities(conn: AsyncConnection, partnership: str, inbox_ids: Collection[UUID]) -> dict[UUID, int]:
    """In how many meetings at once the desk of each inbox can sit."""
    i, d = inboxes.c, desks.c
    found = await conn.execute(
        select(i.id, func.coalesce(d.capacity, i.capacity).label("capacity"))
        .select_from(inboxes)
        .outerjoin(desks, d.id == i.desk_id)
        .where(i.partnership_id == partnership, i.id.in_(inbox_ids))
    )
    return {row.id: row.capacity for row in found}


async def desk_times(
    conn: AsyncConnection,
    partnership: str,
    inbox_ids: Collection[UUID],
    but_for: UUID | None,
    start: datetime,
    end: datetime,
) -> list[Taken]:
    """When the desks of some inboxes are taken, but for one meeting, in a stretch of time to come, earliest first.

    By whichever partnership: of a meeting that is not this one's nothing is read but when it takes a seat.
    """
    b, i = desk_bookings.c, inboxes.c
    found = await conn.execute(
        select(i.id, func.lower(b.during), func.upper(b.during), b.in_person)
        .select_from(inboxes)
        .join(desk_bookings, b.desk_id == func.coalesce(i.desk_id, i.id))
        .where(
            i.partnership_id == partnership,
            i.id.in_(inbox_ids),
            b.meeting_id.is_distinct_from(but_for),
            b.during.op("&&")(Range(start, end)),
            active(start),
        )
        .order_by(func.lower(b.during), i.id, b.id)
    )
    return [Taken(*row) for row in found]


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of the desk of an inbox for good; ``away`` are London days, first and last, both counted."""

    inbox_id: UUID
    surgery: str | None
    travel_minutes: int | None
    away: tuple[tuple[date, date], ...]


async def standing_desks(
    conn: AsyncConnection, partnership: str, inbox_ids: Collection[UUID], start: date, end: date
) -> list[Standing]:
    """The desks that are described beyond their inbox's hours, with the days they are away between two days."""
    a, i, d = desk_away.c, inboxes.c, desks.c
    found = await conn.execute(
        select(i.id, d.surgery, d.travel_minutes, a.first_day, a.last_day)
        .select_from(inboxes)
        .join(desks, d.id == i.desk_id)
        .outerjoin(desk_away, (a.desk_id == d.id) & (a.last_day >= start) & (a.first_day <= end))
        .where(i.partnership_id == partnership, i.id.in_(inbox_ids))
        .order_by(i.id, a.first_day)
    )
    known: dict[UUID, Standing] = {}
    for row in found:
        before = known.setdefault(row.id, Standing(row.id, row.surgery, row.travel_minutes, ()))
        if row.first_day is not None and (row.first_day, row.last_day) not in before.away:
            known[row.id] = replace(before, away=(*before.away, (row.first_day, row.last_day)))
    return list(known.values())


async def chair_times(
    conn: AsyncConnection, partnership: str, chair: str, but_for: UUID | None, start: datetime, end: datetime
) -> list[Chaired]:
    """The confirmed meetings of a chair, but for one, that touch a stretch of time; none where none is named."""
    m = meetings.c
    found = await conn.execute(
        select(m.starts_at, m.ends_at, m.mode)
        .where(
            m.partnership_id == partnership,
            m.chair == chair,
            m.chair != "",
            m.id.is_distinct_from(but_for),
            m.state == "confirmed",
            m.starts_at < end,
            m.ends_at > start,
        )
        .order_by(m.starts_at, m.id)
    )
    return [Chaired(*row) for row in found]


async def desk_records(conn: AsyncConnection, partnership: str, start: datetime, end: datetime) -> list[Record]:
    """How often each desk came to the meetings held in a stretch of time to which it was required."""
    a, m, r = attendances.c, meetings.c, requirements.c
    came = func.sum(case((a.outcome.in_(_CAME), 1), else_=0))
    found = await conn.execute(
        select(r.inbox_id, came, func.count())
        .select_from(attendances)
        .join(requirements, (r.id == a.requirement_id) & (r.partnership_id == partnership))
        .join(meetings, (m.id == a.meeting_id) & (m.partnership_id == partnership))
        .where(
            a.partnership_id == partnership,
            a.state != "proposed",
            a.sitting == 1,
            r.inbox_id.is_not(None),
            r.level != "optional",
            m.state == "held",
            m.starts_at >= start,
            m.starts_at < end,
        )
        .group_by(r.inbox_id)
        .order_by(r.inbox_id)
    )
    return [Record(*row) for row in found]


@dataclass(frozen=True, slots=True)
class DeskSeat:
    """A seat a meeting takes at a desk. ``reference`` None: it is another partnership's, or not for the reader."""

    desk_id: UUID
    name: str
    capacity: int
    booking_id: UUID
    reference: str | None
    starts_at: datetime
    ends_at: datetime
    deadline_at: datetime | None


@dataclass(frozen=True, slots=True)
class ChairMeeting:
    """One confirmed meeting of a named chair."""

    chair: str
    reference: str
    starts_at: datetime
    ends_at: datetime
    deadline_at: datetime | None


async def seats_between(
    conn: AsyncConnection, partnership: str, reader: Reader | None, start: datetime, end: datetime
) -> list[DeskSeat]:
    """Every seat that a confirmed meeting takes, or is asked for without one, at the desks of a partnership's active
    inboxes in a stretch of time, whoever's meeting it is; earliest first."""
    b, i, d, m = desk_bookings.c, inboxes.c, desks.c, meetings.c
    desk, capacity = func.coalesce(i.desk_id, i.id), func.coalesce(d.capacity, i.capacity)
    served = (
        select(desk.label("desk"), func.coalesce(d.name, i.name).label("name"), capacity.label("capacity"))
        .select_from(inboxes)
        .outerjoin(desks, d.id == i.desk_id)
        .where(i.partnership_id == partnership, i.active, i.kind == "shared")
        .distinct()
        .subquery()
    )
    theirs = (m.id == b.meeting_id) & (m.partnership_id == partnership) & readable(m.request_id, partnership, reader)
    starts = func.lower(b.during)
    found = await conn.execute(
        select(
            served.c.desk,
            served.c.name,
            served.c.capacity,
            b.id,
            m.reference,
            starts,
            func.upper(b.during),
            m.deadline_at,
        )
        .select_from(served)
        .join(desk_bookings, b.desk_id == served.c.desk)
        .outerjoin(meetings, theirs)
        .where(b.state == "booked", b.during.op("&&")(Range(start, end)))
        .order_by(starts, m.reference, served.c.desk, b.id)
    )
    return [DeskSeat(*row) for row in found]


async def chairs_between(
    conn: AsyncConnection, partnership: str, reader: Reader | None, start: datetime, end: datetime
) -> list[ChairMeeting]:
    """Every confirmed meeting with a named chair that touches a stretch of time, earliest first."""
    m = meetings.c
    found = await conn.execute(
        select(m.chair, m.reference, m.starts_at, m.ends_at, m.deadline_at)
        .where(
            m.partnership_id == partnership,
            m.state == "confirmed",
            m.chair != "",
            m.starts_at < end,
            m.ends_at > start,
            readable(m.request_id, partnership, reader),
        )
        .order_by(m.starts_at, m.reference)
    )
    return [ChairMeeting(*row) for row in found]
