"""Reads an organiser mailbox and turns what agencies answered in Outlook into recorded answers.

A notification is only a hint; this delta read is what counts, and it closes every gap a lost notification left. The
link is saved only after all answers of a round are committed, so a crash reads the round again, and an answer's
natural key makes it one record however often it is read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.answers import WORDS, Answer, Way
from service.domain.meetings import MeetingState
from service.domain.roles import ROLES
from service.outlook.adapter import GraphCalls
from service.outlook.errors import Gone, GraphError, PermanentConfiguration
from service.outlook.gate import GateClosed
from service.outlook.models import AttendeeSeen, EventSeen, Response
from service.outlook.read import Changes, Window, read_changes, read_event
from service.scheduler import outcomes
from service.scheduler.event_versions import version_answered, version_of, was_dragged
from service.scheduler.machinery import Machinery
from service.scheduler.noticing import looks_changed, note_changed
from service.scheduler.places import is_away, place_of
from service.store.changes import answers, meetings, tasks
from service.store.changes import mailboxes as changes
from service.store.changes.meetings import LockedMeeting
from service.store.queries import events, mailboxes
from service.store.queries.events import KnownEvent
from service.store.queries.mailboxes import Mailbox
from service.workflow.ports import Services
from service.workflow.reply import GivenAnswer, record_in
from service.workflow.tasks import TaskKind, owner_of, task_row

log = structlog.get_logger(__name__)

ACTOR = "outlook"
# Graph bakes the window into the delta link. Meetings are called days or weeks ahead; conferences at most six months.
WINDOW_BACK = timedelta(days=30)
WINDOW_AHEAD = timedelta(days=365)
WINDOW_RENEWED = timedelta(days=30)
"""How old a window may get: then a full round draws a new one, long before meetings fall beyond its end."""

# Refused by ourselves, because a link leads to another host: nothing that whoever runs the tenant could mend.
_OURS = frozenset({"ForeignLink", "ForeignHost"})
_ANSWERS: dict[Response, Answer] = {
    Response.ACCEPTED: Answer.YES,
    Response.DECLINED: Answer.NO,
    Response.TENTATIVE: Answer.MAYBE,
}
# Outlook leaves a proposal standing beside the acceptance that followed it.
_PROPOSES = frozenset({Response.TENTATIVE, Response.DECLINED, Response.NONE, Response.NOT_RESPONDED})


async def read_mailbox(machinery: Machinery, mailbox_id: UUID) -> int:
    """Read what changed in a mailbox; returns how many answers were new. Graph being away is left to the next sweep."""
    services = machinery.services
    async with services.engine.connect() as conn:
        mailbox = await mailboxes.mailbox_by_id(conn, mailbox_id)
    if mailbox is None or mailbox.state != "active":
        return 0
    started_at = services.now()
    graph = machinery.graph(mailbox_id)
    try:
        window = Window(started_at - WINDOW_BACK, started_at + WINDOW_AHEAD)
        changed = await read_changes(graph, mailbox.address, _link(mailbox, started_at), window)
        lost = await _lost(machinery, graph, mailbox, changed)
    except GateClosed as closed:
        log.info("mailbox not read", mailbox=str(mailbox_id), why=str(closed))
        return 0
    except PermanentConfiguration as error:
        log.warning("mailbox not read", mailbox=str(mailbox_id), why=str(error))
        if error.code not in _OURS:
            # Rights or credentials that were taken away: found by reading, although nothing is waiting to leave.
            async with services.engine.begin() as conn:
                await outcomes.stop(conn, services, mailbox.partnership, mailbox_id, str(error))
        return 0
    except GraphError as error:
        log.warning("mailbox not read", mailbox=str(mailbox_id), why=str(error))
        return 0
    new = await _record_all(machinery, mailbox, changed)
    async with services.engine.begin() as conn:
        for event in lost:
            await _tell_lost(conn, services, mailbox.partnership, event)
        await changes.save_read(
            conn,
            mailbox.partnership,
            mailbox_id,
            changed.link,
            started_at=started_at,
            finished_at=services.now(),
            window_from=started_at if changed.full else None,
        )
    odd = sum(event.odd_guests for event in changed.events)
    if changed.unreadable or odd:
        log.error("could not be read", mailbox=str(mailbox_id), events=changed.unreadable, guests=odd)
    return new


def _link(mailbox: Mailbox, now: datetime) -> str | None:
    """Where to go on from; None once the window is so old that a new one must be drawn."""
    fresh = mailbox.window_from is not None and now - mailbox.window_from < WINDOW_RENEWED
    return mailbox.delta_link if fresh else None


async def _lost(machinery: Machinery, graph: GraphCalls, mailbox: Mailbox, changed: Changes) -> list[KnownEvent]:
    """Events of ours that somebody deleted or cancelled in Outlook. One that left the window is called removed too, so
    each is read before it is believed gone. Raises GraphError and GateClosed, and then nothing of the round is kept."""
    cancelled = {event.graph_id for event in changed.events if event.cancelled}
    async with machinery.services.engine.connect() as conn:
        ours = await events.known_events(conn, mailbox.partnership, mailbox.id, {*changed.removed, *cancelled})
    return [event for event in ours if event.state == "live" and await _is_gone(graph, mailbox, event, cancelled)]


async def _is_gone(graph: GraphCalls, mailbox: Mailbox, event: KnownEvent, cancelled: Collection[str]) -> bool:
    if event.graph_id is None or event.graph_id in cancelled:
        return event.graph_id is not None
    try:
        return (await read_event(graph, mailbox.address, event.graph_id)).cancelled
    except Gone:
        return True


async def _tell_lost(conn: AsyncConnection, services: Services, partnership: str, event: KnownEvent) -> None:
    """A task, once, unless the meeting is over or called off: then nobody needs its event."""
    meeting = await meetings.lock_meeting_by_id(conn, partnership, event.meeting_id)
    if meeting is None or meeting.state is not MeetingState.CONFIRMED:
        return
    if meeting.ends_at is not None and meeting.ends_at <= services.now():
        return
    task = task_row(
        partnership=partnership,
        kind=TaskKind.EVENT_GONE,
        detail=f"Look at the calendar: the event of meeting {meeting.reference} is gone or cancelled in Outlook.",
        now=services.now(),
        meeting_id=meeting.id,
        about=str(event.id),
        due_at=meeting.starts_at,
        owner=owner_of(meeting.urgency, services.now(), services.calendar),
    )
    await tasks.open_once(conn, [task], by=ACTOR)


async def _record_all(machinery: Machinery, mailbox: Mailbox, changed: Changes) -> int:
    """The answers of every event of ours. An event that cannot be recorded becomes a task, and stops no other."""
    seen = [(event, _transaction_of(event)) for event in changed.events if not event.cancelled]
    async with machinery.services.engine.connect() as conn:
        found = await events.known_events(
            conn,
            mailbox.partnership,
            mailbox.id,
            [event.graph_id for event, _ in seen],
            [transaction for _, transaction in seen if transaction is not None],
        )
    by_graph_id = {ours.graph_id: ours for ours in found if ours.graph_id is not None}
    by_transaction = {ours.transaction_id: ours for ours in found if ours.graph_id is None}
    new = 0
    for event, transaction in seen:
        ours = by_graph_id.get(event.graph_id) or (by_transaction.get(transaction) if transaction else None)
        if ours is None or ours.state in {"cancelled", "replaced"}:
            continue
        try:
            new += await _record_event(machinery, mailbox, ours, event)
        except Exception as error:
            if is_away(error):
                raise
            log.error(
                "answers not recorded", calendar_event=str(ours.id), error=type(error).__name__, place=place_of(error)
            )
            await _tell_unrecorded(machinery.services, mailbox.partnership, ours, event)
    return new


def _transaction_of(event: EventSeen) -> UUID | None:
    try:
        return UUID(event.transaction_id)
    except ValueError:
        return None


async def _tell_unrecorded(services: Services, partnership: str, ours: KnownEvent, event: EventSeen) -> None:
    task = task_row(
        partnership=partnership,
        kind=TaskKind.ANSWERS_UNREAD,
        detail="Look at this meeting's event in Outlook: its answers could not be recorded here.",
        now=services.now(),
        meeting_id=ours.meeting_id,
        # An event that changes again is another chance, and another task when it fails again.
        about=_digest(event.change_key),
    )
    async with services.engine.begin() as conn:
        await tasks.open_once(conn, [task], by=ACTOR)


async def _record_event(machinery: Machinery, mailbox: Mailbox, ours: KnownEvent, event: EventSeen) -> int:
    """All answers of one event, in one transaction under its meeting's lock; then what was changed about it."""
    services, partnership, new = machinery.services, mailbox.partnership, 0
    async with services.engine.begin() as conn:
        meeting = await meetings.lock_meeting_by_id(conn, partnership, ours.meeting_id)
        if meeting is None:
            return 0
        changed = await looks_changed(conn, mailbox, ours, event, meeting)
        if await was_dragged(conn, partnership, event, meeting, ours):
            await _keep_unread(conn, services, partnership, meeting, event)
        else:
            new = await _record_in(conn, services, partnership, meeting, ours, event)
    if changed:
        await note_changed(machinery, mailbox, ours.id, ours.meeting_id, event.graph_id)
    return new


