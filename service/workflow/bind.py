"""Filling the gaps: when the directory learns who does a role's job, the meetings that lacked it invite that inbox;
when an inbox leaves the directory, the meetings to come take their places back from it.

Roles found by a child's own place (a school, a nursery) are not filled from the directory alone: the place is sealed,
so an officer names the inbox, unless the place has had an inbox of the same school before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.chasing import Silence
from service.domain.facts import Urgency
from service.domain.meetings import MeetingState
from service.domain.roles import MATCHED_BY_PLACE
from service.domain.roles import words as role_words
from service.store.changes import audit, binding, desks, meetings, tasks
from service.store.changes.binding import Gap, NamedPlace, Unbound
from service.store.changes.bulk import Rows, write_rows
from service.store.changes.meetings import LockedMeeting
from service.store.ids import new_id
from service.store.queries import directory, sending
from service.store.queries.directory import Inbox
from service.store.tables import outbox
from service.store.tables import tasks as tasks_table
from service.workflow.calling import (
    GUESTS_AT,
    Call,
    Row,
    Seat,
    ladder_of,
    outbox_ids,
    outbox_row,
    phone_tasks,
    rows_for_seats,
    sequence_of,
    stream_of_event,
    stream_of_messages,
)
from service.workflow.entries import entries_off
from service.workflow.errors import (
    CannotInviteError,
    ChangedMeanwhileError,
    Instead,
    NoSuchMeetingError,
    NoSuchRequirementError,
)
from service.workflow.far import Far
from service.workflow.handmade import OF_ONE_VERSION, gap_task
from service.workflow.policy import policy_of
from service.workflow.ports import Services
from service.workflow.seats import fit_seats, sitting_of
from service.workflow.tasks import to_who_is_there


async def fill_gaps(services: Services, partnership: str, *, actor: str, far: Far | None = None) -> list[UUID]:
    """Bind every requirement that has an inbox now, and invite it; returns the requirements that were filled."""
    far = far or Far()
    async with services.engine.connect() as conn:
        waiting = await binding.unbound(conn, partnership)
        inboxes = await directory.inboxes_for(conn, partnership)
    by_job: dict[tuple[str, str], Inbox] = {}
    for inbox in inboxes:
        by_job.setdefault((inbox.role, inbox.place), inbox)
    filled: list[UUID] = []
    far.expect(len(waiting))
    for gap in waiting:
        unknown = gap.role in MATCHED_BY_PLACE and not gap.place
        found = None if unknown else by_job.get((gap.role, gap.place))
        if found is not None and await _fill(services, partnership, gap, found, actor):
            filled.append(gap.requirement_id)
        far.one()
    return filled


@dataclass(frozen=True, slots=True)
class NamedInbox:
    """Which place of a meeting an officer fills, and with whom. ``slot`` or ``child`` tells two schools apart.

    ``inbox_id`` names the inbox where it has no address: one that is asked by phone.
    """

    role: str
    address: str
    slot: str = ""
    child: str = ""
    inbox_id: UUID | None = None


async def name_inbox(services: Services, partnership: str, reference: str, named: NamedInbox, *, actor: str) -> UUID:
    """Fill a place that has no inbox with one of the directory, and invite it; returns the requirement.

    Raises:
        NoSuchMeetingError, NoSuchRequirementError, ChangedMeanwhileError
        CannotInviteError: the meeting or the place is not open for it, or the directory has no such inbox.
    """
    async with services.engine.begin() as conn:
        meeting = await meetings.lock_meeting(conn, partnership, reference)
        if meeting is None:
            raise NoSuchMeetingError(reference)
        if not to_come(services, meeting):
            raise CannotInviteError("This meeting is over, has begun or was called off. Phone the agency instead.")
        places = await binding.places_in_role(conn, partnership, meeting.id, named.role)
        place = place_meant(places, named.role, named.slot, named.child, state="no_inbox")
        _check_gap(place)
        inboxes = await directory.inboxes_for(conn, partnership)
        hushed = await sending.stopped_addresses(conn, partnership, meeting.id)
    inbox = next((each for each in inboxes if each.role == named.role and _is_named(each, named)), None)
    if inbox is not None and inbox.address.casefold() in hushed:
        raise CannotInviteError("This inbox must not be told of this meeting: it does the job of a stopped agency too.")
    if inbox is None:
        raise CannotInviteError(
            f"The directory has no inbox {named.address!r} for: {role_words(named.role)}. Have it added there first.",
            instead=Instead.IMPORT_DIRECTORY,
        )
    gap = Unbound(place.requirement_id, meeting.id, named.role)
    if not await _fill(services, partnership, gap, inbox, actor):
        raise ChangedMeanwhileError
    return place.requirement_id


def _is_named(inbox: Inbox, named: NamedInbox) -> bool:
    if named.inbox_id is not None:
        return inbox.id == named.inbox_id
    return inbox.address == named.address.strip().lower()


def place_meant(places: list[NamedPlace], role: str, slot: str, child: str, *, state: str) -> NamedPlace:
    """The one place of a role that an officer means; among several, the only one in the wanted state.

    Raises:
        NoSuchRequirementError: there is none.
        CannotInviteError: there are several, and nothing tells them apart.
    """
    meant = [place for place in places if slot in {"", place.slot} and (not child or child in place.children)]
    if not meant:
        raise NoSuchRequirementError(role)
    if len(meant) > 1 and (fitting := [place for place in meant if place.state == state]):
        meant = fitting
    if len(meant) > 1:
        known = ", ".join(place.slot for place in meant)
        raise CannotInviteError(f"Several places of this meeting are for: {role_words(role)}. Name one: {known}.")
    return meant[0]


def _check_gap(place: NamedPlace) -> None:
    if place.state == "stopped":
        raise CannotInviteError(
            "This agency's shared inbox must not be told. Name a person and a route that nobody shares.",
            instead=Instead.NAME_PERSON,
        )
    if place.state != "no_inbox":
        raise CannotInviteError("This place has an inbox already. A wrong one is retired by importing the directory.")


def to_come(services: Services, meeting: LockedMeeting) -> bool:
    """Whether a meeting is still to be held, so that agencies can be asked to it or let off."""
    open_states = {MeetingState.PLANNED, MeetingState.CONFIRMED}
    return meeting.state in open_states and (meeting.starts_at is None or meeting.starts_at > services.now())


async def _fill(services: Services, partnership: str, gap: Unbound, inbox: Inbox, actor: str) -> bool:
    now = services.now()
    async with services.engine.begin() as conn:
        meeting = await meetings.lock_meeting_by_id(conn, partnership, gap.meeting_id)
        if meeting is None or not to_come(services, meeting):
            # Once it has begun no invitation leaves any more, so the task must stay in front of somebody.
            return False
        if inbox.address.casefold() in await sending.stopped_addresses(conn, partnership, meeting.id):
            # It must not be told on another agency's account: the task stays, and asks for somebody else.
            return False
        if not await binding.set_inbox(conn, partnership, gap.requirement_id, inbox.id):
            return False
        rows = await invite_seat(services, conn, partnership, meeting, Seat(gap.requirement_id, gap.role, inbox))
        await binding.write_again(conn, rows)
        await tasks.close_for_requirement(conn, partnership, gap.requirement_id, ("no_inbox",), by=actor, now=now)
        seated = await fit_seats(conn, sitting_of(partnership, meeting, now), actor)
        data = {"requirement": str(gap.requirement_id), "inbox": str(inbox.id)}
        bound = audit.Event(partnership, meeting.id, now, actor, audit.Action.REQUIREMENT_BOUND, data)
        await audit.append(conn, [bound, *seated])
    await services.wake.outbox(outbox_ids(rows))
    return True


async def invite_seat(
    services: Services, conn: AsyncConnection, partnership: str, meeting: LockedMeeting, seat: Seat
) -> Rows:
    """The rows that invite one more agency to a confirmed meeting; none while it has no time."""
    call = await call_now(services, conn, partnership, meeting)
    return [] if call is None else await rows_to_invite(services, conn, call, [seat], await guests_row(conn, call))


async def rows_to_invite(
    services: Services, conn: AsyncConnection, call: Call, seats: Sequence[Seat], guests: Row
) -> Rows:
    """The rows that invite more agencies to the version the others know. ``guests`` brings the event's list up to date.

    Raises:
        BadTimeError: the meeting lies beyond the known bank holidays, so its chases cannot be counted.
    """
    merged: dict[Table, list[Mapping[str, Any]]] = {outbox: [guests]}
    for seat in seats:
        told = await binding.rows_in_stream(conn, call.partnership, stream_of_messages(seat.requirement_id))
        within = GUESTS_AT + told if told else 0
        for table, rows in rows_for_seats(call, [seat], services.calendar, guests, within=within):
            merged.setdefault(table, []).extend(row for row in rows if row is not guests)
    urgency = Urgency.IMMEDIATE if call.immediate else Urgency.STANDARD
    calls = to_who_is_there(phone_tasks(call, seats, again=anew(call.now)), urgency, call.now, services.calendar)
    return [*merged.items(), (tasks_table, calls)]


def anew(now: datetime) -> str:
    """A place may be filled and emptied several times during one version: each time has a task of its own."""
    return f":{new_id(now)}"


async def call_now(services: Services, conn: AsyncConnection, partnership: str, meeting: LockedMeeting) -> Call | None:
    """The version that the agencies know; None while there is no time."""
    event = await meetings.live_event(conn, partnership, meeting.id)
    if event is None or meeting.starts_at is None or meeting.ends_at is None:
        return None
    urgency = Urgency(meeting.urgency)
    policy = await policy_of(services, conn, partnership, meeting.policy_hash)
    return Call(
        partnership=partnership,
        meeting_id=meeting.id,
        version=meeting.version,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        event_id=event[0],
        mailbox_id=event[1],
        ladder=ladder_of(policy, meeting.meeting_type, urgency),
        immediate=urgency is Urgency.IMMEDIATE,
        now=services.now(),
        real_now=services.real_now(),
    )


async def guests_row(conn: AsyncConnection, call: Call) -> Row:
    """The intent to bring the event's guest list up to date, which is rendered whole when it leaves."""
    stream = stream_of_event(call.event_id)
    # One number for each change of the guest list, after the version's own row and before a cancellation.
    number = GUESTS_AT + await binding.rows_in_stream(conn, call.partnership, stream)
    return outbox_row(call, "update_event", stream, sequence_of(call.version, number), detail={"about": "guests"})


