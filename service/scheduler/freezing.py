"""The first transaction of an outbox row: claim it, re-read the state, and close it as "not sent because …" or write,
leak-check and keep the exact bytes. What is frozen here is all that handing over needs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.london import local_date
from service.outlook import mime
from service.scheduler import calendar_mail, letters, outcomes, to_parents
from service.scheduler.decide import (
    Act,
    Decision,
    NotSent,
    decide_chase,
    decide_code,
    decide_entry_off,
    decide_event,
    decide_frozen,
    decide_message,
    decide_secure,
    may_have_left,
)
from service.scheduler.machinery import Machinery
from service.scheduler.to_parents import decide_parent
from service.scheduler.told import facts_mark
from service.store.changes import family, outbox
from service.store.changes.outbox import Claimed
from service.store.queries import calendar_mails, sending
from service.store.queries.family import FamilyNow, family_now
from service.store.queries.secure_mail import secure_place
from service.store.queries.sending import AgencyNow, MeetingNow
from service.store.sealing import SealError
from service.workflow import identity, secure_mail
from service.workflow.chase import ANY_HOUR, opens
from service.workflow.codes import CODE
from service.workflow.ports import Services
from service.workflow.secure_mail import WHO

_ANEW = frozenset({Act.CREATE_EVENT, Act.UPDATE_EVENT, Act.UPDATE_GUESTS})
"""What is written anew at every try. A message keeps its bytes: nothing of it has left before its draft is sent."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A claimed row with its bytes frozen: all that handing over needs.

    ``only_look`` is set when the act is no longer wanted: nothing is sent any more, but an earlier try may have sent
    it and lost the reply, and the record must then say so. It is the reason to write down when nothing is found.

    ``unasked``: the event with nobody asked to it, which uses up the transaction id of a creation that is to end.
    """

    row: Claimed
    act: Act
    body: bytes
    mailbox: str
    graph_id: str | None
    key: str
    only_look: str | None = None
    unasked: bytes = b""


@dataclass(frozen=True, slots=True)
class Told:
    """The meeting as it is now, and whom the row tells of it: one agency, one parent, or the event's guests."""

    meeting: MeetingNow
    agency: AgencyNow | None
    parent: FamilyNow | None
    entry_stands: bool = False
    entry_carried: bool = False
    secure: bool = False


async def claim_and_freeze(machinery: Machinery, row_id: UUID) -> Ready | None:
    """None when there is nothing to hand over: not its turn, closed as no longer wanted, or held back."""
    services = machinery.services
    async with services.engine.begin() as conn:
        row = await outbox.claim(conn, row_id, services.real_now())
        if row is None:
            return None
        meeting = await sending.meeting_now(conn, row.partnership, row.meeting_id, row.event_id)
        if await _must_wait(conn, machinery, row, meeting):
            return None
        agency, parent = await _agency(conn, row), await _parent(conn, row)
        carried = agency is not None and await _entry_carried(conn, row, meeting, agency)
        told = Told(meeting, agency, parent, await _entry_stands(conn, row), carried, await _may_tell(conn, row))
        next_chase = await sending.next_chase_at(conn, row.partnership, row.chase_id) if row.chase_id else None
        decision = _decide(row, told, next_chase, services)
        if decision.act is None and not may_have_left(row, decision.because):
            if await outbox.close_unsent(conn, row, str(decision.because), services.real_now()):
                await outcomes.not_sent(conn, services, row, str(decision.because))
            return None
        body, act = None, decision.act
        if row.frozen is not None and act not in _ANEW:
            act = Act(row.detail["act"])
            body = await _kept(conn, machinery, row, told)
        elif act is not None:
            body = await _render(conn, machinery, row, act, told)
            row = replace(row, detail=_marked(row, act, told, body))
        if body is None or act is None:
            return None
        key = letters.meeting_key(meeting) if agency is None and parent is None else str(row.id)
        only_look, unasked = decision.because, b""
        if act is Act.CREATE_EVENT and only_look == NotSent.CANCELLED:
            # What an earlier try made although the meeting is called off must not stand in anybody's calendar.
            act, body, unasked = Act.CANCEL_EVENT, letters.cancellation(meeting), letters.unasked(meeting)
        elif act is Act.CANCEL_EVENT and meeting.graph_id is None:
            # A creation that was given up on may have made the event all the same.
            only_look = str(NotSent.NEVER_MADE)
        return Ready(row, act, body, meeting.mailbox, meeting.graph_id, key, only_look, unasked)


