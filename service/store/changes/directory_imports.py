"""Writes of long imports of the directory. Leases are real time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import directory_imports

LEASE = timedelta(seconds=60)
_I = directory_imports.c


async def ask(conn: AsyncConnection, partnership: str, row: Mapping[str, Any]) -> None:
    """Keep that the meetings to come are to be seen to."""
    await conn.execute(insert(directory_imports).values(**row, partnership_id=partnership))


async def claim(conn: AsyncConnection, now: datetime) -> tuple[str, UUID] | None:
    """Take the one that has waited longest, if nobody holds it, for whichever partnership; its partnership and id."""
    waiting = (
        select(_I.id)
        .where(_I.state == "waiting", or_(_I.lease_until.is_(None), _I.lease_until <= now))
        .order_by(_I.asked_at, _I.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    found = await conn.execute(
        update(directory_imports)
        .where(_I.id == waiting)
        .values(lease_until=now + LEASE)
        .returning(_I.partnership_id, _I.id)
    )
    row = found.one_or_none()
    return None if row is None else (row[0], row[1])


async def note(conn: AsyncConnection, partnership: str, import_id: UUID, done: int, total: int, now: datetime) -> None:
    """How far it is; whoever runs it holds it on."""
    await conn.execute(
        update(directory_imports)
        .where(_I.partnership_id == partnership, _I.id == import_id, _I.state == "waiting")
        .values(done=done, total=total, lease_until=now + LEASE)
    )


async def end(
    conn: AsyncConnection, partnership: str, import_id: UUID, done: int, total: int, ended_at: datetime
) -> bool:
    """It is done; False when it had ended before."""
    ended = await conn.execute(
        update(directory_imports)
        .where(_I.partnership_id == partnership, _I.id == import_id, _I.state == "waiting")
        .values(state="done", done=done, total=total, ended_at=ended_at, lease_until=None)
    )
    return ended.rowcount == 1
