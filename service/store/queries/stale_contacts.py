"""Reads for the page of contacts that may be out of date."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import requirements, tasks


async def bounces(conn: AsyncConnection, partnership: str) -> dict[UUID, int]:
    """How many open tasks there are about mail that came back or could not be delivered, by inbox. Counts only."""
    t, r = tasks.c, requirements.c
    found = await conn.execute(
        select(r.inbox_id, func.count())
        .select_from(tasks.join(requirements, r.id == t.requirement_id))
        .where(
            t.partnership_id == partnership,
            r.partnership_id == partnership,
            t.state == "open",
            t.kind.in_(("address_fails", "not_delivered")),
            r.inbox_id.is_not(None),
        )
        .group_by(r.inbox_id)
    )
    return {row[0]: row[1] for row in found}
