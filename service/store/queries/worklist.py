"""The worklist: every meeting that still needs somebody, with what its agencies have said, in as many queries
whatever their number.

What is counted of a meeting is counted from that meeting's own rows (lateral), by an index of each table that begins
with the meeting. Grouped over all meetings and joined, it takes a hundred times as long wherever PostgreSQL has no
figures about the tables yet, because it then expects one meeting and works everything out again for each.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    func,
    or_,
    select,
    true,
    union,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.selectable import LateralFromClause

from service.store.queries.readable import Reader, bound_reader, readable
from service.store.tables import answers, attendances, chases, meetings, requests, requirements, tasks


@dataclass(frozen=True, slots=True)
class WorklistRow:
    """One meeting. The counts are of required places: every level but optional, withdrawn ones left out.

    ``said_yes`` counts those who come or send someone, ``sends_report`` those who send written information instead,
    ``said_maybe`` also those who asked for another time; whoever has not answered the current version is ``silent``.
    ``recorded`` counts places whose attendance is recorded, ``to_confirm`` those among them that no chair has confirmed
    yet. ``roles`` are those of the counted places and
    ``silent_roles`` those among them that have not answered, each once and in order. ``put_off``: it could not be held
    on a day it was called for, and somebody is to hold it. ``next_chase_at`` is None too where it was not asked for.
    """

    meeting_id: UUID
    reference: str
    case_ref: str
    meeting_type: str
    urgency: str
    state: str
    starts_at: datetime | None
    deadline_at: datetime | None
    required: int
    said_yes: int
    said_no: int
    said_maybe: int
    sends_report: int
    silent: int
    recorded: int
    open_tasks: int
    next_chase_at: datetime | None
    chair: str = ""
    roles: tuple[str, ...] = ()
    silent_roles: tuple[str, ...] = ()
    put_off: bool = False
    to_confirm: int = 0


async def worklist(
    conn: AsyncConnection,
    partnership: str,
    reader: Reader | None,
    *,
    held_since: datetime | None = None,
    cancelled_since: datetime | None = None,
    next_chases: bool = True,
) -> list[WorklistRow]:
    """Meetings that are planned or confirmed, or have an open task; the one whose time comes soonest first.

    A meeting's time is its start, or its deadline while it has no start. ``held_since`` adds the meetings that were
    held and started at or after that instant, for recording the rest of their attendance; ``cancelled_since`` those
    that were cancelled and whose time (start, deadline, or when they were asked for) is not before that one. It is
    several statements: ask on a ``snapshot``, so that they see the same.
    """
    said: dict[str, Any] = {"partnership": partnership}
    if reader is not None:
        said |= {"reader": reader.key, "at": reader.at}
    said |= {"held_since": held_since} if held_since else {}
    said |= {"cancelled_since": cancelled_since} if cancelled_since else {}
    wanted = _wanted(
        for_a_reader=reader is not None, held=held_since is not None, cancelled=cancelled_since is not None
    )
    rows = await conn.execute(wanted, said)
    open_tasks = {row[0]: (row[1], row[2]) for row in await conn.execute(_open_tasks(), {"partnership": partnership})}
    due: dict[UUID, datetime] = {}
    if next_chases:
        due = {row[0]: row[1] for row in await conn.execute(_next_chases(), {"partnership": partnership})}
    return [_row(row, open_tasks.get(row[0], (0, False)), due.get(row[0])) for row in rows]


def _row(row: Sequence[Any], open_tasks: tuple[int, bool], next_chase_at: datetime | None) -> WorklistRow:
    *values, chair, roles, silent, to_confirm = row
    (number, put_off), asked, silent_roles = open_tasks, tuple(roles or ()), tuple(silent or ())
    return WorklistRow(*(*values, number, next_chase_at, chair, asked, silent_roles, put_off, to_confirm))


_PARTNERSHIP: Any = bindparam("partnership", type_=Text)


async def rows_of(
    conn: AsyncConnection, partnership: str, reader: Reader, meeting_ids: Collection[UUID]
) -> list[WorklistRow]:
    """These meetings alone, in no order, without their tasks and chases; those that are not for the reader left out."""
    said = {"partnership": partnership, "ids": list(meeting_ids), "reader": reader.key, "at": reader.at}
    return [_row(row, (0, False), None) for row in await conn.execute(_these(), said)]


@lru_cache(maxsize=1)
def _these() -> Select[Any]:
    return _rows(_meetings(bindparam("ids", type_=ARRAY(Uuid)), bound_reader()))


@lru_cache(maxsize=8)
def _wanted(*, for_a_reader: bool, held: bool, cancelled: bool) -> Select[Any]:
    """Built once for each way of asking: building it takes longer than reading a hundred rows."""
    listed = _meetings(listed_ids(held=held, cancelled=cancelled), bound_reader() if for_a_reader else None)
    return _rows(listed).order_by(
        func.coalesce(listed.c.starts_at, listed.c.deadline_at).asc().nulls_last(), listed.c.reference
    )


def _rows(listed: CTE) -> Select[Any]:
    places, recorded = _places(listed), _recorded(listed)
    joined = listed.join(requests, requests.c.id == listed.c.request_id).join(places, true()).join(recorded, true())
    return select(
        listed.c.id,
        listed.c.reference,
        requests.c.case_ref,
        listed.c.meeting_type,
        requests.c.urgency,
        listed.c.state,
        listed.c.starts_at,
        listed.c.deadline_at,
        *(places.c[name] for name in ("required", "said_yes", "said_no", "said_maybe", "sends_report", "silent")),
        recorded.c.recorded,
        listed.c.chair,
        places.c.roles,
        places.c.silent_roles,
        recorded.c.to_confirm,
    ).select_from(joined)


def listed_ids(*, held: bool, cancelled: bool) -> ColumnElement[Any]:
    """Which meetings are on a partnership's worklist (see ``worklist``), as an array; whose they are is not asked."""
    m = meetings.c
    kinds: list[ColumnElement[bool]] = [m.state.in_(("planned", "confirmed"))]
    if held:
        kinds.append(and_(m.state == "held", m.starts_at >= bindparam("held_since", type_=m.starts_at.type)))
    if cancelled:
        since: Any = bindparam("cancelled_since", type_=m.starts_at.type)
        kinds.append(and_(m.state == "cancelled", func.coalesce(m.starts_at, m.deadline_at, m.created_at) >= since))
    # Two questions and not one "or": each has its index, and the years of what is over are not looked through.
    ids = union(
        select(m.id).where(m.partnership_id == _PARTNERSHIP, or_(*kinds)),
        select(tasks.c.meeting_id).where(tasks.c.partnership_id == _PARTNERSHIP, tasks.c.state == "open"),
    )
    # As an array the ids are found once, whatever PostgreSQL expects their number to be.
    return func.array(ids.scalar_subquery())


