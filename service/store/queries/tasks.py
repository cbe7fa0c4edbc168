"""Reads of tasks: what people must do because the service cannot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.queries.readable import Reader, bound_reader, readable
from service.store.tables import held_items, meetings, requirements, tasks


@dataclass(frozen=True, slots=True)
class Task:
    """One task with the references a screen needs; empty where it is about no meeting, agency or held item."""

    id: UUID
    kind: str
    owner: str
    detail: str
    due_at: datetime | None
    state: str
    created_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    meeting_reference: str | None
    role: str | None
    held_reference: str | None
    requirement_id: UUID | None


def tasks_of(partnership: Any) -> Select[Any]:
    """The columns of ``Task``, in its order, for one partnership."""
    joined = (
        tasks.outerjoin(meetings, meetings.c.id == tasks.c.meeting_id)
        .outerjoin(requirements, requirements.c.id == tasks.c.requirement_id)
        .outerjoin(held_items, held_items.c.id == tasks.c.held_item_id)
    )
    return (
        select(
            tasks.c.id,
            tasks.c.kind,
            tasks.c.owner,
            tasks.c.detail,
            tasks.c.due_at,
            tasks.c.state,
            tasks.c.created_at,
            tasks.c.closed_at,
            tasks.c.closed_by,
            meetings.c.reference,
            requirements.c.role,
            held_items.c.reference,
            tasks.c.requirement_id,
        )
        .select_from(joined)
        .where(tasks.c.partnership_id == partnership)
    )


async def open_tasks(conn: AsyncConnection, partnership: str, reader: Reader | None) -> list[Task]:
    """What is open: meetings that could not be held, then what is due soonest, then what has no time, oldest first."""
    said: dict[str, Any] = {"partnership": partnership}
    if reader is not None:
        said |= {"reader": reader.key, "at": reader.at}
    return [Task(*row) for row in await conn.execute(_open(for_a_reader=reader is not None), said)]


@lru_cache(maxsize=2)
def _open(*, for_a_reader: bool) -> Select[Any]:
    """Built once: every reading of a worklist asks it."""
    partnership: Any = bindparam("partnership", type_=Text)
    reader = bound_reader() if for_a_reader else None
    theirs = or_(tasks.c.meeting_id.is_(None), readable(meetings.c.request_id, partnership, reader))
    wanted = tasks_of(partnership).where(tasks.c.state == "open", theirs)
    # A meeting that could not be held stands above all else.
    return wanted.order_by(
        tasks.c.kind != "not_held", tasks.c.due_at.asc().nulls_last(), tasks.c.created_at, tasks.c.id
    )


async def task_by_id(conn: AsyncConnection, partnership: str, task_id: UUID) -> Task | None:
    """One task, closed ones too."""
    row = (await conn.execute(tasks_of(partnership).where(tasks.c.id == task_id))).one_or_none()
    return None if row is None else Task(*row)
