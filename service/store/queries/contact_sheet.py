"""Whom to phone for every meeting to come, in one query: printed before, or while, Outlook cannot be reached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.queries.readable import Reader, readable
from service.store.tables import answers, inboxes, meetings, requirements


@dataclass(frozen=True, slots=True)
class ContactLine:
    """One agency's place at one meeting. Its inbox's fields are empty where the directory has none.

    ``answer`` is the last one given to the meeting's current version, None before there is one.
    """

    reference: str
    meeting_type: str
    starts_at: datetime | None
    ends_at: datetime | None
    mode: str
    role: str
    state: str
    inbox: str
    phone: str
    escalation_name: str
    escalation_phone: str
    answer: str | None


async def contact_lines(
    conn: AsyncConnection, partnership: str, reader: Reader | None, ending_after: datetime
) -> list[ContactLine]:
    """Every place asked to a planned or confirmed meeting that ends after an instant or has no time yet.

    The soonest meeting stands first, those without a time last; within one, by role.
    """
    r, m, i, a = requirements.c, meetings.c, inboxes.c, answers.c
    newest = (
        select(a.answer)
        .where(a.partnership_id == partnership, a.requirement_id == r.id, a.version == m.version)
        .order_by(a.answered_at.desc(), a.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    inbox = (func.coalesce(column, "") for column in (i.name, i.phone, i.escalation_name, i.escalation_phone))
    wanted: Select[Any] = (
        select(m.reference, m.meeting_type, m.starts_at, m.ends_at, m.mode, r.role, r.state, *inbox, newest)
        .select_from(
            requirements.join(meetings, and_(m.id == r.meeting_id, m.partnership_id == partnership)).outerjoin(
                inboxes, and_(i.id == r.inbox_id, i.partnership_id == partnership)
            )
        )
        .where(
            r.partnership_id == partnership,
            r.state != "withdrawn",
            m.state.in_(("planned", "confirmed")),
            or_(m.ends_at.is_(None), m.ends_at > ending_after),
            readable(m.request_id, partnership, reader),
        )
        .order_by(m.starts_at.asc().nulls_last(), m.reference, r.role, r.slot)
    )
    return [ContactLine(*row) for row in await conn.execute(wanted)]
