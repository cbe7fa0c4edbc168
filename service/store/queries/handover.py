"""What happened while offices were closed: the meetings asked for, phoned or begun since, and what is left to do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.queries.readable import Reader, readable
from service.store.tables import calls, handovers, meetings, requests, requirements, tasks


@dataclass(frozen=True, slots=True)
class NightPlace:
    """One agency of a meeting, and what the last call to it came to; None: nobody has phoned it."""

    role: str
    level: str
    state: str
    outcome: str | None
    called_at: datetime | None


@dataclass(frozen=True, slots=True)
class NightTask:
    """What is still to be done about a meeting."""

    kind: str
    owner: str
    detail: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class NightMeeting:
    """One meeting of the night with its agencies and what is left to do."""

    reference: str
    meeting_type: str
    urgency: str
    state: str
    starts_at: datetime | None
    asked_at: datetime
    places: tuple[NightPlace, ...]
    tasks: tuple[NightTask, ...]


@dataclass(frozen=True, slots=True)
class HandedOver:
    """One handover: the period it was about, how many meetings it named, and who took it on."""

    since: datetime
    until: datetime
    meetings: int
    handed_by: str
    handed_at: datetime


async def night_meetings(
    conn: AsyncConnection, partnership: str, reader: Reader | None, since: datetime
) -> list[NightMeeting]:
    """The meetings asked for, phoned, or begun since an instant, the most urgent and earliest first; called-off ones
    are left out."""
    m, q, c = meetings.c, requests.c, calls.c
    phoned = select(c.id).where(c.meeting_id == m.id, c.called_at >= since).exists()
    begun = and_(m.starts_at.is_not(None), m.starts_at >= since, m.mode == "phone", m.state.in_(("confirmed", "held")))
    found = (
        await conn.execute(
            select(m.id, m.reference, m.meeting_type, q.urgency, m.state, m.starts_at, m.created_at)
            .select_from(meetings.join(requests, q.id == m.request_id))
            .where(
                m.partnership_id == partnership,
                m.state != "cancelled",
                or_(m.created_at >= since, phoned, begun),
                readable(m.request_id, partnership, reader),
            )
            .order_by(q.urgency != "immediate", m.created_at, m.reference)
        )
    ).all()
    ids = [row.id for row in found]
    places, left = await _places(conn, partnership, ids), await _tasks(conn, partnership, ids)
    return [NightMeeting(*row[1:], tuple(places[row.id]), tuple(left[row.id])) for row in found]


async def _places(conn: AsyncConnection, partnership: str, ids: Sequence[UUID]) -> dict[UUID, list[NightPlace]]:
    r, c = requirements.c, calls.c
    newest = (
        select(c.requirement_id, c.outcome, c.called_at)
        .ext(distinct_on(c.requirement_id))
        .where(c.partnership_id == partnership, c.meeting_id.in_(ids))
        .order_by(c.requirement_id, c.called_at.desc(), c.id.desc())
        .subquery("newest")
    )
    found = await conn.execute(
        select(r.meeting_id, r.role, r.level, r.state, newest.c.outcome, newest.c.called_at)
        .select_from(requirements.outerjoin(newest, newest.c.requirement_id == r.id))
        .where(r.partnership_id == partnership, r.meeting_id.in_(ids), r.state.not_in(("withdrawn", "joined")))
        .order_by(r.level != "core", r.role, r.slot)
    )
    return _by_meeting(found, NightPlace)


async def _tasks(conn: AsyncConnection, partnership: str, ids: Sequence[UUID]) -> dict[UUID, list[NightTask]]:
    k = tasks.c
    found = await conn.execute(
        select(k.meeting_id, k.kind, k.owner, k.detail, k.due_at)
        .where(k.partnership_id == partnership, k.meeting_id.in_(ids), k.state == "open")
        .order_by(k.due_at.asc().nulls_last(), k.created_at, k.id)
    )
    return _by_meeting(found, NightTask)


def _by_meeting(found: Any, line: type[Any]) -> dict[UUID, list[Any]]:
    lines: dict[UUID, list[Any]] = defaultdict(list)
    for meeting_id, *values in found:
        lines[meeting_id].append(line(*values))
    return lines


async def last_handover(conn: AsyncConnection, partnership: str) -> HandedOver | None:
    """The last time a night was handed over."""
    h = handovers.c
    found = await conn.execute(
        select(h.since, h.until, h.meetings, h.handed_by, h.handed_at)
        .where(h.partnership_id == partnership)
        .order_by(h.handed_at.desc(), h.id.desc())
        .limit(1)
    )
    row = found.one_or_none()
    return None if row is None else HandedOver(*row)
