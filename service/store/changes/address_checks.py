"""Writes of the new addresses of the directory: given, coded, mailed, confirmed or dropped. The rows of one partnership
are changed under the lock of its row, as the directory is; the mail of a code is claimed by compare-and-set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import address_checks, inboxes, partnerships

LEASE = timedelta(seconds=60)
_C = address_checks.c


@dataclass(frozen=True, slots=True)
class CodeMail:
    """A code that this worker mails now. ``attempts`` counts this try; ``draft`` is what an earlier one left."""

    id: UUID
    partnership: str
    number: int
    attempts: int
    draft: str
    lease_until: datetime


async def hold_directory(conn: AsyncConnection, partnership: str) -> None:
    """Let nobody else change this partnership's directory until this transaction ends."""
    await conn.execute(select(partnerships.c.id).where(partnerships.c.id == partnership).with_for_update())


async def add(conn: AsyncConnection, partnership: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep new addresses."""
    if rows:
        await conn.execute(insert(address_checks), [dict(row) | {"partnership_id": partnership} for row in rows])


async def end(conn: AsyncConnection, partnership: str, check_id: UUID, values: Mapping[str, Any]) -> bool:
    """Confirm or drop one; False when it waits no more."""
    done = await conn.execute(
        update(address_checks)
        .where(_C.partnership_id == partnership, _C.id == check_id, _C.state == "open")
        .values(**values)
    )
    return done.rowcount == 1


async def count_wrong(conn: AsyncConnection, partnership: str, check_id: UUID) -> None:
    """Count a wrong code."""
    await conn.execute(
        update(address_checks).where(_C.partnership_id == partnership, _C.id == check_id).values(wrong=_C.wrong + 1)
    )


async def renew(conn: AsyncConnection, partnership: str, check_id: UUID, real_now: datetime) -> None:
    """A new code, to be mailed: the one before works no more."""
    await conn.execute(
        update(address_checks)
        .where(_C.partnership_id == partnership, _C.id == check_id, _C.state == "open")
        .values(
            number=_C.number + 1,
            wrong=0,
            coded_at=real_now,
            mail_state="waiting",
            attempts=0,
            next_try_at=real_now,
            lease_until=None,
            draft="",
            last_error=None,
        )
    )


async def set_channel(conn: AsyncConnection, partnership: str, check_id: UUID, channel: str) -> None:
    """How the inbox is to be asked once this address holds."""
    await conn.execute(
        update(address_checks).where(_C.partnership_id == partnership, _C.id == check_id).values(channel=channel)
    )


async def set_inbox(conn: AsyncConnection, partnership: str, inbox_id: UUID, values: Mapping[str, Any]) -> None:
    """What of an inbox follows from a confirmed address."""
    await conn.execute(
        update(inboxes).where(inboxes.c.partnership_id == partnership, inboxes.c.id == inbox_id).values(**values)
    )


async def take_over(conn: AsyncConnection, partnership: str, old: UUID, new: UUID) -> None:
    """The inbox under its new address sits at the desk that the old one shared, and what waits for the old waits for
    it."""
    i = inboxes.c
    desk = select(i.desk_id).where(i.partnership_id == partnership, i.id == old).scalar_subquery()
    await conn.execute(update(inboxes).where(i.partnership_id == partnership, i.id == new).values(desk_id=desk))
    await conn.execute(
        update(address_checks)
        .where(_C.partnership_id == partnership, _C.inbox_id == old, _C.state == "open")
        .values(inbox_id=new)
    )


async def due_mails(conn: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    """The codes that are to be mailed now, for a sweep over every partnership."""
    found = await conn.execute(
        select(_C.id)
        .where(_C.state == "open", _C.mail_state == "waiting", _C.next_try_at <= now)
        .where(or_(_C.lease_until.is_(None), _C.lease_until <= now))
        .order_by(_C.next_try_at)
        .limit(limit)
    )
    return [row.id for row in found]


async def claim_mail(conn: AsyncConnection, check_id: UUID, now: datetime) -> CodeMail | None:
    """Take one code's mail, if it is due and nobody holds it."""
    until = now + LEASE
    found = await conn.execute(
        update(address_checks)
        .where(_C.id == check_id, _C.state == "open", _C.mail_state == "waiting", _C.next_try_at <= now)
        .where(or_(_C.lease_until.is_(None), _C.lease_until <= now))
        .values(lease_until=until, attempts=_C.attempts + 1)
        .returning(_C.id, _C.partnership_id, _C.number, _C.attempts, _C.draft)
    )
    row = found.one_or_none()
    return None if row is None else CodeMail(row.id, row.partnership_id, row.number, row.attempts, row.draft, until)


async def remember_draft(conn: AsyncConnection, partnership: str, mail: CodeMail, draft: str) -> bool:
    """Keep the draft's id before it is sent; False when another worker has taken the mail over."""
    done = await conn.execute(
        update(address_checks).where(_C.partnership_id == partnership, *_held(mail)).values(draft=draft)
    )
    return done.rowcount == 1


async def end_mail(
    conn: AsyncConnection, partnership: str, mail: CodeMail, state: str, error: str | None = None
) -> bool:
    """The code was handed over, or needs a person; False when another worker has taken the mail over."""
    done = await conn.execute(
        update(address_checks)
        .where(_C.partnership_id == partnership, *_held(mail))
        .values(mail_state=state, last_error=error, lease_until=None)
    )
    return done.rowcount == 1


async def defer_mail(
    conn: AsyncConnection, partnership: str, mail: CodeMail, at: datetime, error: str, *, burn: bool
) -> None:
    """Try again later; ``burn`` False gives the try back, but never the first."""
    attempts = _C.attempts if burn else case((_C.attempts > 1, _C.attempts - 1), else_=1)
    await conn.execute(
        update(address_checks)
        .where(_C.partnership_id == partnership, *_held(mail))
        .values(next_try_at=at, last_error=error, lease_until=None, attempts=attempts)
    )


def _held(mail: CodeMail) -> tuple[Any, ...]:
    return (_C.id == mail.id, _C.number == mail.number, _C.lease_until == mail.lease_until)
