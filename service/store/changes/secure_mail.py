"""Writes of the agencies that secure mail is allowed for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import secure_mail_allowed

_A = secure_mail_allowed.c


async def allow(conn: AsyncConnection, partnership: str, row: Mapping[str, Any]) -> bool:
    """Allow it for one agency; False where it is already."""
    statement = upsert(secure_mail_allowed).values(**row, partnership_id=partnership)
    put = statement.on_conflict_do_nothing(
        index_elements=["partnership_id", "role", "place"], index_where=text("ended_at IS NULL")
    )
    return (await conn.execute(put)).rowcount == 1


async def end(conn: AsyncConnection, partnership: str, allowed_id: UUID, by: str, now: datetime) -> bool:
    """Allow it no more; False where it was not."""
    done = await conn.execute(
        update(secure_mail_allowed)
        .where(_A.partnership_id == partnership, _A.id == allowed_id, _A.ended_at.is_(None))
        .values(ended_by=by, ended_at=now)
    )
    return done.rowcount == 1
