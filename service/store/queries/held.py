"""Reads of the "needs a person" list and of refusal counts. The sealed body stays sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import held_items, refusals


@dataclass(frozen=True, slots=True)
class HeldItem:
    """One delivery kept for a person. ``problem`` says what was not understood, in our own words."""

    id: UUID
    reference: str
    kind: str
    door: str
    delivery_id: str
    problem: str
    received_at: datetime
    state: str
    closed_by: str | None


@dataclass(frozen=True, slots=True)
class Refusals:
    """How many deliveries one door turned away on one day, for one reason."""

    door: str
    day: date
    reason: str
    count: int


def _items(partnership: Any) -> Select[Any]:
    h = held_items.c
    return select(
        h.id, h.reference, h.kind, h.door, h.delivery_id, h.problem, h.received_at, h.state, h.closed_by
    ).where(h.partnership_id == partnership)


async def open_items(conn: AsyncConnection, partnership: str) -> list[HeldItem]:
    """What still needs a person, oldest first."""
    return [HeldItem(*row) for row in await conn.execute(_open(), {"partnership": partnership})]


@lru_cache(maxsize=1)
def _open() -> Select[Any]:
    """Built once: every reading of a worklist asks it."""
    wanted = _items(bindparam("partnership", type_=Text)).where(held_items.c.state == "open")
    return wanted.order_by(held_items.c.received_at, held_items.c.id)


async def held_item(conn: AsyncConnection, partnership: str, reference: str) -> HeldItem | None:
    """One item by its reference, closed ones too."""
    row = (await conn.execute(_items(partnership).where(held_items.c.reference == reference))).one_or_none()
    return None if row is None else HeldItem(*row)


async def refusals_between(conn: AsyncConnection, partnership: str, first: date, last: date) -> list[Refusals]:
    """Refusal counts of a stretch of days, both ends included, newest day first."""
    r = refusals.c
    found = await conn.execute(
        select(r.door, r.day, r.reason, r.count)
        .where(r.partnership_id == partnership, r.day.between(first, last))
        .order_by(r.day.desc(), r.door, r.reason)
    )
    return [Refusals(*row) for row in found]
