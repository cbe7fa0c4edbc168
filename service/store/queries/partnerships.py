"""Reads of partnerships."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import partnerships


@dataclass(frozen=True, slots=True)
class Partnership:
    """One multi-agency safeguarding partnership. The address and phone are the service's own, shown in every event."""

    id: str
    name: str
    pack: str
    service_address: str
    service_phone: str


_COLUMNS = (
    partnerships.c.id,
    partnerships.c.name,
    partnerships.c.pack,
    partnerships.c.service_address,
    partnerships.c.service_phone,
)


async def partnership_by_id(conn: AsyncConnection, partnership: str, *, lock: bool = False) -> Partnership | None:
    """One partnership; with ``lock`` its row stays locked until the transaction ends."""
    wanted = select(*_COLUMNS).where(partnerships.c.id == partnership)
    row = (await conn.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else Partnership(*row)


async def every_partnership(conn: AsyncConnection) -> list[Partnership]:
    """All partnerships this installation serves. No scope: it lists the scopes."""
    return [Partnership(*row) for row in await conn.execute(select(*_COLUMNS).order_by(partnerships.c.id))]
