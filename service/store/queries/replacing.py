"""Meetings that were called off to be called anew without somebody, and have no new one yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import meetings, tasks

CALL_ANEW = "call_anew"


@dataclass(frozen=True, slots=True)
class Unreplaced:
    """A meeting that was called off; ``starts_at``: when the new one is to begin."""

    partnership: str
    meeting_id: UUID
    reference: str
    starts_at: datetime | None

    def is_of(self, partnership: str, reference: str) -> bool:
        """Whether it is this meeting."""
        return (self.partnership, self.reference) == (partnership, reference)


async def to_replace(conn: AsyncConnection) -> list[Unreplaced]:
    """Those of every partnership, the oldest first: a sweep finishes them."""
    t, m = tasks.c, meetings.c
    found = await conn.execute(
        select(m.partnership_id, m.id, m.reference, t.due_at)
        .select_from(tasks.join(meetings, m.id == t.meeting_id))
        .where(t.kind == CALL_ANEW, t.state == "open", m.state == "cancelled")
        .order_by(t.created_at, t.id)
    )
    return [Unreplaced(*row) for row in found]
