"""Writes to the parents of a conference. The caller holds the meeting's row lock and appends the audit events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store import tables as t
from service.store.sealing import Keyring, seal

_F = t.family_invitations.c


async def change_parent(conn: AsyncConnection, partnership: str, family_id: UUID, values: Mapping[str, Any]) -> None:
    """Set columns of one parent's row."""
    await conn.execute(
        update(t.family_invitations).where(_F.partnership_id == partnership, _F.id == family_id).values(**values)
    )


async def choose_sharing(conn: AsyncConnection, partnership: str, meeting_id: UUID, sharing: str, by: str) -> None:
    """The chair has said whether the parents come together or apart."""
    m = t.meetings.c
    await conn.execute(
        update(t.meetings)
        .where(m.partnership_id == partnership, m.id == meeting_id)
        .values(family_sharing=sharing, family_sharing_by=by)
    )


async def forget_times(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> None:
    """The conference has another time, so no parent's own time holds any more."""
    await conn.execute(
        update(t.family_invitations)
        .where(_F.partnership_id == partnership, _F.meeting_id == meeting_id)
        .values(comes_at=None)
    )


async def told(conn: AsyncConnection, partnership: str, family_id: UUID, version: int, now: datetime) -> None:
    """A parent's message was handed over."""
    await change_parent(conn, partnership, family_id, {"told_version": version, "told_at": now})


async def sealed_under(
    conn: AsyncConnection,
    partnership: str,
    request_id: UUID,
    keyring: Keyring,
    place: tuple[str, UUID, str],
    plain: bytes,
) -> bytes:
    """What says where a parent is reached, sealed under the key of the request for its ``place`` (table, row, column),
    so that erasing the request erases it.

    Raises:
        SealError: the request's key is gone or cannot be opened.
    """
    r = t.requests.c
    key_id, wrapped = (
        await conn.execute(select(r.key_id, r.wrapped_key).where(r.partnership_id == partnership, r.id == request_id))
    ).one()
    return seal(keyring.open_data_key(key_id, wrapped), *place, plain)


async def messages_at(conn: AsyncConnection, partnership: str, stream: str, version: int) -> int:
    """How many intents of one parent's stream belong to this version: where the next one stands in it."""
    o = t.outbox.c
    found: int = (
        await conn.execute(
            select(func.count()).where(o.partnership_id == partnership, o.stream == stream, o.version == version)
        )
    ).scalar_one()
    return found
