"""An agency whose shared inbox must not be told (rule C30): stopping it, and naming a person by a route of their own.

From the naming on, everything about that place goes by that route alone: the shared inbox, its manager and its duty
desk never come back to it, and links that it was sent earlier open nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.chasing import Silence
from service.domain.hours import HoursError, parse
from service.domain.tied_names import whole_name
from service.store.changes import audit, binding, desks, meetings, tasks
from service.store.changes.binding import NamedPlace, OwnRoute, Stopped
from service.store.changes.bulk import Rows, write_rows
from service.store.changes.meetings import LockedMeeting
from service.store.ids import new_id
from service.store.queries import directory
from service.store.tables import outbox
from service.workflow import identity
from service.workflow.bind import call_now, guests_row, invite_seat, place_meant, to_come
from service.workflow.calling import Seat, outbox_ids
from service.workflow.directory_file import is_address, is_phone
from service.workflow.entries import entries_off
from service.workflow.errors import CannotInviteError, ChangedMeanwhileError, NoSuchMeetingError
from service.workflow.handmade import OF_ONE_VERSION, gap_task
from service.workflow.ports import Services
from service.workflow.tasks import TaskKind

OFFICE_HOURS = "Mon-Fri 09:00-17:00"
_LONGEST = 80
# The same for a parent, a namesake and anybody else: whoever reads it learns nothing of the case.
NOT_THIS_PERSON = "This person cannot be taken for this place. Name somebody else of the agency, or ask your manager."


@dataclass(frozen=True, slots=True)
class StoppedPlace:
    """Which place of a meeting is meant. ``slot`` or ``child`` tells two schools apart."""

    role: str
    slot: str = ""
    child: str = ""


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """Who comes for an agency, and the address or phone that nobody shares with them. ``hours`` as in the directory."""

    name: str
    address: str = ""
    phone: str = ""
    hours: str = OFFICE_HOURS


async def name_person(
    services: Services, partnership: str, reference: str, place: StoppedPlace, person: NamedPerson, *, actor: str
) -> UUID:
    """Give a stopped place to a person by their own route, and invite them; returns the requirement.

    Raises:
        NoSuchMeetingError, NoSuchRequirementError, ChangedMeanwhileError
        CannotInviteError: the meeting or the place is not open for it, the route is shared, or the person cannot be.
    """
    person = _checked(person)
    async with services.engine.begin() as conn:
        meeting = await _locked(services, conn, partnership, reference)
        meant = await _meant(conn, partnership, meeting, place, state="stopped")
        if meant.state != "stopped":
            raise CannotInviteError("Only a place whose shared inbox must not be told is given to a named person.")
        await _check_unshared(conn, partnership, person)
        # Refused or not, the comparison is committed with its audit event.
        named = identity.Named((person.name,), "named_person", meant.requirement_id, person.address)
        tied = await identity.may_be_tied(conn, services, partnership, meeting, named, actor=actor)
        rows = [] if tied else await _seat(services, conn, partnership, meeting, meant, place.role, person, actor)
    if tied:
        raise CannotInviteError(NOT_THIS_PERSON)
    await services.wake.outbox(outbox_ids(rows))
    return meant.requirement_id


async def stop_place(services: Services, partnership: str, reference: str, place: StoppedPlace, *, actor: str) -> UUID:
    """An agency's shared inbox must not be told any more: what was to go there is taken back; returns a requirement.

    The event loses that guest, its links stop working, its chases end, and a task asks for a person and a safe route.
    What is returned is the place that stands in for the old one.

    Raises:
        NoSuchMeetingError, NoSuchRequirementError
        CannotInviteError: the meeting is over or has begun, or the place is stopped already.
    """
    async with services.engine.begin() as conn:
        meeting = await _locked(services, conn, partnership, reference)
        meant = await _meant(conn, partnership, meeting, place, state="wanted")
        # The same desk may do another agency's job too: it is stopped in all of them.
        also = await binding.places_sharing(conn, partnership, meeting.id, meant.requirement_id)
        ended = [
            await stop_one(services, conn, partnership, meeting, each, actor) for each in (meant.requirement_id, *also)
        ]
        await desks.release_unasked(conn, partnership, meeting.id, "withdrawn")
        call = await call_now(services, conn, partnership, meeting)
        was_guest = any(stopped.was_guest for stopped in ended)
        rows = [await guests_row(conn, call)] if call is not None and was_guest else []
        rows.extend(await entries_off(conn, call))
        await write_rows(conn, [(outbox, rows)])
    await services.wake.outbox([row["id"] for row in rows])
    return ended[0].gap.requirement_id


async def stop_one(
    services: Services,
    conn: AsyncConnection,
    partnership: str,
    meeting: LockedMeeting,
    requirement_id: UUID,
    actor: str,
) -> Stopped:
    """Stop one place under the lock of its meeting. Raises CannotInviteError: it is stopped already."""
    now = services.now()
    stopped = await binding.stop(conn, partnership, requirement_id, new_id(now))
    if stopped is None:
        raise CannotInviteError("The inbox of this place is stopped already.")
    await binding.take_back(conn, partnership, stopped.old, Silence.EXCLUDED, now)
    await tasks.drop_for_requirement(conn, partnership, stopped.old, OF_ONE_VERSION, by=actor, now=now)
    task = gap_task(
        stopped.gap,
        partnership=partnership,
        meeting_id=meeting.id,
        now=now,
        version=meeting.version,
        starts_at=meeting.starts_at,
        due_at=meeting.starts_at or meeting.deadline_at,
    )
    await tasks.open_once(conn, [task] if task else [], by=actor)
    await audit.append(conn, _stopping(partnership, meeting, stopped, actor, now))
    return stopped


def _stopping(
    partnership: str, meeting: LockedMeeting, stopped: Stopped, actor: str, now: datetime
) -> list[audit.Event]:
    because = {"because": str(Silence.EXCLUDED)}
    told: list[tuple[audit.Action, dict[str, Any]]] = [
        (audit.Action.INVITATION_WITHDRAWN, {"version": meeting.version, "requirement": str(stopped.old), **because}),
        (audit.Action.REQUIREMENT_WITHDRAWN, {"requirement": str(stopped.old), **because}),
        (audit.Action.REQUIREMENT_ADDED, {"requirement": str(stopped.gap.requirement_id), **because}),
    ]
    return [audit.Event(partnership, meeting.id, now, actor, action, data) for action, data in told]


async def _locked(services: Services, conn: AsyncConnection, partnership: str, reference: str) -> LockedMeeting:
    meeting = await meetings.lock_meeting(conn, partnership, reference)
    if meeting is None:
        raise NoSuchMeetingError(reference)
    if not to_come(services, meeting):
        raise CannotInviteError("This meeting is over, has begun or was called off. Phone the person instead.")
    return meeting


async def _meant(
    conn: AsyncConnection, partnership: str, meeting: LockedMeeting, place: StoppedPlace, *, state: str
) -> NamedPlace:
    places = await binding.places_in_role(conn, partnership, meeting.id, place.role)
    return place_meant(places, place.role, place.slot, place.child, state=state)


def _checked(person: NamedPerson) -> NamedPerson:
    name, address, phone = " ".join(person.name.split()), person.address.strip().casefold(), person.phone.strip()
    if not whole_name(name) or len(name) > _LONGEST or not name.isprintable():
        raise CannotInviteError("Give the person's first and last name, in up to 80 characters.")
    if not address and not phone:
        raise CannotInviteError("Give an address or a phone number of the person's own.")
    if address and not is_address(address):
        raise CannotInviteError("The address is not one e-mail address. Check it.")
    if phone and not is_phone(phone):
        raise CannotInviteError("The phone is not one phone number: write digits, as in 01632 960100.")
    try:
        parse(person.hours)
    except HoursError as error:
        raise CannotInviteError(f"The hours cannot be read: {error}.") from None
    return NamedPerson(name, address, phone, person.hours)


def _digits(phone: str) -> str:
    """The number as it is dialled here, so that +44 20 7946 0101 and 020 7946 0101 are one."""
    digits = "".join(char for char in phone if char.isdigit())
    return f"0{digits.removeprefix('44')}" if phone.startswith("+44") else digits


async def _check_unshared(conn: AsyncConnection, partnership: str, person: NamedPerson) -> None:
    """A route that stands in the directory, now or earlier, is somebody's desk: others read it."""
    for inbox in await directory.directory(conn, partnership):
        addresses = {inbox.address.casefold(), inbox.escalation_address.casefold()}
        phones = {_digits(inbox.phone), _digits(inbox.escalation_phone)}
        if (person.address and person.address in addresses) or (person.phone and _digits(person.phone) in phones):
            raise CannotInviteError(
                "This route stands in the directory, so others share it. Give an address or a phone number of the "
                "person's own."
            )


