"""Confirming, moving and cancelling a meeting: the acts of an officer or of the system that sent the request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.binding import RequirementState
from service.domain.chasing import Silence
from service.domain.facts import Urgency
from service.domain.meetings import MeetingState, check_move
from service.domain.minutes import minutes_due
from service.domain.policy import Ladder
from service.domain.slots_asked import AcrossMidnightError, check_one_day
from service.store import tables
from service.store.changes import audit, binding, desks, drifts, meetings, tasks
from service.store.changes.bulk import write_rows
from service.store.changes.meetings import LockedMeeting, ShortNotice
from service.store.ids import new_id
from service.store.queries import mailboxes
from service.workflow.agreed import Agreed, note_agreement
from service.workflow.calling import (
    CANCELLED_AT,
    Call,
    Seat,
    check_time,
    ladder_of,
    outbox_ids,
    outbox_row,
    phone_tasks,
    rows_to_call,
    sequence_of,
    stream_of_event,
    stream_of_messages,
)
from service.workflow.errors import (
    BadTimeError,
    ChangedMeanwhileError,
    DesksFullError,
    NoSuchMeetingError,
    NotReadyError,
)
from service.workflow.family_calls import tell_it_is_off, tell_of_time
from service.workflow.handmade import OF_ONE_VERSION, cancelled_tasks, gap_task
from service.workflow.next_best import with_next_best
from service.workflow.policy import policy_of
from service.workflow.ports import Services
from service.workflow.seats import Sitting, override_given, take_seats
from service.workflow.short_notice import explain_task, reason_given, short_roles
from service.workflow.tasks import to_who_is_there
from service.workflow.venues import check_venue

# Why a meeting is called off. "facts_now_clear" is the Lewisham case: the facts became clear before the meeting.
CANCEL_REASONS: dict[str, str] = {
    "facts_now_clear": "the facts became clear and no meeting is needed",
    "already_held": "the discussion has already been held",
    "made_in_error": "the meeting was called in error",
    "wrong_person_invited": "somebody was invited who must not be",
    "replaced": "another meeting takes its place",
}


# The reason of a conference that was stood down. Nobody can choose it: ``workflow.stand_down`` checks that it may be.
STOOD_DOWN = "stood_down"


@dataclass(frozen=True, slots=True)
class NewTime:
    """When and how. ``start`` is aware.

    ``short_notice_code`` (of the policy's list) and ``short_notice_reason`` (a sentence beside it) explain notice below
    what is owed; without both, an officer has a task to give them. ``desk_override`` (of ``domain.desks.OVERRIDES``)
    says why a desk is asked for more meetings at once than it can sit in. ``agreed``: one agency agreed to this start
    by phone already, and the others are asked around it. ``typed``: somebody is there to be asked again, so a venue
    that names somebody is refused and not left for the leak check of each letter. ``before_at`` and ``after_at``: when
    the meetings begin that come right before and right after it in one sitting.
    """

    start: datetime
    minutes: int = 60
    mode: str = "online"
    venue: str = ""
    short_notice_reason: str | None = None
    short_notice_code: str | None = None
    desk_override: str | None = None
    agreed: Agreed | None = None
    before_at: datetime | None = None
    after_at: datetime | None = None
    typed: bool = False


@dataclass(frozen=True, slots=True)
class MeetingChanged:
    """What a change led to."""

    reference: str
    version: int
    state: MeetingState


async def confirm_meeting(
    services: Services,
    partnership: str,
    reference: str,
    time: NewTime,
    *,
    actor: str,
    seen_version: int | None = None,
) -> MeetingChanged:
    """Give a planned meeting its time and call the agencies. ``seen_version`` guards against a stale screen.

    Raises:
        NoSuchMeetingError, IllegalMoveError, BadTimeError, BadReasonError, ChangedMeanwhileError, NotReadyError
        DesksFullError: a desk has no seat left then; it says which times are next best.
        NoSuchRequirementError, CannotCallError: whoever is said to have agreed has no place, or must not be told.
        BadVenueError: the venue was typed, and says who somebody is.
    """
    return await _set_time(services, partnership, reference, time, actor=actor, seen=seen_version, moving=False)


async def move_meeting(
    services: Services,
    partnership: str,
    reference: str,
    time: NewTime,
    *,
    actor: str,
    seen_version: int | None = None,
) -> MeetingChanged:
    """Move a confirmed meeting: one update of its event, answers kept as history, every agency asked again.

    Raises:
        NoSuchMeetingError, IllegalMoveError, BadTimeError, BadReasonError, ChangedMeanwhileError, DesksFullError
        BadVenueError: as for ``confirm_meeting``.
    """
    return await _set_time(services, partnership, reference, time, actor=actor, seen=seen_version, moving=True)


async def adopt_time(
    services: Services, partnership: str, reference: str, time: NewTime, drift_id: UUID, *, actor: str
) -> MeetingChanged:
    """Move a meeting to the time somebody gave its event in Outlook, which therefore is not changed once more.

    Raises:
        ChangedMeanwhileError: the difference is not open any more.
        NoSuchMeetingError, IllegalMoveError, BadTimeError, BadReasonError, DesksFullError
    """
    return await _set_time(
        services, partnership, reference, time, actor=actor, seen=None, moving=True, adopting=drift_id
    )


async def _locked(
    conn: AsyncConnection, partnership: str, reference: str, seen: int | None, wanted: MeetingState
) -> LockedMeeting:
    meeting = await meetings.lock_meeting(conn, partnership, reference)
    if meeting is None:
        raise NoSuchMeetingError(reference)
    if seen is not None and seen != meeting.version:
        raise ChangedMeanwhileError
    check_move(meeting.state, wanted)
    return meeting


async def _set_time(
    services: Services,
    partnership: str,
    reference: str,
    time: NewTime,
    *,
    actor: str,
    seen: int | None,
    moving: bool,
    adopting: UUID | None = None,
) -> MeetingChanged:
    try:
        return await _with_seats(
            services, partnership, reference, time, actor=actor, seen=seen, moving=moving, adopting=adopting
        )
    except DesksFullError as full:
        # Looked for after the transaction is over: a search holds no desk that somebody else waits for.
        raise await with_next_best(services, partnership, reference, full, time.minutes) from None


async def _with_seats(
    services: Services,
    partnership: str,
    reference: str,
    time: NewTime,
    *,
    actor: str,
    seen: int | None,
    moving: bool,
    adopting: UUID | None,
) -> MeetingChanged:
    now = services.now()
    override = override_given(time.desk_override, actor)
    async with services.engine.begin() as conn:
        meeting = await _locked(conn, partnership, reference, seen, MeetingState.CONFIRMED)
        if moving != (meeting.state is MeetingState.CONFIRMED):
            # A first confirmation asked for twice, or a move of a meeting that has no time to move from.
            raise ChangedMeanwhileError
        ends_at = check_time(time.start, time.minutes, now)
        _keep_to_one_day(time.start, ends_at)
        if moving:
            _check_moves(meeting, time, ends_at)
        if time.typed:
            await check_venue(conn, services, partnership, meeting, time.venue)
        policy = await policy_of(services, conn, partnership, meeting.policy_hash)
        ladder = ladder_of(policy, meeting.meeting_type, Urgency(meeting.urgency))
        call = await _call(services, conn, partnership, meeting, (time.start, ends_at), ladder)
        seats = [
            Seat(seat.requirement_id, seat.role, seat.inbox)
            for seat in await meetings.seats_of(conn, partnership, meeting.id)
        ]
        because = reason_given(policy, time.short_notice_code, time.short_notice_reason, actor)
        kind, about = "update_event" if moving else "create_event", "adopted" if adopting else ""
        rows = rows_to_call(call, seats, services.calendar, event_kind=kind, about=about)
        if moving:
            await _end_drifts(conn, partnership, meeting.id, adopting, actor, now)
            await meetings.retire_invitations(conn, partnership, meeting.id, "replaced")
            await meetings.silence_chases(conn, partnership, meeting.id, Silence.MOVED, now)
        await meetings.set_time(
            conn,
            partnership,
            meeting.id,
            version=call.version,
            starts_at=time.start,
            ends_at=ends_at,
            mode=time.mode,
            venue=time.venue,
            minutes_due_at=minutes_due(
                ends_at, policy.meeting_type(meeting.meeting_type).minutes_due.value, services.calendar
            ),
            short_notice=because,
            sitting=(time.before_at, time.after_at),
        )
        await tasks.close_kinds(conn, partnership, meeting.id, ("choose_time", "not_held"), by=actor, now=now)
        await tasks.drop_kinds(conn, partnership, meeting.id, OF_ONE_VERSION, by=actor, now=now)
        by_hand = [
            *phone_tasks(call, seats),
            *await _gap_tasks(conn, call),
            *await _explain_tasks(services, conn, call, because),
        ]
        to_parents, parents_by_hand = await tell_of_time(conn, call, meeting, moving=moving)
        rows = [*rows, (tables.outbox, to_parents)]
        by_hand.extend(parents_by_hand)
        by_hand = to_who_is_there(by_hand, meeting.urgency, now, services.calendar)
        await write_rows(conn, [*rows, (tables.tasks, by_hand)])
        seated = await take_seats(conn, _sitting(call, time.mode), override, actor)
        action = audit.Action.MEETING_MOVED if moving else audit.Action.MEETING_CONFIRMED
        changed = audit.Event(partnership, meeting.id, now, actor, action, _time_data(call, time, by_hand))
        await audit.append(conn, [changed, *seated])
        if time.agreed is not None:
            await note_agreement(
                services, conn, partnership, meeting, call.version, time.start, time.agreed, actor=actor
            )
    await services.wake.outbox(outbox_ids(rows))
    return MeetingChanged(reference, call.version, MeetingState.CONFIRMED)


def _check_moves(meeting: LockedMeeting, time: NewTime, ends_at: datetime) -> None:
    """A move that changes nothing would ask every agency again for nothing, and throw their answers away."""
    stands = (meeting.starts_at, meeting.ends_at, meeting.mode, meeting.venue)
    sitting = (meeting.sitting_before_at, meeting.sitting_after_at)
    if (stands, sitting) == ((time.start, ends_at, time.mode, time.venue), (time.before_at, time.after_at)):
        raise BadTimeError(
            "The meeting is at this time already, for as long, in the same way and at the same place. Nobody was told "
            "anything. Give another time, length, way or place."
        )


async def _end_drifts(
    conn: AsyncConnection, partnership: str, meeting_id: UUID, adopting: UUID | None, actor: str, now: datetime
) -> None:
    """The event gets a time of its own now: whatever differed before is adopted, or found again if it still does."""
    if adopting is not None:
        if not await drifts.end(conn, partnership, meeting_id, "adopted", by=actor, now=now, only=[adopting]):
            raise ChangedMeanwhileError
        return
    await drifts.end(conn, partnership, meeting_id, "cleared", by=actor, now=now)


def _sitting(call: Call, mode: str) -> Sitting:
    return Sitting(call.partnership, call.meeting_id, call.starts_at, call.ends_at, mode == "in_person", call.now)


async def _explain_tasks(
    services: Services, conn: AsyncConnection, call: Call, because: ShortNotice
) -> list[dict[str, Any]]:
    owed = await meetings.owed_of(conn, call.partnership, call.meeting_id)
    return explain_task(
        short_roles(owed, call.now, call.starts_at, services.calendar),
        because,
        partnership=call.partnership,
        meeting_id=call.meeting_id,
        version=call.version,
        start=call.starts_at,
        now=call.now,
    )


async def _gap_tasks(conn: AsyncConnection, call: Call) -> list[dict[str, Any]]:
    """The places that no message reaches, once more: whoever is found for them must know of this time."""
    opened = [
        gap_task(
            gap,
            partnership=call.partnership,
            meeting_id=call.meeting_id,
            now=call.now,
            version=call.version,
            starts_at=call.starts_at,
        )
        for gap in await binding.gaps_of(conn, call.partnership, call.meeting_id)
    ]
    return [task for task in opened if task is not None]


def _time_data(call: Call, time: NewTime, opened: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "version": call.version,
        "starts_at": call.starts_at.isoformat(),
        "mode": time.mode,
        # Free words may name somebody and could never be erased from a hash chain; the meeting's row keeps them.
        "short_notice_explained": bool(time.short_notice_reason),
        "short_notice_code": time.short_notice_code,
        "tasks": [row["kind"] for row in opened],
    }


async def _audited(
    conn: AsyncConnection,
    partnership: str,
    meeting_id: UUID,
    action: audit.Action,
    actor: str,
    now: datetime,
    data: dict[str, Any],
) -> None:
    event = audit.Event(partnership=partnership, meeting_id=meeting_id, at=now, actor=actor, action=action, data=data)
    await audit.append(conn, [event])


async def _call(
    services: Services,
    conn: AsyncConnection,
    partnership: str,
    meeting: LockedMeeting,
    time: tuple[datetime, datetime],
    ladder: Ladder | None,
) -> Call:
    """The next version of a meeting; without a ladder, the version that the agencies know and that is called off."""
    now = services.now()
    event = await meetings.live_event(conn, partnership, meeting.id)
    if event is None:
        mailbox_id = await mailboxes.organiser(conn, partnership)
        if mailbox_id is None:
            raise NotReadyError(f"{partnership} has no organiser mailbox. Set one in CONVENE_PARTNERSHIPS.")
        event = (new_id(now), mailbox_id)
    return Call(
        partnership=partnership,
        meeting_id=meeting.id,
        version=meeting.version if ladder is None else meeting.version + 1,
        starts_at=time[0],
        ends_at=time[1],
        event_id=event[0],
        mailbox_id=event[1],
        ladder=ladder,
        immediate=meeting.urgency == Urgency.IMMEDIATE,
        now=now,
        real_now=services.real_now(),
    )


async def cancel_meeting(
    services: Services,
    partnership: str,
    reference: str,
    *,
    reason: str,
    actor: str,
    seen_version: int | None = None,
) -> MeetingChanged:
    """Call a meeting off. ``reason`` is a key of ``CANCEL_REASONS``. Nothing is chased from this instant on.

    Raises:
        NoSuchMeetingError, IllegalMoveError, ChangedMeanwhileError
        ValueError: the reason is not on the list.
    """
    if reason not in CANCEL_REASONS:
        raise ValueError(f"the reason must be one of: {', '.join(sorted(CANCEL_REASONS))}")
    async with services.engine.begin() as conn:
        meeting = await _locked(conn, partnership, reference, seen_version, MeetingState.CANCELLED)
        intents = await call_off(services, conn, partnership, meeting, reason=reason, actor=actor)
    await services.wake.outbox(intents)
    return MeetingChanged(reference, meeting.version, MeetingState.CANCELLED)


async def call_off(
    services: Services,
    conn: AsyncConnection,
    partnership: str,
    meeting: LockedMeeting,
    *,
    reason: str,
    actor: str,
    called_anew: bool = False,
) -> list[UUID]:
    """Cancel a locked meeting, tell everybody who knew of it, and end what was to be done; returns the intents.

    ``called_anew``: a new one takes its place at once, and its invitations tell the guests of this one.
    """
    now = services.now()
    rows = await _cancel_rows(services, conn, partnership, meeting, called_anew=called_anew)
    await meetings.set_state(conn, partnership, meeting.id, MeetingState.CANCELLED, reason=reason)
    await meetings.retire_invitations(conn, partnership, meeting.id, "withdrawn")
    await meetings.silence_chases(conn, partnership, meeting.id, Silence.CANCELLED, now)
    await desks.release(conn, partnership, meeting.id, "cancelled")
    await drifts.end(conn, partnership, meeting.id, "cleared", by=actor, now=now)
    await tasks.drop_open(conn, partnership, meeting.id, by=actor, now=now)
    reached = await binding.reached_by_hand(conn, partnership, meeting)
    to_parents, parents_by_hand = await _parents_told_off(services, conn, partnership, meeting)
    rows.extend(to_parents)
    if called_anew:
        # Whoever is reached by phone only is phoned once, about the new one.
        reached = [each for each in reached if each.state != RequirementState.WANTED]
    calls_to_make = [*cancelled_tasks(partnership, meeting, reached, now), *parents_by_hand]
    calls_to_make = to_who_is_there(calls_to_make, meeting.urgency, now, services.calendar)
    await write_rows(conn, [(tables.outbox, rows), (tables.tasks, calls_to_make)])
    data = {"reason": reason, "version": meeting.version, "tasks": [row["kind"] for row in calls_to_make]}
    await _audited(conn, partnership, meeting.id, audit.Action.MEETING_CANCELLED, actor, now, data)
    return [row["id"] for row in rows]


async def _cancel_rows(
    services: Services, conn: AsyncConnection, partnership: str, meeting: LockedMeeting, *, called_anew: bool
) -> list[dict[str, Any]]:
    """The event's cancellation, and a word to each agency that had been told of the meeting; where a new one takes its
    place, only to those whose calendar entry is taken away by that word."""
    event = await meetings.live_event(conn, partnership, meeting.id)
    if event is None or meeting.starts_at is None or meeting.ends_at is None:
        return []
    call = await _call(services, conn, partnership, meeting, (meeting.starts_at, meeting.ends_at), None)
    rows = [outbox_row(call, "cancel_event", stream_of_event(event[0]), sequence_of(meeting.version, CANCELLED_AT))]
    for seat in await meetings.seats_of(conn, partnership, meeting.id):
        if seat.inbox.channel == "phone" or (called_anew and seat.inbox.channel != "calendar_mail"):
            continue
        rows.append(
            outbox_row(
                call,
                "message",
                stream_of_messages(seat.requirement_id),
                sequence_of(meeting.version, CANCELLED_AT),
                requirement_id=seat.requirement_id,
                detail={"about": "cancellation"},
            )
        )
    return rows


async def _parents_told_off(
    services: Services, conn: AsyncConnection, partnership: str, meeting: LockedMeeting
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    if meeting.starts_at is None or meeting.ends_at is None:
        return [], []
    call = await _call(services, conn, partnership, meeting, (meeting.starts_at, meeting.ends_at), None)
    return await tell_it_is_off(conn, call, meeting)


def _keep_to_one_day(start: datetime, ends_at: datetime) -> None:
    # Asked of people only. An agreed start from outside is taken as it comes: refused, nobody would be invited yet.
    try:
        check_one_day(start, ends_at - start)
    except AcrossMidnightError as across:
        raise BadTimeError(str(across)) from None
