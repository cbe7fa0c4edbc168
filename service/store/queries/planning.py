"""What planning must know of a partnership, in one read: its directory and the mailbox that would organise."""

from __future__ import annotations

from dataclasses import dataclass, fields
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.queries.directory import Inbox
from service.store.tables import inboxes, mailboxes


@dataclass(frozen=True, slots=True)
class Known:
    """The active inboxes, by role, place and name; and the organiser's mailbox, None while there is none."""

    inboxes: list[Inbox]
    organiser: UUID | None


_COLUMNS = [inboxes.c[field.name] for field in fields(Inbox)]
_PARTNERSHIP: BindParameter[str] = bindparam("partnership")
# The same choice as ``queries.mailboxes.organiser``: a stopped mailbox only when no other is left.
_ORGANISER = (
    select(mailboxes.c.id)
    .where(mailboxes.c.partnership_id == _PARTNERSHIP)
    .order_by(mailboxes.c.state, mailboxes.c.address)
    .limit(1)
    .scalar_subquery()
)
_ONE = select(_ORGANISER.label("organiser")).subquery()
# Built once: building a statement costs more than planning a meeting. The left join gives a row without inboxes too.
_KNOWN = (
    select(_ONE.c.organiser, *_COLUMNS)
    .select_from(_ONE)
    .join(inboxes, (inboxes.c.partnership_id == _PARTNERSHIP) & inboxes.c.active, isouter=True)
    .order_by(inboxes.c.role, inboxes.c.place, inboxes.c.name, inboxes.c.id)
)


async def known_for(conn: AsyncConnection, partnership: str) -> Known:
    """What is known of one partnership."""
    rows = (await conn.execute(_KNOWN, {"partnership": partnership})).all()
    return Known([Inbox(*row[1:]) for row in rows if row[1] is not None], rows[0][0])
