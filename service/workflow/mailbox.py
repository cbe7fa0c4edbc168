"""Hints about an organiser mailbox: something changed, so it is to be read, or its subscription needs care."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from service.store.changes import mailboxes as changes
from service.store.queries import mailboxes
from service.store.queries.mailboxes import Mailbox, Watch
from service.workflow.ports import Services

# Well inside the time before its end at which upkeep renews a subscription.
_SOON = timedelta(hours=1)


async def by_subscription(services: Services, subscription_id: str) -> Mailbox | None:
    """The mailbox a Graph subscription watches, or None when we know no such subscription."""
    async with services.engine.connect() as conn:
        return await mailboxes.mailbox_by_subscription(conn, subscription_id)


async def note_change(services: Services, mailbox_id: UUID) -> None:
    """Keep the hint in the database, then wake a worker. A lost wake costs time, not the answer."""
    async with services.engine.begin() as conn:
        mailbox = await mailboxes.mailbox_by_id(conn, mailbox_id)
        if mailbox is None:
            return
        await changes.want_read(conn, mailbox.partnership, mailbox_id, services.now())
    await services.wake.mailbox(mailbox_id)


async def note_lifecycle(services: Services, mailbox_id: UUID, kind: str, watch: Watch = Watch.EVENTS) -> None:
    """What Graph says of the subscription itself, by its own word. Upkeep makes a new one for one that was removed, and
    renews one that must be authorised again; whatever came, something may have been missed, so the mailbox is read
    (learn.microsoft.com/graph/change-notifications-lifecycle-events)."""
    async with services.engine.begin() as conn:
        mailbox = await mailboxes.mailbox_by_id(conn, mailbox_id)
        if mailbox is None:
            return
        if kind == "subscriptionRemoved":
            await changes.save_subscription(conn, mailbox.partnership, mailbox_id, None, watch)
        elif kind == "reauthorizationRequired":
            await changes.hasten_renewal(conn, mailbox.partnership, mailbox_id, services.now() + _SOON, watch)
    await note_change(services, mailbox_id)