async def _record_in(
    conn: AsyncConnection,
    services: Services,
    partnership: str,
    meeting: LockedMeeting,
    ours: KnownEvent,
    event: EventSeen,
) -> int:
    new, version = 0, await version_of(conn, partnership, event, meeting, ours)
    asked_at = await events.asked_at(conn, partnership, meeting.id, version)
    for attendee in event.attendees:
        if attendee.response is Response.UNKNOWN:
            await tasks.open_once(conn, [_unknown(partnership, meeting.id, attendee, services.now())], by=ACTOR)
            continue
        answered = version_answered(version, attendee.answered_at, asked_at.get(attendee.address))
        if (given := _answer(attendee, answered, services.now())) is None:
            continue
        recorded = await record_in(conn, services, partnership, meeting, given, actor=ACTOR)
        new += recorded.new
        if recorded.new:
            await _unread_no_more(conn, partnership, meeting.id, recorded.requirement_id, given, services.now())
    return new


async def _keep_unread(
    conn: AsyncConnection, services: Services, partnership: str, meeting: LockedMeeting, event: EventSeen
) -> None:
    """Answers on an event that stands at a time of nobody's. To which time they are, nobody can tell: they count for
    none, and a person asks. Once that time is taken over they are read again, and are answers to it."""
    known = await answers.keys_of(conn, partnership, meeting.id)
    places = await answers.places_of(conn, partnership, meeting.id)
    for attendee in event.attendees:
        given = _answer(attendee, meeting.version, services.now())
        if given is None or any(key.startswith(given.natural_key) for key in known):
            continue
        of_address = [place for place in places if (place.address or "").casefold() == attendee.address]
        who = " and ".join(ROLES[place.role].words for place in of_address) or attendee.address
        task = task_row(
            partnership=partnership,
            kind=TaskKind.ANSWERS_UNREAD,
            detail=f"Ask again: {who}. What Outlook has from there ({WORDS[given.answer]}) was given while the "
            "event stood at a time that somebody had changed, so it counts for nothing.",
            now=services.now(),
            meeting_id=meeting.id,
            requirement_id=of_address[0].id if of_address else None,
            about=_digest(given.natural_key),
            due_at=meeting.starts_at,
        )
        await tasks.open_once(conn, [task], by=ACTOR)


