"""Reads of disagreements as lists know them: never their words, which stay sealed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.disagreeing import Disagreement, Kind, Rung
from service.store.tables import disagreements, meetings, papers


def _wanted(partnership: str) -> Select[Any]:
    d = disagreements.c
    joined = disagreements.outerjoin(meetings, meetings.c.id == d.meeting_id)
    return (
        select(
            d.id,
            meetings.c.reference,
            d.kind,
            d.role,
            papers.c.number,
            d.stage,
            d.stage_to,
            d.stage_due_at,
            d.settle_by,
            d.state,
            d.raised_by,
            d.raised_at,
            d.settled_by,
            d.settled_at,
        )
        .select_from(joined.outerjoin(papers, papers.c.id == d.paper_id))
        .where(d.partnership_id == partnership)
        .order_by(d.id)
    )


def _one(row: Row[Any]) -> Disagreement:
    return Disagreement(
        id=row.id,
        meeting_reference=row.reference,
        kind=Kind(row.kind),
        role=row.role,
        decision=row.number,
        rung=Rung(row.stage, row.stage_to, row.stage_due_at),
        settle_by=row.settle_by,
        state=row.state,
        raised_by=row.raised_by,
        raised_at=row.raised_at,
        settled_by=row.settled_by,
        settled_at=row.settled_at,
    )


async def disagreements_of(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> list[Disagreement]:
    """Those about one meeting, oldest first."""
    found = await conn.execute(_wanted(partnership).where(disagreements.c.meeting_id == meeting_id))
    return [_one(row) for row in found]


async def open_disagreements(conn: AsyncConnection, partnership: str) -> list[Disagreement]:
    """Every open one of a partnership, those without a meeting too, oldest first."""
    found = await conn.execute(_wanted(partnership).where(disagreements.c.state == "open"))
    return [_one(row) for row in found]


async def disagreements_without_meeting(conn: AsyncConnection, partnership: str) -> list[Disagreement]:
    """Those that are about no meeting, because one was refused, oldest first."""
    found = await conn.execute(_wanted(partnership).where(disagreements.c.meeting_id.is_(None)))
    return [_one(row) for row in found]
