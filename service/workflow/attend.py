"""Recording who came: the officer records, the chair confirms. Machine evidence only ever proposes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.attendance import Contribution, Deputy, How, Outcome, present
from service.domain.chain import instant_text
from service.domain.meetings import MeetingState, check_move
from service.store.changes import answers, attendance, audit, meetings, tasks
from service.store.changes.answers import Place
from service.store.changes.attendance import Kept
from service.store.changes.meetings import LockedMeeting
from service.store.ids import new_id
from service.store.queries.meeting import meeting_view
from service.store.sealing import KeyErased, seal
from service.workflow.deputies import look_at_deputy
from service.workflow.errors import (
    BadAttendanceError,
    BadTimeError,
    ChangedMeanwhileError,
    NoSuchMeetingError,
    NoSuchRequirementError,
    NoSuchSittingError,
)
from service.workflow.joined import place_of_joined
from service.workflow.ports import Services
from service.workflow.without_quorum import ask_for_reason


@dataclass(frozen=True, slots=True)
class AttendanceGiven:
    """One agency's attendance as an officer gives it. ``slot`` tells two agencies of one role apart.

    ``deputy`` is the kind of person who came instead; ``deputy_words`` (a name, say) are sealed. ``joined``: the agency
    was not asked, and was brought in while the meeting sat.
    """

    role: str
    outcome: Outcome
    slot: str = ""
    how: How | None = None
    seniority_confirmed: bool | None = None
    contribution: Contribution | None = None
    deputy: Deputy | None = None
    deputy_words: str = ""
    joined: bool = False


@dataclass(frozen=True, slots=True)
class AttendanceRecorded:
    """What is recorded now, and which roles still have nothing for this sitting."""

    reference: str
    recorded: int
    missing: tuple[str, ...]


async def _started(
    services: Services, conn: AsyncConnection, partnership: str, reference: str, sitting: int = 1
) -> LockedMeeting:
    meeting = await meetings.lock_meeting(conn, partnership, reference)
    if meeting is None:
        raise NoSuchMeetingError(reference)
    if meeting.state is not MeetingState.HELD:
        check_move(meeting.state, MeetingState.HELD)
    start = meeting.starts_at
    if sitting != 1:
        later = await attendance.sittings_of(conn, partnership, meeting.id)
        start = next((each.starts_at for each in later if each.number == sitting), None)
        if start is None:
            raise NoSuchSittingError(reference, sitting)
    if start is None or start > services.now():
        raise BadTimeError("The meeting has not started. Record who came once it has.")
    return meeting


def _place(places: Sequence[Place], given: AttendanceGiven) -> Place:
    fits = [place for place in places if place.role == given.role and given.slot in {"", place.slot}]
    if len(fits) != 1:
        raise NoSuchRequirementError(given.role)
    return fits[0]


def _check(given: AttendanceGiven) -> None:
    if (given.deputy or given.deputy_words) and given.outcome is not Outcome.REPRESENTED:
        raise BadAttendanceError("Say who came instead only where somebody did: the outcome is then represented.")
    if given.contribution is Contribution.SPOKE_FROM_RECORDS and not present(given.outcome):
        raise BadAttendanceError("An agency that did not come cannot have spoken from its records.")
    if given.joined and not present(given.outcome):
        raise BadAttendanceError("An agency that joined during the meeting came: it attended, or was represented.")


async def record_attendance(
    services: Services,
    partnership: str,
    reference: str,
    rows: Sequence[AttendanceGiven],
    *,
    actor: str,
    sitting: int = 1,
    seen: str | None = None,
    confirm: bool = False,
) -> AttendanceRecorded:
    """Record, or correct, who came to one sitting. The first record marks the meeting held; a correction must be
    confirmed again. With ``confirm`` the chair stands by all that is recorded then, of every sitting.

    ``seen`` is ``MeetingView.attendance_mark`` as whoever records it saw it.

    Raises:
        ChangedMeanwhileError: somebody else has recorded or confirmed attendance since ``seen``.
        NoSuchMeetingError, NoSuchRequirementError, NoSuchSittingError
        IllegalMoveError: the meeting was cancelled, or has no time.
        BadTimeError: the meeting, or this sitting of it, has not started.
        BadAttendanceError: what is given cannot be so.
    """
    for given in rows:
        _check(given)
    now = services.now()
    async with services.engine.begin() as conn:
        meeting = await _started(services, conn, partnership, reference, sitting)
        if seen is not None:
            await _as_seen(conn, partnership, reference, seen)
        places = await answers.places_of(conn, partnership, meeting.id)
        before = await attendance.recorded_at_sitting(conn, partnership, meeting.id, sitting)
        about = _Sitting(services, conn, partnership, meeting, sitting, actor, now)
        values, events = [], []
        for given in rows:
            place = _place(places, given) if not given.joined else None
            if place is None:
                place, added = await place_of_joined(
                    services, conn, partnership, meeting, places, role=given.role, slot=given.slot, actor=actor
                )
                places.append(place)
                events += added
            if given.deputy_words:
                said = given.deputy_words
                await look_at_deputy(
                    services, conn, meeting, place, said, partnership=partnership, sitting=sitting, actor=actor
                )
            row = await about.row(place, given, before.get(place.id))
            values.append(row)
            events.append(about.event(row, before.get(place.id)))
        await _keep(conn, meeting, partnership, values, events, actor, now)
        if values:
            await ask_for_reason(services, conn, partnership, reference, actor=actor, now=now)
        if confirm:
            await _confirm(conn, partnership, meeting, actor, now)
    recorded = {place for place, was in before.items() if was.state != "proposed"}
    recorded |= {row["requirement_id"] for row in values}
    missing = tuple(place.role for place in places if place.id not in recorded)
    return AttendanceRecorded(reference, len(values), missing)


async def _as_seen(conn: AsyncConnection, partnership: str, reference: str, seen: str) -> None:
    found = await meeting_view(conn, partnership, reference)
    if found is None or found.attendance_mark != seen:
        raise ChangedMeanwhileError


async def _keep(
    conn: AsyncConnection,
    meeting: LockedMeeting,
    partnership: str,
    values: Sequence[Mapping[str, Any]],
    events: list[audit.Event],
    actor: str,
    now: datetime,
) -> None:
    if values:
        await attendance.put_attendances(conn, values)
    if values and meeting.state is not MeetingState.HELD:
        await meetings.set_state(conn, partnership, meeting.id, MeetingState.HELD)
        await tasks.close_kind(conn, partnership, meeting.id, "not_held", by=actor, now=now)
        held = audit.Event(partnership, meeting.id, now, actor, audit.Action.MEETING_HELD)
        events = [held, *events]
    await audit.append(conn, events)


@dataclass(frozen=True, slots=True)
class _Sitting:
    """What every row of one recording has in common."""

    services: Services
    conn: AsyncConnection
    partnership: str
    meeting: LockedMeeting
    number: int
    actor: str
    now: datetime

    async def row(self, place: Place, given: AttendanceGiven, was: Kept | None) -> dict[str, Any]:
        row_id = was.id if was else new_id(self.now)
        sealed = await self._sealed(row_id, given.deputy_words)
        if sealed is None and was is not None and given.outcome is Outcome.REPRESENTED:
            # Correcting something else does not forget who came instead.
            sealed = was.sealed_deputy
        return {
            "id": row_id,
            "partnership_id": self.partnership,
            "meeting_id": self.meeting.id,
            "requirement_id": place.id,
            "sitting": self.number,
            "outcome": str(given.outcome),
            "how": _text(given.how),
            "seniority_confirmed": given.seniority_confirmed,
            "contribution": _text(given.contribution),
            "deputy": _text(given.deputy),
            "sealed_deputy": sealed,
            "deputy_named": sealed is not None,
            "state": "recorded",
            "recorded_by": self.actor,
            "recorded_at": self.now,
        }

    async def _sealed(self, row_id: UUID, words: str) -> bytes | None:
        if not words:
            return None
        key_id, wrapped = await answers.data_key_of(self.conn, self.partnership, self.meeting.request_id)
        try:
            key = self.services.keyring.open_data_key(key_id, wrapped)
        except KeyErased:
            # The request has been erased; words about it must not be kept either.
            return None
        return seal(key, "attendances", row_id, "sealed_deputy", words.encode())

    def event(self, row: Mapping[str, Any], was: Kept | None) -> audit.Event:
        first = was is None or was.state == "proposed"
        action = audit.Action.ATTENDANCE_RECORDED if first else audit.Action.ATTENDANCE_CORRECTED
        data = {"requirement": str(row["requirement_id"]), "sitting": self.number, **_said(row)}
        data["was"] = was.outcome if was else None
        if was is not None:
            data["before"] = _before(was)
        return audit.Event(self.partnership, self.meeting.id, self.now, self.actor, action, data)


# Whether there are words is told; what they say is sealed, and a hash chain could never forget it.
_SAID = ("outcome", "how", "seniority_confirmed", "contribution", "deputy", "deputy_named")


def _said(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in _SAID}


def _before(was: Kept) -> dict[str, Any]:
    said = {name: getattr(was, name) for name in (*_SAID, "state", "recorded_by", "confirmed_by")}
    instants = {"recorded_at": was.recorded_at, "confirmed_at": was.confirmed_at}
    told = {name: instant_text(at) if at else None for name, at in instants.items()}
    return said | told


def _text(value: object | None) -> str | None:
    return None if value is None else str(value)


async def confirm_attendance(services: Services, partnership: str, reference: str, *, actor: str) -> int:
    """The chair confirms what is recorded, of every sitting; returns how many rows that confirmed.

    Raises:
        NoSuchMeetingError, IllegalMoveError, BadTimeError: as for ``record_attendance``.
    """
    now = services.now()
    async with services.engine.begin() as conn:
        meeting = await _started(services, conn, partnership, reference)
        return await _confirm(conn, partnership, meeting, actor, now)


async def _confirm(conn: AsyncConnection, partnership: str, meeting: LockedMeeting, actor: str, now: datetime) -> int:
    confirmed = await attendance.confirm_attendances(conn, partnership, meeting.id, by=actor, now=now)
    data = {"rows": confirmed}
    event = audit.Event(partnership, meeting.id, now, actor, audit.Action.ATTENDANCE_CONFIRMED, data)
    await audit.append(conn, [event])
    return confirmed