def _meetings(ids: Any, reader: Reader | None) -> CTE:
    m = meetings.c
    columns = (m.id, m.reference, m.request_id, m.meeting_type, m.state, m.version, m.starts_at, m.deadline_at, m.chair)
    theirs = readable(m.request_id, _PARTNERSHIP, reader)
    return select(*columns).where(m.partnership_id == _PARTNERSHIP, m.id == any_(ids), theirs).cte("listed")


def _counted(listed: CTE) -> tuple[ColumnElement[bool], ...]:
    """The places that are counted as required of a meeting."""
    r = requirements.c
    return r.meeting_id == listed.c.id, r.level != "optional", r.state.not_in(("withdrawn", "joined"))


def _places(listed: CTE) -> LateralFromClause:
    r, a = requirements.c, answers.c
    # The last answer of each place to the meeting's current version (see ``meeting.AgencyLine``).
    now = (
        select(a.requirement_id, a.answer)
        .ext(distinct_on(a.requirement_id))
        .where(a.meeting_id == listed.c.id, a.version == listed.c.version, a.requirement_id.is_not(None))
        .order_by(a.requirement_id, a.answered_at.desc(), a.id.desc())
        .correlate(listed)
        .lateral("current_answers")
    )
    return (
        select(
            func.count().label("required"),
            func.count().filter(now.c.answer.in_(("yes", "deputy"))).label("said_yes"),
            func.count().filter(now.c.answer == "no").label("said_no"),
            func.count().filter(now.c.answer.in_(("maybe", "another_time"))).label("said_maybe"),
            func.count().filter(now.c.answer == "report").label("sends_report"),
            func.count().filter(now.c.answer.is_(None)).label("silent"),
            func.array_agg(r.role.distinct()).label("roles"),
            func.array_agg(r.role.distinct()).filter(now.c.answer.is_(None)).label("silent_roles"),
        )
        .select_from(requirements.outerjoin(now, now.c.requirement_id == r.id))
        .where(*_counted(listed))
        .correlate(listed)
        .lateral("places")
    )


def _recorded(listed: CTE) -> LateralFromClause:
    r, a = requirements.c, attendances.c
    return (
        select(
            func.count().label("recorded"),
            func.count().filter(a.state == "recorded").label("to_confirm"),
        )
        .select_from(attendances.join(requirements, r.id == a.requirement_id))
        .where(a.meeting_id == listed.c.id, a.sitting == 1, *_counted(listed))
        .correlate(listed)
        .lateral("recorded")
    )


@lru_cache(maxsize=1)
def _next_chases() -> Select[Any]:
    c = chases.c
    wanted = select(c.meeting_id, func.min(c.due_at)).where(c.partnership_id == _PARTNERSHIP, c.state == "due")
    return wanted.group_by(c.meeting_id)


@lru_cache(maxsize=1)
def _open_tasks() -> Select[Any]:
    t = tasks.c
    wanted = select(t.meeting_id, func.count(), func.bool_or(t.kind == "not_held"))
    return wanted.where(t.partnership_id == _PARTNERSHIP, t.state == "open").group_by(t.meeting_id)
