"""Writes of drafts that are tried on a long stretch of the past. Leases are real time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import what_ifs

LEASE = timedelta(seconds=60)
_W = what_ifs.c


async def ask(conn: AsyncConnection, partnership: str, row: Mapping[str, Any]) -> None:
    """Keep that one is wanted."""
    await conn.execute(insert(what_ifs).values(**row, partnership_id=partnership))


async def claim(conn: AsyncConnection, now: datetime) -> tuple[str, UUID] | None:
    """Take the one that has waited longest, if nobody holds it, for whichever partnership; its partnership and id."""
    waiting = (
        select(_W.id)
        .where(_W.state == "waiting", or_(_W.lease_until.is_(None), _W.lease_until <= now))
        .order_by(_W.asked_at, _W.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    found = await conn.execute(
        update(what_ifs).where(_W.id == waiting).values(lease_until=now + LEASE).returning(_W.partnership_id, _W.id)
    )
    row = found.one_or_none()
    return None if row is None else (row[0], row[1])


async def note(conn: AsyncConnection, partnership: str, what_if_id: UUID, done: int, total: int, now: datetime) -> None:
    """How far it is; whoever runs it holds it on."""
    await conn.execute(
        update(what_ifs)
        .where(_W.partnership_id == partnership, _W.id == what_if_id, _W.state == "waiting")
        .values(done=done, total=total, lease_until=now + LEASE)
    )


async def end(conn: AsyncConnection, partnership: str, what_if_id: UUID, values: Mapping[str, Any]) -> bool:
    """It is done, or it failed; False when it had ended before."""
    done = await conn.execute(
        update(what_ifs)
        .where(_W.partnership_id == partnership, _W.id == what_if_id, _W.state == "waiting")
        .values(**values, lease_until=None)
    )
    return done.rowcount == 1
