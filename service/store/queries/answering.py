"""Reads for answering: what a personal link stands for, and who has not answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.queries.location import is_protected
from service.store.tables import answers, inboxes, invitations, meetings, partnerships, requirements


@dataclass(frozen=True, slots=True)
class AnswerPlace:
    """One agency's place at one meeting, as its answer page shows it.

    ``holds_location``: it may be told where the meeting is.
    ``told_starts_at`` is the time of the last invitation it had, of the version ``told_version``: all that an agency
    which is no longer asked may know of when.
    ``agency`` is the inbox's name, empty when the place has none. ``answer`` is the last one given to the meeting's
    current version, None before there is one.
    """

    requirement_id: UUID
    reference: str
    role: str
    state: str
    meeting_state: str
    version: int
    starts_at: datetime | None
    ends_at: datetime | None
    mode: str
    venue: str
    agency: str
    service_name: str
    service_phone: str
    answer: str | None
    answered_at: datetime | None
    told_version: int | None
    told_starts_at: datetime | None
    holds_location: bool


async def answer_place(conn: AsyncConnection, partnership: str, requirement_id: UUID) -> AnswerPlace | None:
    """The place a link was made for, or None when this partnership has no such place."""
    r, m, a = requirements.c, meetings.c, answers.c
    newest = (
        select(a.answer, a.answered_at)
        .where(a.requirement_id == r.id, a.version == m.version)
        .order_by(a.answered_at.desc(), a.id.desc())
        .limit(1)
        .lateral("newest")
    )
    v = invitations.c
    told = (
        select(v.version, v.starts_at)
        .where(v.requirement_id == r.id)
        .order_by(v.version.desc())
        .limit(1)
        .lateral("told")
    )
    found = await conn.execute(
        select(
            r.id,
            m.reference,
            r.role,
            r.state,
            m.state,
            m.version,
            m.starts_at,
            m.ends_at,
            m.mode,
            m.venue,
            inboxes.c.name,
            partnerships.c.name,
            partnerships.c.service_phone,
            newest.c.answer,
            newest.c.answered_at,
            told.c.version,
            told.c.starts_at,
            or_(~is_protected(m.request_id), r.location_held_by.is_not(None)),
        )
        .select_from(
            requirements.join(meetings, m.id == r.meeting_id)
            .join(partnerships, partnerships.c.id == r.partnership_id)
            .outerjoin(inboxes, inboxes.c.id == r.inbox_id)
            .outerjoin(newest, newest.c.answer.is_not(None))
            .outerjoin(told, told.c.version.is_not(None))
        )
        .where(r.partnership_id == partnership, m.partnership_id == partnership, r.id == requirement_id)
    )
    row = found.one_or_none()
    if row is None:
        return None
    values = list(row)
    values[10] = values[10] or ""
    if not values[-1]:
        # Where a family must not be found, an agency that does not know it yet is not told where the meeting is.
        values[9] = ""
    return AnswerPlace(*values)
