"""Writes of reviewers' work: a sample that is kept, and a verdict on one of its meetings, recorded or corrected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import dip_samples, dip_verdicts, meetings


async def keep_sample(conn: AsyncConnection, partnership: str, row: Mapping[str, Any]) -> bool:
    """Keep a sample, once. False when one of this seal is there already."""
    wanted = insert(dip_samples).values(**row, partnership_id=partnership)
    known = wanted.on_conflict_do_nothing(index_elements=["partnership_id", "seal"])
    return (await conn.execute(known)).rowcount == 1


async def lock_sample(conn: AsyncConnection, partnership: str, seal: str) -> UUID | None:
    """Lock a kept sample: one reviewer's verdicts after another's. None when none of this seal is kept."""
    d = dip_samples.c
    found: UUID | None = await conn.scalar(
        select(d.id).where(d.partnership_id == partnership, d.seal == seal).with_for_update()
    )
    return found


async def meeting_named(conn: AsyncConnection, partnership: str, reference: str) -> UUID | None:
    """The id of a meeting by its reference."""
    found: UUID | None = await conn.scalar(
        select(meetings.c.id).where(meetings.c.partnership_id == partnership, meetings.c.reference == reference)
    )
    return found


async def verdict_before(
    conn: AsyncConnection, partnership: str, sample_id: UUID, meeting_id: UUID, question: str
) -> bool | None:
    """What a reviewer said so far. The caller holds the sample's lock."""
    v = dip_verdicts.c
    found: bool | None = await conn.scalar(
        select(v.verdict).where(
            v.partnership_id == partnership,
            v.sample_id == sample_id,
            v.meeting_id == meeting_id,
            v.question == question,
        )
    )
    return found


async def put_verdict(conn: AsyncConnection, partnership: str, row: Mapping[str, Any]) -> None:
    """Record or correct a verdict; the audit keeps what it was."""
    statement = insert(dip_verdicts).values(**row, partnership_id=partnership)
    replaced = {name: statement.excluded[name] for name in ("verdict", "system_said", "reviewer", "reviewed_at")}
    await conn.execute(
        statement.on_conflict_do_update(index_elements=["sample_id", "meeting_id", "question"], set_=replaced)
    )
