"""Appends audit events, in the transaction of the change they tell of: no change without its event, and no event alone.

Append once, at the end of a transaction: from then until the commit nobody else can append to the same chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.actions import Action
from service.store.chain import GENESIS, JSON, chain_name, check_data, hash_of
from service.store.changes.bulk import write_rows
from service.store.ids import new_id
from service.store.tables import audit_events

__all__ = ["Action", "Event", "append", "first_in_chain", "hold_chain", "new_chain"]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. ``at`` is business time; ``actor`` is "webhook:liquidlogic", "staff:amy", "scheduler".

    ``data`` holds references and codes, never a name, an address of a person or free words from outside.
    """

    partnership: str
    meeting_id: UUID | None
    at: datetime
    actor: str
    action: Action
    data: Mapping[str, JSON] = field(default_factory=dict)

    @property
    def chain(self) -> str:
        """The chain it belongs to."""
        return chain_name(self.partnership, self.meeting_id)


_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(chain, 0)) FROM unnest(CAST(:chains AS text[])) AS chain")
# A statement of its own, after the lock: it must see what the holder before us committed.
_TAILS = text(
    "SELECT chain, tail.number, tail.hash FROM unnest(CAST(:chains AS text[])) AS chain, LATERAL "
    "(SELECT number, hash FROM audit_events AS e WHERE e.chain = chain.chain ORDER BY number DESC LIMIT 1) AS tail"
)


async def append(conn: AsyncConnection, events: Sequence[Event]) -> None:
    """Append events to their chains, in the order given: a lock, a read and one INSERT, however many there are.

    Raises:
        TypeError, ValueError: data that a hash could not hold on to (see ``chain.check_data``).
    """
    if not events:
        return
    # Sorted, so that two transactions with the same chains never wait for each other.
    chains = sorted({event.chain for event in events})
    await conn.execute(_LOCK, {"chains": chains})
    tails = {row.chain: (row.number, row.hash) for row in await conn.execute(_TAILS, {"chains": chains})}
    await write_rows(conn, [(audit_events, _rows(events, tails))])


async def hold_chain(conn: AsyncConnection, partnership: str, meeting_id: UUID | None) -> None:
    """Let nobody append to a chain until this transaction ends: a change waits with its commit, so what is read stands.

    Row locks taken before it could wait for each other with a change's; take it first.
    """
    await conn.execute(_LOCK, {"chains": [chain_name(partnership, meeting_id)]})


def new_chain(events: Iterable[Event]) -> list[dict[str, Any]]:
    """The rows of events that open their chains (those of a meeting made in this transaction): nothing is read.

    Raises:
        TypeError, ValueError: as ``append``.
    """
    return _rows(events, {})


def first_in_chain(event: Event) -> dict[str, Any]:
    """The row of one event that opens its chain. Raises as ``append``."""
    return new_chain([event])[0]


def _rows(events: Iterable[Event], tails: Mapping[str, tuple[int, bytes]]) -> list[dict[str, Any]]:
    ends = dict(tails)
    rows = []
    for event in events:
        check_data(event.data)
        number, previous = ends.get(event.chain, (0, GENESIS))
        row: dict[str, Any] = {
            "id": new_id(event.at),
            "partnership_id": event.partnership,
            "chain": event.chain,
            "number": number + 1,
            "meeting_id": event.meeting_id,
            "at": event.at,
            "actor": event.actor,
            "action": str(event.action),
            "data": event.data,
            "previous": previous,
        }
        row["hash"] = hash_of(row)
        ends[event.chain] = (number + 1, row["hash"])
        rows.append(row)
    return rows
