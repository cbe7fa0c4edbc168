"""Hints about an organiser mailbox: something changed, so it is to be read."""

from __future__ import annotations

from uuid import UUID

from service.store.changes import mailboxes as changes
from service.store.queries import mailboxes
from service.store.queries.mailboxes import Mailbox
from service.workflow.ports import Services


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