async def empty_places(services: Services, partnership: str, *, actor: str, far: Far | None = None) -> int:
    """Take the places of meetings to come back from inboxes that have left the directory; returns how many.

    Each becomes a gap with its task, and the old address leaves the event's guest list.
    """
    async with services.engine.connect() as conn:
        found = await binding.meetings_with_retired(conn, partnership, services.now())
    far, emptied = far or Far(), 0
    far.expect(len(found))
    for meeting_id in found:
        emptied += await _empty(services, partnership, meeting_id, actor)
        far.one()
    return emptied


async def _empty(services: Services, partnership: str, meeting_id: UUID, actor: str) -> int:
    now = services.now()
    async with services.engine.begin() as conn:
        meeting = await meetings.lock_meeting_by_id(conn, partnership, meeting_id)
        if meeting is None or not to_come(services, meeting):
            return 0
        emptied = await binding.empty_retired(conn, partnership, meeting_id)
        for gap, _ in emptied:
            await _take_back(services, conn, partnership, meeting, gap, actor)
        await desks.release_unasked(conn, partnership, meeting_id, "withdrawn")
        call = await call_now(services, conn, partnership, meeting)
        was_guest = any(channel == "outlook" for _, channel in emptied)
        rows = [await guests_row(conn, call)] if call is not None and was_guest else []
        rows.extend(await entries_off(conn, call))
        await write_rows(conn, [(outbox, rows)])
        events = [
            audit.Event(
                partnership,
                meeting_id,
                now,
                actor,
                audit.Action.INVITATION_WITHDRAWN,
                {"requirement": str(gap.requirement_id), "version": meeting.version, "because": "inbox_retired"},
            )
            for gap, _ in emptied
        ]
        await audit.append(conn, events)
    await services.wake.outbox([row["id"] for row in rows])
    return len(emptied)


async def _take_back(
    services: Services, conn: AsyncConnection, partnership: str, meeting: LockedMeeting, gap: Gap, actor: str
) -> None:
    now = services.now()
    await binding.take_back(conn, partnership, gap.requirement_id, Silence.WITHDRAWN, now)
    await tasks.drop_for_requirement(conn, partnership, gap.requirement_id, OF_ONE_VERSION, by=actor, now=now)
    task = gap_task(
        gap,
        partnership=partnership,
        meeting_id=meeting.id,
        now=now,
        version=meeting.version,
        starts_at=meeting.starts_at,
        due_at=meeting.starts_at or meeting.deadline_at,
        again=anew(now),
    )
    await tasks.open_once(conn, [task] if task else [], by=actor)
