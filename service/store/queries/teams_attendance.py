"""Reads about what Teams says of who was there: which meetings to ask about, and what is proposed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.teams_attendance import LADDER, LOOKED_FOR, TeamsProposal
from service.store.tables import (
    attendance_proposals,
    attendance_reads,
    calendar_events,
    meetings,
    requirements,
    sittings,
)


@dataclass(frozen=True, slots=True)
class OverMeeting:
    """A sitting of an online meeting that is over and has a read due; all sittings meet behind one link.
    ``sits_again_at``: the next sitting, no part of this one."""

    event_id: UUID
    meeting_id: UUID
    join_url: str
    starts_at: datetime
    ends_at: datetime
    sits_again_at: datetime | None
    sitting: int = 1


@dataclass(frozen=True, slots=True)
class ReadSoFar:
    """How far the reading of one meeting's reports has come; ``unknown`` counts whom no agency's address matched."""

    state: str
    sessions: int
    unknown: int
    read_at: datetime | None
    next_try_at: datetime | None


async def reads_due(
    conn: AsyncConnection, partnership: str, mailbox_id: UUID, now: datetime, limit: int = 10
) -> list[OverMeeting]:
    """The sittings of one mailbox's online meetings whose report is to be read now, the one that ended first at the
    head."""
    e, m, r, s = calendar_events.c, meetings.c, attendance_reads.c, sittings.c
    first = select(m.id.label("meeting_id"), literal(1).label("number"), m.starts_at, m.ends_at)
    each = union_all(first, select(s.meeting_id, s.number, s.starts_at, s.ends_at)).subquery()
    other = sittings.alias("other")
    again = select(func.min(other.c.starts_at)).where(
        other.c.meeting_id == each.c.meeting_id, other.c.number > each.c.number
    )
    found = await conn.execute(
        select(e.id, e.meeting_id, e.join_url, each.c.starts_at, each.c.ends_at, again.scalar_subquery(), each.c.number)
        .join(meetings, m.id == e.meeting_id)
        .join(each, each.c.meeting_id == e.meeting_id)
        .outerjoin(attendance_reads, (r.event_id == e.id) & (r.sitting == each.c.number))
        .where(e.partnership_id == partnership, e.mailbox_id == mailbox_id, e.state == "live")
        .where(e.join_url.is_not(None), e.join_url != "", m.state.in_(("confirmed", "held")))
        .where(each.c.ends_at <= now - LADDER[0], each.c.ends_at > now - LOOKED_FOR)
        .where(or_(r.id.is_(None), (r.state == "waiting") & (r.next_try_at <= now)))
        .order_by(each.c.ends_at, e.id)
        .limit(limit)
    )
    return [OverMeeting(*row) for row in found]


async def teams_proposals(
    conn: AsyncConnection, partnership: str, meeting_id: UUID, sitting: int = 1
) -> dict[UUID, TeamsProposal]:
    """What Teams proposes of the agencies at one sitting, by requirement, whether or not anything is recorded of
    them."""
    p, r = attendance_proposals.c, requirements.c
    found = await conn.execute(
        select(p.requirement_id, r.role, r.slot, p.joined_at, p.seconds)
        .join(requirements, r.id == p.requirement_id)
        .where(p.partnership_id == partnership, p.meeting_id == meeting_id, p.sitting == sitting)
        .order_by(r.role, r.slot)
    )
    return {row.requirement_id: TeamsProposal(row.role, row.slot, row.joined_at, row.seconds) for row in found}


async def read_so_far(conn: AsyncConnection, partnership: str, meeting_id: UUID, sitting: int) -> ReadSoFar | None:
    """How far the reading of one sitting has come; None before the first one."""
    r = attendance_reads.c
    found = await conn.execute(
        select(r.state, r.sessions, r.unknown, r.read_at, r.next_try_at)
        .where(r.partnership_id == partnership, r.meeting_id == meeting_id, r.sitting == sitting)
        .order_by(r.id.desc())
        .limit(1)
    )
    row = found.one_or_none()
    return None if row is None else ReadSoFar(*row)
