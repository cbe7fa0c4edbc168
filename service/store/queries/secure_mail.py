"""Reads for secure mail: the agencies it is allowed for, and whether one place may be sent it now."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import address_checks, inboxes, outbox, requirements, secure_mail_allowed


@dataclass(frozen=True, slots=True)
class Allowed:
    """One agency that secure mail is allowed for, by whom and why."""

    id: UUID
    role: str
    place: str
    allowed_by: str
    reason: str
    allowed_at: datetime


@dataclass(frozen=True, slots=True)
class SecurePlace:
    """What decides whether one place may be sent who the meeting is about. ``confirmed``: the address in use was."""

    allowed: bool
    confirmed: bool
    shared: bool

    @property
    def may(self) -> bool:
        """Whether all of it is so."""
        return self.allowed and self.confirmed and self.shared


async def allowed_agencies(conn: AsyncConnection, partnership: str) -> list[Allowed]:
    """The agencies secure mail is allowed for now, by role and place."""
    a = secure_mail_allowed.c
    found = await conn.execute(
        select(a.id, a.role, a.place, a.allowed_by, a.reason, a.allowed_at)
        .where(a.partnership_id == partnership, a.ended_at.is_(None))
        .order_by(a.role, a.place)
    )
    return [Allowed(*row) for row in found]


async def secure_place(conn: AsyncConnection, partnership: str, requirement_id: UUID) -> SecurePlace:
    """As it is now, of one place; one that has no inbox may be sent nothing."""
    found = await secure_places(conn, partnership, [requirement_id])
    return found.get(requirement_id, SecurePlace(allowed=False, confirmed=False, shared=False))


async def secure_places(
    conn: AsyncConnection, partnership: str, requirement_ids: Collection[UUID]
) -> dict[UUID, SecurePlace]:
    """As it is now, of each of these places that has an inbox. An address counts as confirmed where somebody who reads
    it gave the code back, or a named person vouched for it, for this agency."""
    r, i, a, c = requirements.c, inboxes.c, secure_mail_allowed.c, address_checks.c
    checked = inboxes.alias("checked")
    allowed = exists().where(
        a.partnership_id == partnership, a.role == i.role, a.place == i.place, a.ended_at.is_(None)
    )
    confirmed = (
        exists()
        .where(
            c.partnership_id == partnership,
            c.state == "verified",
            c.field == "address",
            c.address == i.address,
            checked.c.id == c.inbox_id,
            checked.c.role == i.role,
            checked.c.place == i.place,
        )
        .correlate(inboxes)
    )
    shared = and_(i.kind == "shared", i.active, i.channel != "phone")
    found = await conn.execute(
        select(r.id, allowed.correlate(inboxes), confirmed, shared)
        .select_from(requirements.join(inboxes, i.id == r.inbox_id))
        .where(r.partnership_id == partnership, r.id.in_(requirement_ids))
    )
    return {place_id: SecurePlace(*said) for place_id, *said in found}


async def was_asked(conn: AsyncConnection, partnership: str, stream: str) -> bool:
    """Whether this press has been taken already."""
    found = await conn.execute(
        select(outbox.c.id).where(outbox.c.partnership_id == partnership, outbox.c.stream == stream).limit(1)
    )
    return found.first() is not None
