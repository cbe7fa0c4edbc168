"""Reads for proving an inbox: its place, the codes that are out, the desk session behind a cookie and its meetings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.one_time_codes import Code
from service.store.tables import answers, codes, desk_sessions, inboxes, meetings, partnerships, requirements


@dataclass(frozen=True, slots=True)
class ProofPlace:
    """One agency's place, with what decides whether its inbox can be sent a code."""

    requirement_id: UUID
    reference: str
    role: str
    slot: str
    state: str
    meeting_state: str
    inbox_id: UUID | None
    agency: str
    by_mail: bool


@dataclass(frozen=True, slots=True)
class DoorPlace:
    """A place that an agency code may be for."""

    requirement_id: UUID
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class DeskSession:
    """A desk session as it is kept, its name still sealed. Instants are real time."""

    id: UUID
    partnership: str
    inbox_id: UUID
    agency: str
    service_phone: str
    key_id: str
    wrapped_key: bytes | None = field(repr=False)
    sealed_name: bytes = field(repr=False)
    ends_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeskMeeting:
    """One meeting that a desk is asked to; nothing of who it is about."""

    requirement_id: UUID
    reference: str
    role: str
    slot: str
    state: str
    starts_at: datetime | None
    ends_at: datetime | None
    answer: str | None


async def proof_place(conn: AsyncConnection, partnership: str, requirement_id: UUID) -> ProofPlace | None:
    """The place a code is asked for at."""
    r, m, i = requirements.c, meetings.c, inboxes.c
    found = await conn.execute(
        select(r.id, m.reference, r.role, r.slot, r.state, m.state, i.id, i.name, i.channel, i.address)
        .select_from(requirements.join(meetings, m.id == r.meeting_id).outerjoin(inboxes, i.id == r.inbox_id))
        .where(r.partnership_id == partnership, m.partnership_id == partnership, r.id == requirement_id)
    )
    row = found.one_or_none()
    if row is None:
        return None
    by_mail = row.channel is not None and row.channel != "phone" and bool(row.address)
    return ProofPlace(*row[:7], agency=row.name or "", by_mail=by_mail)


async def places_at_door(conn: AsyncConnection, partnership: str, reference: str) -> list[DoorPlace]:
    """The places of a meeting that has a time, whatever their state: the page behind says what became of it."""
    r, m = requirements.c, meetings.c
    found = await conn.execute(
        select(r.id, m.starts_at)
        .select_from(requirements.join(meetings, m.id == r.meeting_id))
        .where(
            r.partnership_id == partnership,
            m.partnership_id == partnership,
            m.reference == reference,
            m.starts_at.is_not(None),
            r.inbox_id.is_not(None),
        )
    )
    return [DoorPlace(*row) for row in found]


async def codes_of(conn: AsyncConnection, partnership: str, requirement_id: UUID, since: datetime) -> list[Code]:
    """The codes a place was sent since then, oldest first."""
    c = codes.c
    found = await conn.execute(
        select(c.id, c.asked_at, c.wrong, c.used_at)
        .where(c.partnership_id == partnership, c.requirement_id == requirement_id, c.asked_at > since)
        .order_by(c.asked_at, c.id)
    )
    return [Code(row.id, row.asked_at, row.wrong, row.used_at is not None) for row in found]


async def desk_session(conn: AsyncConnection, word_hash: bytes) -> DeskSession | None:
    """The session a browser's word stands for, whether or not it still runs. The word alone says whose it is."""
    s, i, p = desk_sessions.c, inboxes.c, partnerships.c
    found = await conn.execute(
        select(
            s.id,
            s.partnership_id,
            s.inbox_id,
            i.name,
            p.service_phone,
            s.key_id,
            s.wrapped_key,
            s.sealed_name,
            s.ends_at,
            s.ended_at,
        )
        .select_from(desk_sessions.join(inboxes, i.id == s.inbox_id).join(partnerships, p.id == s.partnership_id))
        .where(s.word_hash == word_hash)
    )
    row = found.one_or_none()
    return None if row is None else DeskSession(*tuple(row))


async def desk_meetings(conn: AsyncConnection, partnership: str, inbox_id: UUID, since: datetime) -> list[DeskMeeting]:
    """The meetings an inbox is asked to that have not been called off: those to come, and those begun since then.

    Only places it still holds: one that must not be told has been taken away from it.
    """
    r, m, a = requirements.c, meetings.c, answers.c
    newest = (
        select(a.answer)
        .where(a.requirement_id == r.id, a.version == m.version)
        .order_by(a.answered_at.desc(), a.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    found = await conn.execute(
        select(r.id, m.reference, r.role, r.slot, r.state, m.starts_at, m.ends_at, newest)
        .select_from(requirements.join(meetings, and_(m.id == r.meeting_id, m.partnership_id == partnership)))
        .where(
            r.partnership_id == partnership,
            r.inbox_id == inbox_id,
            r.state == "wanted",
            m.state.in_(("confirmed", "held")),
            or_(m.starts_at.is_(None), m.starts_at > since),
        )
        .order_by(m.starts_at, m.reference)
    )
    return [DeskMeeting(*row) for row in found]
