"""Writes of codes and desk sessions. Codes of one place are changed under the lock of its meeting's row."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import codes, desk_sessions, door_tries

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:digest, 0))")


async def add_code(conn: AsyncConnection, values: Mapping[str, Any]) -> None:
    """Keep that a code was asked for."""
    await conn.execute(insert(codes).values(**values))


async def use_code(conn: AsyncConnection, partnership: str, code_id: UUID, now: datetime) -> None:
    """The code has proved somebody; it proves nobody else."""
    await conn.execute(
        update(codes).where(codes.c.partnership_id == partnership, codes.c.id == code_id).values(used_at=now)
    )


async def count_wrong(conn: AsyncConnection, partnership: str, code_ids: Collection[UUID]) -> None:
    """Count a wrong try against every code it could have been meant for."""
    await conn.execute(
        update(codes)
        .where(codes.c.partnership_id == partnership, codes.c.id.in_(code_ids))
        .values(wrong=codes.c.wrong + 1)
    )


@dataclass(frozen=True, slots=True)
class TriedAtDoor:
    """How many tries did not fit: from this client for this reference, from this client, for this reference."""

    both: int
    by_client: int
    for_reference: int


async def tried_at_door(
    conn: AsyncConnection, partnership: str, digest: bytes, client: bytes, now: datetime, since: datetime
) -> TriedAtDoor:
    """The tries that did not fit since then, of all partnerships. Tries for a reference follow one another from here to
    the end of the transaction. What is older is forgotten."""
    await conn.execute(_ONE_AT_A_TIME, {"digest": f"door:{digest.hex()}"})
    t = door_tries.c
    await conn.execute(delete(door_tries).where(t.partnership_id == partnership, t.tried_at <= since))
    here, theirs = t.reference_digest == digest, t.client_digest == client
    counted = select(func.count().filter(here & theirs), func.count().filter(theirs), func.count().filter(here)).where(
        t.tried_at > since, t.tried_at <= now, here | theirs
    )
    both, by_client, for_reference = (await conn.execute(counted)).one()
    return TriedAtDoor(both, by_client, for_reference)


async def count_door_try(
    conn: AsyncConnection, partnership: str, try_id: UUID, digest: bytes, client: bytes, now: datetime
) -> None:
    """One more that did not fit."""
    values = {"id": try_id, "partnership_id": partnership, "reference_digest": digest, "tried_at": now}
    await conn.execute(insert(door_tries).values(**values, client_digest=client))


async def add_session(conn: AsyncConnection, values: Mapping[str, Any]) -> None:
    """Keep a desk session."""
    await conn.execute(insert(desk_sessions).values(**values))


async def end_sessions_of(conn: AsyncConnection, partnership: str, inbox_id: UUID, now: datetime) -> list[UUID]:
    """End every desk session at one inbox that has not ended; returns which."""
    s = desk_sessions.c
    ended = await conn.execute(
        update(desk_sessions)
        .where(s.partnership_id == partnership, s.inbox_id == inbox_id, s.ended_at.is_(None), s.ends_at > now)
        .values(ended_at=now)
        .returning(s.id)
    )
    return sorted(ended.scalars())


async def end_session(conn: AsyncConnection, partnership: str, session_id: UUID, now: datetime) -> bool:
    """End a desk session before its time; False when it has been ended already."""
    done = await conn.execute(
        update(desk_sessions)
        .where(
            desk_sessions.c.partnership_id == partnership,
            desk_sessions.c.id == session_id,
            desk_sessions.c.ended_at.is_(None),
        )
        .values(ended_at=now)
    )
    return done.rowcount == 1
