"""What somebody changed in Outlook behind our back: writing it down, taking it over, putting it back.

The sweep only writes down what differs; nothing is adopted or restored unless a named person asks for it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.chasing import Silence
from service.domain.drift import (
    DRIFT_WORDS,
    Difference,
    DriftKind,
    EventSide,
    can_be_restored,
    differences,
    mark_of,
    text_of,
)
from service.domain.meetings import MeetingState
from service.store.changes import binding, drifts, meetings, tasks
from service.store.changes.bulk import write_rows
from service.store.changes.meetings import LockedMeeting
from service.store.ids import new_id
from service.store.queries import drift as reads
from service.store.queries import mailboxes, sending
from service.store.queries.drift import Drift, HandedEvent
from service.store.queries.location import location_protected
from service.store.queries.readable import Reader
from service.store.sealing import SealError
from service.store.tables import outbox
from service.store.tables import tasks as tasks_table
from service.workflow import identity
from service.workflow.bind import call_now, guests_row
from service.workflow.calling import (
    CANCELLED_AT,
    GUESTS_AT,
    Call,
    Row,
    Seat,
    outbox_ids,
    outbox_row,
    phone_tasks,
    rows_to_call,
    sequence_of,
    stream_of_event,
)
from service.workflow.errors import CannotAdoptError, ChangedMeanwhileError, NoSuchMeetingError
from service.workflow.meetings import MeetingChanged, NewTime, adopt_time
from service.workflow.ports import Services
from service.workflow.tasks import TaskKind, task_row

ACTOR = "scheduler"
RESTORE = "restore"
"""What the detail of an intent says that puts an event back as we have it."""
LONGEST_PLACE = 200
# An event that is not there is called anew; everything else is a change of the event that stands.
_LOST = (DriftKind.GONE, DriftKind.MAILBOX)
_INSTEAD: dict[DriftKind, str] = {
    DriftKind.GUESTS: "Add or withdraw the agency, or put its guests back as they were.",
    DriftKind.WORDS: "What was typed may name somebody, so it is not kept: put the words back as they were.",
    DriftKind.PLACE: "What was typed may name somebody and is not kept: move the meeting there, or put its place back.",
    DriftKind.GONE: "Cancel the meeting, or make its event anew.",
    DriftKind.MAILBOX: "Cancel the meeting, or make its event anew.",
}


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """The event as Outlook has it. ``guests`` are addresses, casefolded."""

    start: datetime
    end: datetime
    subject: str
    html: str
    venue: str
    guests: frozenset[str]


async def note_event(
    services: Services, partnership: str, meeting_id: UUID, event_id: UUID, seen: SeenEvent | None, read_at: datetime
) -> int:
    """Write down what differs between an event and our records; returns how many differences are new.

    ``seen`` None: it is not there. ``read_at`` is when it was asked for, in real time. Nothing is said of an event that
    one of our own changes is on its way to, or has reached since. What differed before and does no more is cleared.
    """
    async with services.engine.begin() as conn:
        meeting = await _to_compare(conn, partnership, meeting_id, services.now())
        if meeting is None:
            return 0
        handed = await reads.handed_event(conn, partnership, event_id)
        if not _comparable(handed, meeting, read_at):
            return 0
        if seen is None:
            found: Sequence[Difference] = (Difference(DriftKind.GONE),)
        else:
            differing = await _differences(conn, partnership, meeting, event_id, handed, seen)
            found = [await _with_place(conn, services, partnership, meeting, each, seen) for each in differing]
        return await _keep(conn, services, partnership, meeting, event_id, found)


async def note_mailbox_gone(services: Services, partnership: str, meeting_id: UUID, event_id: UUID) -> int:
    """An event's organiser mailbox is not there any more; returns 1 when that is news."""
    async with services.engine.begin() as conn:
        meeting = await _to_compare(conn, partnership, meeting_id, services.now())
        if meeting is None:
            return 0
        return await _keep(conn, services, partnership, meeting, event_id, (Difference(DriftKind.MAILBOX),))


async def _to_compare(conn: AsyncConnection, partnership: str, meeting_id: UUID, now: datetime) -> LockedMeeting | None:
    meeting = await meetings.lock_meeting_by_id(conn, partnership, meeting_id)
    if meeting is None or meeting.state is not MeetingState.CONFIRMED:
        return None
    return meeting if meeting.ends_at is not None and meeting.ends_at > now else None


