"""Writes of handovers, and of whose tasks they become."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import handovers, tasks


async def add_handover(conn: AsyncConnection, values: Mapping[str, Any]) -> bool:
    """Keep a handover once. False when this very press (by its natural key) is already there."""
    statement = insert(handovers).values(**values)
    done = await conn.execute(statement.on_conflict_do_nothing(index_elements=["partnership_id", "natural_key"]))
    return done.rowcount == 1


async def give_tasks(conn: AsyncConnection, partnership: str, *, owner: str, to: str) -> int:
    """The open tasks of one owner become another's; returns how many."""
    k = tasks.c
    done = await conn.execute(
        update(tasks).where(k.partnership_id == partnership, k.owner == owner, k.state == "open").values(owner=to)
    )
    return done.rowcount
