"""The dead-man's switch of each periodic job: when it last ran, and when it last ran well. About the machine, not a
partnership, so it has no scope."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import heartbeats


async def beat(conn: AsyncConnection, job: str, now: datetime, error: str | None) -> None:
    """A periodic job has run; ``error`` is the type of what it raised, None when it ended well. Real time."""
    values = {"last_run_at": now, "last_error": error} | ({"last_success_at": now} if error is None else {})
    statement = insert(heartbeats).values(job=job, **values)
    await conn.execute(statement.on_conflict_do_update(index_elements=["job"], set_=values))
