"""Writes of decisions, minutes and receipts. The caller holds the meeting's lock and appends the audit events."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import meetings, papers, receipts, tasks

# Nobody is reminded of minutes that were due longer ago than this.
REMEMBERED = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class MinutesWanted:
    """A meeting that is over and whose minutes are not out."""

    partnership: str
    meeting_id: UUID
    version: int
    due_at: datetime


async def minutes_wanted(conn: AsyncConnection, now: datetime, limit: int = 200) -> list[MinutesWanted]:
    """Meetings that are over, whose minutes have a due day and are not out, and that lack a task there should be; over
    all partnerships, what is due first first."""
    m = meetings.c
    issued = exists(1).where(papers.c.meeting_id == m.id, papers.c.kind == "minutes", papers.c.issued_at.is_not(None))
    found = await conn.execute(
        select(m.partnership_id, m.id, m.version, m.minutes_due_at)
        .where(
            m.minutes_due_at > now - REMEMBERED,
            m.ends_at <= now,
            m.state.in_(("confirmed", "held")),
            ~issued,
            or_(_unasked("minutes_due"), and_(m.minutes_due_at < now, _unasked("minutes_overdue"))),
        )
        .order_by(m.minutes_due_at)
        .limit(limit)
    )
    return [MinutesWanted(*row) for row in found]


def _unasked(kind: str) -> ColumnElement[bool]:
    m, key = meetings.c, func.concat(f"{kind}:", meetings.c.id, "::", meetings.c.version)
    return ~exists(1).where(tasks.c.partnership_id == m.partnership_id, tasks.c.key == key)


async def fingerprints_of(
    conn: AsyncConnection, partnership: str, meeting_id: UUID, kind: str
) -> Mapping[bytes, tuple[UUID, int]]:
    """The papers of a kind by their fingerprint: (id, number)."""
    p = papers.c
    found = await conn.execute(
        select(p.fingerprint, p.id, p.number).where(
            p.partnership_id == partnership, p.meeting_id == meeting_id, p.kind == kind
        )
    )
    return {row.fingerprint: (row.id, row.number) for row in found}


async def add_papers(conn: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep new papers. Each row names its partnership."""
    if rows:
        await conn.execute(insert(papers), list(rows))


async def issue(conn: AsyncConnection, partnership: str, ids: Collection[UUID], *, by: str, at: datetime) -> None:
    """Mark papers issued, once."""
    await conn.execute(
        update(papers)
        .where(papers.c.partnership_id == partnership, papers.c.id.in_(tuple(ids)), papers.c.issued_at.is_(None))
        .values(issued_by=by, issued_at=at)
    )


async def add_receipts(conn: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep who opened what. Each row names its partnership. Receipts are only ever added."""
    if rows:
        await conn.execute(insert(receipts), list(rows))
