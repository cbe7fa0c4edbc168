"""What planning must know of a partnership, in one read: who does the roles' jobs, and who would organise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Text, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.queries.directory import Inbox
from service.store.queries.mailboxes import LEAST_TO_SEND
from service.store.tables import inboxes, mailboxes


@dataclass(frozen=True, slots=True)
class Known:
    """The active inboxes of the roles asked for, by role, place and name; and the organiser's mailbox, if any."""

    inboxes: list[Inbox]
    organiser: UUID | None


_COLUMNS = [inboxes.c[field.name] for field in fields(Inbox)]
_PARTNERSHIP: BindParameter[str] = bindparam("partnership")
_ROLES: BindParameter[Any] = bindparam("roles", type_=ARRAY(Text))
# The same choice as ``queries.mailboxes.organiser``.
_ORGANISER = (
    select(mailboxes.c.id)
    .where(mailboxes.c.partnership_id == _PARTNERSHIP)
    .order_by(*LEAST_TO_SEND)
    .limit(1)
    .scalar_subquery()
)
_ONE = select(_ORGANISER.label("organiser")).subquery()
# Built once: building a statement costs more than planning a meeting. The left join gives a row without inboxes too.
_KNOWN = (
    select(_ONE.c.organiser, *_COLUMNS)
    .select_from(_ONE)
    .join(
        inboxes,
        (inboxes.c.partnership_id == _PARTNERSHIP)
        & inboxes.c.active
        & (inboxes.c.kind == "shared")
        & (inboxes.c.role == any_(_ROLES)),
        isouter=True,
    )
    .order_by(inboxes.c.role, inboxes.c.place, inboxes.c.name, inboxes.c.id)
)


async def known_for(conn: AsyncConnection, partnership: str, roles: Sequence[str]) -> Known:
    """What is known of one partnership, as far as these roles need it."""
    rows = (await conn.execute(_KNOWN, {"partnership": partnership, "roles": list(roles)})).all()
    return Known([Inbox(*row[1:]) for row in rows if row[1] is not None], rows[0][0])