def _is_code(row: Claimed) -> bool:
    return row.detail.get("about") == CODE


def _is_secure(row: Claimed) -> bool:
    return row.detail.get("about") == WHO


def _is_sealed(row: Claimed, told: Told) -> bool:
    """Whether the bytes hold what the database must not show: a parent's address, or a code that still works."""
    return told.parent is not None or _is_code(row) or _is_secure(row)


def _marked(row: Claimed, act: Act, told: Told, body: bytes | None) -> dict[str, Any]:
    """What the row remembers of its freezing: the act its bytes do, their form, the version they speak of, and a mark
    of the time and place they ask an agency to."""
    meeting, agency = told.meeting, told.agency
    form = {} if body is None or body.startswith(b"{") else {"form": calendar_mail.FORM}
    asks = act in {Act.INVITATION, Act.MOVED} and agency is not None
    facts = {"facts": facts_mark(meeting, agency)} if asks and agency is not None else {}
    return dict(row.detail) | {"act": str(act), "version": meeting.version} | form | facts


async def _must_wait(conn: AsyncConnection, machinery: Machinery, row: Claimed, meeting: MeetingNow) -> bool:
    """Whether the mailbox may send nothing now: then the row waits, and no try is burned."""
    services = machinery.services
    if meeting.mailbox_state != "active":
        await outbox.defer(conn, row, services.real_now() + outcomes.STOPPED_WAIT, "mailbox_stopped", burn=False)
        return True
    if await _day_is_full(conn, machinery, row):
        await outbox.defer(conn, row, services.real_now() + outcomes.FULL_WAIT, "recipients_per_day", burn=False)
        await outcomes.day_is_full(conn, services, row)
        return True
    return False


async def _day_is_full(conn: AsyncConnection, machinery: Machinery, row: Claimed) -> bool:
    """Whether Exchange may refuse more recipients of this mailbox today."""
    most = machinery.recipients_per_day if _is_code(row) else machinery.recipients_for_all
    day = local_date(machinery.services.now())
    return await sending.recipients_lately(conn, row.partnership, row.mailbox_id, day) >= most


async def _entry_stands(conn: AsyncConnection, row: Claimed) -> bool:
    entry_id = calendar_mail.entry_id(row)
    if entry_id is None:
        return False
    entry = await calendar_mails.entry_by_id(conn, row.partnership, entry_id)
    return entry is not None and entry.live and not await calendar_mails.is_held(conn, row.partnership, entry_id)


async def _entry_carried(conn: AsyncConnection, row: Claimed, meeting: MeetingNow, agency: AgencyNow) -> bool:
    if row.detail.get("about") != "channel" or row.frozen is not None:
        return False
    entry = await calendar_mails.entry_at(conn, row.partnership, meeting.id, agency.address.casefold())
    return entry is not None and entry.live and entry.version == meeting.version


async def _may_tell(conn: AsyncConnection, row: Claimed) -> bool:
    if row.requirement_id is None or not _is_secure(row):
        return False
    return (await secure_place(conn, row.partnership, row.requirement_id)).may


async def _parent(conn: AsyncConnection, row: Claimed) -> FamilyNow | None:
    return await family_now(conn, row.partnership, row.family_id, row.id) if row.family_id else None


async def _agency(conn: AsyncConnection, row: Claimed) -> AgencyNow | None:
    if row.requirement_id is None:
        return None
    return await sending.agency_now(conn, row.partnership, row.requirement_id, row.version)


