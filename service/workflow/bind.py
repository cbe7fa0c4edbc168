"""Filling the gaps: when the directory learns who does a role's job, the meetings that lacked it invite that inbox.

Roles found by a child's own place (a school, a nursery) are not filled here: the place is sealed, so an officer names
the inbox.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.facts import Urgency
from service.domain.meetings import MeetingState
from service.domain.roles import MATCHED_BY_PLACE
from service.store.changes import audit, binding, meetings, tasks
from service.store.changes.binding import Unbound
from service.store.changes.bulk import Rows, write_rows
from service.store.changes.meetings import LockedMeeting
from service.store.queries import directory
from service.store.queries.directory import Inbox
from service.store.tables import tasks as tasks_table
from service.workflow.calling import (
    GUESTS_AT,
    Call,
    Seat,
    ladder_of,
    outbox_ids,
    outbox_row,
    phone_tasks,
    rows_for_seats,
    sequence_of,
    stream_of_event,
)
from service.workflow.policy import policy_of
from service.workflow.ports import Services


async def fill_gaps(services: Services, partnership: str, *, actor: str) -> list[UUID]:
    """Bind every requirement that has an inbox now, and invite it; returns the requirements that were filled."""
    async with services.engine.connect() as conn:
        waiting = await binding.unbound(conn, partnership)
        inboxes = await directory.inboxes_for(conn, partnership)
    by_role: dict[str, Inbox] = {}
    for inbox in inboxes:
        if not inbox.place:
            by_role.setdefault(inbox.role, inbox)
    filled: list[UUID] = []
    for gap in waiting:
        found = None if gap.role in MATCHED_BY_PLACE else by_role.get(gap.role)
        if found is not None and await _fill(services, partnership, gap, found, actor):
            filled.append(gap.requirement_id)
    return filled


async def _fill(services: Services, partnership: str, gap: Unbound, inbox: Inbox, actor: str) -> bool:
    now = services.now()
    async with services.engine.begin() as conn:
        meeting = await meetings.lock_meeting_by_id(conn, partnership, gap.meeting_id)
        if meeting is None or meeting.state not in {MeetingState.PLANNED, MeetingState.CONFIRMED}:
            return False
        if not await binding.set_inbox(conn, partnership, gap.requirement_id, inbox.id):
            return False
        rows = await _invite(services, conn, partnership, meeting, Seat(gap.requirement_id, gap.role, inbox))
        await write_rows(conn, rows)
        await tasks.close_for_requirement(conn, partnership, gap.requirement_id, ("no_inbox",), by=actor, now=now)
        data = {"requirement": str(gap.requirement_id), "inbox": str(inbox.id)}
        await audit.append(
            conn, [audit.Event(partnership, meeting.id, now, actor, audit.Action.REQUIREMENT_BOUND, data)]
        )
    await services.wake.outbox(outbox_ids(rows))
    return True


async def _invite(
    services: Services, conn: AsyncConnection, partnership: str, meeting: LockedMeeting, seat: Seat
) -> Rows:
    """The rows that invite one more agency to a confirmed meeting; none while it has no time, or once it has begun."""
    now = services.now()
    event = await meetings.live_event(conn, partnership, meeting.id)
    if event is None or meeting.starts_at is None or meeting.ends_at is None or meeting.starts_at <= now:
        return []
    urgency = Urgency(meeting.urgency)
    policy = await policy_of(services, conn, partnership, meeting.policy_hash)
    call = Call(
        partnership=partnership,
        meeting_id=meeting.id,
        version=meeting.version,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        event_id=event[0],
        mailbox_id=event[1],
        ladder=ladder_of(policy, meeting.meeting_type, urgency),
        immediate=urgency is Urgency.IMMEDIATE,
        now=now,
        real_now=services.real_now(),
    )
    stream = stream_of_event(event[0])
    # One number for each change of the guest list, after the version's own row and before a cancellation.
    number = GUESTS_AT + await binding.rows_in_stream(conn, partnership, stream)
    guests = outbox_row(call, "update_event", stream, sequence_of(call.version, number), detail={"about": "guests"})
    return [*rows_for_seats(call, [seat], services.calendar, guests), (tasks_table, phone_tasks(call, [seat]))]
