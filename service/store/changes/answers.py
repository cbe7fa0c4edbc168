"""Writes of answers, and the places they are for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import answers, inboxes, requests, requirements


@dataclass(frozen=True, slots=True)
class Place:
    """One requirement as answers and attendance name it."""

    id: UUID
    role: str
    slot: str
    state: str
    address: str | None


async def places_of(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> list[Place]:
    """Every requirement of a meeting that has not been withdrawn, with its inbox's address."""
    found = await conn.execute(
        select(requirements.c.id, requirements.c.role, requirements.c.slot, requirements.c.state, inboxes.c.address)
        .select_from(requirements.outerjoin(inboxes, inboxes.c.id == requirements.c.inbox_id))
        .where(
            requirements.c.partnership_id == partnership,
            requirements.c.meeting_id == meeting_id,
            requirements.c.state != "withdrawn",
        )
        .order_by(requirements.c.role, requirements.c.slot)
    )
    return [Place(*row) for row in found]


async def add_answer(conn: AsyncConnection, values: Mapping[str, Any]) -> bool:
    """Record an answer once. False when this very answer (by its natural key) is already there."""
    done = await conn.execute(
        insert(answers).values(**values).on_conflict_do_nothing(index_elements=["meeting_id", "natural_key"])
    )
    return done.rowcount == 1


async def keys_of(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> list[str]:
    """The natural keys of every answer recorded of a meeting."""
    found = await conn.execute(
        select(answers.c.natural_key).where(answers.c.partnership_id == partnership, answers.c.meeting_id == meeting_id)
    )
    return list(found.scalars())


async def data_key_of(conn: AsyncConnection, partnership: str, meeting_request: UUID) -> tuple[str, bytes | None]:
    """The key id and wrapped key under which a request's free words are sealed."""
    found = await conn.execute(
        select(requests.c.key_id, requests.c.wrapped_key).where(
            requests.c.partnership_id == partnership, requests.c.id == meeting_request
        )
    )
    row = found.one()
    return row.key_id, row.wrapped_key
