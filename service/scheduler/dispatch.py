"""The outbox pump: claim a row, re-read the state, freeze the bytes, hand them over once, write down what became of it.

Three transactions and, between the second and the third, one conversation with Graph:

1. *claim and freeze* (``freezing``): lease by compare-and-set, re-read, then close as "not sent because …" or render,
   leak-check, keep the exact bytes;
2. *hand over*, outside any transaction; any try but the first looks what the ones before it did;
3. *finish*: the row, the event, the invitation, the chase and the audit together.

A crash anywhere leaves a row whose lease runs out; the next try finds by its key what this one did.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import structlog

from service.outlook import send
from service.outlook.adapter import GraphCalls
from service.outlook.errors import Ambiguous, GraphError
from service.outlook.gate import GateClosed
from service.outlook.models import EventSeen
from service.outlook.send import Form
from service.scheduler import calendar_mail, letters, outcomes
from service.scheduler.decide import Act
from service.scheduler.freezing import Ready, claim_and_freeze
from service.scheduler.machinery import Machinery
from service.scheduler.outcomes import Handed
from service.scheduler.replies import read_before_change
from service.scheduler.retries import Then, follow
from service.store.changes import outbox
from service.store.changes.outbox import Claimed
from service.workflow.drift import RESTORE

log = structlog.get_logger(__name__)

_DRAFT = "draft"
# A turn at the gate that is further off is left to the sweeps.
_SOON_SECONDS = 120.0


async def dispatch(machinery: Machinery, row_id: UUID) -> list[UUID]:
    """Do one outbox row, if its turn has come; returns the rows that may follow it now.

    Never raises for what Graph does: every failure ends in the row. A database that is away raises, and the sweep
    finds the row again.
    """
    ready = await claim_and_freeze(machinery, row_id)
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


async def _finish(machinery: Machinery, ready: Ready, handed: Handed | None) -> None:
    services, row = machinery.services, ready.row
    async with services.engine.begin() as conn:
        if handed is not None:
            if await outbox.finish(conn, row, services.real_now()):
                await outcomes.done(conn, services, row, ready.act, handed)
        elif await outbox.close_unsent(conn, row, str(ready.only_look), services.real_now()):
            await outcomes.not_sent(conn, services, row, str(ready.only_look))
    log.info("outbox row ended", row=str(row.id), act=str(ready.act), sent=handed is not None, attempts=row.attempts)


async def _hand_over(machinery: Machinery, ready: Ready) -> Handed | None:
    """One conversation with Graph; on any try but the first it looks before it acts. None: it was not sent."""
    # Bytes that were frozen before may have left before, however often the row was counted or tried again by hand.
    urgent = machinery.graph_for_codes if ready.act is Act.CODE else None
    graph, again = (urgent or machinery.graph)(ready.row.mailbox_id), ready.row.frozen is not None
    if ready.only_look is not None:
        return await _look(graph, ready)
    match ready.act:
        case Act.CREATE_EVENT:
            made = await send.create_event(graph, ready.mailbox, ready.body, ready.key, look_first=again)
            if made.existed:
                # Made by an earlier try, perhaps for another time of the meeting and for other guests.
                now = letters.changed_since(ready.body)
                await send.update_event(graph, ready.mailbox, made.graph_id, now, look_first=True)
            return Handed(made.graph_id, made.ical_uid, made.join_url)
        case Act.UPDATE_EVENT | Act.UPDATE_GUESTS:
            # Exchange mails every guest though the new time equals the old: one taken over from Outlook, put back
            # there by whoever changed it, or moved away and back again, stands there already.
            look = again or ready.act is Act.UPDATE_EVENT
            if ready.row.detail.get("about") == RESTORE:
                await read_before_change(machinery, ready.row.mailbox_id, str(ready.graph_id))
            changed = await send.update_event(graph, ready.mailbox, str(ready.graph_id), ready.body, look_first=look)
            return Handed(changed.graph_id, changed.ical_uid, changed.join_url)
        case Act.CANCEL_EVENT:
            await send.cancel_event(graph, ready.mailbox, str(ready.graph_id), ready.body)
        case _:
            await _hand_over_message(machinery, graph, ready, again=again)
    return Handed()


async def _hand_over_message(machinery: Machinery, graph: GraphCalls, ready: Ready, *, again: bool) -> None:
    async def remember(draft: str) -> None:
        async with machinery.services.engine.begin() as conn:
            if not await outbox.remember(conn, ready.row, {_DRAFT: draft}):
                # Whoever took the row over finds the draft by its key and sends it.
                raise Ambiguous("LeaseLost")

    drafted = str(ready.row.detail.get(_DRAFT, ""))
    await send.hand_over_message(
        graph, ready.mailbox, ready.body, ready.key, remember, drafted=drafted, look_first=again, form=_form(ready.row)
    )


def _form(row: Claimed) -> Form:
    return Form.MIME if row.detail.get("form") == calendar_mail.FORM else Form.JSON


async def _look(graph: GraphCalls, ready: Ready) -> Handed | None:
    """What an earlier try left behind although its reply was lost. None: nothing."""
    if ready.act is Act.UPDATE_EVENT:
        stands = await send.event_as_asked(graph, ready.mailbox, str(ready.graph_id), ready.body)
        return Handed(stands.graph_id, stands.ical_uid, stands.join_url) if stands is not None else None
    if ready.act not in {Act.CREATE_EVENT, Act.CANCEL_EVENT}:
        drafted = str(ready.row.detail.get(_DRAFT, ""))
        seen = await send.sent_or_drafted(graph, ready.mailbox, ready.key, drafted, form=_form(ready.row))
        if seen is not None and seen.is_draft:
            # Whoever opens the mailbox must not find, and send, what was not to leave.
            await send.discard_draft(graph, ready.mailbox, seen.graph_id)
        return Handed() if seen is not None and not seen.is_draft else None
    event = await send.find_event(graph, ready.mailbox, ready.key)
    if ready.act is Act.CANCEL_EVENT:
        return await _undo(graph, ready, event)
    return Handed(event.graph_id, event.ical_uid, event.join_url) if event is not None else None


async def _undo(graph: GraphCalls, ready: Ready, event: EventSeen | None) -> Handed | None:
    """Cancel what a creation made that is not meant any more. None: nobody was asked to anything."""
    if event is None and not ready.unasked:
        return None
    if event is not None:
        graph_id, asked = event.graph_id, bool(event.attendees)
    else:
        # A try may still be on its way: whichever of the two comes first uses the transaction id up, and if it is
        # this one, nobody is ever asked.
        made = await send.create_event(graph, ready.mailbox, ready.unasked, ready.key)
        graph_id, asked = made.graph_id, made.existed
    if not asked:
        await send.delete_event(graph, ready.mailbox, graph_id)
        return None
    await send.cancel_event(graph, ready.mailbox, graph_id, ready.body)
    return Handed()


async def _failed(machinery: Machinery, row: Claimed, act: Act, error: GraphError) -> None:
    services, then = machinery.services, follow(error, row.attempts)
    log.warning("outbox row failed", row=str(row.id), act=str(act), error=str(error), then=str(then.then))
    async with services.engine.begin() as conn:
        if then.then is Then.GIVE_TO_A_PERSON:
            if await outbox.exhaust(conn, row, str(error), services.real_now()):
                await outcomes.exhausted(conn, services, row, str(error))
            return
        await outbox.defer(conn, row, services.real_now() + then.after, str(error))
        if then.then is Then.STOP_MAILBOX:
            await outcomes.stop_mailbox(conn, services, row, str(error))


async def _turned_away(machinery: Machinery, row: Claimed, closed: GateClosed) -> None:
    """The gate had no place: that is no failed try, however often it happens."""
    async with machinery.services.engine.begin() as conn:
        again_at = machinery.services.real_now() + timedelta(seconds=closed.retry_after)
        await outbox.defer(conn, row, again_at, str(closed), burn=False)
    if machinery.wake_later is not None and closed.retry_after <= _SOON_SECONDS:
        # At its own turn to the moment: a sweep would find it seconds later, and the mailbox stand idle meanwhile.
        await machinery.wake_later(row.id, closed.retry_after)
