"""A meeting that could not be held today: who tried, whom they reached, why, who decided, what protects the child.

The meeting stays open and tops tomorrow's list. Safety does not wait for it: what protects the child meanwhile is asked
for, and kept under seal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.calls import TELLS, CallOutcome
from service.domain.hours import OFFICE
from service.domain.london import date_words, local_date, start_of_day
from service.domain.meetings import MeetingState
from service.domain.roles import ROLES
from service.domain.working_time import CalendarTooShortError, next_open
from service.store.changes import answers, audit, meetings, not_held, tasks
from service.store.changes.meetings import LockedMeeting
from service.store.ids import new_id
from service.store.queries.meeting import meeting_view
from service.store.queries.meeting_lines import MeetingView
from service.store.queries.not_held import NotHeldRow, not_held_of
from service.store.sealing import KeyErased, seal
from service.workflow.errors import BadReasonError, NoSuchMeetingError, NotOpenError
from service.workflow.policy import policy_of
from service.workflow.ports import Services
from service.workflow.tasks import TaskKind, task_row

# Who decides in children's social care, by whichever of these titles the partnership has.
DECIDERS: tuple[str, ...] = ("team_manager", "service_manager", "lcpp", "social_worker")


@dataclass(frozen=True, slots=True, repr=False)
class NotHeldGiven:
    """What is said of it. ``because`` is a code of the policy's list; ``protects`` may name people, and is sealed."""

    because: str
    protects: str
    decided_role: str
    natural_key: str


@dataclass(frozen=True, slots=True)
class NotHeld:
    """Every day on which one meeting could not be held, and the policy's list of reasons."""

    reference: str
    state: str
    tried: tuple[str, ...]
    reached: tuple[str, ...]
    reasons: Mapping[str, str]
    days: tuple[NotHeldRow, ...]


async def not_held_at(services: Services, partnership: str, reference: str) -> NotHeld:
    """How it stands. Changes nothing.

    Raises:
        NoSuchMeetingError, NotReadyError
    """
    async with services.engine.connect() as conn:
        meeting = await meeting_view(conn, partnership, reference)
        if meeting is None:
            raise NoSuchMeetingError(reference)
        return await _stands(services, conn, partnership, meeting)


async def _stands(services: Services, conn: AsyncConnection, partnership: str, meeting: MeetingView) -> NotHeld:
    policy = await policy_of(services, conn, partnership, meeting.policy_hash)
    tried, reached, _ = _tried(meeting)
    days = tuple(await not_held_of(conn, partnership, meeting.id))
    return NotHeld(meeting.reference, meeting.state, tried, reached, policy.not_held_reasons, days)


def _tried(meeting: MeetingView) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The roles that were phoned, those that were reached, and who phoned."""
    phoned = [agency for agency in meeting.agencies if agency.calls and agency.state != "withdrawn"]
    reached = [agency.role for agency in phoned if any(CallOutcome(c.outcome) in TELLS for c in agency.calls)]
    by = {call.called_by for agency in phoned for call in agency.calls}
    return tuple(agency.role for agency in phoned), tuple(reached), tuple(sorted(by))


async def record_not_held(
    services: Services, partnership: str, reference: str, given: NotHeldGiven, *, actor: str
) -> NotHeld:
    """Keep that the meeting could not be held today. The same press sent again is one record.

    Raises:
        NoSuchMeetingError, NotReadyError
        NotOpenError: the meeting was held or called off.
        BadReasonError: the reason is not on the policy's list, nobody decided, or nothing protects the child.
    """
    now = services.now()
    async with services.engine.begin() as conn:
        locked = await meetings.lock_meeting(conn, partnership, reference)
        meeting = await meeting_view(conn, partnership, reference)
        if locked is None or meeting is None:
            raise NoSuchMeetingError(reference)
        if locked.state not in {MeetingState.PLANNED, MeetingState.CONFIRMED}:
            raise NotOpenError(f"This meeting is {locked.state}. Only one that is still to be held can be put off so.")
        policy = await policy_of(services, conn, partnership, meeting.policy_hash)
        _check(given, policy.not_held_reasons)
        row = await _row(services, conn, partnership, locked, meeting, given, actor)
        if await not_held.add_not_held(conn, row):
            await tasks.open_once(conn, [_task(services, partnership, locked, row)], by=actor)
            data: dict[str, Any] = {
                "not_held": given.because,
                "decided_role": given.decided_role,
                "tried": row["tried"],
                "reached": row["reached"],
            }
            action = audit.Action.MEETING_NOT_HELD
            await audit.append(conn, [audit.Event(partnership, meeting.id, now, actor, action, data)])
        return await _stands(services, conn, partnership, meeting)


def _check(given: NotHeldGiven, reasons: Mapping[str, str]) -> None:
    if reasons and given.because not in reasons:
        raise BadReasonError(f"Say why it could not be held, from the list: {', '.join(sorted(reasons))}.")
    if not given.protects.strip():
        raise BadReasonError("Say what protects the child until the meeting is held.")
    if given.decided_role not in ROLES:
        raise BadReasonError(f"Say who decided, as a role: {', '.join(DECIDERS)}, or another role of the policy.")


async def _row(
    services: Services,
    conn: AsyncConnection,
    partnership: str,
    locked: LockedMeeting,
    meeting: MeetingView,
    given: NotHeldGiven,
    actor: str,
) -> dict[str, Any]:
    now, (tried, reached, by) = services.now(), _tried(meeting)
    row_id, sealed = new_id(now), None
    key_id, wrapped = await answers.data_key_of(conn, partnership, locked.request_id)
    try:
        key = services.keyring.open_data_key(key_id, wrapped)
        sealed = seal(key, "not_held", row_id, "sealed_protects", given.protects.strip().encode())
    except KeyErased:
        # The request has been erased; words about it must not be kept either.
        sealed = None
    return {
        "id": row_id,
        "partnership_id": partnership,
        "meeting_id": locked.id,
        "because": given.because or "not_said",
        "tried": list(tried),
        "reached": list(reached),
        "tried_by": list(by),
        "decided_role": given.decided_role,
        "sealed_protects": sealed,
        "recorded_by": actor,
        "recorded_at": now,
        "natural_key": given.natural_key,
    }


def _task(services: Services, partnership: str, meeting: LockedMeeting, row: Mapping[str, Any]) -> dict[str, Any]:
    """What tops tomorrow's list. At immediate risk tomorrow is tomorrow; else it is the next day offices open."""
    now = services.now()
    tomorrow = start_of_day(local_date(now) + timedelta(days=1))
    try:
        due_at = tomorrow if meeting.urgency == "immediate" else next_open(tomorrow, OFFICE, services.calendar)
    except CalendarTooShortError:
        due_at = tomorrow
    return task_row(
        partnership=partnership,
        kind=TaskKind.NOT_HELD,
        detail=f"Hold the meeting that could not be held on {date_words(local_date(now))}. Check first that what "
        "protects the child still does.",
        now=now,
        meeting_id=meeting.id,
        about=str(row["id"]),
        due_at=due_at,
    )
