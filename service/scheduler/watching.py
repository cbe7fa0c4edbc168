"""Keeping each mailbox's two subscriptions: to its calendar's events, and to the mail that comes into its inbox.

Graph asks our address to prove itself before it answers, for up to ten seconds each for notifications and for lifecycle
events (learn.microsoft.com/graph/change-notifications-delivery-webhooks). Where the web process is not up yet, or too
busy, that takes twenty seconds and ends in a refusal. So each try is claimed first: two tries at once would each take
the other's subscription for a stale one and delete it. Whoever fails waits longer and longer, answers are polled for
meanwhile, and the operations page says so.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from datetime import timedelta

import structlog

from service.outlook import subscriptions
from service.outlook.errors import GraphError, PermanentConfiguration
from service.outlook.gate import GateClosed
from service.outlook.subscriptions import Step, SubscriptionWish
from service.scheduler.machinery import Machinery
from service.scheduler.parts import side_by_side
from service.store.changes import mailboxes as changes
from service.store.queries import mailboxes
from service.store.queries.mailboxes import Mailbox, Watch

log = structlog.get_logger(__name__)

# Both addresses may take the ten seconds that Graph gives them.
TRY_SECONDS = 22.0
# Graph says that our application may not read mail: it is asked again this much later.
REFUSED_WAIT = timedelta(hours=1)


async def keep_subscriptions(machinery: Machinery) -> int:
    """Create, renew or replace each mailbox's subscriptions; returns how many changed. Graph judges by real time."""
    if not machinery.notification_url:
        return 0
    async with machinery.services.engine.connect() as conn:
        all_of_them = await mailboxes.every_mailbox(conn)
    wanted = [(each, _to_do(machinery, each)) for each in all_of_them if each.state == "active"]
    return sum(await side_by_side([_keep_all(machinery, mailbox, watches) for mailbox, watches in wanted if watches]))


def _to_do(machinery: Machinery, mailbox: Mailbox) -> list[Watch]:
    """Which of its two subscriptions to see to now."""
    now = machinery.graph_now()
    return [
        watch
        for watch in Watch
        if (watch is not Watch.MAIL or _may_watch_mail(machinery, mailbox))
        and subscriptions.next_step(_held(mailbox, watch), now) is not Step.KEEP
    ]


def _may_watch_mail(machinery: Machinery, mailbox: Mailbox) -> bool:
    refused = mailbox.mail_watch_refused_at
    return machinery.reads_mail and (refused is None or machinery.services.now() - refused >= REFUSED_WAIT)


def _held(mailbox: Mailbox, watch: Watch) -> subscriptions.Subscription | None:
    known = mailbox.watch(watch)
    if known.id is None or known.expires_at is None:
        return None
    return subscriptions.Subscription(known.id, known.expires_at)


async def _keep_all(machinery: Machinery, mailbox: Mailbox, watches: list[Watch]) -> int:
    return sum([await _try(machinery, mailbox, watch) for watch in watches])


async def _try(machinery: Machinery, mailbox: Mailbox, watch: Watch) -> bool:
    """One try, where nobody else is at it and its wait is over. Whether the subscription was made or renewed."""
    services = machinery.services
    async with services.engine.begin() as conn:
        if not await changes.claim_watch(conn, mailbox.partnership, mailbox.id, watch, services.real_now()):
            return False
        # Whoever had it before may have done it meanwhile.
        mailbox = await mailboxes.mailbox_by_id(conn, mailbox.id) or mailbox
        if watch not in _to_do(machinery, mailbox):
            now = services.real_now()
            await changes.release_watch(conn, mailbox.partnership, mailbox.id, watch, now)
            return False
    try:
        async with asyncio.timeout(TRY_SECONDS):
            kept, step, state_hash = await _ensure(machinery, mailbox, watch)
    except (GraphError, GateClosed, TimeoutError) as error:
        # Polling stands in meanwhile.
        await _not_kept(machinery, mailbox, watch, error)
        return False
    async with services.engine.begin() as conn:
        saved = changes.Subscription(kept.id, state_hash, kept.expires_at)
        await changes.save_subscription(conn, mailbox.partnership, mailbox.id, saved, watch)
        if watch is Watch.MAIL and mailbox.mail_watch_refused_at is not None:
            await changes.mail_watch_refused(conn, mailbox.partnership, mailbox.id, None)
    if step is Step.CREATE:
        # Nobody was listening before: whatever happened meanwhile must be read.
        await services.wake.mailbox(mailbox.id)
    return True


async def _ensure(
    machinery: Machinery, mailbox: Mailbox, watch: Watch
) -> tuple[subscriptions.Subscription, Step, bytes]:
    """The subscription, what was done to it, and the digest of the secret that proves its notifications."""
    client_state = secrets.token_urlsafe(48)
    urls = machinery.notification_url, machinery.lifecycle_url
    wish = SubscriptionWish(mailbox.address, *urls, client_state, mail=watch is Watch.MAIL)
    held, graph = _held(mailbox, watch), machinery.graph(mailbox.id)
    kept, step = await subscriptions.ensure(graph, wish, held, machinery.graph_now())
    known = mailbox.watch(watch).client_state_hash
    if step is Step.CREATE or known is None:
        known = hashlib.sha256(client_state.encode()).digest()
    return kept, step, known


async def _not_kept(machinery: Machinery, mailbox: Mailbox, watch: Watch, error: Exception) -> None:
    services, said = machinery.services, str(error) or type(error).__name__
    log.warning("subscription not kept", mailbox=str(mailbox.id), what=str(watch), why=said)
    async with services.engine.begin() as conn:
        if isinstance(error, GateClosed):
            # Graph was not asked, so nothing is known against it.
            again_at = services.real_now() + timedelta(seconds=error.retry_after)
            await changes.release_watch(conn, mailbox.partnership, mailbox.id, watch, again_at)
            return
        await changes.watch_failed(conn, mailbox.partnership, mailbox.id, watch, said, services.real_now())
        if watch is Watch.MAIL and isinstance(error, PermanentConfiguration):
            await changes.mail_watch_refused(conn, mailbox.partnership, mailbox.id, services.now())
