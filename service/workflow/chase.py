"""Chasing the silent: what becomes of a planned chase when its time comes.

A step by mail becomes an outbox intent, read once more at the moment of sending; the step "phone" becomes a call on
the officer's list. Every step that does neither says why.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.answers import Answer
from service.domain.chasing import ChaseTo, Silence, reason_not_to_send, waits_until
from service.domain.facts import Urgency
from service.domain.hours import HoursError, parse
from service.domain.london import words
from service.domain.policy import UnknownMeetingTypeError
from service.domain.roles import ROLES
from service.domain.working_time import CalendarTooShortError
from service.store import tables
from service.store.changes import audit, chases, meetings, tasks
from service.store.changes.bulk import write_rows
from service.store.changes.chases import DueChase
from service.store.changes.meetings import LockedMeeting
from service.store.queries import sending
from service.store.queries.sending import AgencyNow
from service.workflow.calling import ladder_of, sequence_of, stream_of_messages
from service.workflow.policy import policy_of
from service.workflow.ports import Services
from service.workflow.tasks import TaskKind, owner_of, task_row

ACTOR = "scheduler"
ANY_HOUR = "any_hour"
"""What the detail of a chase's intent says of one that office hours do not hold up."""


async def chase_due(services: Services, partnership: str, chase_id: UUID, meeting_id: UUID) -> list[UUID]:
    """Deal with one due chase, once; returns the outbox rows to wake. The meeting's lock is taken first, as always."""
    now = services.now()
    async with services.engine.begin() as conn:
        meeting = await meetings.lock_meeting_by_id(conn, partnership, meeting_id)
        chase = await chases.lock_due(conn, partnership, chase_id)
        if meeting is None or chase is None:
            return []
        agency = await sending.agency_now(conn, partnership, chase.requirement_id, chase.version)
        any_hour = chase.to == ChaseTo.PHONE or await _at_any_hour(services, conn, partnership, meeting)
        opens_at = opens(services, agency.hours, meeting.starts_at, any_hour=any_hour)
        silence = reason_not_to_send(
            meeting=meeting.state,
            version_now=meeting.version,
            version_planned=chase.version,
            start=meeting.starts_at,
            now=now,
            answer=Answer(agency.answer) if agency.answer else None,
            withdrawn=agency.state == "withdrawn",
            excluded=agency.state == "stopped",
            has_address=chase.to == ChaseTo.PHONE or bool(agency.address),
            next_due_at=chase.next_due_at,
            opens_at=opens_at,
        )
        if silence is Silence.CLOSED and opens_at is not None:
            await _put_off(services, conn, chase, opens_at)
            return []
        if silence is not None:
            await _not_sent(services, conn, chase, silence)
            return []
        if chase.to == ChaseTo.PHONE:
            await _phone(services, conn, chase, meeting, agency)
            return []
        return await _hand_to_outbox(services, conn, chase, any_hour=any_hour)


async def _at_any_hour(services: Services, conn: AsyncConnection, partnership: str, meeting: LockedMeeting) -> bool:
    """Whether the meeting's chases ignore office hours: at immediate risk, and where its ladder is round the clock."""
    urgency = Urgency(meeting.urgency)
    if urgency is Urgency.IMMEDIATE:
        return True
    policy = await policy_of(services, conn, partnership, meeting.policy_hash)
    try:
        return ladder_of(policy, meeting.meeting_type, urgency).round_the_clock
    except UnknownMeetingTypeError:
        return False


def opens(services: Services, hours: str, start: datetime | None, *, any_hour: bool) -> datetime | None:
    """Until when a chase by mail waits now, None for not at all. Where nobody can say when the agency is open, it
    leaves."""
    try:
        return waits_until(services.now(), start, parse(hours), services.calendar, immediate=any_hour)
    except (HoursError, CalendarTooShortError):
        return None


async def _put_off(services: Services, conn: AsyncConnection, chase: DueChase, until: datetime) -> None:
    await chases.put_off(conn, chase.partnership, chase.id, until)
    await _audited(services, conn, chase, audit.Action.CHASE_PUT_OFF, {"until": until.isoformat()})


async def _not_sent(services: Services, conn: AsyncConnection, chase: DueChase, silence: Silence) -> None:
    now = services.now()
    await chases.end(conn, chase.partnership, chase.id, "not_sent", now, because=str(silence))
    await _audited(services, conn, chase, audit.Action.CHASE_NOT_SENT, {"because": str(silence)})


async def _phone(
    services: Services, conn: AsyncConnection, chase: DueChase, meeting: LockedMeeting, agency: AgencyNow
) -> None:
    now = services.now()
    starts = words(meeting.starts_at) if meeting.starts_at else ""
    task = task_row(
        partnership=chase.partnership,
        owner=owner_of(meeting.urgency, now, services.calendar),
        kind=TaskKind.PHONE_SILENT,
        detail=f"Phone {agency.name} on {agency.phone} ({ROLES[agency.role].words}): no answer, starts {starts}.",
        now=now,
        meeting_id=chase.meeting_id,
        requirement_id=chase.requirement_id,
        about=str(chase.version),
        due_at=meeting.starts_at,
    )
    await tasks.open_once(conn, [task])
    await chases.end(conn, chase.partnership, chase.id, "sent", now)
    await _audited(services, conn, chase, audit.Action.CHASE_SENT, {"to": "phone"})


async def _hand_to_outbox(services: Services, conn: AsyncConnection, chase: DueChase, *, any_hour: bool) -> list[UUID]:
    now, stream = services.now(), stream_of_messages(chase.requirement_id)
    event = await chases.event_of(conn, chase.partnership, chase.meeting_id)
    if event is None:
        # A chase is only ever planned together with an event; without one there is nothing to answer to.
        await _not_sent(services, conn, chase, Silence.MOVED)
        return []
    sequence = sequence_of(chase.version, chase.step)
    row = {
        "id": chase.id,
        "partnership_id": chase.partnership,
        "meeting_id": chase.meeting_id,
        "kind": "message",
        "event_id": event[0],
        "requirement_id": chase.requirement_id,
        "chase_id": chase.id,
        "mailbox_id": event[1],
        "version": chase.version,
        "stream": stream,
        "sequence": sequence,
        "after_id": None,
        "idempotency_key": f"{stream}/{sequence}",
        "detail": {"about": "chase", "step": chase.step, "to": chase.to, ANY_HOUR: any_hour},
        "state": "waiting",
        "attempts": 0,
        "next_try_at": services.real_now(),
        "created_at": now,
    }
    # One that waited for its agency to open has its intent already, closed then: it is meant again.
    if not await chases.mean_again(conn, row):
        await write_rows(conn, [(tables.outbox, [row])])
    await chases.end(conn, chase.partnership, chase.id, "handed", now)
    return [chase.id]


async def _audited(
    services: Services, conn: AsyncConnection, chase: DueChase, action: audit.Action, data: dict[str, str]
) -> None:
    told = {"requirement": str(chase.requirement_id), "version": str(chase.version), "step": str(chase.step)} | data
    event = audit.Event(chase.partnership, chase.meeting_id, services.now(), ACTOR, action, told)
    await audit.append(conn, [event])
