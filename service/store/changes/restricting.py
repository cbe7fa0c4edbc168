"""Writes of who may know of a case. Call them under the lock of the meeting's row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import case_access, requests


async def restrict(conn: AsyncConnection, partnership: str, request_id: UUID, *, by: str, now: datetime) -> bool:
    """The case is for the people named for it from now on. False when it is already."""
    q = requests.c
    done = await conn.execute(
        update(requests)
        .where(q.partnership_id == partnership, q.id == request_id, q.restricted_at.is_(None))
        .values(restricted_at=now, restricted_by=by)
    )
    return done.rowcount == 1


async def open_up(conn: AsyncConnection, partnership: str, request_id: UUID) -> bool:
    """The case is restricted no more. False when it was not. Whoever is kept out stays out."""
    q = requests.c
    done = await conn.execute(
        update(requests)
        .where(q.partnership_id == partnership, q.id == request_id, q.restricted_at.is_not(None))
        .values(restricted_at=None, restricted_by=None)
    )
    return done.rowcount == 1


async def end(conn: AsyncConnection, partnership: str, request_id: UUID, reader: str, kind: str, now: datetime) -> bool:
    """Somebody is named, or kept out, no more. False when they were not."""
    a = case_access.c
    done = await conn.execute(
        update(case_access)
        .where(
            a.partnership_id == partnership,
            a.request_id == request_id,
            a.reader == reader,
            a.kind == kind,
            a.ended_at.is_(None),
        )
        .values(ended_at=now)
    )
    return done.rowcount > 0


async def add(conn: AsyncConnection, values: Mapping[str, Any]) -> None:
    """Somebody is named, kept out, or broke the glass."""
    await conn.execute(insert(case_access).values(**values))
