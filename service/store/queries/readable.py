"""Which meetings a person may know of: the one condition that every list, search and count for a person carries.

A restricted case is for the people named for it, and for whoever broke the glass as long as that lasts. Somebody kept
out of a case loses it whether or not it is restricted, and breaks no glass.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, not_, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import case_access, meetings, requests, tasks


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, as the audit names them (``staff:…``, ``api:…``, ``command:…``), and when: a broken glass runs out."""

    key: str
    at: datetime


def readable(request_id: Any, partnership: str, reader: Reader | None) -> ColumnElement[bool]:
    """Whether the case under this column is for this reader. Without one it is the service itself, which leaves nothing
    out: nobody is told less of a meeting because a case is restricted."""
    if reader is None:
        return true()
    # Under names of their own: the query around may have these tables too, and they are not its rows.
    a, q = case_access.alias("access").c, requests.alias("restricted").c
    own = and_(
        a.partnership_id == partnership, a.request_id == request_id, a.reader == reader.key, a.ended_at.is_(None)
    )
    kept_out = exists().where(own, a.kind == "kept_out")
    let_in = exists().where(own, a.kind != "kept_out", or_(a.until.is_(None), a.until > reader.at))
    restricted = exists().where(q.partnership_id == partnership, q.id == request_id, q.restricted_at.is_not(None))
    return and_(not_(kept_out), or_(not_(restricted), let_in))


def meeting_for(partnership: str, reference: str, reader: Reader | None) -> Select[Any]:
    """The meeting with this reference, where there is one and it is for this reader."""
    return select(meetings.c.id).where(
        meetings.c.partnership_id == partnership,
        meetings.c.reference == reference,
        readable(meetings.c.request_id, partnership, reader),
    )


def task_for(partnership: str, task_id: Any, reader: Reader) -> Select[Any]:
    """The task with this id, where there is one and it is about no meeting or about one that is for this reader."""
    return (
        select(tasks.c.id)
        .outerjoin(meetings, meetings.c.id == tasks.c.meeting_id)
        .where(
            tasks.c.partnership_id == partnership,
            tasks.c.id == task_id,
            or_(tasks.c.meeting_id.is_(None), readable(meetings.c.request_id, partnership, reader)),
        )
    )


async def may_read_meeting(conn: AsyncConnection, partnership: str, reference: str, reader: Reader | None) -> bool:
    """Whether there is such a meeting and it is for this reader; without one, whether there is such a meeting."""
    found = await conn.execute(meeting_for(partnership, reference, reader))
    return found.first() is not None


@dataclass(frozen=True, slots=True)
class Access:
    """Somebody named for a case, kept out of it, or let in by breaking the glass until an instant."""

    reader: str
    kind: str
    named_by: str
    since: datetime
    until: datetime | None
    reason: str


async def access_to(conn: AsyncConnection, partnership: str, reference: str) -> tuple[bool, list[Access]]:
    """Whether a meeting's case is restricted, and everybody who is named, kept out or was let in, oldest first."""
    m, q, a = meetings.c, requests.c, case_access.c
    restricted = await conn.scalar(
        select(q.restricted_at)
        .join(meetings, m.request_id == q.id)
        .where(q.partnership_id == partnership, m.partnership_id == partnership, m.reference == reference)
    )
    found = await conn.execute(
        select(a.reader, a.kind, a.named_by, a.since, a.until, a.reason)
        .join(meetings, m.request_id == a.request_id)
        .where(
            a.partnership_id == partnership,
            m.partnership_id == partnership,
            m.reference == reference,
            a.ended_at.is_(None),
        )
        .order_by(a.since, a.id)
    )
    return restricted is not None, [Access(*row) for row in found]
