"""Reads of which mails of an inbox have been taken in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import mails_seen


@dataclass(frozen=True, slots=True)
class MailSeen:
    """One mail that came up in a round: how often it could not be fetched, since when; when it was taken in."""

    tries: int
    first_tried_at: datetime | None
    taken_in_at: datetime | None


async def seen_of(
    conn: AsyncConnection, partnership: str, mailbox_id: UUID, digests: Collection[str]
) -> dict[str, MailSeen]:
    """What is known of these mails, by their digests; those never met before are left out."""
    m = mails_seen.c
    found = await conn.execute(
        select(m.message_digest, m.tries, m.first_tried_at, m.taken_in_at).where(
            m.partnership_id == partnership, m.mailbox_id == mailbox_id, m.message_digest.in_(list(digests))
        )
    )
    return {row.message_digest: MailSeen(row.tries, row.first_tried_at, row.taken_in_at) for row in found}


async def others_came_since(conn: AsyncConnection, partnership: str, mailbox_id: UUID, since: datetime) -> bool:
    """Whether a mail was taken in at its first try, at that instant or later."""
    m = mails_seen.c
    came = exists().where(
        m.partnership_id == partnership, m.mailbox_id == mailbox_id, m.tries == 0, m.taken_in_at >= since
    )
    return bool(await conn.scalar(select(came)))
