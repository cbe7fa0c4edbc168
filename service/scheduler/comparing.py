"""The morning comparison: each open meeting's event as Outlook has it, beside our records.

One full round of each mailbox, so that a thousand events cost a few calls. What differs is written down and put in
front of a person (``workflow.drift``); nothing is changed here, in Outlook or in our own records of the meeting.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import structlog

from service.domain.drift import last_morning
from service.outlook.adapter import GraphCalls
from service.outlook.errors import Gone, GraphError, PermanentConfiguration
from service.outlook.gate import GateClosed
from service.outlook.models import EventSeen
from service.outlook.read import Window, read_changes, read_event
from service.scheduler import outcomes
from service.scheduler.machinery import Machinery
from service.scheduler.noticing import side_of
from service.scheduler.parts import each_mailbox
from service.scheduler.places import place_of
from service.scheduler.replies import WINDOW_AHEAD
from service.store.changes import drifts
from service.store.queries import drift as reads
from service.store.queries import mailboxes
from service.store.queries.drift import OpenEvent
from service.store.queries.mailboxes import Mailbox
from service.workflow.drift import note_event, note_mailbox_gone

log = structlog.get_logger(__name__)
# Graph's words for "there is no such mailbox"; refused rights have words of their own, and stop the mailbox alone.
_NO_MAILBOX = frozenset(
    {"mailboxnotenabledforrestapi", "errorinvaliduser", "resourcenotfound", "errornonexistentmailbox"}
)


async def compare_calendars(machinery: Machinery) -> int:
    """Compare each mailbox that was not compared since the last morning (UTC); returns how many differences are new.

    A mailbox that cannot be read now is tried again at the next tick.
    """
    services = machinery.services
    due = last_morning(services.now())
    async with services.engine.connect() as conn:
        every = await mailboxes.every_mailbox(conn)
    wanted = [
        mailbox
        for mailbox in every
        if mailbox.state == "active" and (mailbox.compared_at is None or mailbox.compared_at < due)
    ]
    return await each_mailbox([(mailbox.id, partial(_try_to_compare, machinery, mailbox)) for mailbox in wanted])


async def _try_to_compare(machinery: Machinery, mailbox: Mailbox) -> int:
    try:
        return await _compare(machinery, mailbox)
    except (GraphError, GateClosed) as error:
        log.warning("mailbox not compared", mailbox=str(mailbox.id), why=str(error))
        return 0


async def _compare(machinery: Machinery, mailbox: Mailbox) -> int:
    services, now, read_at = machinery.services, machinery.services.now(), machinery.services.real_now()
    async with services.engine.connect() as conn:
        ours = await reads.open_events(conn, mailbox.partnership, mailbox.id, now)
    graph = machinery.graph(mailbox.id)
    try:
        seen = await _stand_there(graph, mailbox, ours, Window(now - timedelta(days=1), now + WINDOW_AHEAD))
    except PermanentConfiguration as error:
        return await _cannot_be_read(machinery, mailbox, ours, error)
    new = 0
    for event in ours:
        there = seen[event.graph_id]
        sides = None if there is None else side_of(there, mailbox.address)
        try:
            new += await note_event(services, mailbox.partnership, event.meeting_id, event.id, sides, read_at)
        except ValueError as error:
            log.error("event not compared", calendar_event=str(event.id), place=place_of(error))
    async with services.engine.begin() as conn:
        await drifts.compared(conn, mailbox.partnership, mailbox.id, now)
    return new


async def _stand_there(
    graph: GraphCalls, mailbox: Mailbox, ours: list[OpenEvent], window: Window
) -> dict[str, EventSeen | None]:
    """Each of our events as it stands; None for one that is gone or cancelled. One that the round did not bring may
    only lie outside its window, so it is read before it is believed gone."""
    if not ours:
        return {}
    found = {event.graph_id: event for event in (await read_changes(graph, mailbox.address, None, window)).events}
    there: dict[str, EventSeen | None] = {}
    for event in ours:
        seen = found.get(event.graph_id)
        if seen is None or seen.cancelled:
            try:
                seen = await read_event(graph, mailbox.address, event.graph_id)
            except Gone:
                seen = None
        there[event.graph_id] = None if seen is None or seen.cancelled else seen
    return there


async def _cannot_be_read(
    machinery: Machinery, mailbox: Mailbox, ours: list[OpenEvent], error: PermanentConfiguration
) -> int:
    services = machinery.services
    async with services.engine.begin() as conn:
        await outcomes.stop(conn, services, mailbox.partnership, mailbox.id, str(error))
    if error.code.casefold() not in _NO_MAILBOX:
        return 0
    return sum([await note_mailbox_gone(services, mailbox.partnership, event.meeting_id, event.id) for event in ours])
