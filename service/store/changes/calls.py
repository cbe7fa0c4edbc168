"""Writes of phone calls, and the attendance that somebody who joined by phone is proposed to have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import attendances, calls


async def add_call(conn: AsyncConnection, values: Mapping[str, Any]) -> bool:
    """Keep a call once. False when this very call (by its natural key) is already there."""
    statement = insert(calls).values(**values)
    done = await conn.execute(statement.on_conflict_do_nothing(index_elements=["meeting_id", "natural_key"]))
    return done.rowcount == 1


async def known_call(conn: AsyncConnection, partnership: str, meeting_id: UUID, natural_key: str) -> bool:
    """Whether this very call is kept already. Call it under the meeting's lock."""
    c = calls.c
    found = await conn.execute(
        select(c.id).where(c.partnership_id == partnership, c.meeting_id == meeting_id, c.natural_key == natural_key)
    )
    return found.first() is not None


async def propose_attendance(conn: AsyncConnection, values: Mapping[str, Any]) -> bool:
    """Propose who came to a sitting. False when something is recorded or proposed there already."""
    statement = insert(attendances).values(**values, state="proposed")
    done = await conn.execute(statement.on_conflict_do_nothing(index_elements=["requirement_id", "sitting"]))
    return done.rowcount == 1
