"""Writes of days on which a meeting could not be held."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import not_held


async def add_not_held(conn: AsyncConnection, values: Mapping[str, Any]) -> bool:
    """Keep it once. False when this very press (by its natural key) is already there."""
    statement = insert(not_held).values(**values)
    done = await conn.execute(statement.on_conflict_do_nothing(index_elements=["meeting_id", "natural_key"]))
    return done.rowcount == 1
