"""Recording who came: the officer records, the chair confirms. Machine evidence only ever proposes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.attendance import Contribution, How, Outcome
from service.domain.meetings import MeetingState, check_move
from service.store.changes import answers, audit, meetings
from service.store.changes.answers import Place
from service.store.changes.meetings import LockedMeeting
from service.store.ids import new_id
from service.workflow.errors import BadTimeError, NoSuchMeetingError, NoSuchRequirementError
from service.workflow.ports import Services
from service.workflow.without_quorum import ask_for_reason


@dataclass(frozen=True, slots=True)
class AttendanceGiven:
    """One agency's attendance as an officer gives it. ``slot`` tells two agencies of one role apart."""

    role: str
    outcome: Outcome
    slot: str = ""
    how: How | None = None
    seniority_confirmed: bool | None = None
    contribution: Contribution | None = None


@dataclass(frozen=True, slots=True)
class AttendanceRecorded:
    """What is recorded now, and which roles still have nothing."""

    reference: str
    recorded: int
    missing: tuple[str, ...]


async def _started(services: Services, conn: AsyncConnection, partnership: str, reference: str) -> LockedMeeting:
    meeting = await meetings.lock_meeting(conn, partnership, reference)
    if meeting is None:
        raise NoSuchMeetingError(reference)
    if meeting.state is not MeetingState.HELD:
        check_move(meeting.state, MeetingState.HELD)
    if meeting.starts_at is None or meeting.starts_at > services.now():
        raise BadTimeError("The meeting has not started. Record who came once it has.")
    return meeting


def _place(places: Sequence[Place], given: AttendanceGiven) -> Place:
    fits = [place for place in places if place.role == given.role and given.slot in {"", place.slot}]
    if len(fits) != 1:
        raise NoSuchRequirementError(given.role)
    return fits[0]


async def record_attendance(
    services: Services, partnership: str, reference: str, rows: Sequence[AttendanceGiven], *, actor: str
) -> AttendanceRecorded:
    """Record, or correct, who came. The first record marks the meeting held; a correction must be confirmed again.

    Raises:
        NoSuchMeetingError, NoSuchRequirementError
        IllegalMoveError: the meeting was cancelled, or has no time.
        BadTimeError: the meeting has not started.
    """
    now = services.now()
    async with services.engine.begin() as conn:
        meeting = await _started(services, conn, partnership, reference)
        places = await answers.places_of(conn, partnership, meeting.id)
        before = await answers.attendances_of(conn, partnership, meeting.id)
        values = [_row(partnership, meeting.id, _place(places, given), given, actor, now) for given in rows]
        if values:
            await answers.put_attendances(conn, values)
        events = [_event(partnership, meeting.id, row, before, actor, now) for row in values]
        if values and meeting.state is not MeetingState.HELD:
            await meetings.set_state(conn, partnership, meeting.id, MeetingState.HELD)
            held = audit.Event(partnership, meeting.id, now, actor, audit.Action.MEETING_HELD)
            events.insert(0, held)
        await audit.append(conn, events)
        if values:
            await ask_for_reason(services, conn, partnership, reference, actor=actor, now=now)
    recorded = set(before) | {row["requirement_id"] for row in values}
    missing = tuple(place.role for place in places if place.id not in recorded)
    return AttendanceRecorded(reference, len(values), missing)


def _row(
    partnership: str, meeting_id: UUID, place: Place, given: AttendanceGiven, actor: str, now: datetime
) -> dict[str, Any]:
    return {
        "id": new_id(now),
        "partnership_id": partnership,
        "meeting_id": meeting_id,
        "requirement_id": place.id,
        "outcome": str(given.outcome),
        "how": str(given.how) if given.how else None,
        "seniority_confirmed": given.seniority_confirmed,
        "contribution": str(given.contribution) if given.contribution else None,
        "state": "recorded",
        "recorded_by": actor,
        "recorded_at": now,
    }


def _event(
    partnership: str, meeting_id: UUID, row: dict[str, Any], before: dict[UUID, str], actor: str, now: datetime
) -> audit.Event:
    was = before.get(row["requirement_id"])
    return audit.Event(
        partnership=partnership,
        meeting_id=meeting_id,
        at=now,
        actor=actor,
        action=audit.Action.ATTENDANCE_RECORDED if was is None else audit.Action.ATTENDANCE_CORRECTED,
        data={
            "requirement": str(row["requirement_id"]),
            "outcome": row["outcome"],
            "how": row["how"],
            "contribution": row["contribution"],
            "was": was,
        },
    )


async def confirm_attendance(services: Services, partnership: str, reference: str, *, actor: str) -> int:
    """The chair confirms what is recorded; returns how many rows that confirmed.

    Raises:
        NoSuchMeetingError, IllegalMoveError, BadTimeError: as for ``record_attendance``.
    """
    now = services.now()
    async with services.engine.begin() as conn:
        meeting = await _started(services, conn, partnership, reference)
        confirmed = await answers.confirm_attendances(conn, partnership, meeting.id, by=actor, now=now)
        data = {"rows": confirmed}
        event = audit.Event(partnership, meeting.id, now, actor, audit.Action.ATTENDANCE_CONFIRMED, data)
        await audit.append(conn, [event])
    return confirmed
