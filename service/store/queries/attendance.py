"""Reads for the attendance report: one fact for each agency's place at each meeting."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Subquery, and_, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.attendance import AttendanceFact, Outcome
from service.domain.calls import TELLS
from service.store.tables import attendances, calls, inboxes, invitations, meetings, requirements, tasks

_BATCH = 2000


async def attendance_facts(
    conn: AsyncConnection, partnership: str, start: datetime, end: datetime
) -> list[AttendanceFact]:
    """The facts of every meeting that starts in ``[start, end)``, by start, reference and role.

    The caller's ``end`` keeps meetings that are still to come out of the count. A cancelled meeting counts by the
    start it had, or by when it was asked for when it never had one. *Invited* means that event and message of the
    meeting's last version were both handed to Outlook (an inbox that is no guest of the event needs the message
    only), or that the agency was phoned, but not while the meeting sat; *required* is every level but optional. A
    withdrawn place is left out unless somebody's attendance was recorded for it, and so is one that joined at a later
    sitting. A further sitting
    has facts of the agencies recorded for it, in the month of its meeting. What a machine proposes is not recorded.
    """
    return [fact async for fact in stream_attendance_facts(conn, partnership, start, end)]


async def stream_attendance_facts(
    conn: AsyncConnection, partnership: str, start: datetime, end: datetime
) -> AsyncIterator[AttendanceFact]:
    """As ``attendance_facts``, a batch at a time, so that a report of years needs no more memory than one of days."""
    m, r, a, later = meetings.c, requirements.c, attendances.c, _later_sittings(partnership)
    handed = (
        select(invitations.c.id)
        .join(inboxes, inboxes.c.id == invitations.c.inbox_id)
        .where(
            invitations.c.requirement_id == r.id,
            invitations.c.version == m.version,
            invitations.c.message_handed_at.is_not(None),
            or_(invitations.c.event_handed_at.is_not(None), inboxes.c.channel != "outlook"),
        )
        .exists()
    )
    phoned = (
        select(tasks.c.id)
        .where(tasks.c.requirement_id == r.id, tasks.c.kind == "phone_invitation", tasks.c.state == "done")
        .exists()
    )
    c = calls.c
    called = select(c.id).where(c.requirement_id == r.id, c.outcome.in_(sorted(TELLS))).exists()
    when = func.coalesce(m.starts_at, m.created_at)
    wanted = (
        select(
            m.reference,
            func.to_char(func.timezone("Europe/London", when), "YYYY-MM"),
            r.role,
            r.agency_group,
            r.level,
            and_(r.state != "joined", or_(handed, phoned, called)),
            r.level != "optional",
            a.outcome,
            m.state == "cancelled",
            func.coalesce(a.state, "") == "confirmed",
            later.c.sittings,
            or_(r.state.not_in(("withdrawn", "joined")), a.outcome.is_not(None)),
        )
        .select_from(
            meetings.join(requirements, r.meeting_id == m.id)
            .outerjoin(attendances, and_(a.requirement_id == r.id, a.sitting == 1, a.state != "proposed"))
            .outerjoin(later, later.c.requirement_id == r.id)
        )
        .where(
            m.partnership_id == partnership,
            m.state != "planned",
            when >= start,
            when < end,
            or_(r.state.not_in(("withdrawn", "joined")), a.outcome.is_not(None), later.c.sittings.is_not(None)),
        )
        .order_by(when, m.reference, r.role, r.slot)
    )
    async with conn.stream(wanted, execution_options={"yield_per": _BATCH}) as rows:
        async for row in rows:
            ref, month, role, group, level, invited, required, outcome, cancelled, confirmed, sittings, at_first = row
            known = None if outcome is None else Outcome(outcome)
            first = AttendanceFact(ref, month, role, group, level, invited, required, known, cancelled, 1, confirmed)
            if at_first:
                yield first
            for sitting, then, sure in sittings or ():
                yield replace(first, outcome=Outcome(then), sitting=sitting, confirmed=sure)


def _later_sittings(partnership: str) -> Subquery:
    """By place, what is recorded of its further sittings as JSON arrays: number, outcome, confirmed."""
    a = attendances.c
    line = func.jsonb_build_array(a.sitting, a.outcome, a.state == "confirmed")
    return (
        select(a.requirement_id, func.jsonb_agg(aggregate_order_by(line, a.sitting)).label("sittings"))
        .where(a.partnership_id == partnership, a.sitting > 1, a.state != "proposed")
        .group_by(a.requirement_id)
        .subquery("later")
    )