def _comparable(handed: HandedEvent, meeting: LockedMeeting, read_at: datetime) -> bool:
    if handed.state != "live" or handed.under_way or handed.handed_version != meeting.version:
        return False
    return handed.settled_at is None or handed.settled_at < read_at


async def _differences(
    conn: AsyncConnection,
    partnership: str,
    meeting: LockedMeeting,
    event_id: UUID,
    handed: HandedEvent,
    seen: SeenEvent,
) -> tuple[Difference, ...]:
    if meeting.starts_at is None or meeting.ends_at is None:
        return ()
    guests = await sending.guests(conn, partnership, meeting.id)
    text = text_of(seen.html)
    ours = EventSide(
        # Outlook is given whole seconds.
        start=meeting.starts_at.replace(microsecond=0),
        end=meeting.ends_at.replace(microsecond=0),
        subject=seen.subject if handed.subject is None else handed.subject,
        text=text if handed.html is None else text_of(handed.html),
        venue=handed.venue or "",
        guests=frozenset(guest.address.casefold() for guest in guests),
    )
    theirs = EventSide(seen.start, seen.end, seen.subject, text, seen.venue, seen.guests)
    found = differences(ours, theirs, online=meeting.mode == "online", text_mark=handed.body_mark or "")
    if handed.body_mark is None and not any("body" in each.detail.get("what", ()) for each in found):
        await drifts.keep_body_mark(conn, partnership, event_id, mark_of(text))
    return found


async def _with_place(
    conn: AsyncConnection,
    services: Services,
    partnership: str,
    meeting: LockedMeeting,
    found: Difference,
    seen: SeenEvent,
) -> Difference:
    """A changed place with its words, where it may be kept: it names nobody of this request, as the leak check reads
    it, and no family is to be kept from being found. Only then can it be taken over."""
    place = " ".join(seen.venue.split())
    if found.kind is not DriftKind.PLACE or not place or len(place) > LONGEST_PLACE:
        return found
    if await location_protected(conn, partnership, meeting.request_id):
        return found
    try:
        words = await identity.forbidden_words(conn, services.keyring, partnership, meeting.request_id)
    except SealError:
        # What cannot be checked is not kept.
        return found
    if words.found_in(json.dumps(place).encode(), place):
        return found
    return Difference(found.kind, {**found.detail, "place": place})


async def _keep(
    conn: AsyncConnection,
    services: Services,
    partnership: str,
    meeting: LockedMeeting,
    event_id: UUID,
    found: Sequence[Difference],
) -> int:
    """Add what is new, clear what is no longer so. A difference that is another one than yesterday is a new one."""
    now = services.now()
    known = {each.kind: each for each in await reads.drifts_of(conn, partnership, meeting.id)}
    still = {each.kind for each in found if each.kind in known and known[each.kind].detail == dict(each.detail)}
    over = [each.id for kind, each in known.items() if kind not in still]
    if over:
        await drifts.end(conn, partnership, meeting.id, "cleared", by=ACTOR, now=now, only=over)
    new = [each for each in found if each.kind not in still]
    for each in new:
        drift_id = new_id(now)
        row = {
            "id": drift_id,
            "partnership_id": partnership,
            "meeting_id": meeting.id,
            "event_id": event_id,
            "version": meeting.version,
            "kind": str(each.kind),
            "detail": dict(each.detail),
            "state": "open",
            "found_at": now,
        }
        if await drifts.add(conn, row, by=ACTOR):
            await tasks.open_once(conn, [_task(partnership, meeting, each.kind, drift_id, now)], by=ACTOR)
    return len(new)


def _task(partnership: str, meeting: LockedMeeting, kind: DriftKind, drift_id: UUID, now: datetime) -> Row:
    return task_row(
        partnership=partnership,
        kind=TaskKind.EVENT_DRIFT,
        detail=f"Look at what was changed in Outlook: of the event of meeting {meeting.reference}, "
        f"{DRIFT_WORDS[kind]}. Take it over or put it back.",
        now=now,
        meeting_id=meeting.id,
        about=str(drift_id),
        due_at=meeting.starts_at,
    )


async def list_drifts(services: Services, partnership: str, reader: Reader | None) -> list[Drift]:
    """Every open difference this reader may know of; the meeting that starts soonest first."""
    async with services.engine.connect() as conn:
        return await reads.open_drifts(conn, partnership, reader)


async def compare_again(services: Services, partnership: str) -> int:
    """Ask for the comparison to be made now instead of tomorrow morning; returns how many mailboxes it is for."""
    async with services.engine.begin() as conn:
        known = await mailboxes.mailboxes_of(conn, partnership)
        for mailbox in known:
            await drifts.compared(conn, partnership, mailbox.id, None)
    return len(known)


