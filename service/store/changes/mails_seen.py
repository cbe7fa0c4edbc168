"""Writes of which mails of an inbox have been taken in, so that a round of reading may stop anywhere and go on."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.queries.mails_seen import MailSeen
from service.store.tables import mails_seen

_KEY = ("mailbox_id", "message_digest")


async def taken_in(conn: AsyncConnection, partnership: str, mailbox_id: UUID, digest: str, now: datetime) -> None:
    """A mail has become what it was to become; no round fetches it again."""
    row = {"partnership_id": partnership, "mailbox_id": mailbox_id, "message_digest": digest, "taken_in_at": now}
    await conn.execute(
        insert(mails_seen).values(**row).on_conflict_do_update(index_elements=_KEY, set_={"taken_in_at": now})
    )


async def count_try(conn: AsyncConnection, partnership: str, mailbox_id: UUID, digest: str, now: datetime) -> MailSeen:
    """A mail could not be fetched; how often that was, and since when."""
    row = {"partnership_id": partnership, "mailbox_id": mailbox_id, "message_digest": digest}
    again = {
        "tries": mails_seen.c.tries + 1,
        "first_tried_at": func.coalesce(mails_seen.c.first_tried_at, now),
    }
    counted = await conn.execute(
        insert(mails_seen)
        .values(**row, tries=1, first_tried_at=now)
        .on_conflict_do_update(index_elements=_KEY, set_=again)
        .returning(mails_seen.c.tries, mails_seen.c.first_tried_at, mails_seen.c.taken_in_at)
    )
    return MailSeen(*counted.one())


async def forget(conn: AsyncConnection, partnership: str, mailbox_id: UUID, before: datetime) -> None:
    """Forget the mails taken in before an instant to which no round looks back."""
    m = mails_seen.c
    await conn.execute(
        delete(mails_seen).where(m.partnership_id == partnership, m.mailbox_id == mailbox_id, m.taken_in_at < before)
    )
