"""Whether what a page shows of Outlook is old, from when the jobs last ended well and when Outlook was last read."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.queries.health import every_heartbeat
from service.store.queries.mailboxes import last_reads
from service.web.stale import stale_words, unread_words
from service.workflow.ports import Services


async def stale_now(services: Services, conn: AsyncConnection, partnership: str) -> str:
    """The warning above a page of this partnership, in words; empty while all is read and sent."""
    beats = [beat.last_success_at for beat in await every_heartbeat(conn)]
    now = services.now()
    return stale_words(beats, services.real_now()) or unread_words(
        await last_reads(conn, partnership, now, mail=services.reads_mail), now, services.reading_late_after
    )