async def adopt(
    services: Services,
    partnership: str,
    reference: str,
    *,
    actor: str,
    seen: UUID | None = None,
    desk_override: str | None = None,
) -> MeetingChanged:
    """Take over the time, or else the place, that somebody gave the event in Outlook: a move like any other, by a named
    person.

    ``seen`` is the difference that was looked at: another one is refused.

    Raises:
        NoSuchMeetingError, ChangedMeanwhileError, BadTimeError, DesksFullError
        CannotAdoptError: neither was changed there, or the place may name somebody.
    """
    async with services.engine.begin() as conn:
        meeting, found = await _open(conn, partnership, reference)
    place = next((each for each in found if each.kind is DriftKind.PLACE and "place" in each.detail), None)
    if place is not None and (seen == place.id or (seen is None and found == [place])):
        return await _adopt_place(services, partnership, meeting, place, desk_override, actor)
    time = next((each for each in found if each.kind is DriftKind.TIME), None)
    if seen is not None and seen not in {each.id for each in found}:
        raise ChangedMeanwhileError
    if time is None or (seen is not None and seen != time.id):
        other = next((each for each in found if seen in {None, each.id}), None)
        raise CannotAdoptError(
            "Only a time, a place that names nobody, or guests can be taken over from Outlook. "
            + (_INSTEAD[other.kind] if other else "Nothing of this meeting's event differs.")
        )
    start, end = (datetime.fromisoformat(time.detail[name]) for name in ("starts_at", "ends_at"))
    minutes = round((end - start).total_seconds() / 60)
    new = NewTime(start, minutes, meeting.mode, meeting.venue, desk_override=desk_override)
    moved = await adopt_time(services, partnership, reference, new, time.id, actor=actor)
    await services.wake.mailbox(await _read_anew(services, partnership, time))
    return moved


async def _adopt_place(
    services: Services,
    partnership: str,
    meeting: LockedMeeting,
    place: Drift,
    desk_override: str | None,
    actor: str,
) -> MeetingChanged:
    if meeting.starts_at is None or meeting.ends_at is None:
        raise ChangedMeanwhileError
    new = NewTime(
        meeting.starts_at,
        round((meeting.ends_at - meeting.starts_at).total_seconds() / 60),
        meeting.mode,
        str(place.detail["place"]),
        desk_override=desk_override,
        before_at=meeting.sitting_before_at,
        after_at=meeting.sitting_after_at,
    )
    return await adopt_time(services, partnership, meeting.reference, new, place.id, actor=actor)


async def _read_anew(services: Services, partnership: str, drift: Drift) -> UUID:
    """The answers to the new time stand in the event already, and were told of while they were to no time of ours."""
    async with services.engine.begin() as conn:
        return await drifts.read_anew(conn, partnership, drift.event_id, services.now())


async def _open(conn: AsyncConnection, partnership: str, reference: str) -> tuple[LockedMeeting, list[Drift]]:
    meeting = await meetings.lock_meeting(conn, partnership, reference)
    if meeting is None:
        raise NoSuchMeetingError(reference)
    return meeting, await reads.drifts_of(conn, partnership, meeting.id)


async def restore(
    services: Services, partnership: str, reference: str, *, actor: str, seen: UUID | None = None
) -> tuple[DriftKind, ...]:
    """Put everything that differs back as we have it: one change of the event, or a new event where it is gone.

    Answers are kept where the event stands. Exchange tells the guests. Pressed twice, it is done once. The text of an
    online event cannot be written anew without its Teams link: where only that differs, or it is what was looked at
    (``seen``), a new event takes the place of the old one, which is cancelled.

    Raises:
        NoSuchMeetingError, NotReadyError
        ChangedMeanwhileError: nothing differs any more, or not what was looked at.
        CannotAdoptError: it cannot be put back by us; the sentence says what to do instead.
    """
    async with services.engine.begin() as conn:
        meeting, found = await _open(conn, partnership, reference)
        if not found or (seen is not None and seen not in {each.id for each in found}):
            raise ChangedMeanwhileError
        call = await call_now(services, conn, partnership, meeting)
        if call is None or meeting.state is not MeetingState.CONFIRMED or call.ends_at <= services.now():
            raise CannotAdoptError("This meeting is over or was called off, so nobody needs its event any more.")
        if any(each.kind in _LOST for each in found) or _only_anew(meeting, found, seen):
            intents = await _call_anew(services, conn, meeting, call, found)
            done = found
        else:
            done, intents = await _put_back(conn, call, meeting, found)
        ids = [each.id for each in done]
        await drifts.end(conn, partnership, meeting.id, "restored", by=actor, now=call.now, only=ids)
    await services.wake.outbox(intents)
    return tuple(each.kind for each in done)


