"""Writes of a requirement's inbox, once the directory can say who does its job."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import meetings, outbox, requirements


@dataclass(frozen=True, slots=True)
class Unbound:
    """A requirement without an inbox, at a meeting that is still to come."""

    requirement_id: UUID
    meeting_id: UUID
    role: str


async def unbound(conn: AsyncConnection, partnership: str) -> list[Unbound]:
    """Requirements without an inbox at meetings that are planned or confirmed, by meeting."""
    found = await conn.execute(
        select(requirements.c.id, requirements.c.meeting_id, requirements.c.role)
        .select_from(requirements.join(meetings, meetings.c.id == requirements.c.meeting_id))
        .where(
            requirements.c.partnership_id == partnership,
            requirements.c.state == "no_inbox",
            meetings.c.state.in_(("planned", "confirmed")),
        )
        .order_by(requirements.c.meeting_id, requirements.c.role)
    )
    return [Unbound(*row) for row in found]


async def set_inbox(conn: AsyncConnection, partnership: str, requirement_id: UUID, inbox_id: UUID) -> bool:
    """Bind a requirement. False when it was bound or withdrawn meanwhile."""
    done = await conn.execute(
        update(requirements)
        .where(
            requirements.c.partnership_id == partnership,
            requirements.c.id == requirement_id,
            requirements.c.state == "no_inbox",
        )
        .values(inbox_id=inbox_id, state="wanted")
    )
    return done.rowcount == 1


async def rows_in_stream(conn: AsyncConnection, partnership: str, stream: str) -> int:
    """How many outbox rows a stream has, to number the next one. Call it under the meeting's lock."""
    found = await conn.execute(
        select(func.count()).where(outbox.c.partnership_id == partnership, outbox.c.stream == stream)
    )
    return int(found.scalar_one())
