"""Reads of what could not leave the house and waits for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.queries.readable import Reader, readable
from service.store.tables import meetings, outbox, requirements


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An exhausted outbox row. ``role`` is None for a row about the event; ``error`` is a class and a code, no text."""

    id: UUID
    reference: str
    kind: str
    role: str | None
    attempts: int
    error: str
    finished_at: datetime


async def dead_letters(conn: AsyncConnection, partnership: str, reader: Reader | None) -> list[DeadLetter]:
    """The exhausted rows of a partnership's meetings that are for this reader, newest first."""
    o = outbox.c
    joined = outbox.join(meetings, meetings.c.id == o.meeting_id).outerjoin(
        requirements, requirements.c.id == o.requirement_id
    )
    found = await conn.execute(
        select(o.id, meetings.c.reference, o.kind, requirements.c.role, o.attempts, o.last_error, o.finished_at)
        .select_from(joined)
        .where(
            o.partnership_id == partnership,
            o.state == "exhausted",
            readable(meetings.c.request_id, partnership, reader),
        )
        .order_by(o.finished_at.desc(), o.id)
    )
    return [DeadLetter(*tuple(row)) for row in found]


async def dead_letter(conn: AsyncConnection, partnership: str, row_id: UUID) -> tuple[UUID, UUID | None] | None:
    """The meeting and the requirement of one exhausted row, or None when it is not exhausted."""
    o = outbox.c
    found = (
        await conn.execute(
            select(o.meeting_id, o.requirement_id).where(
                o.partnership_id == partnership, o.id == row_id, o.state == "exhausted"
            )
        )
    ).one_or_none()
    return None if found is None else (found.meeting_id, found.requirement_id)
