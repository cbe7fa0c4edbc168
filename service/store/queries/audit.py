"""Reads of the audit: the timeline of a meeting, and whether a chain still holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.chain import GENESIS, hash_of
from service.store.tables import audit_events


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """One event as a screen shows it. ``action`` is a value of ``service.store.actions.Action``."""

    number: int
    at: datetime
    actor: str
    action: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a chain stood when somebody wrote it down elsewhere. Only an anchor shows that the end was cut off."""

    number: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """What a check found. ``events`` counts those that hold, ``tail`` is the last of them.

    ``broken_at`` is the number of the first event that does not hold, and ``problem`` says why; both are empty for a
    chain that holds.
    """

    chain: str
    events: int
    tail: Anchor
    broken_at: int | None = None
    problem: str = ""

    @property
    def holds(self) -> bool:
        """Whether every event is as it was written."""
        return self.broken_at is None


async def timeline(conn: AsyncConnection, partnership: str, meeting_id: UUID) -> list[TimelineEvent]:
    """Everything that happened to one meeting, oldest first."""
    t = audit_events.c
    found = await conn.execute(
        select(t.number, t.at, t.actor, t.action, t.data)
        .where(t.partnership_id == partnership, t.meeting_id == meeting_id)
        .order_by(t.number)
    )
    return [TimelineEvent(*row) for row in found]


async def verify_chain(conn: AsyncConnection, partnership: str, chain: str, anchor: Anchor | None = None) -> ChainCheck:
    """Recompute one chain from its start, reading it row by row.

    A changed byte, a removed row and a swapped row are found at the first number concerned. A cut-off end is found
    only with an ``anchor`` kept elsewhere.
    """
    t = audit_events.c
    rows = await conn.stream(
        select(audit_events).where(t.partnership_id == partnership, t.chain == chain).order_by(t.number, t.id)
    )
    tail = Anchor(0, GENESIS)
    async for found in rows.mappings():
        row = dict(found)
        problem = _problem(row, tail, anchor)
        if problem:
            await rows.close()
            return ChainCheck(chain, tail.number, tail, tail.number + 1, problem)
        tail = Anchor(row["number"], row["hash"])
    if anchor is not None and tail.number < anchor.number:
        return ChainCheck(chain, tail.number, tail, tail.number + 1, "the chain ends before its anchor")
    return ChainCheck(chain, tail.number, tail)


def _problem(row: Mapping[str, Any], tail: Anchor, anchor: Anchor | None) -> str:
    expected = tail.number + 1
    if row["number"] != expected:
        return f"event {expected} is missing"
    if row["previous"] != tail.hash:
        return f"event {expected} does not follow event {tail.number}"
    if row["hash"] != hash_of(row):
        return f"event {expected} was changed"
    if anchor is not None and anchor.number == expected and anchor.hash != row["hash"]:
        return f"event {expected} is not the one that was anchored"
    return ""
