"""Writes of a requirement's inbox, once the directory can say who does its job."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, literal, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.changes.meetings import LockedMeeting
from service.store.tables import answers, inboxes, invitations, meetings, outbox, requirements, tasks


@dataclass(frozen=True, slots=True)
class Unbound:
    """A requirement without an inbox, at a meeting that is still to come."""

    requirement_id: UUID
    meeting_id: UUID
    role: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A place that no message reaches: ``state`` is ``no_inbox`` or ``stopped``."""

    requirement_id: UUID
    role: str
    level: str
    state: str


@dataclass(frozen=True, slots=True)
class ByHand:
    """A place that somebody may have reached outside mail; ``name`` and ``phone`` are its inbox's, if it has one."""

    requirement_id: UUID
    role: str
    state: str
    name: str
    phone: str


async def unbound(conn: AsyncConnection, partnership: str) -> list[Unbound]:
    """Requirements without an inbox at meetings that are planned or confirmed, by meeting."""
    found = await conn.execute(
        select(requirements.c.id, requirements.c.meeting_id, requirements.c.role)
        .select_from(requirements.join(meetings, meetings.c.id == requirements.c.meeting_id))
        .where(
            requirements.c.partnership_id == partnership,
            requirements.c.state == "no_inbox",
            meetings.c.state.in_(("planned", "confirmed")),
        )
        .order_by(requirements.c.meeting_id, requirements.c.role)
    )
    return [Unbound(*row) for row in found]


async def gaps_of(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> list[Gap]:
    """The places of a meeting that no message reaches, in a steady order."""
    r = requirements.c
    found = await conn.execute(
        select(r.id, r.role, r.level, r.state)
        .where(r.partnership_id == partnership, r.meeting_id == meeting_id, r.state.in_(("no_inbox", "stopped")))
        .order_by(r.role, r.slot)
    )
    return [Gap(*row) for row in found]


async def reached_by_hand(conn: AsyncConnection, partnership: str, meeting: LockedMeeting) -> list[ByHand]:
    """The places that may have been told of the meeting outside mail, and will hear nothing by mail.

    That is: a desk reached by phone, once there was a time to tell it; a place without a usable inbox whose task was
    done or that answered by phone; and one whose message never left and whose task to phone it was done.
    """
    r, i = requirements.c, inboxes.c
    gap = r.state.in_(("no_inbox", "stopped"))
    told = select(invitations.c.id).where(
        invitations.c.requirement_id == r.id, invitations.c.message_handed_at.is_not(None)
    )
    phoned = select(answers.c.id).where(answers.c.requirement_id == r.id, answers.c.way == "phone")
    found = await conn.execute(
        select(r.id, r.role, r.state, func.coalesce(i.name, ""), func.coalesce(i.phone, ""))
        .select_from(requirements.outerjoin(inboxes, i.id == r.inbox_id))
        .where(
            r.partnership_id == partnership,
            r.meeting_id == meeting.id,
            or_(
                and_(r.state == "wanted", i.channel == "phone", literal(meeting.version > 0)),
                and_(gap, or_(_done("no_inbox", "must_not_be_told"), phoned.exists())),
                and_(r.state == "wanted", _done("not_delivered", "held_back"), not_(told.exists())),
            ),
        )
        .order_by(r.role, r.slot)
    )
    return [ByHand(*row) for row in found]


def _done(*kinds: str) -> ColumnElement[bool]:
    done = select(tasks.c.id).where(
        tasks.c.requirement_id == requirements.c.id, tasks.c.kind.in_(kinds), tasks.c.state == "done"
    )
    return done.exists()


async def set_inbox(conn: AsyncConnection, partnership: str, requirement_id: UUID, inbox_id: UUID) -> bool:
    """Bind a requirement. False when it was bound or withdrawn meanwhile."""
    done = await conn.execute(
        update(requirements)
        .where(
            requirements.c.partnership_id == partnership,
            requirements.c.id == requirement_id,
            requirements.c.state == "no_inbox",
        )
        .values(inbox_id=inbox_id, state="wanted")
    )
    return done.rowcount == 1


async def rows_in_stream(conn: AsyncConnection, partnership: str, stream: str) -> int:
    """How many outbox rows a stream has, to number the next one. Call it under the meeting's lock."""
    found = await conn.execute(
        select(func.count()).where(outbox.c.partnership_id == partnership, outbox.c.stream == stream)
    )
    return int(found.scalar_one())