async def _seat(
    services: Services,
    conn: AsyncConnection,
    partnership: str,
    meeting: LockedMeeting,
    meant: NamedPlace,
    role: str,
    person: NamedPerson,
    actor: str,
) -> Rows:
    now = services.now()
    channel = "outlook" if person.address else "phone"
    route = OwnRoute(new_id(now), role, person.name, person.address, person.phone, person.hours, channel)
    if not await binding.set_person(conn, partnership, meant.requirement_id, route, now):
        raise ChangedMeanwhileError
    inbox = await directory.inbox(conn, partnership, route.id)
    if inbox is None:
        raise ChangedMeanwhileError
    rows = await invite_seat(services, conn, partnership, meeting, Seat(meant.requirement_id, role, inbox))
    await binding.write_again(conn, rows)
    done = (str(TaskKind.MUST_NOT_BE_TOLD),)
    await tasks.close_for_requirement(conn, partnership, meant.requirement_id, done, by=actor, now=now)
    # Who it is stands in the place's row, where it can be corrected; a hash chain could never forget it.
    data = {"requirement": str(meant.requirement_id), "inbox": str(route.id), "channel": channel}
    await audit.append(conn, [audit.Event(partnership, meeting.id, now, actor, audit.Action.PERSON_NAMED, data)])
    return rows
