"""Phoning the agencies together, now: whom to call in which order, and one mark for each call, which is the record.

The first agency that joins begins the discussion of a meeting that has no time yet: it starts then, by phone, and
nobody is sent an invitation to it. A name of whoever was spoken to is sealed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.answers import Answer
from service.domain.attendance import How, Outcome
from service.domain.calls import TELLS, CallOutcome, ToCall, at_night, in_order
from service.domain.hours import OFFICE, HoursError, parse
from service.domain.meetings import MeetingState
from service.domain.policy import Level
from service.domain.quorum import RULES
from service.domain.roles import words
from service.domain.working_time import CalendarTooShortError, is_open
from service.store.changes import answers, audit, calls, meetings, tasks
from service.store.changes.answers import Place
from service.store.changes.meetings import LockedMeeting
from service.store.ids import new_id
from service.store.queries.meeting import meeting_view
from service.store.queries.meeting_lines import AgencyLine, CallLine, MeetingView
from service.store.sealing import KeyErased, seal
from service.workflow import identity
from service.workflow.begin_by_phone import begin_by_phone
from service.workflow.errors import CannotCallError, NoSuchMeetingError, NoSuchRequirementError
from service.workflow.policy import policy_of
from service.workflow.ports import Services
from service.workflow.tasks import TaskKind, task_row

# Its shared inbox must not be told, so neither may its phone: whoever reads the list gets no number of it.
_NEVER_CALLED = frozenset({"withdrawn", "joined"})


@dataclass(frozen=True, slots=True)
class CallEntry:
    """One agency on the list. ``stopped``: its inbox must not be told, and no number of it is given.

    ``open_now``: its desk is open at this hour; None where its hours cannot be read. ``otherwise``: whom to phone when
    nobody answers.
    """

    requirement_id: UUID
    role: str
    slot: str
    level: str
    stopped: bool
    desk: str
    phone: str
    otherwise: str
    otherwise_phone: str
    open_now: bool | None
    answer: str | None
    calls: tuple[CallLine, ...]


@dataclass(frozen=True, slots=True)
class CallList:
    """Whom to phone for one meeting, first to last. ``night``: offices are closed now."""

    meeting: MeetingView
    night: bool
    entries: tuple[CallEntry, ...]


@dataclass(frozen=True, slots=True, repr=False)
class CallGiven:
    """One call as it is marked. ``natural_key`` makes the same press sent twice one call; ``called_at`` is aware.

    The agency is named by its requirement, or by its role and slot.
    """

    outcome: CallOutcome
    called_at: datetime
    natural_key: str
    requirement_id: UUID | None = None
    role: str = ""
    slot: str = ""
    spoke_to: str = ""


@dataclass(frozen=True, slots=True)
class CallKept:
    """What became of a mark. ``new`` False: this very press was known. ``began``: it began the discussion."""

    reference: str
    requirement_id: UUID
    role: str
    new: bool
    began: bool


async def call_list(services: Services, partnership: str, reference: str) -> CallList:
    """The agencies of a meeting in the order in which to phone them. Changes nothing.

    Raises:
        NoSuchMeetingError, NotReadyError
    """
    now = services.now()
    async with services.engine.connect() as conn:
        meeting = await meeting_view(conn, partnership, reference)
        if meeting is None:
            raise NoSuchMeetingError(reference)
        policy = await policy_of(services, conn, partnership, meeting.policy_hash)
    kind = policy.meeting_type(meeting.meeting_type)
    rule = RULES[kind.quorum.rule] if kind.quorum.rule else None
    asked = {(line.role, line.slot): line for line in meeting.agencies if line.state not in _NEVER_CALLED}
    places = [_to_call(line) for line in asked.values()]
    needed = rule.groups if rule and rule.groups else kind.minimum_partners
    try:
        night, ordered = at_night(now, services.calendar), in_order(places, needed, now, services.calendar)
    except CalendarTooShortError:
        # Past the known holidays nobody can say what is open: the list stands in the order of the meeting's page.
        night, ordered = False, tuple(places)
    entries = tuple(_entry(services, asked[place.role, place.slot], now) for place in ordered)
    return CallList(meeting, night, entries)


def _to_call(line: AgencyLine) -> ToCall:
    try:
        hours = parse(line.inbox.hours) if line.inbox else OFFICE
    except HoursError:
        hours = OFFICE
    answer = Answer(line.answer.answer) if line.answer else None
    last = CallOutcome(line.calls[-1].outcome) if line.calls else None
    return ToCall(line.role, line.slot, line.group, Level(line.level), hours, answer, last)


def _entry(services: Services, line: AgencyLine, now: datetime) -> CallEntry:
    inbox = None if line.state == "stopped" else line.inbox
    try:
        open_now = is_open(now, parse(inbox.hours), services.calendar) if inbox else None
    except (HoursError, CalendarTooShortError):
        open_now = None
    return CallEntry(
        requirement_id=line.requirement_id,
        role=line.role,
        slot=line.slot,
        level=line.level,
        stopped=line.state == "stopped",
        desk=inbox.name if inbox else "",
        phone=inbox.phone if inbox else "",
        otherwise=inbox.escalation_name if inbox else "",
        otherwise_phone=inbox.escalation_phone if inbox else "",
        open_now=open_now,
        answer=line.answer.answer if line.answer else None,
        calls=line.calls,
    )


async def record_call(
    services: Services, partnership: str, reference: str, given: CallGiven, *, actor: str
) -> CallKept:
    """Keep one call. The same press sent again is one call. The first that joined begins a strategy discussion.

    Raises:
        NoSuchMeetingError, NotReadyError
        NoSuchRequirementError: the meeting has no such place, or several of that role.
        CannotCallError: the agency must not be told, the meeting was called off, or a conference has no time yet.
    """
    now = services.now()
    async with services.engine.begin() as conn:
        meeting = await meetings.lock_meeting(conn, partnership, reference)
        if meeting is None:
            raise NoSuchMeetingError(reference)
        if meeting.state is MeetingState.CANCELLED:
            raise CannotCallError("This meeting was called off. Its tasks say whom to phone about that.")
        began = given.outcome is CallOutcome.JOINED and meeting.state is MeetingState.PLANNED
        if began and not meeting.meeting_type.startswith("strategy"):
            raise CannotCallError("A conference is not held by phone. Give it a time first.")
        place = await place_to_call(conn, partnership, meeting, given)
        row = await call_row(services, conn, partnership, meeting, place, given, actor)
        if not await calls.add_call(conn, row):
            return CallKept(reference, place.id, place.role, new=False, began=False)
        data: dict[str, Any] = {"requirement": str(place.id), "call": str(given.outcome), "version": row["version"]}
        await audit.append(conn, [audit.Event(partnership, meeting.id, now, actor, audit.Action.CALL_MADE, data)])
        await _settle(conn, partnership, meeting, place, given, actor, now)
        await mind_the_name(services, conn, partnership, meeting, place, given, actor)
        if began:
            await begin_by_phone(services, conn, partnership, meeting, row["called_at"], actor=actor)
        if given.outcome is CallOutcome.JOINED:
            await propose(conn, partnership, meeting, place.id, How.PHONE, actor, now)
    return CallKept(reference, place.id, place.role, new=True, began=began)


async def place_to_call(conn: AsyncConnection, partnership: str, meeting: LockedMeeting, given: CallGiven) -> Place:
    """The one place a call was to. Raises NoSuchRequirementError, CannotCallError: it must not be told."""
    places = await answers.places_of(conn, partnership, meeting.id)
    if given.requirement_id is not None:
        fits = [place for place in places if place.id == given.requirement_id]
    else:
        fits = [place for place in places if place.role == given.role and given.slot in {"", place.slot}]
    if len(fits) != 1:
        raise NoSuchRequirementError(given.role or str(given.requirement_id))
    if fits[0].state == "stopped":
        raise CannotCallError(
            f"The inbox of this place ({words(fits[0].role)}) must not be told, and neither may its phone. Name a "
            "person and a route of their own first."
        )
    return fits[0]


async def call_row(
    services: Services,
    conn: AsyncConnection,
    partnership: str,
    meeting: LockedMeeting,
    place: Place,
    given: CallGiven,
    actor: str,
) -> dict[str, Any]:
    """The row of one call, with whoever it reached sealed."""
    now = services.now()
    call_id = new_id(now)
    spoke_to = " ".join(given.spoke_to.split())
    sealed = None
    if spoke_to:
        key_id, wrapped = await answers.data_key_of(conn, partnership, meeting.request_id)
        try:
            key = services.keyring.open_data_key(key_id, wrapped)
            sealed = seal(key, "calls", call_id, "sealed_spoke_to", spoke_to.encode())
        except KeyErased:
            # The request has been erased; names about it must not be kept either.
            sealed = None
    return {
        "id": call_id,
        "partnership_id": partnership,
        "meeting_id": meeting.id,
        "requirement_id": place.id,
        "outcome": str(given.outcome),
        "sealed_spoke_to": sealed,
        "spoke_named": sealed is not None,
        "version": meeting.version if meeting.starts_at else meeting.version + 1,
        "about_start": meeting.starts_at,
        # A call from the future would be the last for ever.
        "called_at": min(given.called_at, now),
        "called_by": actor,
        "recorded_at": now,
        "natural_key": f"{given.natural_key}/{place.id}",
    }


async def _settle(
    conn: AsyncConnection,
    partnership: str,
    meeting: LockedMeeting,
    place: Place,
    given: CallGiven,
    actor: str,
    now: datetime,
) -> None:
    """What the officer was asked to phone about is done, where somebody heard it."""
    if given.outcome not in TELLS or meeting.starts_at is None:
        return
    done = {str(TaskKind.PHONE_INVITATION)}
    if given.outcome is CallOutcome.JOINED:
        done.add(str(TaskKind.PHONE_SILENT))
    await tasks.close_for_requirement(conn, partnership, place.id, done, by=actor, now=now)


async def mind_the_name(
    services: Services,
    conn: AsyncConnection,
    partnership: str,
    meeting: LockedMeeting,
    place: Place,
    given: CallGiven,
    actor: str,
) -> bool:
    """A call has been made, whoever answered: it is kept. Where that may be somebody of the case, a task says so, and
    what is returned is True."""
    if not given.spoke_to.strip():
        return False
    named = identity.Named((given.spoke_to,), "call", place.id)
    if not await identity.may_be_tied(conn, services, partnership, meeting, named, actor=actor):
        return False
    now = services.now()
    task = task_row(
        partnership=partnership,
        kind=TaskKind.NAME_REFUSED,
        detail=f"Whoever answered the phone for {words(place.role)} may be tied to the case. Tell them nothing more, "
        "and settle with somebody else there who comes. If its inbox must not be told, stop it.",
        now=now,
        meeting_id=meeting.id,
        requirement_id=place.id,
        about=f"call:{new_id(now)}",
        due_at=meeting.starts_at,
    )
    await tasks.open_once(conn, [task])
    return True


async def propose(
    conn: AsyncConnection,
    partnership: str,
    meeting: LockedMeeting,
    requirement_id: UUID,
    how: How,
    actor: str,
    now: datetime,
    *,
    sitting: int = 1,
) -> None:
    """Who joined a sitting came, unless somebody has recorded otherwise: the officer records it."""
    said: Mapping[str, Any] = {"outcome": str(Outcome.ATTENDED), "how": str(how)}
    row = {
        "id": new_id(now),
        "partnership_id": partnership,
        "meeting_id": meeting.id,
        "requirement_id": requirement_id,
        **said,
        "sitting": sitting,
        "recorded_by": actor,
        "recorded_at": now,
    }
    if await calls.propose_attendance(conn, row):
        data = {"requirement": str(requirement_id), "sitting": sitting, **said}
        action = audit.Action.ATTENDANCE_PROPOSED
        await audit.append(conn, [audit.Event(partnership, meeting.id, now, actor, action, data)])
