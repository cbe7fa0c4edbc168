"""Calling the agencies to a meeting at a time: the rows of one invitation version.

The same rows serve a first confirmation and a move: one calendar event (created, then updated), one message and one
invitation for each agency, and the chases its ladder gives it. Nothing leaves the house here: the outbox rows are
intents, read by the scheduler after the commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from service.domain.chasing import PlannedChase, Silence, Step, plan_chases
from service.domain.facts import Urgency
from service.domain.hours import parse
from service.domain.london import words
from service.domain.policy import Ladder, Policy
from service.domain.working_time import CalendarTooShortError, WorkingCalendar
from service.store import tables
from service.store.changes.bulk import Rows
from service.store.ids import new_id
from service.store.queries.directory import Inbox
from service.workflow.errors import BadTimeError
from service.workflow.tasks import TaskKind, task_row

Row = dict[str, Any]
LONGEST = timedelta(hours=8)
# Room for a ladder's steps between a version's invitation and the next version's.
_SEQUENCES_PER_VERSION = 1000
GUESTS_AT = 100
CANCELLED_AT = 900


@dataclass(frozen=True, slots=True)
class Seat:
    """One requirement that is to be invited, with the inbox that does its job."""

    requirement_id: UUID
    role: str
    inbox: Inbox


@dataclass(frozen=True, slots=True)
class Call:
    """One version of a meeting's invitations. Instants are aware, in UTC. ``ladder`` None: nobody is to be chased."""

    partnership: str
    meeting_id: UUID
    version: int
    starts_at: datetime
    ends_at: datetime
    event_id: UUID
    mailbox_id: UUID
    ladder: Ladder | None
    immediate: bool
    now: datetime
    real_now: datetime


def check_time(start: datetime, minutes: int, now: datetime) -> datetime:
    """The end of a meeting at this time.

    Raises:
        BadTimeError: in the past, without an offset, or of an impossible length.
    """
    if start.tzinfo is None:
        raise BadTimeError("The start needs an offset, for example 2026-11-24T14:00:00+00:00.")
    if start <= now:
        raise BadTimeError("The start is in the past. Choose a start that is still to come.")
    if not timedelta(0) < timedelta(minutes=minutes) <= LONGEST:
        raise BadTimeError("A meeting takes between 1 minute and 8 hours. Change its length.")
    return start + timedelta(minutes=minutes)


def ladder_of(policy: Policy, meeting_type: str, urgency: Urgency) -> Ladder:
    """The chase ladder of a meeting. Raises UnknownMeetingTypeError as ``Policy.meeting_type`` does."""
    return policy.ladder_for(meeting_type, urgency)


def stream_of_event(event_id: UUID) -> str:
    """The stream in which everything about one calendar event is kept in order."""
    return f"event:{event_id}"


def stream_of_messages(requirement_id: UUID) -> str:
    """The stream in which everything one agency is told about one meeting is kept in order."""
    return f"message:{requirement_id}"


def sequence_of(version: int, within: int = 0) -> int:
    """Where in its stream a row of this version stands; ``within`` orders the rows of one version."""
    return version * _SEQUENCES_PER_VERSION + within


def outbox_row(call: Call, kind: str, stream: str, sequence: int, **more: object) -> Row:
    """One intent. Its idempotency key is its place in its stream: the same act asked for twice is one row."""
    return {
        "id": new_id(call.now),
        "partnership_id": call.partnership,
        "meeting_id": call.meeting_id,
        "kind": kind,
        "event_id": call.event_id,
        "requirement_id": more.get("requirement_id"),
        "chase_id": more.get("chase_id"),
        "family_id": more.get("family_id"),
        "mailbox_id": call.mailbox_id,
        "version": call.version,
        "stream": stream,
        "sequence": sequence,
        "after_id": more.get("after_id"),
        "idempotency_key": f"{stream}/{sequence}",
        "detail": more.get("detail", {}),
        "state": "waiting",
        "attempts": 0,
        "next_try_at": call.real_now,
        "created_at": call.now,
    }


def event_row(call: Call) -> Row:
    """The one calendar event of a meeting, wanted but not yet made. Its transaction id never changes."""
    return {
        "id": call.event_id,
        "partnership_id": call.partnership,
        "meeting_id": call.meeting_id,
        "mailbox_id": call.mailbox_id,
        "transaction_id": new_id(call.now),
        "handed_version": 0,
        "state": "wanted",
        "created_at": call.now,
    }


def _invitation(call: Call, seat: Seat) -> Row:
    return {
        "id": new_id(call.now),
        "partnership_id": call.partnership,
        "meeting_id": call.meeting_id,
        "requirement_id": seat.requirement_id,
        "inbox_id": seat.inbox.id,
        "version": call.version,
        "starts_at": call.starts_at,
        "state": "due",
        "channel": seat.inbox.channel,
        "created_at": call.now,
    }


