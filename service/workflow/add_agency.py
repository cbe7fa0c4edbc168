"""Asking one more agency to a meeting to come, by a named person for a reason: nobody else hears of it.

The event gets one more guest by a change of its guest list alone, of which Outlook tells the new guest only; an inbox
on calendar mail gets an invitation of its own. Its notice is counted from now, and its chases begin for it alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.binding import RequirementState
from service.domain.evaluate import NoticeOwed, notice_owed
from service.domain.facts import Urgency
from service.domain.roles import MATCHED_BY_PLACE, ROLES, nearest
from service.domain.roles import words as role_words
from service.store.chain import JSON
from service.store.changes import audit, binding, meetings, replanning, tasks
from service.store.changes.binding import Gap
from service.store.changes.bulk import Rows
from service.store.changes.meetings import LockedMeeting, OwedRow, ShortNotice
from service.store.ids import new_id
from service.store.queries.directory import Inbox
from service.store.queries.meeting import meeting_view
from service.store.queries.meeting_lines import MeetingView
from service.store.queries.planning import known_for
from service.store.queries.sending import stopped_addresses
from service.workflow.bind import anew, invite_seat, to_come
from service.workflow.calling import Row, Seat, outbox_ids
from service.workflow.errors import BadReasonError, CannotInviteError, Instead, NoSuchMeetingError
from service.workflow.handmade import gap_task
from service.workflow.policy import policy_of
from service.workflow.ports import Services
from service.workflow.seats import fit_seats, sitting_of
from service.workflow.short_notice import explain_task, short_roles
from service.workflow.stored_facts import facts_from_json

ADD_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "knows_family": "it works with the family",
        "holds_information": "it holds information that the meeting needs",
        "asked_by_partner": "another agency asked for it",
        "decides": "what may be decided needs it",
    }
)
IN_OUTLOOK = "in_outlook"
"""The reason of an agency that somebody put on the event in Outlook. Nobody chooses it from the list."""
_WORDS = {**ADD_REASONS, IN_OUTLOOK: "somebody invited it in Outlook"}
ADDED_LEVEL = "conditional"
# No rule of a policy has this id, so a plan made anew leaves the place as it is.
_RULE = "added"


@dataclass(frozen=True, slots=True)
class MoreAsked:
    """Whom to ask as well. ``reason`` is a key of ``ADD_REASONS``; ``address`` one of the directory, for a school or
    nursery always; ``children`` are the references it is asked for, none for the whole case."""

    role: str
    reason: str
    address: str = ""
    children: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AgencyAdded:
    """What asking led to. ``inbox`` is empty where the directory has none: a task stands in for it. ``short``: this
    start gives it less notice than it is owed."""

    requirement_id: UUID
    role: str
    inbox: str
    short: bool


async def add_agency(
    services: Services, partnership: str, reference: str, asked: MoreAsked, *, actor: str
) -> AgencyAdded:
    """Ask an agency that was not asked, to the time the others know. Asked already, it is refused.

    Raises:
        NoSuchMeetingError, NotReadyError, BadTimeError
        CannotInviteError: the meeting is over or has begun; the agency is asked already, must not be told, or unknown.
        BadReasonError: the reason is not on the list.
    """
    check_asked(asked)
    async with services.engine.begin() as conn:
        meeting = await meetings.lock_meeting(conn, partnership, reference)
        view = await meeting_view(conn, partnership, reference)
        if meeting is None or view is None:
            raise NoSuchMeetingError(reference)
        if not to_come(services, meeting):
            raise CannotInviteError(
                "This meeting is over, has begun or was called off. While it sits, phone the agency and add it then.",
                instead=Instead.ADD_NOW,
            )
        added, intents = await ask_place(services, conn, partnership, meeting, view, asked, actor=actor)
    await services.wake.outbox(intents)
    return added


async def ask_place(
    services: Services,
    conn: AsyncConnection,
    partnership: str,
    meeting: LockedMeeting,
    view: MeetingView,
    asked: MoreAsked,
    *,
    actor: str,
) -> tuple[AgencyAdded, list[UUID]]:
    """Write the place and what asks it, under the lock of a meeting to come; returns the intents too.

    Raises as ``place_for``; and BadTimeError.
    """
    place = await place_for(services, conn, partnership, meeting, view, asked)
    place = await write_place(conn, partnership, meeting, asked, place)
    await audit.append(conn, [added_event(services, partnership, meeting, asked, place, actor)])
    rows: Rows = []
    if place.inbox is not None:
        seat = Seat(place.requirement_id, asked.role, place.inbox)
        rows = await invite_seat(services, conn, partnership, meeting, seat)
        await binding.write_again(conn, rows)
    short = short_for_it(services, view, place)
    await tasks.open_once(conn, _tasks(services, partnership, meeting, view, place, short), by=actor)
    await audit.append(conn, await fit_seats(conn, sitting_of(partnership, meeting, services.now()), actor))
    name = place.inbox.name if place.inbox else ""
    return AgencyAdded(place.requirement_id, asked.role, name, bool(short)), outbox_ids(rows)


def check_asked(asked: MoreAsked) -> None:
    """Refuse what no meeting could do. Raises CannotInviteError, BadReasonError."""
    if asked.reason not in ADD_REASONS:
        raise BadReasonError(f"The reason must be one of: {', '.join(ADD_REASONS)}.")
    if asked.role not in ROLES:
        near = nearest(asked.role)
        raise CannotInviteError(f"{asked.role!r} is no agency role." + (f" The nearest is {near}." if near else ""))
    if asked.role in MATCHED_BY_PLACE and not asked.address:
        raise CannotInviteError(f"Say which {role_words(asked.role)} by its address in the directory.")


@dataclass(frozen=True, slots=True)
class NewPlace:
    """A place as it is to be written, or was just written. ``inbox`` None: the directory has none for it."""

    requirement_id: UUID
    role: str
    slot: str
    inbox: Inbox | None
    owed: NoticeOwed
    group: str


async def place_for(
    services: Services,
    conn: AsyncConnection,
    partnership: str,
    meeting: LockedMeeting,
    view: MeetingView,
    asked: MoreAsked,
) -> NewPlace:
    """The place of an agency that was not asked, read under the lock of its meeting. Writes nothing.

    Raises:
        CannotInviteError: it is asked already, must not be told, or the directory or the request does not know it.
        NotReadyError
    """
    inbox = await _inbox(conn, partnership, asked)
    await _check_free(conn, partnership, meeting, view, asked, inbox)
    if unknown := [child for child in asked.children if child not in {each.ref for each in view.children}]:
        raise CannotInviteError(f"The request names no child {unknown[0]}. The meeting lists its children.")
    policy = await policy_of(services, conn, partnership, meeting.policy_hash)
    owed = notice_owed(policy.meeting_type(meeting.meeting_type), Urgency(meeting.urgency))
    slot = str(inbox.id) if inbox is not None and asked.role in MATCHED_BY_PLACE else ""
    return NewPlace(new_id(services.now()), asked.role, slot, inbox, owed, policy.role_groups[asked.role])


async def write_place(
    conn: AsyncConnection,
    partnership: str,
    meeting: LockedMeeting,
    asked: MoreAsked,
    place: NewPlace,
    state: str = "",
) -> NewPlace:
    """Write the place in this state (without one: as it can be asked), taking up the one it had before if there is
    one; returns it with the id it has."""
    row = _row(partnership, meeting.id, asked, place) | ({"state": state} if state else {})
    return replace(place, requirement_id=await replanning.add_place(conn, partnership, row))


def added_event(
    services: Services,
    partnership: str,
    meeting: LockedMeeting,
    asked: MoreAsked,
    place: NewPlace,
    actor: str,
    **more: JSON,
) -> audit.Event:
    """What the audit says of an agency that was added by a person."""
    data: dict[str, JSON] = {"requirement": str(place.requirement_id), "role": asked.role, "because": asked.reason}
    action = audit.Action.REQUIREMENT_ADDED
    return audit.Event(partnership, meeting.id, services.now(), actor, action, data | more)


async def _inbox(conn: AsyncConnection, partnership: str, asked: MoreAsked) -> Inbox | None:
    known = (await known_for(conn, partnership, [asked.role])).inboxes
    if not asked.address:
        return next((each for each in known if not each.place), None)
    wanted = asked.address.strip().casefold()
    found = next((each for each in known if each.address.casefold() == wanted), None)
    if found is None:
        raise CannotInviteError(
            f"The directory has no inbox {asked.address!r} for: {role_words(asked.role)}. Have it added there first.",
            instead=Instead.IMPORT_DIRECTORY,
        )
    return found


async def _check_free(
    conn: AsyncConnection,
    partnership: str,
    meeting: LockedMeeting,
    view: MeetingView,
    asked: MoreAsked,
    inbox: Inbox | None,
) -> None:
    """Nobody is asked twice, and nobody who must not be told is asked at all."""
    stored, recorded_at = await replanning.lock_facts(conn, partnership, meeting.request_id)
    of_role = [each for each in view.agencies if each.role == asked.role and each.state != "withdrawn"]
    held_back = asked.role in facts_from_json(stored, recorded_at).excluded_roles
    if held_back or any(each.state == RequirementState.STOPPED for each in of_role):
        raise CannotInviteError(
            "This agency's shared inbox must not be told of this case. Name a person and a route that nobody shares.",
            instead=Instead.NAME_PERSON,
        )
    if inbox is not None and inbox.address.casefold() in await stopped_addresses(conn, partnership, meeting.id):
        raise CannotInviteError("This inbox must not be told of this meeting: it does the job of a stopped agency too.")
    for each in of_role:
        same = each.inbox is not None and inbox is not None and each.inbox.address == inbox.address
        if asked.role not in MATCHED_BY_PLACE or same:
            missing = each.state == RequirementState.NO_INBOX
            raise CannotInviteError(
                "This agency is asked to this meeting already."
                + (" It was brought in while the meeting sat." if each.state == "joined" else "")
                + (" Its place has no inbox: name one for it." if missing else ""),
                instead=Instead.NAME_INBOX if missing else None,
            )


def _row(partnership: str, meeting_id: UUID, asked: MoreAsked, place: NewPlace) -> Row:
    owed, inbox = place.owed, place.inbox
    why: Mapping[str, Any] = {
        "rule": _RULE,
        "reason": f"Somebody of the partnership asked for it: {_WORDS[asked.reason]}.",
        "source": "a person's decision for this meeting",
        "fact": "",
        "children": list(asked.children),
    }
    return {
        "id": place.requirement_id,
        "partnership_id": partnership,
        "meeting_id": meeting_id,
        "role": asked.role,
        "slot": place.slot,
        "agency_group": place.group,
        "level": ADDED_LEVEL,
        "because": [why],
        "children": list(asked.children),
        "inbox_id": inbox.id if inbox else None,
        "notice_standard": owed.standard.code if owed.standard else None,
        "notice_minimum": owed.minimum.code if owed.minimum else None,
        "state": str(RequirementState.WANTED if inbox else RequirementState.NO_INBOX),
    }


def short_for_it(services: Services, view: MeetingView, place: NewPlace) -> tuple[str, ...]:
    """The role, where the start gives it less notice than it is owed."""
    if view.starts_at is None:
        return ()
    code = place.owed.standard.code if place.owed.standard else None
    owed = [OwedRow(place.role, code, place.inbox.hours if place.inbox else "")]
    return short_roles(owed, services.now(), view.starts_at, services.calendar)


def _tasks(
    services: Services,
    partnership: str,
    meeting: LockedMeeting,
    view: MeetingView,
    place: NewPlace,
    short: Sequence[str],
) -> list[Row]:
    now = services.now()
    found: list[Row | None] = []
    if place.inbox is None:
        found.append(
            gap_task(
                Gap(place.requirement_id, place.role, ADDED_LEVEL, str(RequirementState.NO_INBOX)),
                partnership=partnership,
                meeting_id=meeting.id,
                now=now,
                version=meeting.version,
                starts_at=meeting.starts_at,
                due_at=meeting.starts_at or meeting.deadline_at,
                again=anew(now),
            )
        )
    if view.starts_at is not None:
        asked = explain_task(
            short,
            ShortNotice(view.short_notice_code, view.short_notice_reason, view.short_notice_by),
            partnership=partnership,
            meeting_id=meeting.id,
            version=meeting.version,
            start=view.starts_at,
            now=now,
        )
        # The others' notice was another one: this task is about the agency that came since.
        found.extend(row | {"key": f"{row['key']}{anew(now)}"} for row in asked)
    return [row for row in found if row is not None]
