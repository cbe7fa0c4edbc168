"""Reads the mail that came into an organiser's mailbox, each mail by itself and page by page.

A page's link is saved once all its mails are taken in, and every mail is remembered by a digest, so a round stops
anywhere, by itself before its job would be ended, and goes on next time. A mail that cannot be fetched holds up
neither the others nor the link for longer than a few rounds: then a person is asked to read it in Outlook.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.incoming_mail import LARGEST
from service.outlook.adapter import GraphCalls
from service.outlook.errors import (
    Ambiguous,
    Gone,
    GraphError,
    NotReached,
    PermanentConfiguration,
    PermanentData,
    Throttled,
)
from service.outlook.gate import GateClosed
from service.outlook.read_mail import MailArrived, read_mime, read_page
from service.scheduler.machinery import Machinery
from service.scheduler.places import is_away, place_of
from service.store.changes import mailboxes as changes
from service.store.changes import mails_seen
from service.store.queries import mailboxes
from service.store.queries import mails_seen as known
from service.store.queries.mailboxes import Mailbox
from service.store.queries.mails_seen import MailSeen
from service.workflow.incoming import CameIn, take_in, take_in_unread

log = structlog.get_logger(__name__)

LOOK_BACK = timedelta(days=1)
"""How far back of the last whole round (or of now, without one) a round goes that begins anew."""
ROUND_SECONDS = 35.0
"""Real seconds after which a round begins nothing more, and how long one mail may take. Together with one page (30 s at
worst, but then no mail was fetched) they stay within the job's 55."""
MAIL_SECONDS = 12.0
MOST_TRIES = 3
DOUBT = timedelta(minutes=10)
"""While no other mail can be fetched either, Outlook may be at fault: then tries alone do not give a mail up."""
_MOST_PAGES = 200


@dataclass(slots=True)
class _Round:
    """One round. ``until`` is the loop's time; ``taken`` counts the mails that are done with."""

    machinery: Machinery
    mailbox: Mailbox
    graph: GraphCalls
    until: float
    taken: int = 0

    @property
    def is_over(self) -> bool:
        return asyncio.get_running_loop().time() >= self.until


async def read_mail(machinery: Machinery, mailbox_id: UUID, seconds: float = ROUND_SECONDS) -> int:
    """Take in what came into one mailbox; returns how many mails. Graph being away is left to the next sweep."""
    if not machinery.reads_mail:
        return 0
    async with machinery.services.engine.connect() as conn:
        mailbox = await mailboxes.mailbox_by_id(conn, mailbox_id)
    if mailbox is None or mailbox.state != "active":
        return 0
    until = asyncio.get_running_loop().time() + seconds
    reading = _Round(machinery, mailbox, machinery.graph(mailbox_id), until)
    try:
        await _read(reading)
    except (GraphError, GateClosed) as error:
        log.warning("mail not read", mailbox=str(mailbox_id), why=str(error))
    return reading.taken


async def _read(reading: _Round) -> None:
    mailbox, began, link, whole = reading.mailbox, reading.machinery.graph_now(), reading.mailbox.mail_link, True
    since = min(began, mailbox.mail_read_at or began) - LOOK_BACK
    for _ in range(_MOST_PAGES):
        page = await read_page(reading.graph, mailbox.address, link, since)
        # What a page leaves open is found again from the link before it; the pages after it are read all the same.
        whole = await _take_in_all(reading, page.mails) and whole
        if whole and not await _save(reading, link, page.link, began if page.ended else None, since):
            return
        if page.ended or reading.is_over:
            return
        link = page.link


async def _save(reading: _Round, before: str | None, link: str, ended: datetime | None, since: datetime) -> bool:
    mailbox = reading.mailbox
    async with reading.machinery.services.engine.begin() as conn:
        saved = await changes.save_mail_link(
            conn, mailbox.partnership, mailbox.id, link, before=before, whole_round=ended
        )
        if saved and ended is not None:
            await mails_seen.forget(conn, mailbox.partnership, mailbox.id, since - LOOK_BACK)
    return saved


