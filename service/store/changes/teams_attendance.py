"""Writes of what Teams says of who was there; call them under the meeting's lock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import attendance_proposals, attendance_reads, mailboxes


async def put_read(conn: AsyncConnection, partnership: str, values: Mapping[str, Any]) -> None:
    """How far the reading of one event's reports has come; what an earlier read counted stays where none is given."""
    statement = insert(attendance_reads).values(**values, partnership_id=partnership)
    changed = {name: statement.excluded[name] for name in ("state", "next_try_at")}
    changed["last_error"] = statement.excluded.last_error
    for name in ("sessions", "unknown", "read_at"):
        if name in values:
            changed[name] = statement.excluded[name]
    await conn.execute(statement.on_conflict_do_update(index_elements=["event_id", "sitting"], set_=changed))


async def proposed(
    conn: AsyncConnection, partnership: str, meeting_id: UUID, sitting: int
) -> dict[UUID, tuple[datetime, int]]:
    """What is proposed of a sitting already: the first joining and the seconds, by requirement."""
    p = attendance_proposals.c
    found = await conn.execute(
        select(p.requirement_id, p.joined_at, p.seconds).where(
            p.partnership_id == partnership, p.meeting_id == meeting_id, p.sitting == sitting
        )
    )
    return {row.requirement_id: (row.joined_at, row.seconds) for row in found}


async def put_proposal(conn: AsyncConnection, partnership: str, values: Mapping[str, Any]) -> None:
    """Propose that an agency came to a sitting, or say anew for how long."""
    statement = insert(attendance_proposals).values(**values, partnership_id=partnership)
    changed = {name: statement.excluded[name] for name in ("joined_at", "seconds", "read_at")}
    await conn.execute(statement.on_conflict_do_update(index_elements=["requirement_id", "sitting"], set_=changed))


async def refused(conn: AsyncConnection, partnership: str, mailbox_id: UUID, at: datetime | None) -> None:
    """When the reports of a mailbox's meetings could last not be read for want of a right; None: they can."""
    await conn.execute(
        update(mailboxes)
        .where(mailboxes.c.partnership_id == partnership, mailboxes.c.id == mailbox_id)
        .where(mailboxes.c.reports_refused_at.is_distinct_from(at))
        .values(reports_refused_at=at)
    )
