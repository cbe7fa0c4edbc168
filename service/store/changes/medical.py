"""Writes to a meeting's medical. The caller holds the meeting's row lock and appends the audit events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store import tables as t
from service.store.ids import new_id


async def keep_medical(
    conn: AsyncConnection, partnership: str, meeting_id: UUID, values: Mapping[str, Any], now: datetime
) -> None:
    """The one medical of a meeting as it stands now."""
    row = {"id": new_id(now), "partnership_id": partnership, "meeting_id": meeting_id, **values}
    statement = insert(t.medicals).values(**row)
    await conn.execute(statement.on_conflict_do_update(index_elements=["meeting_id"], set_=dict(values)))


async def keep_attendance(
    conn: AsyncConnection, partnership: str, medical_id: UUID, came: Mapping[str, bool], by: str, now: datetime
) -> None:
    """Who came; said again, it is corrected, and the audit keeps what it was."""
    for who, present in came.items():
        said = {"came": present, "recorded_by": by, "recorded_at": now}
        row = {"id": new_id(now), "partnership_id": partnership, "medical_id": medical_id, "who": who, **said}
        statement = insert(t.medical_attendances).values(**row)
        await conn.execute(statement.on_conflict_do_update(index_elements=["medical_id", "who"], set_=said))
