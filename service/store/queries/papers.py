"""Reads of decisions and minutes as their receipts know them: never their words, which stay sealed."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.papers import Kind, Opening, Paper, Proof
from service.store.tables import inboxes, papers, receipts, requirements


@dataclass(frozen=True, slots=True)
class PaperPlace:
    """One agency's place at the meeting, as papers are opened for it. ``phone`` is the directory's, for a call back."""

    id: UUID
    role: str
    slot: str
    state: str
    phone: str


async def papers_of(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> list[Paper]:
    """Every paper of a meeting, replaced ones and drafts too, by kind and number."""
    p = papers.c
    found = await conn.execute(
        select(
            p.id,
            p.kind,
            p.number,
            p.concerns,
            p.replaces_id,
            p.agreed_by,
            p.agreed_at,
            p.issued_by,
            p.issued_at,
        )
        .where(p.partnership_id == partnership, p.meeting_id == meeting_id)
        .order_by(p.kind, p.number)
    )
    return [Paper(row.id, Kind(row.kind), row.number, frozenset(row.concerns), *row[4:]) for row in found]


async def openings_of(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> list[Opening]:
    """Every receipt of a meeting, oldest first."""
    r = receipts.c
    found = await conn.execute(
        select(r.requirement_id, r.paper_id, r.opener, r.proof, r.opened_at)
        .where(r.partnership_id == partnership, r.meeting_id == meeting_id)
        .order_by(r.id)
    )
    return [Opening(row.requirement_id, row.paper_id, row.opener, Proof(row.proof), row.opened_at) for row in found]


async def paper_places(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> list[PaperPlace]:
    """The places of a meeting that have not been withdrawn, by role and slot."""
    r = requirements.c
    found = await conn.execute(
        select(r.id, r.role, r.slot, r.state, inboxes.c.phone)
        .select_from(requirements.outerjoin(inboxes, inboxes.c.id == r.inbox_id))
        .where(r.partnership_id == partnership, r.meeting_id == meeting_id, r.state != "withdrawn")
        .order_by(r.role, r.slot)
    )
    return [PaperPlace(row.id, row.role, row.slot, row.state, row.phone or "") for row in found]
