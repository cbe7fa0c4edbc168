"""Bringing an agency into a meeting that is under way: phone first, then how to join, and only to the right person.

The call is recorded either way. Where it reached the right person the agency has joined: it had no notice to be kept,
is asked nothing and chased by nobody, and one message says how to join. Nobody else hears of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.attendance import How
from service.domain.calls import TELLS, CallOutcome
from service.domain.evaluate import NoticeOwed
from service.domain.meetings import MeetingState
from service.store.changes import audit, calls, meetings
from service.store.changes.answers import Place
from service.store.changes.bulk import write_rows
from service.store.changes.meetings import LockedMeeting
from service.store.queries.meeting import meeting_view
from service.store.queries.meeting_lines import MeetingView
from service.store.tables import outbox
from service.workflow.add_agency import MoreAsked, NewPlace, added_event, check_asked, place_for, write_place
from service.workflow.bind import call_now
from service.workflow.calling import Row
from service.workflow.calls import CallGiven, call_row, mind_the_name, propose
from service.workflow.entries import message_row
from service.workflow.errors import CannotCallError, CannotInviteError, Instead, NoSuchMeetingError
from service.workflow.ports import Services
from service.workflow.safe_route import NOT_THIS_PERSON

_NO_NOTICE = NoticeOwed(None, None)
_BY: dict[str, How] = {"online": How.TEAMS, "in_person": How.IN_PERSON}


@dataclass(frozen=True, slots=True)
class CallSaid:
    """What the call to the agency came to. ``natural_key`` makes the same press sent twice one call.

    ``reached``: the right person was reached and is told how to join; ``joined``: they are on the line already.
    """

    outcome: CallOutcome
    spoke_to: str
    called_at: datetime
    natural_key: str


@dataclass(frozen=True, slots=True)
class AddedNow:
    """What it led to. ``joined``: the agency was brought in. ``details``: a message with how to join is on its way."""

    requirement_id: UUID
    role: str
    joined: bool
    details: bool


async def desk_to_phone(services: Services, partnership: str, reference: str, asked: MoreAsked) -> NewPlace:
    """Whom to phone for it: the directory's own number, so that whoever answers is who we think. Changes nothing.

    Raises:
        NoSuchMeetingError, NotReadyError, BadReasonError
        CannotInviteError: the meeting does not sit now, or the agency cannot be asked to it.
    """
    check_asked(asked)
    async with services.engine.begin() as conn:
        meeting, view = await _sitting_now(services, conn, partnership, reference)
        return await place_for(services, conn, partnership, meeting, view, asked)


async def add_now(
    services: Services, partnership: str, reference: str, asked: MoreAsked, said: CallSaid, *, actor: str
) -> AddedNow:
    """Keep the call, and bring the agency in where it reached the right person. The same press again is one.

    Raises:
        NoSuchMeetingError, NotReadyError, BadReasonError
        CannotCallError: the call reached somebody, and nothing says whom.
        CannotInviteError: as for ``desk_to_phone``, or whoever was reached cannot be taken; the call is kept then.
    """
    check_asked(asked)
    if said.outcome in TELLS and not said.spoke_to.strip():
        raise CannotCallError("Say who was reached. How to join goes out only to somebody who is named here.")
    ids: list[UUID] = []
    async with services.engine.begin() as conn:
        meeting, view = await _sitting_now(services, conn, partnership, reference)
        if (known := await _known(conn, partnership, meeting, view, asked, said)) is not None:
            return known
        # Whoever is brought in had no notice to be kept, so none is owed.
        place = replace(await place_for(services, conn, partnership, meeting, view, asked), owed=_NO_NOTICE)
        # Kept as a place that nobody is asked to until the call has reached somebody.
        place = await write_place(conn, partnership, meeting, asked, place, "withdrawn")
        tied = await _keep_call(services, conn, partnership, meeting, place, said, actor)
        joined = said.outcome in TELLS and not tied
        if joined:
            place = await write_place(conn, partnership, meeting, asked, place, "joined")
            rows = await _how_to_join(services, conn, partnership, meeting, view, place, said)
            await write_rows(conn, [(outbox, rows)])
            ids = [row["id"] for row in rows]
            event = added_event(services, partnership, meeting, asked, place, actor, joined=True)
            await audit.append(conn, [event])
            how = How.PHONE if said.outcome is CallOutcome.JOINED else _BY.get(meeting.mode, How.PHONE)
            now, number = services.now(), view.sitting_now(services.now()) or 1
            await propose(conn, partnership, meeting, place.requirement_id, how, actor, now, sitting=number)
    if tied:
        raise CannotInviteError(NOT_THIS_PERSON)
    await services.wake.outbox(ids)
    return AddedNow(place.requirement_id, asked.role, joined, bool(ids))


async def _sitting_now(
    services: Services, conn: AsyncConnection, partnership: str, reference: str
) -> tuple[LockedMeeting, MeetingView]:
    meeting = await meetings.lock_meeting(conn, partnership, reference)
    view = await meeting_view(conn, partnership, reference)
    if meeting is None or view is None:
        raise NoSuchMeetingError(reference)
    open_states = {MeetingState.CONFIRMED, MeetingState.HELD}
    if meeting.state not in open_states or view.sitting_now(services.now()) is None:
        raise CannotInviteError(
            "This meeting does not sit now. Before its start one more agency is asked as any other; afterwards it is "
            "recorded who came.",
            instead=Instead.ADD_BEFORE,
        )
    return meeting, view


async def _known(
    conn: AsyncConnection,
    partnership: str,
    meeting: LockedMeeting,
    view: MeetingView,
    asked: MoreAsked,
    said: CallSaid,
) -> AddedNow | None:
    """What the same press led to before."""
    for each in view.agencies:
        key = f"{said.natural_key}/{each.requirement_id}"
        if each.role == asked.role and await calls.known_call(conn, partnership, meeting.id, key):
            joined = each.state == "joined"
            sent = joined and said.outcome is CallOutcome.REACHED
            by_mail = each.inbox is not None and each.inbox.channel != "phone"
            return AddedNow(each.requirement_id, each.role, joined, sent and by_mail)
    return None


async def _keep_call(
    services: Services,
    conn: AsyncConnection,
    partnership: str,
    meeting: LockedMeeting,
    place: NewPlace,
    said: CallSaid,
    actor: str,
) -> bool:
    """Record the call; whether whoever it reached may be tied to the case."""
    given = CallGiven(said.outcome, said.called_at, said.natural_key, place.requirement_id, spoke_to=said.spoke_to)
    called = Place(place.requirement_id, place.role, place.slot, "withdrawn", None)
    row = await call_row(services, conn, partnership, meeting, called, given, actor)
    await calls.add_call(conn, row)
    data = {"requirement": str(place.requirement_id), "call": str(said.outcome), "version": row["version"]}
    event = audit.Event(partnership, meeting.id, services.now(), actor, audit.Action.CALL_MADE, data)
    await audit.append(conn, [event])
    return await mind_the_name(services, conn, partnership, meeting, called, given, actor)


async def _how_to_join(
    services: Services,
    conn: AsyncConnection,
    partnership: str,
    meeting: LockedMeeting,
    view: MeetingView,
    place: NewPlace,
    said: CallSaid,
) -> list[Row]:
    """The message with how to join, and when the sitting is that it is for, where that is not the first. None to
    whoever is on the line, has no mailbox of the directory, or is phoned."""
    if said.outcome is not CallOutcome.REACHED or place.inbox is None or place.inbox.channel == "phone":
        return []
    call = await call_now(services, conn, partnership, meeting)
    if call is None:
        return []
    detail = {"about": "join_now"}
    number = view.sitting_now(services.now())
    for each in view.sittings:
        if each.number == number:
            detail |= {"sits_from": each.starts_at.isoformat(), "sits_until": each.ends_at.isoformat()}
    return [await message_row(conn, call, place.requirement_id, detail)]