def _decide(row: Claimed, told: Told, next_chase: datetime | None, services: Services) -> Decision:
    """What becomes of the row now. Every row is asked about again at every try; what an earlier one may have done is
    then looked for, so that it is known and, if need be, undone."""
    meeting, agency, now = told.meeting, told.agency, services.now()
    if told.parent is not None:
        return decide_parent(row, meeting, told.parent, now)
    if agency is None:
        if row.frozen is None:
            return decide_event(row, meeting, now)
        return decide_frozen(row, meeting, now)
    if row.detail.get("about") == "entry_off":
        return decide_entry_off(row, stands=told.entry_stands)
    if _is_secure(row):
        return decide_secure(meeting, agency, allowed=told.secure)
    if _is_code(row):
        return decide_code(row, meeting, agency, services.real_now())
    if row.chase_id is not None:
        opens_at = opens(services, agency.hours, meeting.starts_at, any_hour=bool(row.detail.get(ANY_HOUR)))
        return decide_chase(row, meeting, agency, now, next_chase, opens_at)
    return decide_message(row, meeting, agency, now, entry_carried=told.entry_carried)


async def _render(conn: AsyncConnection, machinery: Machinery, row: Claimed, act: Act, told: Told) -> bytes | None:
    """Write, leak-check and freeze the bytes; None when they cannot be written or are held back for a person."""
    services, meeting = machinery.services, told.meeting
    try:
        address = "" if told.parent is None else await _address(conn, machinery, row, told.parent)
        body = await _write(conn, machinery, row, act, told, address)
    except (ValueError, LookupError) as error:
        # Opening hours nobody can read, a meeting type the policy has dropped: trying again would never mend it.
        await outbox.exhaust(conn, row, f"cannot be written: {type(error).__name__}", services.real_now())
        await outcomes.unwritten(conn, services, row, type(error).__name__)
        return None
    if body is None:
        await outbox.close_unsent(conn, row, NotSent.NO_GUESTS, services.real_now())
        await outcomes.not_sent(conn, services, row, NotSent.NO_GUESTS)
        return None
    if await _leaks(conn, machinery, row, act, told, body, address):
        await outbox.exhaust(conn, row, "held_back", services.real_now())
        await outcomes.held_back(conn, services, row)
        return None
    kept = await _sealed(conn, machinery, row, meeting, body) if _is_sealed(row, told) else body
    await outbox.freeze(conn, row, kept, _marked(row, act, told, body), services.real_now())
    return body


async def _sealed(conn: AsyncConnection, machinery: Machinery, row: Claimed, meeting: MeetingNow, body: bytes) -> bytes:
    """A message as it is kept where it holds a parent's address or a code: it goes when the request's identities go."""
    place = ("outbox", row.id, "frozen")
    keyring = machinery.services.keyring
    return await family.sealed_under(conn, row.partnership, meeting.request_id, keyring, place, body)


async def _kept(conn: AsyncConnection, machinery: Machinery, row: Claimed, told: Told) -> bytes | None:
    """The bytes of an earlier try. None for those that can no longer be unsealed: a person has a task instead."""
    if row.frozen is None or not _is_sealed(row, told):
        return row.frozen
    services, request_id = machinery.services, told.meeting.request_id
    try:
        return await identity.open_kept_message(conn, services.keyring, row.partnership, request_id, row.id, row.frozen)
    except SealError as error:
        await outbox.exhaust(conn, row, f"cannot be read: {type(error).__name__}", services.real_now())
        await outcomes.unwritten(conn, services, row, type(error).__name__)
        return None


async def _address(conn: AsyncConnection, machinery: Machinery, row: Claimed, parent: FamilyNow) -> str:
    """Where a parent's message goes. A route that cannot be unsealed is as good as none: raises ValueError."""
    try:
        return await identity.open_route(conn, machinery.services.keyring, row.partnership, parent.id)
    except SealError as error:
        raise ValueError("the route cannot be read") from error


