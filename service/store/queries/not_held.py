"""When a meeting could not be held on the day it was called for. What protects the child meanwhile stays sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import not_held


@dataclass(frozen=True, slots=True)
class NotHeldRow:
    """One day on which the meeting could not be held. ``because`` is a code of the policy's list."""

    id: UUID
    because: str
    tried: list[str]
    reached: list[str]
    tried_by: list[str]
    decided_role: str
    recorded_by: str
    recorded_at: datetime


async def not_held_of(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> list[NotHeldRow]:
    """Every such day of one meeting, oldest first."""
    n = not_held.c
    found = await conn.execute(
        select(n.id, n.because, n.tried, n.reached, n.tried_by, n.decided_role, n.recorded_by, n.recorded_at)
        .where(n.partnership_id == partnership, n.meeting_id == meeting_id)
        .order_by(n.recorded_at, n.id)
    )
    return [NotHeldRow(*row) for row in found]
