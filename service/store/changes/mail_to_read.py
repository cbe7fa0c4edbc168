"""Writes of mail that waits to be read. Whoever writes holds the meeting's lock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import chases, mail_to_read


async def keep(conn: AsyncConnection, row: Mapping[str, Any]) -> bool:
    """Keep one mail, once, however often it is read. The row names its partnership."""
    known = insert(mail_to_read).values(**row)
    done = await conn.execute(known.on_conflict_do_nothing(index_elements=["partnership_id", "message_digest"]))
    return done.rowcount == 1


async def settle(conn: AsyncConnection, partnership: str, mail_id: UUID, state: str, *, by: str, now: datetime) -> bool:
    """A person has read it and said what it means. False when somebody has already."""
    m = mail_to_read.c
    done = await conn.execute(
        update(mail_to_read)
        .where(m.partnership_id == partnership, m.id == mail_id, m.state == "open")
        .values(state=state, settled_by=by, settled_at=now)
    )
    return done.rowcount == 1


async def move(conn: AsyncConnection, partnership: str, mail_id: UUID, values: Mapping[str, Any]) -> bool:
    """It is about another meeting. False when somebody has settled it already."""
    m = mail_to_read.c
    done = await conn.execute(
        update(mail_to_read).where(m.partnership_id == partnership, m.id == mail_id, m.state == "open").values(**values)
    )
    return done.rowcount == 1


async def steps_due(
    conn: AsyncConnection, partnership: str, requirement_id: UUID, version: int
) -> list[tuple[UUID, int, str, datetime]]:
    """The chases of one place that are still due, first step first: (id, step, to, due)."""
    c = chases.c
    found = await conn.execute(
        select(c.id, c.step, c.to, c.due_at)
        .where(
            c.partnership_id == partnership,
            c.requirement_id == requirement_id,
            c.version == version,
            c.state == "due",
        )
        .order_by(c.step)
        .with_for_update()
    )
    return [(row.id, row.step, row.to, row.due_at) for row in found]


async def bring_forward(conn: AsyncConnection, partnership: str, chase_id: UUID, due_at: datetime) -> None:
    """A step of the ladder is due earlier than it was planned."""
    await conn.execute(
        update(chases)
        .where(chases.c.partnership_id == partnership, chases.c.id == chase_id, chases.c.state == "due")
        .values(due_at=due_at)
    )
