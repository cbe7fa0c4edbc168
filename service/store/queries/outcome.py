"""Reads of what a meeting came to: its outcome, its actions, and the reports that came in."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.outcome import ActionState, Decided, Outcome, Police
from service.store import tables as t


@dataclass(frozen=True, slots=True)
class KeptOutcome:
    """A meeting's outcome with who recorded it, and when."""

    outcome: Outcome
    recorded_by: str
    recorded_at: datetime
    police_reference_kept: bool = False


@dataclass(frozen=True, slots=True)
class ActionLine:
    """One action. ``due_on`` is a London day; None: no day was said."""

    number: int
    owner_role: str
    what: str
    due_on: date | None
    state: ActionState
    closed_by: str | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A written report that came in."""

    requirement_id: UUID
    role: str
    slot: str
    received_at: datetime
    recorded_by: str


async def outcome_of(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> KeptOutcome | None:
    """The outcome of a meeting, where one is recorded."""
    o = t.meeting_outcomes.c
    found = await conn.execute(
        select(
            *(o[field.name] for field in fields(Outcome)),
            o.recorded_by,
            o.recorded_at,
            o.sealed_police_reference.is_not(None).label("kept"),
        ).where(o.partnership_id == partnership, o.meeting_id == meeting_id)
    )
    row = found.one_or_none()
    if row is None:
        return None
    outcome = Outcome(
        decided=tuple(Decided(each) for each in row.decided),
        s47_started_at=row.s47_started_at,
        police=None if row.police is None else Police(row.police),
        next_meeting_at=row.next_meeting_at,
    )
    return KeptOutcome(outcome, row.recorded_by, row.recorded_at, row.kept)


async def actions_of(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> tuple[ActionLine, ...]:
    """The actions of a meeting by number."""
    a = t.actions.c
    found = await conn.execute(
        select(a.number, a.owner_role, a.what, a.due_on, a.state, a.closed_by, a.closed_at)
        .where(a.partnership_id == partnership, a.meeting_id == meeting_id)
        .order_by(a.number)
    )
    return tuple(ActionLine(*row[:4], ActionState(row.state), *row[5:]) for row in found)


async def reports_of(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> tuple[ReportLine, ...]:
    """The reports that came in for a meeting, by role."""
    r, q = t.reports_received.c, t.requirements.c
    found = await conn.execute(
        select(r.requirement_id, q.role, q.slot, r.received_at, r.recorded_by)
        .select_from(t.reports_received.join(t.requirements, q.id == r.requirement_id))
        .where(r.partnership_id == partnership, r.meeting_id == meeting_id)
        .order_by(q.role, q.slot)
    )
    return tuple(ReportLine(*row) for row in found)
