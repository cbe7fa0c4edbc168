"""Mails the codes that confirm new addresses of the directory, and sees to those that nobody confirms.

The row that waits is the intent, because it belongs to no meeting and so has no place in the outbox. The rest is as in
the outbox: claimed by compare-and-set, through the gate, a draft that is remembered before it is sent, so that no code
leaves twice. What a mail says follows from its row alone, so no bytes are kept: every try writes the same.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain import messages
from service.domain.london import local_date
from service.domain.new_addresses import LIFE, is_late
from service.domain.roles import words as role_words
from service.outlook import render, send
from service.outlook.errors import Ambiguous, GraphError
from service.outlook.gate import GateClosed
from service.scheduler import outcomes
from service.scheduler.machinery import Machinery
from service.scheduler.retries import Then, follow
from service.store.chain import JSON
from service.store.changes import address_checks, audit, handed, tasks
from service.store.changes.address_checks import CodeMail
from service.store.queries import address_checks as reads
from service.store.queries.address_checks import Asked
from service.store.queries.mailboxes import Mailbox, mailbox_by_id, organiser
from service.store.queries.partnerships import every_partnership
from service.store.queries.sending import recipients_lately
from service.workflow.new_addresses import late_task, link_of, words_of_code
from service.workflow.ports import Services

log = structlog.get_logger(__name__)

# A few at each tick: an import may bring hundreds, and nobody waits for these as they do for an invitation.
_AT_A_TIME = 10
_NO_MAILBOX = timedelta(seconds=30)


async def keep_addresses(machinery: Machinery) -> int:
    """Mail the codes that are due and open the tasks about addresses that wait too long; returns how many it mailed."""
    services = machinery.services
    async with services.engine.connect() as conn:
        due = await address_checks.due_mails(conn, services.real_now(), _AT_A_TIME)
    mailed = 0
    for check_id in due:
        mailed += await mail_code(machinery, check_id)
    await _late(services)
    return mailed


async def mail_code(machinery: Machinery, check_id: UUID) -> bool:
    """Mail one code, if it is due; whether it left."""
    services = machinery.services
    async with services.engine.begin() as conn:
        mail = await address_checks.claim_mail(conn, check_id, services.real_now())
        if mail is None:
            return False
        asked = await reads.asked(conn, mail.partnership, check_id)
        mailbox = await _mailbox(conn, mail.partnership)
        full = mailbox is not None and await _day_is_full(conn, machinery, mailbox)
    if asked is None:
        return False
    if mailbox is None:
        await _defer(services, mail, _NO_MAILBOX, "no organiser mailbox works", burn=False)
        return False
    if full:
        await _defer(services, mail, outcomes.FULL_WAIT, "recipients_per_day", burn=False)
        return False
    try:
        await _hand_over(machinery, mail, asked, mailbox)
    except GateClosed as closed:
        await _defer(services, mail, timedelta(seconds=closed.retry_after), str(closed), burn=False)
        return False
    except GraphError as error:
        await _failed(services, mail, asked, mailbox, error)
        return False
    async with services.engine.begin() as conn:
        if await address_checks.end_mail(conn, mail.partnership, mail, "sent"):
            await handed.count_recipients(conn, mail.partnership, mailbox.id, local_date(services.now()), 1)
            await _audited(services, conn, mail, asked, audit.Action.ADDRESS_CODE_SENT)
    log.info("address code sent", check=str(mail.id), attempts=mail.attempts)
    return True


async def _mailbox(conn: AsyncConnection, partnership: str) -> Mailbox | None:
    found = await organiser(conn, partnership)
    mailbox = await mailbox_by_id(conn, found) if found else None
    return mailbox if mailbox is not None and mailbox.state == "active" else None


async def _day_is_full(conn: AsyncConnection, machinery: Machinery, mailbox: Mailbox) -> bool:
    """Whether meetings need what the mailbox may still send today: nobody waits for these as for an invitation."""
    day = local_date(machinery.services.now())
    sent = await recipients_lately(conn, mailbox.partnership, mailbox.id, day)
    return sent >= machinery.recipients_for_all


async def _hand_over(machinery: Machinery, mail: CodeMail, asked: Asked, mailbox: Mailbox) -> None:
    services = machinery.services

    async def remember(draft: str) -> None:
        async with services.engine.begin() as conn:
            if not await address_checks.remember_draft(conn, mail.partnership, mail, f"{mailbox.id}:{draft}"):
                # Whoever took the mail over finds the draft by its key and sends it.
                raise Ambiguous("LeaseLost")

    box, _, drafted = mail.draft.partition(":")
    await send.hand_over_message(
        machinery.graph(mailbox.id),
        mailbox.address,
        _letter(services, mail, asked),
        _key(mail),
        remember,
        # A draft lies in one mailbox; from another it is written anew.
        drafted=drafted if box == str(mailbox.id) else "",
        look_first=mail.attempts > 1,
    )


def _key(mail: CodeMail) -> str:
    return f"{mail.id}-{mail.number}"


def _letter(services: Services, mail: CodeMail, asked: Asked) -> bytes:
    sender = messages.Sender(asked.service_name, asked.service_address, asked.service_phone)
    written = messages.address_code(
        sender,
        agency=role_words(asked.role),
        inbox=asked.inbox,
        code=words_of_code(services.links, asked.check),
        days=LIFE.days,
        link=link_of(services.links, mail.partnership, mail.id),
    )
    return render.message_bytes(
        render.MessageDraft(asked.check.address, asked.inbox, written.subject, written.text, _key(mail))
    )


async def _failed(services: Services, mail: CodeMail, asked: Asked, mailbox: Mailbox, error: GraphError) -> None:
    then = follow(error, mail.attempts)
    log.warning("address code failed", check=str(mail.id), error=str(error), then=str(then.then))
    if then.then is not Then.GIVE_TO_A_PERSON:
        await _defer(services, mail, then.after, str(error), burn=True)
        if then.then is Then.STOP_MAILBOX:
            async with services.engine.begin() as conn:
                await outcomes.stop(conn, services, mail.partnership, mailbox.id, str(error))
        return
    async with services.engine.begin() as conn:
        if await address_checks.end_mail(conn, mail.partnership, mail, "failed", str(error)):
            await tasks.open_once(conn, [late_task(mail.partnership, asked, services.now())], by=outcomes.ACTOR)
            await _audited(services, conn, mail, asked, audit.Action.ADDRESS_CODE_FAILED)


async def _defer(services: Services, mail: CodeMail, after: timedelta, error: str, *, burn: bool) -> None:
    async with services.engine.begin() as conn:
        await address_checks.defer_mail(conn, mail.partnership, mail, services.real_now() + after, error, burn=burn)


async def _late(services: Services) -> None:
    now = services.now()
    async with services.engine.begin() as conn:
        for partnership in await every_partnership(conn):
            late = [each for each in await reads.open_checks(conn, partnership.id) if is_late(each.asked_at, now)]
            for check in late:
                asked = await reads.asked(conn, partnership.id, check.id)
                if asked is not None:
                    await tasks.open_once(conn, [late_task(partnership.id, asked, now)], by=outcomes.ACTOR)


async def _audited(
    services: Services, conn: AsyncConnection, mail: CodeMail, asked: Asked, action: audit.Action
) -> None:
    data: dict[str, JSON] = {"inbox": str(asked.check.inbox_id), "check": str(mail.id), "attempts": mail.attempts}
    await audit.append(conn, [audit.Event(mail.partnership, None, services.now(), outcomes.ACTOR, action, data)])
