"""Reads of policy drafts, and of what was put in force by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import policy_drafts


@dataclass(frozen=True, slots=True)
class PolicyDraft:
    """One draft: the merged pack, the file it came from, and what became of it. ``starts_at``: from when it holds."""

    id: UUID
    hash: str
    pack: str
    version: str
    content: Any
    source: str
    note: str
    state: str
    made_by: str
    made_at: datetime
    ended_by: str | None
    ended_at: datetime | None
    starts_at: datetime | None


_TABLE = policy_drafts.c
_COLUMNS = (
    _TABLE.id,
    _TABLE.hash,
    _TABLE.pack,
    _TABLE.version,
    _TABLE.content,
    _TABLE.source,
    _TABLE.note,
    _TABLE.state,
    _TABLE.made_by,
    _TABLE.made_at,
    _TABLE.ended_by,
    _TABLE.ended_at,
    _TABLE.starts_at,
)


def _drafts(partnership: str) -> Select[Any]:
    return select(*_COLUMNS).where(_TABLE.partnership_id == partnership)


async def policy_drafts_of(conn: AsyncConnection, partnership: str) -> list[PolicyDraft]:
    """Open and published drafts, the newest first; dropped ones are history."""
    wanted = _drafts(partnership).where(_TABLE.state != "dropped").order_by(_TABLE.made_at.desc(), _TABLE.id)
    return [PolicyDraft(*tuple(row)) for row in await conn.execute(wanted)]


async def policy_draft(conn: AsyncConnection, partnership: str, draft_id: UUID) -> PolicyDraft | None:
    """One draft, whatever became of it."""
    row = (await conn.execute(_drafts(partnership).where(_TABLE.id == draft_id))).one_or_none()
    return None if row is None else PolicyDraft(*tuple(row))


async def published_by_hand(conn: AsyncConnection, partnership: str, at: datetime) -> PolicyDraft | None:
    """What people put in force last before an instant; None where the program's own pack holds."""
    wanted = _drafts(partnership).where(_TABLE.state == "published", _TABLE.starts_at <= at)
    newest = wanted.order_by(_TABLE.starts_at.desc(), _TABLE.ended_at.desc(), _TABLE.id.desc()).limit(1)
    row = (await conn.execute(newest)).one_or_none()
    return None if row is None else PolicyDraft(*tuple(row))
