"""Reads an organiser mailbox and turns what agencies answered in Outlook into recorded answers.

A notification is only a hint; this delta read is what counts, and it closes every gap a lost notification left. The
link is saved only after all answers of a round are committed, so a crash reads the round again, and an answer's
natural key makes it one record however often it is read.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import structlog

from service.domain.answers import Answer, Way
from service.outlook.errors import GraphError
from service.outlook.gate import GateClosed
from service.outlook.models import AttendeeSeen, EventSeen, Response
from service.outlook.read import Changes, Window, read_changes
from service.scheduler.machinery import Machinery
from service.store.changes import mailboxes as changes
from service.store.changes import meetings, tasks
from service.store.changes.meetings import LockedMeeting
from service.store.queries import events, mailboxes
from service.store.queries.events import KnownEvent
from service.store.queries.mailboxes import Mailbox
from service.workflow.reply import GivenAnswer, record_in
from service.workflow.tasks import TaskKind, task_row

log = structlog.get_logger(__name__)

ACTOR = "outlook"
# Graph bakes the window into the delta link. Meetings are called days or weeks ahead; conferences at most six months.
WINDOW_BACK = timedelta(days=30)
WINDOW_AHEAD = timedelta(days=365)

_ANSWERS: dict[Response, Answer] = {
    Response.ACCEPTED: Answer.YES,
    Response.DECLINED: Answer.NO,
    Response.TENTATIVE: Answer.MAYBE,
}


async def read_mailbox(machinery: Machinery, mailbox_id: UUID) -> int:
    """Read what changed in a mailbox; returns how many answers were new. Graph being away is left to the next sweep."""
    services = machinery.services
    async with services.engine.connect() as conn:
        mailbox = await mailboxes.mailbox_by_id(conn, mailbox_id)
    if mailbox is None or mailbox.state != "active":
        return 0
    started_at = services.now()
    try:
        window = Window(started_at - WINDOW_BACK, started_at + WINDOW_AHEAD)
        changed = await read_changes(machinery.graph(mailbox_id), mailbox.address, mailbox.delta_link, window)
    except GateClosed as closed:
        log.info("mailbox not read", mailbox=str(mailbox_id), why=str(closed))
        return 0
    except GraphError as error:
        log.warning("mailbox not read", mailbox=str(mailbox_id), why=str(error))
        return 0
    new = await _record_all(machinery, mailbox, changed)
    async with services.engine.begin() as conn:
        await changes.save_read(
            conn,
            mailbox.partnership,
            mailbox_id,
            changed.link,
            started_at=started_at,
            finished_at=services.now(),
        )
    if changed.unreadable:
        log.error("events could not be read", mailbox=str(mailbox_id), count=changed.unreadable)
    return new


async def _record_all(machinery: Machinery, mailbox: Mailbox, changed: Changes) -> int:
    services = machinery.services
    async with services.engine.connect() as conn:
        known = await events.known_events(
            conn, mailbox.partnership, mailbox.id, [event.graph_id for event in changed.events]
        )
    new = 0
    for event in changed.events:
        ours = known.get(event.graph_id)
        if ours is not None and ours.state == "live":
            new += await _record_event(machinery, mailbox.partnership, ours, event)
    return new


async def _record_event(machinery: Machinery, partnership: str, ours: KnownEvent, event: EventSeen) -> int:
    """All answers of one event, in one transaction under its meeting's lock."""
    services, new = machinery.services, 0
    async with services.engine.begin() as conn:
        meeting = await meetings.lock_meeting_by_id(conn, partnership, ours.meeting_id)
        if meeting is None:
            return 0
        version = _version_of(event, meeting, ours)
        for attendee in event.attendees:
            if attendee.response is Response.UNKNOWN:
                await tasks.open_once(conn, [_unknown(partnership, meeting.id, attendee, services.now())], by=ACTOR)
            elif (given := _answer(attendee, version, services.now())) is not None:
                recorded = await record_in(conn, services, partnership, meeting, given, actor=ACTOR)
                new += recorded.new
    return new


def _version_of(event: EventSeen, meeting: LockedMeeting, ours: KnownEvent) -> int:
    """Which invitation the answers are to, told by the time the event had when it was read.

    What we hold as handed over may lag behind (the reply to a change was lost) or run ahead (the change was handed
    over after this round was read), and an answer to the old time must never pass for one to the new.
    """
    if meeting.version == 1 or meeting.starts_at is None or meeting.ends_at is None:
        return ours.handed_version
    # Outlook is given whole seconds.
    times = (meeting.starts_at.replace(microsecond=0), meeting.ends_at.replace(microsecond=0))
    return meeting.version if (event.start, event.end) == times else min(ours.handed_version, meeting.version - 1)


def _answer(attendee: AttendeeSeen, version: int, now: datetime) -> GivenAnswer | None:
    """One guest's answer, or None while there is none. A proposed time is an answer of its own."""
    answer = _ANSWERS.get(attendee.response)
    if attendee.proposed_start is not None:
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
        proposed_start=attendee.proposed_start,
    )


def _unknown(partnership: str, meeting_id: UUID, attendee: AttendeeSeen, now: datetime) -> dict[str, object]:
    return task_row(
        partnership=partnership,
        kind=TaskKind.UNMATCHED_ANSWER,
        detail=f"Ask {attendee.address} what it meant: Outlook reports an answer we do not know.",
        now=now,
        meeting_id=meeting_id,
        about=f"unknown:{attendee.address}:{attendee.raw_response}",
    )
