"""What a meeting came to: its outcome, the actions it agreed, and when each agency's written report came in."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.chain import instant_text
from service.domain.meetings import MeetingState
from service.domain.outcome import ActionState, Outcome, in_time, problem_of, report_due
from service.domain.roles import ROLES, nearest
from service.store.chain import JSON
from service.store.changes import answers, audit, meetings
from service.store.changes import outcome as changes
from service.store.changes.meetings import LockedMeeting
from service.store.ids import new_id
from service.store.queries import outcome as queries
from service.store.queries.meeting import meeting_view
from service.workflow.errors import (
    BadOutcomeError,
    BadTimeError,
    ChangedMeanwhileError,
    NoSuchActionError,
    NoSuchMeetingError,
    NoSuchRequirementError,
)
from service.workflow.identity import forbidden_words
from service.workflow.policy import policy_of
from service.workflow.ports import Services


@dataclass(frozen=True, slots=True)
class ReportStanding:
    """A report that came in. ``due_at`` and ``in_time`` None: the partnership sets no day, or there is no start yet."""

    role: str
    slot: str
    received_at: datetime
    due_at: datetime | None
    in_time: bool | None


@dataclass(frozen=True, slots=True)
class Came:
    """What a meeting came to so far, with the instant reports are due by."""

    reference: str
    outcome: queries.KeptOutcome | None
    actions: tuple[queries.ActionLine, ...]
    reports: tuple[ReportStanding, ...]
    reports_due_at: datetime | None


async def came_to(services: Services, partnership: str, reference: str) -> Came:
    """The outcome, actions and reports of one meeting. Changes nothing.

    Raises:
        NoSuchMeetingError, NotReadyError
    """
    async with services.engine.connect() as conn:
        found = await meeting_view(conn, partnership, reference)
        if found is None:
            raise NoSuchMeetingError(reference)
        policy = await policy_of(services, conn, partnership, found.policy_hash)
        figure = policy.meeting_type(found.meeting_type).report_due.value
        due = report_due(found.starts_at, figure, services.calendar)
        lines = await queries.reports_of(conn, partnership, found.id)
        reports = [
            ReportStanding(line.role, line.slot, line.received_at, due, in_time(line.received_at, due))
            for line in lines
        ]
        return Came(
            reference,
            await queries.outcome_of(conn, partnership, found.id),
            await queries.actions_of(conn, partnership, found.id),
            tuple(reports),
            due,
        )


async def _locked(conn: AsyncConnection, partnership: str, reference: str) -> LockedMeeting:
    meeting = await meetings.lock_meeting(conn, partnership, reference)
    if meeting is None:
        raise NoSuchMeetingError(reference)
    return meeting


async def _begun(services: Services, conn: AsyncConnection, partnership: str, reference: str) -> LockedMeeting:
    meeting = await _locked(conn, partnership, reference)
    took_place = meeting.state in {MeetingState.CONFIRMED, MeetingState.HELD}
    if not took_place or meeting.starts_at is None or meeting.starts_at > services.now():
        raise BadTimeError("The meeting has not started. Record what it came to once it has.")
    return meeting


async def record_outcome(
    services: Services,
    partnership: str,
    reference: str,
    outcome: Outcome,
    *,
    actor: str,
    seen: tuple[datetime | None] | None = None,
) -> None:
    """Record, or correct, what a meeting came to; what is given replaces what stood there, and the audit keeps that.

    ``seen`` holds when the outcome was recorded that whoever corrects it saw, or None where they saw none.

    Raises:
        ChangedMeanwhileError: another outcome was recorded since ``seen``.
        NoSuchMeetingError
        BadTimeError: the meeting has not started, or an enquiry is said to start in the future.
        BadOutcomeError: what is given contradicts itself.
    """
    if problem := problem_of(outcome):
        raise BadOutcomeError(problem)
    now = services.now()
    if outcome.s47_started_at is not None and outcome.s47_started_at > now:
        raise BadTimeError("An enquiry that is still to start has no actual start yet. Leave it out until it has.")
    async with services.engine.begin() as conn:
        meeting = await _begun(services, conn, partnership, reference)
        before = await queries.outcome_of(conn, partnership, meeting.id)
        if seen is not None and seen != (before.recorded_at if before else None,):
            raise ChangedMeanwhileError
        row = {
            "id": new_id(now),
            "meeting_id": meeting.id,
            "decided": [str(each) for each in outcome.decided],
            "s47_started_at": outcome.s47_started_at,
            "police": outcome.police,
            "next_meeting_at": outcome.next_meeting_at,
            "recorded_by": actor,
            "recorded_at": now,
        }
        await changes.put_outcome(conn, partnership, row)
        data = {**_said(outcome), "before": _said(before.outcome) if before else None}
        await audit.append(
            conn, [audit.Event(partnership, meeting.id, now, actor, audit.Action.OUTCOME_RECORDED, data)]
        )


def _said(outcome: Outcome) -> dict[str, JSON]:
    said: dict[str, JSON] = {}
    for field in fields(Outcome):
        value = getattr(outcome, field.name)
        if isinstance(value, datetime):
            said[field.name] = instant_text(value)
        elif isinstance(value, tuple):
            said[field.name] = [str(each) for each in value]
        else:
            said[field.name] = None if value is None else str(value)
    return said


async def agree_action(
    services: Services,
    partnership: str,
    reference: str,
    *,
    owner_role: str,
    what: str,
    due_on: date | None,
    actor: str,
) -> int:
    """Keep an action that a meeting agreed: which agency does it, what, and by which London day; returns its number.

    Raises:
        NoSuchMeetingError, BadTimeError: as ``record_outcome``.
        BadOutcomeError: no such role, no words, or words that name somebody of the request.
        SealError: the request's identities cannot be opened to check that.
    """
    now = services.now()
    if owner_role not in ROLES:
        near = nearest(owner_role)
        raise BadOutcomeError(f"{owner_role!r} is no agency role." + (f" The nearest is {near}." if near else ""))
    if not what.strip():
        raise BadOutcomeError("Say what is to be done, without names.")
    async with services.engine.begin() as conn:
        meeting = await _begun(services, conn, partnership, reference)
        words = await forbidden_words(conn, services.keyring, partnership, meeting.request_id)
        if words.found_in(b"", what):
            raise BadOutcomeError("The action names somebody, a birthday or an address. Say it without, by role.")
        number = await changes.next_number(conn, partnership, meeting.id)
        row = {
            "id": new_id(now),
            "meeting_id": meeting.id,
            "number": number,
            "owner_role": owner_role,
            # The words stay in the row: a hash chain could never forget a name in them.
            "what": what.strip(),
            "due_on": due_on,
            "agreed_by": actor,
            "created_at": now,
        }
        await changes.add_action(conn, partnership, row)
        data: dict[str, JSON] = {
            "number": number,
            "owner": owner_role,
            "due_on": due_on.isoformat() if due_on else None,
        }
        await audit.append(conn, [audit.Event(partnership, meeting.id, now, actor, audit.Action.ACTION_AGREED, data)])
    return number


async def close_action(
    services: Services, partnership: str, reference: str, number: int, *, state: ActionState, actor: str
) -> None:
    """Mark an open action done, or dropped.

    Raises:
        NoSuchMeetingError
        NoSuchActionError: none of this number is open.
        ValueError: ``state`` is open.
    """
    if state is ActionState.OPEN:
        raise ValueError("an action is closed as done or as dropped")
    now = services.now()
    async with services.engine.begin() as conn:
        meeting = await _locked(conn, partnership, reference)
        if not await changes.close_action(conn, partnership, meeting.id, number, state=str(state), by=actor, now=now):
            raise NoSuchActionError(reference, number)
        data: dict[str, JSON] = {"number": number, "state": str(state)}
        await audit.append(conn, [audit.Event(partnership, meeting.id, now, actor, audit.Action.ACTION_CLOSED, data)])


async def receive_report(
    services: Services,
    partnership: str,
    reference: str,
    *,
    role: str,
    received_at: datetime,
    slot: str = "",
    actor: str,
) -> ReportStanding:
    """Keep, or correct, when an agency's written report came in. The report itself is not kept here.

    Raises:
        NoSuchMeetingError, NoSuchRequirementError, NotReadyError
        BadTimeError: it is said to have come in the future.
    """
    now = services.now()
    if received_at > now:
        raise BadTimeError("A report that has come in has come before now. Give the time it came.")
    async with services.engine.begin() as conn:
        meeting = await _locked(conn, partnership, reference)
        places = await answers.places_of(conn, partnership, meeting.id)
        fits = [place for place in places if place.role == role and slot in {"", place.slot}]
        if len(fits) != 1:
            raise NoSuchRequirementError(role)
        [place] = fits
        policy = await policy_of(services, conn, partnership, meeting.policy_hash)
        due = report_due(
            meeting.starts_at, policy.meeting_type(meeting.meeting_type).report_due.value, services.calendar
        )
        before = await changes.report_before(conn, partnership, place.id)
        row = {
            "id": new_id(now),
            "meeting_id": meeting.id,
            "requirement_id": place.id,
            "received_at": received_at,
            "recorded_by": actor,
            "recorded_at": now,
        }
        await changes.put_report(conn, partnership, row)
        data: dict[str, JSON] = {
            "requirement": str(place.id),
            "received_at": instant_text(received_at),
            "due_at": instant_text(due) if due else None,
            "before": instant_text(before) if before else None,
        }
        await audit.append(conn, [audit.Event(partnership, meeting.id, now, actor, audit.Action.REPORT_RECEIVED, data)])
    return ReportStanding(role, place.slot, received_at, due, in_time(received_at, due))