async def _unread_no_more(
    conn: AsyncConnection, partnership: str, meeting_id: UUID, place: UUID | None, given: GivenAnswer, now: datetime
) -> None:
    key = f"{TaskKind.ANSWERS_UNREAD}:{meeting_id}:{place or ''}:{_digest(given.natural_key)}"
    await tasks.close_key(conn, partnership, key, by=ACTOR, now=now)


async def read_before_change(machinery: Machinery, mailbox_id: UUID, graph_id: str) -> None:
    """What an event says before we put it back: Exchange forgets every answer when its time or place changes.

    Raises:
        GraphError, GateClosed: it could not be read, and must not be changed yet; ``Gone`` among them.
    """
    async with machinery.services.engine.connect() as conn:
        mailbox = await mailboxes.mailbox_by_id(conn, mailbox_id)
        if mailbox is None:
            return
        found = await events.known_events(conn, mailbox.partnership, mailbox_id, [graph_id])
    event = await read_event(machinery.graph(mailbox_id), mailbox.address, graph_id)
    for ours in found:
        async with machinery.services.engine.begin() as conn:
            meeting = await meetings.lock_meeting_by_id(conn, mailbox.partnership, ours.meeting_id)
            if meeting is None:
                continue
            if await was_dragged(conn, mailbox.partnership, event, meeting, ours):
                await _keep_unread(conn, machinery.services, mailbox.partnership, meeting, event)
            else:
                await _record_in(conn, machinery.services, mailbox.partnership, meeting, ours, event)


def _answer(attendee: AttendeeSeen, version: int, now: datetime) -> GivenAnswer | None:
    """One guest's answer, or None while there is none. A proposed time is an answer of its own."""
    answer = _ANSWERS.get(attendee.response)
    if attendee.proposed_start is not None and attendee.response in _PROPOSES:
        answer = Answer.ANOTHER_TIME
    if answer is None:
        return None
    answered_at = attendee.answered_at or now
    said_at = attendee.answered_at.isoformat() if attendee.answered_at else f"version {version}"
    return GivenAnswer(
        answer=answer,
        way=Way.OUTLOOK,
        answered_at=answered_at,
        natural_key=f"outlook:{attendee.address}:{answer}:{said_at}",
        address=attendee.address,
        version=version,
        proposed_start=attendee.proposed_start if answer is Answer.ANOTHER_TIME else None,
    )


def _unknown(partnership: str, meeting_id: UUID, attendee: AttendeeSeen, now: datetime) -> dict[str, object]:
    return task_row(
        partnership=partnership,
        kind=TaskKind.UNMATCHED_ANSWER,
        detail=f"Ask {attendee.address} what it meant: Outlook reports an answer we do not know.",
        now=now,
        meeting_id=meeting_id,
        about=f"unknown:{_digest(f'{attendee.address}:{attendee.raw_response}')}",
    )


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:16]
