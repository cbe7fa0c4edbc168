"""Reads of requests that somebody is still typing. What they hold stays sealed here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import drafts


@dataclass(frozen=True, slots=True)
class SealedDraft:
    """One draft of one person; ``meeting_reference`` once it was sent, and then nothing else of it is left."""

    id: UUID
    key_id: str
    wrapped_key: bytes | None = field(repr=False)
    sealed_form: bytes | None = field(repr=False)
    updated_at: datetime
    meeting_reference: str | None
    kind: str
    version: int


async def draft_of(conn: AsyncConnection, partnership: str, staff_id: UUID, draft_id: UUID) -> SealedDraft | None:
    """A draft, if it is this person's."""
    d = drafts.c
    columns = (d.id, d.key_id, d.wrapped_key, d.sealed_form, d.updated_at, d.meeting_reference, d.kind, d.version)
    wanted = select(*columns).where(d.partnership_id == partnership, d.staff_id == staff_id, d.id == draft_id)
    row = (await conn.execute(wanted)).one_or_none()
    return None if row is None else SealedDraft(*row)


async def open_drafts(
    conn: AsyncConnection, partnership: str, staff_id: UUID, kind: str = "request"
) -> list[tuple[UUID, datetime]]:
    """What a person has begun and not sent, newest first: which, and when it was last touched (real time)."""
    d = drafts.c
    wanted = (
        select(d.id, d.updated_at)
        .where(d.partnership_id == partnership, d.staff_id == staff_id, d.kind == kind, d.meeting_reference.is_(None))
        .order_by(d.updated_at.desc())
    )
    return [(row.id, row.updated_at) for row in await conn.execute(wanted)]


async def sent_drafts(
    conn: AsyncConnection, partnership: str, staff_id: UUID, *, most: int
) -> list[tuple[UUID, str, datetime]]:
    """What a person has sent, newest first: which, the reference of its meeting, and when (real time)."""
    d = drafts.c
    wanted = (
        select(d.id, d.meeting_reference, d.updated_at)
        .where(d.partnership_id == partnership, d.staff_id == staff_id, d.meeting_reference.is_not(None))
        .order_by(d.updated_at.desc(), d.id.desc())
        .limit(most)
    )
    return [(row.id, row.meeting_reference, row.updated_at) for row in await conn.execute(wanted)]
