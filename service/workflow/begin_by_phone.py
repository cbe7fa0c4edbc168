"""A discussion by phone that begins now: the meeting has its time, and nobody is sent an invitation to it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.meetings import MeetingState, check_move
from service.domain.minutes import minutes_due
from service.store import tables
from service.store.chain import JSON
from service.store.changes import audit, desks, meetings, tasks
from service.store.changes.bulk import write_rows
from service.store.changes.meetings import LockedMeeting, ShortNotice
from service.workflow.policy import policy_of
from service.workflow.ports import Services
from service.workflow.short_notice import explain_task, short_roles
from service.workflow.tasks import TaskKind

# How long it is put down for. It ends when it ends; the minutes' clock counts from here.
USUAL_LENGTH = timedelta(hours=1)


async def begin_by_phone(
    services: Services, conn: AsyncConnection, partnership: str, meeting: LockedMeeting, start: datetime, *, actor: str
) -> None:
    """Give a planned meeting, whose row the caller has locked, the start at which its discussion began by phone.

    Raises:
        IllegalMoveError: the meeting has its time, was held or was called off.
        NotReadyError: as ``policy_of``.
    """
    check_move(meeting.state, MeetingState.CONFIRMED)
    now, version, end = services.now(), meeting.version + 1, start + USUAL_LENGTH
    policy = await policy_of(services, conn, partnership, meeting.policy_hash)
    await meetings.set_time(
        conn,
        partnership,
        meeting.id,
        version=version,
        starts_at=start,
        ends_at=end,
        mode="phone",
        venue="",
        minutes_due_at=minutes_due(end, policy.meeting_type(meeting.meeting_type).minutes_due.value, services.calendar),
        short_notice=ShortNotice(),
    )
    await desks.release(conn, partnership, meeting.id, "by_phone")
    await tasks.close_kinds(
        conn, partnership, meeting.id, (str(TaskKind.CHOOSE_TIME), str(TaskKind.NOT_HELD)), by=actor, now=now
    )
    owed = await meetings.owed_of(conn, partnership, meeting.id)
    explain = explain_task(
        short_roles(owed, now, start, services.calendar),
        ShortNotice(),
        partnership=partnership,
        meeting_id=meeting.id,
        version=version,
        start=start,
        now=now,
    )
    await write_rows(conn, [(tables.tasks, explain)])
    data: dict[str, JSON] = {
        "version": version,
        "starts_at": start.isoformat(),
        "mode": "phone",
        "tasks": [r["kind"] for r in explain],
    }
    await audit.append(conn, [audit.Event(partnership, meeting.id, now, actor, audit.Action.MEETING_CONFIRMED, data)])
