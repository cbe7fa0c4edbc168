"""Writes of partnerships: who we serve, from the settings at start-up."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.actions import Action
from service.store.changes.audit import Event, append
from service.store.queries.partnerships import Partnership, partnership_by_id
from service.store.tables import partnerships


async def ensure(conn: AsyncConnection, wanted: Partnership, *, by: str, now: datetime) -> bool:
    """Make the partnership what the settings say; returns whether anything changed."""
    values = {
        "name": wanted.name,
        "pack": wanted.pack,
        "service_address": wanted.service_address,
        "service_phone": wanted.service_phone,
    }
    added = await conn.execute(
        insert(partnerships).values(id=wanted.id, **values).on_conflict_do_nothing(index_elements=["id"])
    )
    if added.rowcount == 1:
        await append(conn, [Event(wanted.id, None, now, by, Action.PARTNERSHIP_ADDED, values)])
        return True
    known = await partnership_by_id(conn, wanted.id, lock=True)
    if known is None or known == wanted:
        return False
    await conn.execute(partnerships.update().where(partnerships.c.id == wanted.id).values(**values))
    changed = {
        name: {"before": getattr(known, name), "after": value}
        for name, value in values.items()
        if getattr(known, name) != value
    }
    await append(conn, [Event(wanted.id, None, now, by, Action.PARTNERSHIP_CHANGED, changed)])
    return True
