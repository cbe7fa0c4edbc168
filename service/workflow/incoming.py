"""Mail that came into an organiser's mailbox, put where it belongs. Read twice, it is taken in once.

Nothing of a mail is believed: an answer counts for the address that was invited and sent it, by the word of the
mailbox's own Exchange; what cannot be placed or vouched for is kept, sealed, in front of a person.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from service.domain.answers import WORDS, Answer, Way
from service.domain.calendar_reply import CalendarReply, RefusedReplyError, method_of, read_reply, uid_seen
from service.domain.incoming_mail import Incoming, UnreadableMailError, read_incoming
from service.store.changes import meetings
from service.store.queries import calendar_mails, events
from service.store.queries.calendar_mails import CalendarEntry
from service.store.queries.mail_to_read import Belongs, place_of_address
from service.workflow.errors import NameRefusedError
from service.workflow.held import hold_item
from service.workflow.mail_to_read import belongs_to, keep_mail
from service.workflow.ports import Services
from service.workflow.reply import GivenAnswer, record_answer

ACTOR = "mail"
_DOOR = "mail"
_KEPT = 64 * 1024


class Became(StrEnum):
    """What a mail became."""

    ANSWER = "answer"
    OUTLOOKS = "outlooks"
    HELD = "held"
    TO_READ = "to_read"


@dataclass(frozen=True, slots=True, repr=False)
class CameIn:
    """One mail as it lies in a mailbox."""

    graph_id: str
    received_at: datetime
    raw: bytes


async def take_in(services: Services, partnership: str, mail: CameIn) -> Became:
    """Put one mail where it belongs."""
    try:
        # Reading a large mail takes a while, and nobody else should wait for it.
        read = await asyncio.to_thread(read_incoming, mail.raw)
    except UnreadableMailError as refused:
        return await _hold(services, partnership, mail, "unreadable_mail", str(refused))
    if read.calendar is not None and method_of(read.calendar) in {"REPLY", "COUNTER"}:
        return await _calendar(services, partnership, mail, read, read.calendar)
    return await _to_read(services, partnership, mail, read)


async def _to_read(services: Services, partnership: str, mail: CameIn, read: Incoming) -> Became:
    async with services.engine.connect() as conn:
        belongs = await belongs_to(conn, partnership, read)
    if belongs is None:
        return await _hold(services, partnership, mail, "mail", "The mail names no meeting and answers none of ours.")
    await keep_mail(services, partnership, belongs, read, mail.graph_id, mail.received_at)
    return Became.TO_READ


async def _words_beside(services: Services, partnership: str, mail: CameIn, read: Incoming, meeting_id: UUID) -> None:
    """Words typed beside an answer are read by a person: they may say more than yes or no."""
    if not read.words.strip():
        return
    async with services.engine.connect() as conn:
        place = await place_of_address(conn, partnership, meeting_id, (read.sender,))
    await keep_mail(services, partnership, Belongs(meeting_id, place), read, mail.graph_id, mail.received_at)


async def take_in_unread(
    services: Services, partnership: str, mail: CameIn, sentence: str = "The mail could not be taken in."
) -> Became:
    """Keep a mail for a person that the code itself failed on, or that could not be fetched, once."""
    return await _hold(services, partnership, mail, "unreadable_mail", sentence)


async def _calendar(services: Services, partnership: str, mail: CameIn, read: Incoming, calendar: bytes) -> Became:
    async with services.engine.connect() as conn:
        outlooks = await events.meeting_of_uid(conn, partnership, uid_seen(calendar))
    if outlooks is not None:
        # Exchange has put it on the event already, where it is read with all other answers.
        await _words_beside(services, partnership, mail, read, outlooks)
        return Became.OUTLOOKS
    try:
        reply = read_reply(calendar, read.sender)
    except RefusedReplyError as refused:
        return await _hold(services, partnership, mail, "calendar_mail", str(refused))
    if not read.vouched:
        return await _unvouched(services, partnership, mail, read, reply)
    return await _answer(services, partnership, mail, read, reply)


async def _unvouched(
    services: Services, partnership: str, mail: CameIn, read: Incoming, reply: CalendarReply
) -> Became:
    """An answer that anybody may have sent in the agency's name is read by a person, who can phone."""
    meeting_id = _uuid(reply.uid)
    async with services.engine.begin() as conn:
        meeting = None if meeting_id is None else await meetings.lock_meeting_by_id(conn, partnership, meeting_id)
        if meeting is None:
            place = None
        else:
            place = await place_of_address(conn, partnership, meeting.id, (reply.address,))
    if meeting is None:
        sentence = "The answer is to no calendar mail that was sent to that address."
        return await _hold(services, partnership, mail, "calendar_mail", sentence)
    asked = f"for {reply.proposed_start.isoformat()}" if reply.proposed_start else ""
    said = " ".join(filter(None, ("A calendar's answer:", WORDS[reply.answer], reply.deputy, asked)))
    shown = replace(read, words="\n\n".join(filter(None, (said, reply.comment, read.words.strip()))))
    belongs = Belongs(meeting.id, place)
    await keep_mail(services, partnership, belongs, shown, mail.graph_id, mail.received_at)
    return Became.TO_READ


