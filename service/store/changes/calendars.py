"""Writes of the calendars inside the tenant: which there are, and what was last seen of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, or_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.calendars import Appointment, NotSeen
from service.store.changes.bulk import write_rows
from service.store.ids import new_id
from service.store.tables import calendars

_C = calendars.c


async def add_calendars(
    conn: AsyncConnection, partnership: str, added: Sequence[tuple[str, str, str]], now: datetime
) -> None:
    """Let these be asked for: kind, name and address each."""
    rows = [
        {"id": new_id(now), "partnership_id": partnership, "kind": kind, "name": name, "address": address}
        for kind, name, address in added
    ]
    await write_rows(conn, [(calendars, rows)])


async def remove_calendars(conn: AsyncConnection, partnership: str, ids: Collection[UUID]) -> None:
    """Forget these, with what was seen of them."""
    await conn.execute(delete(calendars).where(_C.partnership_id == partnership, _C.id.in_(ids)))


async def keep_seen(
    conn: AsyncConnection,
    partnership: str,
    calendar_id: UUID,
    appointments: Sequence[Appointment],
    now: datetime,
) -> None:
    """Keep what was seen just now, unless somebody has seen more lately."""
    taken = [[each.start.isoformat(), each.end.isoformat(), each.away] for each in appointments]
    await conn.execute(
        update(calendars)
        .where(_C.partnership_id == partnership, _C.id == calendar_id, or_(_C.seen_at.is_(None), _C.seen_at <= now))
        .values(seen_at=now, taken=taken, tried_at=now, problem=None)
    )


async def keep_problem(
    conn: AsyncConnection, partnership: str, calendar_id: UUID, problem: NotSeen, now: datetime
) -> None:
    """Keep that a calendar could not be read just now, beside what was seen of it before."""
    await conn.execute(
        update(calendars)
        .where(_C.partnership_id == partnership, _C.id == calendar_id, or_(_C.seen_at.is_(None), _C.seen_at < now))
        .values(tried_at=now, problem=str(problem))
    )
