"""Reads the mail that came into an organiser's mailbox. The link is saved only after all of a round is taken in."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import structlog

from service.outlook.errors import Gone, GraphError
from service.outlook.gate import GateClosed
from service.outlook.read_mail import MailArrived, read_arrivals, read_mime
from service.scheduler.machinery import Machinery
from service.scheduler.stumbles import is_away, place_of
from service.store.changes import mailboxes as changes
from service.store.queries import mailboxes
from service.store.queries.mailboxes import Mailbox
from service.workflow.incoming import CameIn, take_in, take_in_unread

log = structlog.get_logger(__name__)

LOOK_BACK = timedelta(days=1)
"""How far back the first round of a mailbox goes."""


async def read_mail(machinery: Machinery, mailbox_id: UUID) -> int:
    """Take in what came into one mailbox; returns how many mails. Graph being away is left to the next sweep."""
    if not machinery.reads_mail:
        return 0
    async with machinery.services.engine.connect() as conn:
        mailbox = await mailboxes.mailbox_by_id(conn, mailbox_id)
    if mailbox is None or mailbox.state != "active":
        return 0
    graph = machinery.graph(mailbox_id)
    try:
        since = machinery.graph_now() - LOOK_BACK
        arrived = await read_arrivals(graph, mailbox.address, mailbox.mail_link, since)
        for mail in arrived.mails:
            await _take_in(machinery, mailbox, mail)
    except (GraphError, GateClosed) as error:
        log.warning("mail not read", mailbox=str(mailbox_id), why=str(error))
        return 0
    async with machinery.services.engine.begin() as conn:
        await changes.save_mail_read(conn, mailbox.partnership, mailbox_id, arrived.link)
    return len(arrived.mails)


async def _take_in(machinery: Machinery, mailbox: Mailbox, mail: MailArrived) -> None:
    """One mail. One that our own code fails on becomes an item for a person, and stops no other."""
    services = machinery.services
    try:
        raw = await read_mime(machinery.graph(mailbox.id), mailbox.address, mail.graph_id)
    except Gone:
        # Somebody moved or deleted it in Outlook, so somebody has seen it.
        return
    came_in = CameIn(mail.graph_id, mail.received_at or services.now(), raw)
    try:
        became = await take_in(services, mailbox.partnership, came_in)
    except Exception as error:
        if is_away(error):
            raise
        log.error("mail not understood", mailbox=str(mailbox.id), error=type(error).__name__, place=place_of(error))
        await take_in_unread(services, mailbox.partnership, came_in)
        return
    log.info("mail taken in", mailbox=str(mailbox.id), became=str(became))