async def _take_in_all(reading: _Round, mails: Sequence[MailArrived]) -> bool:
    """Take in the mails of a page that are not known yet; whether none of them is left."""
    mailbox, by_digest = reading.mailbox, {_digest(mail.graph_id): mail for mail in mails}
    async with reading.machinery.services.engine.connect() as conn:
        seen = await known.seen_of(conn, mailbox.partnership, mailbox.id, by_digest)
    new = [digest for digest in by_digest if digest not in seen]
    # Those that have failed come last, so that what keeps us waiting keeps nobody else waiting.
    again = sorted((each.tries, digest) for digest, each in seen.items() if each.taken_in_at is None)
    whole = True
    for digest in [*new, *(digest for _, digest in again)]:
        if reading.is_over:
            return False
        whole = await _take_in(reading, digest, by_digest[digest]) and whole
    return whole


async def _take_in(reading: _Round, digest: str, mail: MailArrived) -> bool:
    """One mail; whether it is done with. Raises what ends the round: a throttle, a closed gate, Graph out of reach, and
    rights refused."""
    services, mailbox = reading.machinery.services, reading.mailbox
    received = mail.received_at or services.now()
    try:
        async with asyncio.timeout(MAIL_SECONDS):
            raw = await read_mime(reading.graph, mailbox.address, mail.graph_id, LARGEST)
    except Gone:
        # Somebody moved or deleted it in Outlook, so somebody has seen it.
        return await _done(reading, digest)
    except (Throttled, NotReached):
        raise
    except TimeoutError:
        error: GraphError = Ambiguous("Timeout")
    except GraphError as failed:
        error = failed
    else:
        await _understood(reading, CameIn(mail.graph_id, received, raw))
        return await _done(reading, digest)
    if await _to_be_tried_again(reading, digest, error):
        if isinstance(error, PermanentConfiguration):
            raise error
        return False
    found = f"From: {mail.sender}\nSubject: {mail.subject}\nReceived: {received.isoformat()}\n"
    sentence = "Outlook does not hand the mail over. Read it in Outlook."
    await take_in_unread(services, mailbox.partnership, CameIn(mail.graph_id, received, found.encode()), sentence)
    return await _done(reading, digest)


async def _to_be_tried_again(reading: _Round, digest: str, error: GraphError) -> bool:
    machinery, mailbox = reading.machinery, reading.mailbox
    async with machinery.services.engine.begin() as conn:
        seen = await mails_seen.count_try(conn, mailbox.partnership, mailbox.id, digest, machinery.graph_now())
        hopeless = isinstance(error, PermanentData) or await _is_hopeless(conn, reading, seen)
    log.warning("mail not fetched", mailbox=str(mailbox.id), tries=seen.tries, why=str(error), given_up=hopeless)
    return not hopeless


async def _is_hopeless(conn: AsyncConnection, reading: _Round, seen: MailSeen) -> bool:
    """Whether it is the mail that is at fault: tried often enough, and others were handed over, or for a long time."""
    if seen.tries < MOST_TRIES or seen.first_tried_at is None:
        return False
    machinery, mailbox = reading.machinery, reading.mailbox
    if machinery.graph_now() - seen.first_tried_at >= machinery.business(DOUBT):
        return True
    return await known.others_came_since(conn, mailbox.partnership, mailbox.id, seen.first_tried_at)


async def _understood(reading: _Round, came_in: CameIn) -> None:
    """One that our own code fails on becomes an item for a person, and stops no other."""
    services, mailbox = reading.machinery.services, reading.mailbox
    try:
        became = await take_in(services, mailbox.partnership, came_in)
    except Exception as error:
        if is_away(error):
            raise
        log.error("mail not understood", mailbox=str(mailbox.id), error=type(error).__name__, place=place_of(error))
        await take_in_unread(services, mailbox.partnership, came_in)
        return
    log.info("mail taken in", mailbox=str(mailbox.id), became=str(became))


async def _done(reading: _Round, digest: str) -> bool:
    mailbox, machinery = reading.mailbox, reading.machinery
    async with machinery.services.engine.begin() as conn:
        await mails_seen.taken_in(conn, mailbox.partnership, mailbox.id, digest, machinery.graph_now())
    reading.taken += 1
    return True


def _digest(graph_id: str) -> str:
    return hashlib.sha256(graph_id.encode()).hexdigest()
