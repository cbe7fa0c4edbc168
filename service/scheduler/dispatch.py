"""The outbox pump: claim a row, re-read the state, freeze the bytes, hand them over once, write down what became of it.

Three transactions and, between the second and the third, one conversation with Graph:

1. *claim and freeze*: lease by compare-and-set, re-read, then close as "not sent because …" or render, leak-check, keep
   the exact bytes;
2. *hand over*, outside any transaction; every retry sends those same bytes;
3. *finish*: the row, the event, the invitation, the chase and the audit together.

A crash anywhere leaves a row whose lease runs out; the next try finds by its key what this one did.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from service.outlook import send
from service.outlook.errors import GraphError
from service.outlook.gate import GateClosed
from service.scheduler import letters, outcomes
from service.scheduler.decide import Act, Decision, decide_chase, decide_event, decide_message
from service.scheduler.machinery import Machinery
from service.scheduler.outcomes import Handed
from service.scheduler.retries import Then, follow
from service.store.changes import outbox
from service.store.changes.outbox import Claimed
from service.store.queries import sending
from service.store.queries.sending import AgencyNow, MeetingNow
from service.store.sealing import SealError
from service.workflow import identity

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Ready:
    """A claimed row with its bytes frozen: all that handing over needs.

    ``only_look`` is set when the act is no longer wanted: nothing is sent any more, but an earlier try may have sent
    it and lost the reply, and the record must then say so.
    """

    row: Claimed
    act: Act
    body: bytes
    mailbox: str
    graph_id: str | None
    key: str
    only_look: str | None = None


async def dispatch(machinery: Machinery, row_id: UUID) -> list[UUID]:
    """Do one outbox row, if its turn has come; returns the rows that may follow it now.

    Never raises for what Graph does: every failure ends in the row. A database that is away raises, and the sweep
    finds the row again.
    """
    ready = await _claim_and_freeze(machinery, row_id)
    if ready is not None:
        try:
            handed = await _hand_over(machinery, ready)
        except GateClosed as closed:
            await _turned_away(machinery, ready.row, closed)
        except GraphError as error:
            await _failed(machinery, ready.row, ready.act, error)
        else:
            await _finish(machinery, ready, handed)
    async with machinery.services.engine.connect() as conn:
        return await outbox.freed_by(conn, row_id)


async def _finish(machinery: Machinery, ready: _Ready, handed: Handed | None) -> None:
    services, row = machinery.services, ready.row
    async with services.engine.begin() as conn:
        if handed is not None:
            if await outbox.finish(conn, row, services.real_now()):
                await outcomes.done(conn, services, row, ready.act, handed)
        elif await outbox.close_unsent(conn, row, str(ready.only_look), services.real_now()):
            await outcomes.not_sent(conn, services, row, str(ready.only_look))
    log.info("outbox row ended", row=str(row.id), act=str(ready.act), sent=handed is not None, attempts=row.attempts)


async def _claim_and_freeze(machinery: Machinery, row_id: UUID) -> _Ready | None:
    """None when there is nothing to hand over: not its turn, closed as no longer wanted, or held back."""
    services = machinery.services
    async with services.engine.begin() as conn:
        row = await outbox.claim(conn, row_id, services.real_now())
        if row is None:
            return None
        meeting = await sending.meeting_now(conn, row.partnership, row.meeting_id, row.event_id)
        if meeting.mailbox_state != "active":
            await outbox.defer(conn, row, services.real_now() + outcomes.STOPPED_WAIT, "mailbox_stopped", burn=False)
            return None
        agency = await _agency(conn, row)
        decision = _decide(row, meeting, agency, services.now())
        if decision.act is None and row.frozen is None:
            if await outbox.close_unsent(conn, row, str(decision.because), services.real_now()):
                await outcomes.not_sent(conn, services, row, str(decision.because))
            return None
        body, act = row.frozen, decision.act
        if body is not None:
            act = Act(row.detail["act"])
        elif act is not None:
            body = await _render(conn, machinery, row, act, meeting, agency)
        if body is None or act is None:
            return None
        key = letters.meeting_key(meeting) if agency is None else str(row.id)
        return _Ready(row, act, body, meeting.mailbox, meeting.graph_id, key, decision.because)


async def _agency(conn: AsyncConnection, row: Claimed) -> AgencyNow | None:
    if row.requirement_id is None:
        return None
    return await sending.agency_now(conn, row.partnership, row.requirement_id, row.version)


def _decide(row: Claimed, meeting: MeetingNow, agency: AgencyNow | None, now: datetime) -> Decision:
    """What becomes of the row now. Frozen bytes about an event stay meant: the event may exist already, and must be
    finished before the change that follows it in its stream. A message is asked about again at every try, because
    nothing has left before its draft is sent."""
    if agency is None:
        return decide_event(row, meeting) if row.frozen is None else Decision(act=Act(row.detail["act"]))
    if row.chase_id is not None:
        return decide_chase(row, meeting, agency, now)
    return decide_message(row, meeting, agency, now)


async def _render(
    conn: AsyncConnection,
    machinery: Machinery,
    row: Claimed,
    act: Act,
    meeting: MeetingNow,
    agency: AgencyNow | None,
) -> bytes | None:
    """Write, leak-check and freeze the bytes; None when they are held back for a person."""
    services = machinery.services
    body = await _write(conn, machinery, row, act, meeting, agency)
    try:
        words = await identity.forbidden_words(conn, services.keyring, row.partnership, meeting.request_id)
        leaks = words.found_in(body, meeting.venue)
    except SealError:
        # What cannot be checked is not sent.
        leaks = True
    if leaks:
        await outbox.exhaust(conn, row, "held_back", services.real_now())
        await outcomes.held_back(conn, services, row)
        return None
    detail = {"act": str(act), "version": meeting.version}
    await outbox.freeze(conn, row, body, detail, services.real_now())
    return body


async def _write(
    conn: AsyncConnection,
    machinery: Machinery,
    row: Claimed,
    act: Act,
    meeting: MeetingNow,
    agency: AgencyNow | None,
) -> bytes:
    match act:
        case Act.CREATE_EVENT:
            return letters.event(meeting, await sending.guests(conn, row.partnership, row.meeting_id))
        case Act.UPDATE_EVENT:
            return letters.move(meeting)
        case Act.UPDATE_GUESTS:
            return letters.guest_list(await sending.guests(conn, row.partnership, row.meeting_id))
        case Act.CANCEL_EVENT:
            return letters.cancellation(meeting)
        case _:
            if agency is None:
                raise ValueError("a message without an agency has nobody to go to")
            return letters.message(machinery.services, act, row, meeting, agency)


async def _hand_over(machinery: Machinery, ready: _Ready) -> Handed | None:
    """One conversation with Graph; on any try but the first it looks before it acts. None: it was not sent."""
    graph, again = machinery.graph(ready.row.mailbox_id), ready.row.attempts > 1
    if ready.only_look is not None:
        seen = await send.find_message(graph, ready.mailbox, ready.key)
        return Handed() if seen is not None and not seen.is_draft else None
    match ready.act:
        case Act.CREATE_EVENT:
            made = await send.create_event(graph, ready.mailbox, ready.body, ready.key)
            return Handed(made.graph_id, made.ical_uid, made.join_url)
        case Act.UPDATE_EVENT | Act.UPDATE_GUESTS:
            changed = await send.update_event(graph, ready.mailbox, str(ready.graph_id), ready.body, look_first=again)
            return Handed(changed.graph_id, changed.ical_uid, changed.join_url)
        case Act.CANCEL_EVENT:
            await send.cancel_event(graph, ready.mailbox, str(ready.graph_id), ready.body)
        case _:
            await send.hand_over_message(graph, ready.mailbox, ready.body, ready.key, look_first=again)
    return Handed()


async def _failed(machinery: Machinery, row: Claimed, act: Act, error: GraphError) -> None:
    services, then = machinery.services, follow(error, row.attempts)
    log.warning("outbox row failed", row=str(row.id), act=str(act), error=str(error), then=str(then.then))
    async with services.engine.begin() as conn:
        if then.then is Then.GIVE_TO_A_PERSON:
            if await outbox.exhaust(conn, row, str(error), services.real_now()):
                await outcomes.exhausted(conn, services, row, str(error))
            return
        if then.then is Then.STOP_MAILBOX:
            await outcomes.stop_mailbox(conn, services, row, str(error))
        await outbox.defer(conn, row, services.real_now() + then.after, str(error))


async def _turned_away(machinery: Machinery, row: Claimed, closed: GateClosed) -> None:
    """The gate had no place: that is no failed try, however often it happens."""
    async with machinery.services.engine.begin() as conn:
        again_at = machinery.services.real_now() + timedelta(seconds=closed.retry_after)
        await outbox.defer(conn, row, again_at, str(closed), burn=False)