def _only_anew(meeting: LockedMeeting, found: Sequence[Drift], seen: UUID | None) -> bool:
    stuck = {each.id for each in found if not can_be_restored(each.detail, online=meeting.mode == "online")}
    return bool(stuck) and (seen in stuck or len(stuck) == len(found))


async def _put_back(
    conn: AsyncConnection, call: Call, meeting: LockedMeeting, found: Sequence[Drift]
) -> tuple[list[Drift], list[UUID]]:
    done = [each for each in found if can_be_restored(each.detail, online=meeting.mode == "online")]
    parts = [part for each in done for part in _parts(each)]
    rows: list[Row] = []
    if parts:
        stream = stream_of_event(call.event_id)
        number = GUESTS_AT + await binding.rows_in_stream(conn, call.partnership, stream)
        detail = {"about": RESTORE, "parts": parts}
        rows.append(outbox_row(call, "update_event", stream, sequence_of(call.version, number), detail=detail))
        if "body" in parts:
            await drifts.keep_body_mark(conn, call.partnership, call.event_id, None)
        await write_rows(conn, [(outbox, rows)])
    if any(each.kind is DriftKind.GUESTS for each in done):
        guests = await guests_row(conn, call)
        await write_rows(conn, [(outbox, [guests])])
        rows.append(guests)
    return done, [row["id"] for row in rows]


def _parts(drift: Drift) -> list[str]:
    match drift.kind:
        case DriftKind.TIME | DriftKind.PLACE:
            return [str(drift.kind)]
        case DriftKind.WORDS:
            return list(drift.detail["what"])
        case _:
            return []


async def _call_anew(
    services: Services, conn: AsyncConnection, meeting: LockedMeeting, old: Call, found: Sequence[Drift]
) -> list[UUID]:
    """A new event at the same time, in a mailbox that works, and every agency told that it takes the old one's place.

    Where the old mailbox is gone its event may come back with it, and where it stands with words that are not ours it
    is in everybody's calendar: then it is cancelled there.
    """
    kinds = {each.kind for each in found}
    no_mailbox, gone = DriftKind.MAILBOX in kinds, DriftKind.GONE in kinds and DriftKind.MAILBOX not in kinds
    stands = kinds.isdisjoint(_LOST)
    mailbox_id = old.mailbox_id if stands else await mailboxes.organiser(conn, old.partnership)
    if mailbox_id is None or (no_mailbox and mailbox_id == old.mailbox_id):
        raise CannotAdoptError(
            "There is no other organiser mailbox to make the event in. Have this one mended, or set up another one."
        )
    call = Call(
        partnership=old.partnership,
        meeting_id=old.meeting_id,
        version=old.version + 1,
        starts_at=old.starts_at,
        ends_at=old.ends_at,
        event_id=new_id(old.now),
        mailbox_id=mailbox_id,
        ladder=old.ladder,
        immediate=old.immediate,
        now=old.now,
        real_now=old.real_now,
    )
    await drifts.replace_event(conn, old.partnership, old.event_id, gone=gone)
    await meetings.retire_invitations(conn, old.partnership, meeting.id, "replaced")
    await meetings.silence_chases(conn, old.partnership, meeting.id, Silence.MOVED, old.now)
    await drifts.raise_version(conn, old.partnership, meeting.id, call.version)
    seats = [
        Seat(seat.requirement_id, seat.role, seat.inbox)
        for seat in await meetings.seats_of(conn, old.partnership, meeting.id)
    ]
    rows = rows_to_call(call, seats, services.calendar, event_kind="create_event")
    rows = [(table, [_replacing(row) for row in each] if table is outbox else each) for table, each in rows]
    if not gone:
        at = sequence_of(old.version, CANCELLED_AT)
        rows = [*rows, (outbox, [outbox_row(old, "cancel_event", stream_of_event(old.event_id), at)])]
    await write_rows(conn, [*rows, (tasks_table, phone_tasks(call, seats))])
    return outbox_ids(rows)


def _replacing(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """An intent of the new event; each agency's message says that it takes the place of the one that was lost."""
    return row if row["requirement_id"] is None else {**row, "detail": {"about": "entry_replaced"}}
