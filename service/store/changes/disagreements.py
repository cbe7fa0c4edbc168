"""Writes of disagreements. Each is changed under the lock of its own row, and its caller appends the audit event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import disagreements, requests
from service.store.tables import meetings as meetings_table


@dataclass(frozen=True, slots=True)
class LockedDisagreement:
    """One disagreement with its row locked. ``key_id`` and ``wrapped_key`` are its own, or its request's."""

    id: UUID
    meeting_id: UUID | None
    kind: str
    role: str
    policy_hash: str
    stage: int
    stage_due_at: datetime | None
    state: str
    key_id: str
    wrapped_key: bytes | None
    sealed_words: bytes


async def add(conn: AsyncConnection, row: Mapping[str, Any]) -> bool:
    """Keep one, once. False when the same is there already. The row names its partnership."""
    known = insert(disagreements).values(**row).on_conflict_do_nothing(index_elements=["partnership_id", "fingerprint"])
    return (await conn.execute(known)).rowcount == 1


async def id_of(conn: AsyncConnection, partnership: str, fingerprint: bytes) -> UUID | None:
    """The id under which the same disagreement is kept."""
    d = disagreements.c
    found: UUID | None = await conn.scalar(
        select(d.id).where(d.partnership_id == partnership, d.fingerprint == fingerprint)
    )
    return found


async def lock(conn: AsyncConnection, partnership: str, disagreement_id: UUID) -> LockedDisagreement | None:
    """Lock one, or None when this partnership has no such disagreement."""
    d, m, r = disagreements.c, meetings_table.c, requests.c
    keyed = disagreements.outerjoin(meetings_table, m.id == d.meeting_id).outerjoin(requests, r.id == m.request_id)
    found = await conn.execute(
        select(
            d.id,
            d.meeting_id,
            d.kind,
            d.role,
            d.policy_hash,
            d.stage,
            d.stage_due_at,
            d.state,
            d.key_id,
            r.key_id.label("request_key_id"),
            d.wrapped_key,
            r.wrapped_key.label("request_wrapped_key"),
            d.sealed_words,
        )
        .select_from(keyed)
        .where(d.partnership_id == partnership, d.id == disagreement_id)
        .with_for_update(of=disagreements)
    )
    row = found.one_or_none()
    if row is None:
        return None
    own = row.key_id is not None
    key_id, wrapped = (row.key_id, row.wrapped_key) if own else (row.request_key_id, row.request_wrapped_key)
    return LockedDisagreement(*row[:8], key_id, wrapped, row.sealed_words)


async def move_up(
    conn: AsyncConnection, partnership: str, disagreement_id: UUID, *, stage: int, to: str, due_at: datetime | None
) -> None:
    """It stands at this stage from now on."""
    await conn.execute(
        update(disagreements)
        .where(disagreements.c.partnership_id == partnership, disagreements.c.id == disagreement_id)
        .values(stage=stage, stage_to=to, stage_due_at=due_at)
    )


async def settle(
    conn: AsyncConnection, partnership: str, disagreement_id: UUID, *, by: str, now: datetime, sealed_outcome: bytes
) -> None:
    """It is settled, and how stands under seal."""
    await conn.execute(
        update(disagreements)
        .where(disagreements.c.partnership_id == partnership, disagreements.c.id == disagreement_id)
        .values(state="settled", settled_by=by, settled_at=now, sealed_outcome=sealed_outcome, stage_due_at=None)
    )


async def run_out(conn: AsyncConnection, now: datetime, limit: int = 200) -> list[tuple[str, UUID]]:
    """Open disagreements whose stage's time has run out, over all partnerships: (partnership, id)."""
    d = disagreements.c
    found = await conn.execute(
        select(d.partnership_id, d.id)
        .where(d.state == "open", d.stage_due_at < now)
        .order_by(d.stage_due_at)
        .limit(limit)
    )
    return [(row.partnership_id, row.id) for row in found]


async def no_more_time(conn: AsyncConnection, partnership: str, disagreement_id: UUID) -> None:
    """The last stage's time has run out: it stays there, and is not looked at again."""
    await conn.execute(
        update(disagreements)
        .where(disagreements.c.partnership_id == partnership, disagreements.c.id == disagreement_id)
        .values(stage_due_at=None)
    )
