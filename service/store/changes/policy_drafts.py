"""Writes of policy drafts: made by one person, ended once, by publication through another or by being dropped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import policy_drafts


async def add(conn: AsyncConnection, values: Mapping[str, Any]) -> None:
    """Keep a draft."""
    await conn.execute(insert(policy_drafts).values(**values))


async def end(
    conn: AsyncConnection,
    partnership: str,
    draft_id: UUID,
    state: str,
    *,
    by: str,
    now: datetime,
    starts_at: datetime | None = None,
) -> bool:
    """End an open draft as ``published`` (with its start) or ``dropped``; False when somebody has ended it already."""
    d = policy_drafts.c
    done = await conn.execute(
        update(policy_drafts)
        .where(d.partnership_id == partnership, d.id == draft_id, d.state == "open")
        .values(state=state, ended_by=by, ended_at=now, starts_at=starts_at)
    )
    return done.rowcount == 1
