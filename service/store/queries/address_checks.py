"""Reads of the new addresses of the directory that wait to be confirmed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.new_addresses import AddressField, Check
from service.store.tables import address_checks, audit_events, inboxes, partnerships

_C = address_checks.c
_COLUMNS = (
    _C.id,
    _C.inbox_id,
    _C.field,
    _C.address,
    _C.channel,
    _C.known_phone,
    _C.number,
    _C.wrong,
    _C.asked_by,
    _C.asked_at,
    _C.coded_at,
    _C.mail_state,
    _C.last_error,
)


@dataclass(frozen=True, slots=True)
class InboxEvent:
    """One line of an inbox's history."""

    at: datetime
    actor: str
    action: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page behind a code's link, and the mail, say: whose address it is to be."""

    check: Check
    role: str
    inbox: str
    service_name: str
    service_address: str
    service_phone: str


def _check(row: tuple[object, ...]) -> Check:
    values = list(row)
    values[2] = AddressField(str(values[2]))
    return Check(*values)  # type: ignore[arg-type]


async def open_checks(conn: AsyncConnection, partnership: str) -> list[Check]:
    """Every address that waits, the longest-waiting first."""
    wanted = select(*_COLUMNS).where(_C.partnership_id == partnership, _C.state == "open").order_by(_C.asked_at, _C.id)
    return [_check(tuple(row)) for row in await conn.execute(wanted)]


async def checks_of(conn: AsyncConnection, partnership: str, inbox_id: UUID) -> list[Check]:
    """The addresses of one inbox that wait."""
    wanted = select(*_COLUMNS).where(_C.partnership_id == partnership, _C.inbox_id == inbox_id, _C.state == "open")
    return [_check(tuple(row)) for row in await conn.execute(wanted.order_by(_C.field))]


async def asked(conn: AsyncConnection, partnership: str, check_id: UUID) -> Asked | None:
    """One address that waits, with whose it is to be; None when it waits no more."""
    i, p = inboxes.c, partnerships.c
    found = await conn.execute(
        select(*_COLUMNS, i.role, i.name, p.name, p.service_address, p.service_phone)
        .select_from(address_checks.join(inboxes, i.id == _C.inbox_id).join(partnerships, p.id == _C.partnership_id))
        .where(_C.partnership_id == partnership, _C.id == check_id, _C.state == "open")
    )
    row = found.one_or_none()
    if row is None:
        return None
    many = len(_COLUMNS)
    return Asked(_check(tuple(row[:many])), *row[many:])


async def proved(conn: AsyncConnection, partnership: str) -> set[tuple[UUID, str]]:
    """The addresses that were confirmed before, each with its inbox."""
    found = await conn.execute(
        select(_C.inbox_id, _C.address).where(_C.partnership_id == partnership, _C.state == "verified")
    )
    return {(row.inbox_id, row.address) for row in found}


async def inbox_history(conn: AsyncConnection, partnership: str, inbox_ids: Collection[UUID]) -> list[InboxEvent]:
    """What was done to an inbox, newest first. Its events stand in the partnership's chain."""
    a = audit_events.c
    known = [str(each) for each in inbox_ids]
    found = await conn.execute(
        select(a.at, a.actor, a.action, a.data)
        .where(
            and_(a.partnership_id == partnership, a.chain == partnership),
            a.data["inbox"].astext.in_(known),
        )
        .order_by(a.number.desc())
        .limit(50)
    )
    return [InboxEvent(row.at, row.actor, row.action, tuple(sorted(row.data.get("fields", ())))) for row in found]
