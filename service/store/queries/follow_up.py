"""The meeting that follows another, and who may know of its case: what the second meeting takes over from the first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.actions import Action
from service.store.tables import audit_events, case_access, meetings, requests


@dataclass(frozen=True, slots=True)
class LinkedMeeting:
    """A meeting that follows another. ``noted``: the first one's record says so."""

    reference: str
    state: str
    starts_at: datetime | None
    deadline_at: datetime | None
    noted: bool


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody of ours who is named for a case, or kept out of it."""

    reader: str
    kind: str
    named_by: str
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Readers:
    """Since when a case is restricted (None: it is not), by whom, and everybody named for it or kept out."""

    restricted_at: datetime | None
    restricted_by: str | None
    people: tuple[Named, ...]


async def follow_up_of(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> LinkedMeeting | None:
    """The meeting that was asked for to follow this one."""
    return await _linked(conn, partnership, meeting_id, "follow-up/", Action.FOLLOW_UP_PLANNED)


async def called_again(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> LinkedMeeting | None:
    """The meeting that takes the place of this one, which was called off."""
    return await _linked(conn, partnership, meeting_id, "again/", Action.MEETING_CALLED_AGAIN)


async def _linked(
    conn: AsyncConnection, partnership: str, meeting_id: UUID, prefix: str, action: Action
) -> LinkedMeeting | None:
    m, first, q, e = meetings.c, meetings.alias("first"), requests.c, audit_events.c
    noted = (
        select(e.id)
        .where(e.partnership_id == partnership, e.meeting_id == meeting_id, e.action == str(action))
        .exists()
    )
    found = await conn.execute(
        select(m.reference, m.state, m.starts_at, m.deadline_at, noted)
        .select_from(meetings.join(requests, q.id == m.request_id).join(first, first.c.id == m.linked_meeting_id))
        .where(
            m.partnership_id == partnership,
            m.linked_meeting_id == meeting_id,
            q.source_ref == prefix + first.c.reference,
        )
    )
    row = found.first()
    return None if row is None else LinkedMeeting(*row)


async def access_of(conn: AsyncConnection, partnership: str, request_id: UUID) -> Readers:
    """Who may know of a case. Whoever broke the glass was let in to the one meeting, and for a while only."""
    q, a = requests.c, case_access.c
    restricted = (
        await conn.execute(
            select(q.restricted_at, q.restricted_by).where(q.partnership_id == partnership, q.id == request_id)
        )
    ).one_or_none()
    found = await conn.execute(
        select(a.reader, a.kind, a.named_by, a.reason, a.since)
        .where(
            a.partnership_id == partnership,
            a.request_id == request_id,
            a.kind.in_(("named", "kept_out")),
            a.ended_at.is_(None),
        )
        .order_by(a.since, a.id)
    )
    at, by = restricted or (None, None)
    return Readers(at, by, tuple(Named(*row) for row in found))
