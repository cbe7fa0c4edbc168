"""Reads of the directory: which shared inbox does which agency's job."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import inboxes


@dataclass(frozen=True, slots=True)
class Inbox:
    """One agency inbox. ``place`` is a school's or nursery's URN, or empty; ``hours`` is read by ``domain.hours``."""

    id: UUID
    role: str
    place: str
    name: str
    address: str
    phone: str
    hours: str
    escalation_name: str
    escalation_address: str
    escalation_phone: str
    capacity: int
    channel: str
    active: bool
    updated_at: datetime


_NAMES = tuple(field.name for field in fields(Inbox))
_COLUMNS = [inboxes.c[name] for name in _NAMES]
# A person's own route stands at one meeting only: nothing that looks a job up in the directory may find it.
_SHARED = inboxes.c.kind == "shared"
_IN_ORDER = (inboxes.c.role, inboxes.c.place, inboxes.c.name, inboxes.c.id)


def inbox_from_row(row: Any) -> Inbox:
    """The inbox among the columns of a row that was joined with ``inboxes``."""
    return Inbox(*(getattr(row, name) for name in _NAMES))


async def inboxes_for(conn: AsyncConnection, partnership: str) -> list[Inbox]:
    """All active inboxes of a partnership, by role, place and name."""
    wanted = select(*_COLUMNS).where(inboxes.c.partnership_id == partnership, inboxes.c.active, _SHARED)
    return [Inbox(*row) for row in await conn.execute(wanted.order_by(*_IN_ORDER))]


async def inboxes_of_role(conn: AsyncConnection, partnership: str, role: str, place: str = "") -> list[Inbox]:
    """The active inboxes that do one role's job, for a school's or nursery's role at one place."""
    wanted = select(*_COLUMNS).where(
        inboxes.c.partnership_id == partnership,
        inboxes.c.active,
        _SHARED,
        inboxes.c.role == role,
        inboxes.c.place == place,
    )
    return [Inbox(*row) for row in await conn.execute(wanted.order_by(*_IN_ORDER))]


async def directory(conn: AsyncConnection, partnership: str) -> list[Inbox]:
    """The whole directory, retired entries included, for comparing with an import and for the directory's page."""
    wanted = select(*_COLUMNS).where(inboxes.c.partnership_id == partnership, _SHARED)
    return [Inbox(*row) for row in await conn.execute(wanted.order_by(*_IN_ORDER))]


async def inbox(conn: AsyncConnection, partnership: str, inbox_id: UUID) -> Inbox | None:
    """One inbox by its id, retired ones too."""
    wanted = select(*_COLUMNS).where(inboxes.c.partnership_id == partnership, inboxes.c.id == inbox_id)
    row = (await conn.execute(wanted)).one_or_none()
    return None if row is None else Inbox(*row)
