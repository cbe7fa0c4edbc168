"""The worklist: every meeting that still needs somebody, with what its agencies have said, in one query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Select, Subquery, and_, func, literal, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.queries.readable import Reader, readable
from service.store.tables import answers, attendances, chases, meetings, requests, requirements, tasks


@dataclass(frozen=True, slots=True)
class WorklistRow:
    """One meeting. The counts are of required places: every level but optional, withdrawn ones left out.

    ``said_yes`` counts those who come or send someone, ``sends_report`` those who send written information instead,
    ``said_maybe`` also those who asked for another time; whoever has not answered the current version is ``silent``.
    ``recorded`` counts places whose attendance is recorded, ``to_confirm`` those among them that no chair has confirmed
    yet. ``roles`` are those of the counted places and
    ``silent_roles`` those among them that have not answered, each once and in order. ``put_off``: it could not be held
    on a day it was called for, and somebody is to hold it.
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
) -> list[WorklistRow]:
    """Meetings that are planned or confirmed, or have an open task; the one whose time comes soonest first.

    A meeting's time is its start, or its deadline while it has no start. ``held_since`` adds the meetings that were
    held and started at or after that instant, for recording the rest of their attendance; ``cancelled_since`` those
    that were cancelled and whose time (start, deadline, or when they were asked for) is not before that one.
    """
    listed = _listed(partnership, reader, held_since, cancelled_since)
    places, chase, task = _places(listed), _next_chases(listed), _open_tasks(partnership)
    zero = [
        func.coalesce(places.c[name], 0)
        for name in ("required", "said_yes", "said_no", "said_maybe", "sends_report", "silent", "recorded")
    ]
    wanted: Select[Any] = (
        select(
            listed.c.id,
            listed.c.reference,
            requests.c.case_ref,
            listed.c.meeting_type,
            requests.c.urgency,
            listed.c.state,
            listed.c.starts_at,
            listed.c.deadline_at,
            *zero,
            func.coalesce(task.c.number, 0),
            chase.c.due_at,
            listed.c.chair,
            places.c.roles,
            places.c.silent_roles,
            func.coalesce(task.c.put_off, literal(value=False)),
            func.coalesce(places.c.to_confirm, 0),
        )
        .select_from(
            listed.join(requests, requests.c.id == listed.c.request_id)
            .outerjoin(places, places.c.meeting_id == listed.c.id)
            .outerjoin(chase, chase.c.meeting_id == listed.c.id)
            .outerjoin(task, task.c.meeting_id == listed.c.id)
        )
        .order_by(func.coalesce(listed.c.starts_at, listed.c.deadline_at).asc().nulls_last(), listed.c.reference)
    )
    return [_row(row) for row in await conn.execute(wanted)]


def _row(row: Sequence[Any]) -> WorklistRow:
    *values, roles, silent, put_off, to_confirm = row
    return WorklistRow(*(*values, tuple(roles or ()), tuple(silent or ()), put_off, to_confirm))


def _listed(
    partnership: str, reader: Reader | None, held_since: datetime | None, cancelled_since: datetime | None
) -> CTE:
    m = meetings.c
    with_tasks = select(tasks.c.meeting_id).where(tasks.c.partnership_id == partnership, tasks.c.state == "open")
    kinds: list[ColumnElement[bool]] = [m.state.in_(("planned", "confirmed")), m.id.in_(with_tasks)]
    if held_since is not None:
        kinds.append(and_(m.state == "held", m.starts_at >= held_since))
    if cancelled_since is not None:
        kinds.append(
            and_(m.state == "cancelled", func.coalesce(m.starts_at, m.deadline_at, m.created_at) >= cancelled_since)
        )
    columns = (m.id, m.reference, m.request_id, m.meeting_type, m.state, m.version, m.starts_at, m.deadline_at, m.chair)
    theirs = readable(m.request_id, partnership, reader)
    return select(*columns).where(m.partnership_id == partnership, or_(*kinds), theirs).cte("listed")


def _current_answers(listed: CTE) -> Subquery:
    """The last answer of each place to its meeting's current version (see ``meeting.AgencyLine``)."""
    a = answers.c
    current: Select[tuple[UUID | None, str]] = (
        select(a.requirement_id, a.answer)
        .ext(distinct_on(a.requirement_id))
        .select_from(answers.join(listed, and_(listed.c.id == a.meeting_id, listed.c.version == a.version)))
        .where(a.requirement_id.is_not(None))
        .order_by(a.requirement_id, a.answered_at.desc(), a.id.desc())
    )
    return current.subquery("current_answers")


def _places(listed: CTE) -> Subquery:
    r, now = requirements.c, _current_answers(listed)

    joined = (
        requirements.join(listed, listed.c.id == r.meeting_id)
        .outerjoin(now, now.c.requirement_id == r.id)
        .outerjoin(attendances, and_(attendances.c.requirement_id == r.id, attendances.c.sitting == 1))
    )
    return (
        select(
            r.meeting_id,
            func.count().label("required"),
            func.count().filter(now.c.answer.in_(("yes", "deputy"))).label("said_yes"),
            func.count().filter(now.c.answer == "no").label("said_no"),
            func.count().filter(now.c.answer.in_(("maybe", "another_time"))).label("said_maybe"),
            func.count().filter(now.c.answer == "report").label("sends_report"),
            func.count().filter(now.c.answer.is_(None)).label("silent"),
            func.count(attendances.c.id).label("recorded"),
            func.count().filter(attendances.c.state == "recorded").label("to_confirm"),
            func.array_agg(r.role.distinct()).label("roles"),
            func.array_agg(r.role.distinct()).filter(now.c.answer.is_(None)).label("silent_roles"),
        )
        .select_from(joined)
        .where(r.level != "optional", r.state.not_in(("withdrawn", "joined")))
        .group_by(r.meeting_id)
        .subquery("places")
    )


def _next_chases(listed: CTE) -> Subquery:
    c = chases.c
    return (
        select(c.meeting_id, func.min(c.due_at).label("due_at"))
        .where(c.meeting_id.in_(select(listed.c.id)), c.state == "due")
        .group_by(c.meeting_id)
        .subquery("next_chases")
    )


def _open_tasks(partnership: str) -> Subquery:
    t = tasks.c
    return (
        select(t.meeting_id, func.count().label("number"), func.bool_or(t.kind == "not_held").label("put_off"))
        .where(t.partnership_id == partnership, t.state == "open")
        .group_by(t.meeting_id)
        .subquery("open_tasks")
    )