async def _leaks(
    conn: AsyncConnection, machinery: Machinery, row: Claimed, act: Act, told: Told, body: bytes, address: str
) -> bool:
    """Whether the bytes would say who somebody is. The days of the meeting itself are in every message and say
    nothing, though a child may have been born, or be due, on one of them."""
    meeting, agency = told.meeting, told.agency
    if act is Act.SECURE:
        # The one message that is meant to say it: to an inbox that was confirmed, where a named person allowed it.
        return False
    said = [meeting.starts_at, meeting.ends_at, agency.told_starts_at if agency else None]
    # A cancellation or a withdrawal does not repeat the venue, and must not be held back by it.
    ends = {Act.CANCEL_EVENT, Act.CANCELLATION, Act.WITHDRAWAL, Act.ENTRY_OFF}
    free_text = "" if act in ends else meeting.venue
    if told.parent is None and not body.startswith(b"{"):
        # A calendar mail carries the day it is written on, and what its encodings hide is read too.
        said, body = [*said, machinery.services.now()], body + b"\n" + mime.readable(body)
    keyring = machinery.services.keyring
    try:
        words = await identity.forbidden_words(conn, keyring, row.partnership, meeting.request_id)
    except SealError:
        # What cannot be checked is not sent.
        return True
    if told.parent is not None:
        return to_parents.leaks(words, body, meeting, told.parent, act, address)
    return words.found_in(body, free_text, frozenset(local_date(each) for each in said if each))


async def _write(
    conn: AsyncConnection, machinery: Machinery, row: Claimed, act: Act, told: Told, address: str
) -> bytes | None:
    """The bytes of an act; None for an event that nobody would be invited to. Raises ValueError or LookupError."""
    meeting = told.meeting
    match act:
        case Act.CREATE_EVENT | Act.UPDATE_GUESTS:
            guests = await sending.guests(conn, row.partnership, row.meeting_id)
            if not guests and act is Act.CREATE_EVENT and row.frozen is None:
                return None
            # An earlier try may have made it with guests who are to be none any more: then it stands without them.
            return letters.event(meeting, guests) if act is Act.CREATE_EVENT else letters.guest_list(guests)
        case Act.UPDATE_EVENT:
            restores = row.detail.get("about") == "restore"
            change = letters.restored(meeting, row.detail["parts"]) if restores else letters.move(meeting)
            if not row.guests_wait:
                return change
            # Exchange tells every guest of a change, also one that the row behind this takes off the list.
            return letters.with_guests(change, await sending.guests(conn, row.partnership, row.meeting_id))
        case Act.CANCEL_EVENT:
            return letters.cancellation(meeting)
        case _ if told.parent is not None:
            return to_parents.message(machinery.services, act, row, meeting, told.parent, address)
        case Act.CODE if told.agency is not None:
            return letters.code(machinery.services, row, meeting, told.agency)
        case _:
            if told.agency is None:
                raise ValueError("a message without an agency has nobody to go to")
            return await _message(conn, machinery.services, row, act, meeting, told.agency)


async def _message(
    conn: AsyncConnection, services: Services, row: Claimed, act: Act, meeting: MeetingNow, agency: AgencyNow
) -> bytes:
    if act is Act.SECURE:
        why, by = str(row.detail.get("reason", "")), str(row.detail.get("by", ""))
        about = (row.partnership, meeting.reference, agency.requirement_id)
        lines = await secure_mail.lines_to_send(conn, services, *about, reason=why, actor=by)
        return letters.secure(row, meeting, agency, lines)
    part = await calendar_mail.part_of(conn, services, row, act, meeting, agency)
    if part is None:
        return letters.message(services, act, row, meeting, agency)
    written = letters.words_of(services, act, row, meeting, agency)
    return calendar_mail.mail(services, row, meeting, written, part)
