"""Writes of the rota, and of who chairs a meeting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.ids import new_id
from service.store.tables import chair_away, chairs, meetings


async def put_chair(
    conn: AsyncConnection, partnership: str, *, name: str, hours: str, reader: str, now: datetime
) -> UUID:
    """A chair as the rota has them now; returns their id, which a name keeps."""
    values = {"hours": hours, "reader": reader, "active": True, "updated_at": now}
    statement = insert(chairs).values(id=new_id(now), partnership_id=partnership, name=name, **values)
    put = statement.on_conflict_do_update(index_elements=["partnership_id", "name"], set_=values)
    found: UUID = (await conn.execute(put.returning(chairs.c.id))).scalar_one()
    return found


async def retire_chairs(conn: AsyncConnection, partnership: str, keep: Sequence[UUID], now: datetime) -> int:
    """Whoever is not on the new rota chairs no more; returns how many. Their meetings stay theirs until changed."""
    c = chairs.c
    done = await conn.execute(
        update(chairs)
        .where(c.partnership_id == partnership, c.active, c.id.not_in(keep))
        .values(active=False, updated_at=now)
    )
    return done.rowcount


async def set_away(
    conn: AsyncConnection, partnership: str, chair_id: UUID, days: Sequence[tuple[date, date]], now: datetime
) -> None:
    """All the days a chair is away, instead of those known before."""
    a = chair_away.c
    await conn.execute(delete(chair_away).where(a.partnership_id == partnership, a.chair_id == chair_id))
    rows = [
        {
            "id": new_id(now),
            "partnership_id": partnership,
            "chair_id": chair_id,
            "first_day": first,
            "last_day": last,
        }
        for first, last in days
    ]
    if rows:
        await conn.execute(insert(chair_away), rows)


async def set_chair(
    conn: AsyncConnection, partnership: str, meeting_id: UUID, *, chair: str, because: str, by: str
) -> None:
    """Who chairs a meeting from now on, why that changed, and who says so."""
    m = meetings.c
    await conn.execute(
        update(meetings)
        .where(m.partnership_id == partnership, m.id == meeting_id)
        .values(chair=chair, chair_because=because, chair_by=by)
    )
