"""Which meetings a person may know of: the one condition that every list, search and count for a person carries.

A restricted case is for the people named for it, and for whoever broke the glass as long as that lasts. Somebody kept
out of a case loses it whether or not it is restricted, and breaks no glass.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, and_, bindparam, cast, exists, func, not_, or_, select, true, union
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import case_access, meetings, requests, tasks


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, as the audit names them (``staff:…``, ``api:…``, ``command:…``), and when: a broken glass runs out."""

    key: str
    at: datetime


# Under names of their own: the query around may have these tables too, and they are not its rows.
_ACCESS, _RESTRICTED = case_access.alias("access"), requests.alias("restricted")


def readable(request_id: Any, partnership: Any, reader: Reader | None) -> ColumnElement[bool]:
    """Whether the case under this column is for this reader. Without one it is the service itself, which leaves nothing
    out: nobody is told less of a meeting because a case is restricted."""
    if reader is None:
        return true()
    a, q = _ACCESS.c, _RESTRICTED.c
    own = and_(
        a.partnership_id == partnership, a.request_id == request_id, a.reader == reader.key, a.ended_at.is_(None)
    )
    kept_out = exists().where(own, a.kind == "kept_out")
    let_in = exists().where(own, a.kind != "kept_out", or_(a.until.is_(None), a.until > reader.at))
    restricted = exists().where(q.partnership_id == partnership, q.id == request_id, q.restricted_at.is_not(None))
    return and_(not_(kept_out), or_(not_(restricted), let_in))


async def hidden_from(conn: AsyncConnection, partnership: str, reader: Reader) -> tuple[str, frozenset[UUID]]:
    """What stands for all that is committed by now, and the cases that are not for this reader: restricted ones they
    are not named for and those they are kept out of. Two readers with the same cases hidden may see all the same."""
    said = {"partnership": partnership, "reader": reader.key, "at": reader.at}
    row = (await conn.execute(_hidden_from(), said)).one()
    return row[0], frozenset(row[1])


@lru_cache(maxsize=1)
def _hidden_from() -> Select[Any]:
    """Built once: it is asked before every look at a worklist, and building it takes longer than answering it."""
    return select(*hidden_columns(bindparam("partnership")))


def hidden_columns(partnership: Any) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """What ``hidden_from`` answers, as columns of a statement that is built once (see ``bound_reader``)."""
    a, q = case_access.c, requests.c
    reader = bound_reader()
    candidates = union(
        select(q.id.label("id")).where(q.partnership_id == partnership, q.restricted_at.is_not(None)),
        select(a.request_id.label("id")).where(
            a.partnership_id == partnership, a.reader == reader.key, a.kind == "kept_out"
        ),
    ).subquery("candidates")
    hidden = select(candidates.c.id).where(not_(readable(candidates.c.id, partnership, reader)))
    return _COMMITTED, func.array(hidden.scalar_subquery())


# Which transactions have ended, as PostgreSQL counts them: where two statements see the same, they see the same rows.
_COMMITTED: Final = cast(func.pg_current_snapshot(), Text)


async def committed_by_now(conn: AsyncConnection) -> str:
    """What stands for all that is committed by now, in every partnership: no row of anybody's."""
    return str(await conn.scalar(select(_COMMITTED)))


def meeting_for(partnership: Any, reference: Any, reader: Reader | None) -> Select[Any]:
    """The meeting with this reference, where there is one and it is for this reader."""
    return select(meetings.c.id).where(
        meetings.c.partnership_id == partnership,
        meetings.c.reference == reference,
        readable(meetings.c.request_id, partnership, reader),
    )


def task_for(partnership: Any, task_id: Any, reader: Reader) -> Select[Any]:
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
    said: dict[str, Any] = {"partnership": partnership, "reference": reference}
    if reader is not None:
        said |= {"reader": reader.key, "at": reader.at}
    found = await conn.execute(_meeting_for(by_somebody=reader is not None), said)
    return found.first() is not None


@lru_cache(maxsize=2)
def _meeting_for(*, by_somebody: bool) -> Select[Any]:
    """Built once: it is asked before every call about a meeting, and building it takes longer than answering it."""
    return meeting_for(bindparam("partnership"), bindparam("reference"), bound_reader() if by_somebody else None)


def bound_reader() -> Reader:
    """A reader for a statement that is built once; ``reader`` and ``at`` are given when it is asked."""
    key: Any = bindparam("reader")
    at: Any = bindparam("at", type_=case_access.c.until.type)
    return Reader(key, at)


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