def _ladder(call: Call, hours: str, calendar: WorkingCalendar) -> tuple[PlannedChase, ...]:
    """The chases of every seat whose inbox keeps these hours."""
    if call.ladder is None:
        return ()
    return plan_chases(
        call.ladder.steps,
        call.starts_at,
        parse(hours),
        calendar,
        now=call.now,
        immediate=call.immediate or call.ladder.round_the_clock,
    )


def _chases(call: Call, seat: Seat, planned: Iterable[PlannedChase]) -> Iterable[Row]:
    steps = {step.number: step for step in call.ladder.steps} if call.ladder else {}
    for chase in planned:
        # A step swallowed by a later one is not forgotten: it ends as not sent, with its reason.
        for number in chase.instead_of:
            yield _chase(call, seat, steps[number], chase.due_at) | {
                "state": "not_sent",
                "not_sent_because": str(Silence.SUPERSEDED),
                "finished_at": call.now,
            }
        yield _chase(call, seat, chase.step, chase.due_at)


def _chase(call: Call, seat: Seat, step: Step, due_at: datetime) -> Row:
    return {
        "id": new_id(call.now),
        "partnership_id": call.partnership,
        "meeting_id": call.meeting_id,
        "requirement_id": seat.requirement_id,
        "version": call.version,
        "step": step.number,
        "to": str(step.to),
        "due_at": due_at,
        "state": "due",
        "not_sent_because": None,
        "finished_at": None,
    }


def rows_to_call(
    call: Call, seats: Sequence[Seat], calendar: WorkingCalendar, *, event_kind: str, about: str = ""
) -> Rows:
    """All rows of one version. ``event_kind`` is ``create_event`` or ``update_event``; ``about`` is "adopted" where the
    event has this time already, because somebody gave it to it in Outlook.

    Raises:
        BadTimeError: the meeting lies beyond the known bank holidays, so its chases cannot be counted.
    """
    detail = {"about": about} if about else {}
    first = outbox_row(call, event_kind, stream_of_event(call.event_id), sequence_of(call.version), detail=detail)
    made = [(tables.calendar_events, [event_row(call)])] if event_kind == "create_event" else []
    return [*made, *rows_for_seats(call, seats, calendar, first)]


def rows_for_seats(
    call: Call, seats: Sequence[Seat], calendar: WorkingCalendar, first: Row, *, within: int = 0
) -> Rows:
    """The intent about the event, and for each seat its invitation, its message (which waits for ``first`` and stands
    at ``within`` in its version) and its chases. Raises as ``rows_to_call``."""
    by_mail = [seat for seat in seats if seat.inbox.channel != "phone"]
    messages = [
        outbox_row(
            call,
            "message",
            stream_of_messages(seat.requirement_id),
            sequence_of(call.version, within),
            requirement_id=seat.requirement_id,
            after_id=first["id"],
            detail={"about": "invitation"},
        )
        for seat in by_mail
    ]
    try:
        # Many desks keep the same hours, and a ladder depends on nothing else of theirs.
        ladders = {hours: _ladder(call, hours, calendar) for hours in {seat.inbox.hours for seat in by_mail}}
        chases = [row for seat in by_mail for row in _chases(call, seat, ladders[seat.inbox.hours])]
    except CalendarTooShortError as error:
        raise BadTimeError(f"{error} Until then, choose an earlier start.") from error
    return [
        (tables.invitations, [_invitation(call, seat) for seat in by_mail]),
        (tables.outbox, [first, *messages]),
        (tables.chases, chases),
    ]


def phone_tasks(call: Call, seats: Sequence[Seat], *, again: str = "") -> list[Row]:
    """A call for the officer to make, for each agency that is reached by phone only.

    ``again`` tells apart the times that one place is filled during one version.
    """
    return [
        task_row(
            partnership=call.partnership,
            kind=TaskKind.PHONE_INVITATION,
            detail=f"Phone {seat.inbox.name} on {seat.inbox.phone}: it is reached by phone only. "
            f"The meeting starts {words(call.starts_at)}.",
            now=call.now,
            meeting_id=call.meeting_id,
            requirement_id=seat.requirement_id,
            about=f"{call.version}{again}",
            due_at=call.starts_at,
        )
        for seat in seats
        if seat.inbox.channel == "phone"
    ]


def outbox_ids(rows: Rows) -> list[UUID]:
    """The intents to wake a worker with after the commit: those that wait for no other."""
    return [
        row["id"]
        for table, table_rows in rows
        if table is tables.outbox
        for row in table_rows
        if row["after_id"] is None
    ]
