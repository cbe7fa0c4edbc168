"""Writes of tasks: what a person must do. Opened once by key, closed once, each with its audit event."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.actions import Action
from service.store.changes.audit import Event, append
from service.store.tables import tasks


async def open_once(conn: AsyncConnection, rows: Sequence[Mapping[str, Any]], *, by: str = "service") -> int:
    """Open tasks that are not known yet by their partnership and key; returns how many are new.

    A key that was closed stays closed: whoever wants the same thing done again makes a new key.
    """
    opened: list[Mapping[str, Any]] = []
    for row in rows:
        statement = insert(tasks).values(**row).on_conflict_do_nothing(index_elements=["partnership_id", "key"])
        if (await conn.execute(statement)).rowcount == 1:
            opened.append(row)
    await append(
        conn,
        [
            Event(
                row["partnership_id"],
                row.get("meeting_id"),
                row["created_at"],
                by,
                Action.TASK_OPENED,
                {"task": str(row["id"]), "kind": row["kind"], "owner": row["owner"]},
            )
            for row in opened
        ],
    )
    return len(opened)


async def is_open(conn: AsyncConnection, partnership: str, requirement_id: UUID, kind: str) -> bool:
    """Whether a task of this kind about one agency's place is open. Call it under the meeting's lock."""
    t = tasks.c
    found = await conn.execute(
        select(t.id)
        .where(t.partnership_id == partnership, t.requirement_id == requirement_id, t.kind == kind, t.state == "open")
        .limit(1)
    )
    return found.first() is not None


async def close(conn: AsyncConnection, partnership: str, task_id: UUID, *, by: str, now: datetime) -> bool:
    """A person has done a task. False when it was not open, or is not this partnership's."""
    return await _end(conn, partnership, "done", by, now, tasks.c.id == task_id) == 1


async def drop(conn: AsyncConnection, partnership: str, task_id: UUID, *, by: str, now: datetime) -> bool:
    """A person says a task need not be done. False as for ``close``."""
    return await _end(conn, partnership, "dropped", by, now, tasks.c.id == task_id) == 1


async def close_kind(
    conn: AsyncConnection, partnership: str, meeting_id: UUID, kind: str, *, by: str, now: datetime
) -> int:
    """The open tasks of one kind about a meeting are done by what just happened; returns how many."""
    return await _end(conn, partnership, "done", by, now, tasks.c.meeting_id == meeting_id, tasks.c.kind == kind)


async def close_key(conn: AsyncConnection, partnership: str, key: str, *, by: str, now: datetime) -> bool:
    """The one task of this key is done by what just happened. False when it was not open."""
    return await _end(conn, partnership, "done", by, now, tasks.c.key == key) == 1


async def close_kinds(
    conn: AsyncConnection, partnership: str, meeting_id: UUID, kinds: Collection[str], *, by: str, now: datetime
) -> int:
    """The open tasks of some kinds about a meeting are done by what just happened; returns how many that ended."""
    return await _end(
        conn, partnership, "done", by, now, tasks.c.meeting_id == meeting_id, tasks.c.kind.in_(tuple(kinds))
    )


async def drop_kinds(
    conn: AsyncConnection, partnership: str, meeting_id: UUID, kinds: Collection[str], *, by: str, now: datetime
) -> int:
    """The open tasks of some kinds about a meeting speak of what is no longer so; returns how many that ended."""
    return await _end(
        conn, partnership, "dropped", by, now, tasks.c.meeting_id == meeting_id, tasks.c.kind.in_(tuple(kinds))
    )


async def close_for_requirement(
    conn: AsyncConnection, partnership: str, requirement_id: UUID, kinds: Collection[str], *, by: str, now: datetime
) -> int:
    """The open tasks of some kinds about one agency's place are done by what just happened; returns how many."""
    return await _end(
        conn, partnership, "done", by, now, tasks.c.requirement_id == requirement_id, tasks.c.kind.in_(tuple(kinds))
    )


async def drop_for_requirement(
    conn: AsyncConnection, partnership: str, requirement_id: UUID, kinds: Collection[str], *, by: str, now: datetime
) -> int:
    """The open tasks of some kinds about one agency's place are no longer to be done; returns how many that ended."""
    return await _end(
        conn, partnership, "dropped", by, now, tasks.c.requirement_id == requirement_id, tasks.c.kind.in_(tuple(kinds))
    )


async def close_about(conn: AsyncConnection, partnership: str, row_id: UUID, *, by: str, now: datetime) -> int:
    """The open tasks about one outbox row are dealt with: somebody tries it again; returns how many."""
    return await _end(conn, partnership, "done", by, now, tasks.c.key.contains(str(row_id), autoescape=True))


async def close_of_held_item(conn: AsyncConnection, partnership: str, item_id: UUID, *, by: str, now: datetime) -> int:
    """The held delivery has been dealt with, and so has the task about it; returns how many that ended."""
    return await _end(conn, partnership, "done", by, now, tasks.c.held_item_id == item_id)


async def drop_open(conn: AsyncConnection, partnership: str, meeting_id: UUID, *, by: str, now: datetime) -> int:
    """Nothing about this meeting is to be done any more (it was cancelled); returns how many tasks that ended."""
    return await _end(conn, partnership, "dropped", by, now, tasks.c.meeting_id == meeting_id)


async def _end(
    conn: AsyncConnection, partnership: str, state: str, by: str, now: datetime, *which: ColumnElement[bool]
) -> int:
    ended = await conn.execute(
        update(tasks)
        .where(tasks.c.partnership_id == partnership, tasks.c.state == "open", *which)
        .values(state=state, closed_at=now, closed_by=by)
        .returning(tasks.c.id, tasks.c.meeting_id, tasks.c.kind)
    )
    by_meeting: dict[UUID | None, list[dict[str, str]]] = defaultdict(list)
    for task_id, meeting_id, kind in ended:
        by_meeting[meeting_id].append({"task": str(task_id), "kind": kind})
    action = Action.TASK_CLOSED if state == "done" else Action.TASK_DROPPED
    await append(
        conn,
        [Event(partnership, meeting_id, now, by, action, {"tasks": found}) for meeting_id, found in by_meeting.items()],
    )
    return sum(map(len, by_meeting.values()))
