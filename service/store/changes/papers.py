"""Writes of decisions, minutes and receipts. The caller holds the meeting's lock and appends the audit events."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import papers, receipts


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
