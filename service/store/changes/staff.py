"""Writes of the people who sign in: arriving, being signed out, being stopped and let in again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.actions import Action
from service.store.changes.audit import Event, append
from service.store.ids import new_id
from service.store.tables import staff


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody whom Entra has just vouched for. ``name`` is the display name it gave."""

    tenant: str
    subject: str
    name: str
    roles: Sequence[str]


async def arrive(
    conn: AsyncConnection, partnership: str, who: Arrival, *, now: datetime, real_now: datetime
) -> tuple[UUID, bool]:
    """Note that somebody signed in; returns our id for them, and whether they are let in.

    ``now`` is business time, for the audit; ``real_now`` is the clock that sessions live by.
    """
    values = {"name": who.name, "roles": sorted(who.roles), "last_signed_in_at": real_now}
    key = {"partnership_id": partnership, "tenant": who.tenant, "subject": who.subject}
    statement = insert(staff).values(id=new_id(now), first_signed_in_at=real_now, **key, **values)
    row = (
        await conn.execute(
            statement.on_conflict_do_update(index_elements=list(key), set_=values).returning(
                staff.c.id, staff.c.stopped_at
            )
        )
    ).one()
    staff_id: UUID = row.id
    let_in = row.stopped_at is None
    action = Action.STAFF_SIGNED_IN if let_in else Action.STAFF_TURNED_AWAY
    data = {"staff": str(staff_id), "roles": sorted(who.roles)}
    await append(conn, [Event(partnership, None, now, f"staff:{staff_id}", action, data)])
    return staff_id, let_in


async def sign_out(
    conn: AsyncConnection, partnership: str, staff_id: UUID, *, by: str, now: datetime, real_now: datetime
) -> bool:
    """End every session of a person, on every device, at once; returns whether there is such a person."""
    changed = await conn.execute(_of(partnership, staff_id).values(signed_out_before=real_now))
    return await _told(conn, partnership, staff_id, Action.STAFF_SIGNED_OUT, changed.rowcount, by, now)


async def stop(
    conn: AsyncConnection, partnership: str, staff_id: UUID, *, by: str, now: datetime, real_now: datetime
) -> bool:
    """Let a person in no more, from this instant; returns whether that changed anything."""
    changed = await conn.execute(
        _of(partnership, staff_id)
        .where(staff.c.stopped_at.is_(None))
        .values(stopped_at=real_now, stopped_by=by, signed_out_before=real_now)
    )
    return await _told(conn, partnership, staff_id, Action.STAFF_STOPPED, changed.rowcount, by, now)


async def admit(conn: AsyncConnection, partnership: str, staff_id: UUID, *, by: str, now: datetime) -> bool:
    """Let a stopped person in again (they sign in anew); returns whether that changed anything."""
    changed = await conn.execute(
        _of(partnership, staff_id).where(staff.c.stopped_at.is_not(None)).values(stopped_at=None, stopped_by=None)
    )
    return await _told(conn, partnership, staff_id, Action.STAFF_ADMITTED, changed.rowcount, by, now)


def _of(partnership: str, staff_id: UUID) -> Update:
    return staff.update().where(staff.c.partnership_id == partnership, staff.c.id == staff_id)


async def _told(
    conn: AsyncConnection, partnership: str, staff_id: UUID, action: Action, count: int, by: str, now: datetime
) -> bool:
    if count:
        await append(conn, [Event(partnership, None, now, by, action, {"staff": str(staff_id)})])
    return bool(count)