async def _answer(services: Services, partnership: str, mail: CameIn, read: Incoming, reply: CalendarReply) -> Became:
    meeting_id = _uuid(reply.uid)
    async with services.engine.begin() as conn:
        meeting = None if meeting_id is None else await meetings.lock_meeting_by_id(conn, partnership, meeting_id)
        entry = meeting and await calendar_mails.entry_at(conn, partnership, meeting.id, reply.address)
    if meeting is None or not entry:
        sentence = "The answer is to no calendar mail that was sent to that address."
        return await _hold(services, partnership, mail, "calendar_mail", sentence)
    if reply.sequence is not None and reply.sequence > entry.sequence:
        return await _hold(services, partnership, mail, "calendar_mail", "The answer is to a mail never sent.")
    try:
        await record_answer(services, partnership, meeting.reference, _given(mail, reply, entry), actor=ACTOR)
    except NameRefusedError:
        # A task tells the officer; whoever was named must not be.
        return Became.ANSWER
    await _words_beside(services, partnership, mail, read, meeting.id)
    return Became.ANSWER


def _given(mail: CameIn, reply: CalendarReply, entry: CalendarEntry) -> GivenAnswer:
    said_at = reply.stamped_at or mail.received_at
    sequence = "" if reply.sequence is None else str(reply.sequence)
    return GivenAnswer(
        answer=reply.answer,
        way=Way.CALENDAR_MAIL,
        # A clock that runs ahead would outlive every later answer.
        answered_at=min(said_at, mail.received_at),
        natural_key=f"calendar_mail:{reply.address}:{reply.answer}:{sequence}:{said_at.isoformat()}",
        address=reply.address,
        version=_version(reply, entry),
        reason=reply.deputy if reply.answer is Answer.DEPUTY else "",
        comment=reply.comment,
        proposed_start=reply.proposed_start,
    )


def _version(reply: CalendarReply, entry: CalendarEntry) -> int:
    """Which invitation it answers. A SEQUENCE from before the meeting moved answers an earlier time."""
    if reply.sequence is not None and reply.sequence < entry.version_sequence:
        return max(1, entry.version - 1)
    return entry.version


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


async def _hold(services: Services, partnership: str, mail: CameIn, kind: str, sentence: str) -> Became:
    digest = hashlib.sha256(mail.graph_id.encode()).hexdigest()[:32]
    await hold_item(
        services, partnership, door=_DOOR, delivery_id=digest, kind=kind, problem=sentence, body=mail.raw[:_KEPT]
    )
    return Became.HELD
