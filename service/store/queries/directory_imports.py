"""Reads of long imports of the directory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import directory_imports


@dataclass(frozen=True, slots=True)
class LongImport:
    """One of them: what the file did to the directory, and how many of the places at meetings to come that it touches
    are seen to (``done`` of ``total``)."""

    id: UUID
    added: int
    changed: int
    unchanged: int
    state: str
    done: int
    total: int
    asked_by: str
    asked_at: datetime


async def long_import(conn: AsyncConnection, partnership: str, import_id: UUID) -> LongImport | None:
    """One of them."""
    i = directory_imports.c
    found = await conn.execute(
        select(i.id, i.added, i.changed, i.unchanged, i.state, i.done, i.total, i.asked_by, i.asked_at).where(
            i.partnership_id == partnership, i.id == import_id
        )
    )
    row = found.one_or_none()
    return None if row is None else LongImport(*row)
