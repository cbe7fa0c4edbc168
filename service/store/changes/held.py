"""Writes of what a person must look at: bodies we could not understand, kept whole and sealed; and refusal counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.actions import Action
from service.store.changes.audit import Event, append
from service.store.ids import new_id
from service.store.sealing import Keyring, seal
from service.store.tables import held_items, refusals


@dataclass(frozen=True, slots=True)
class NewHeldItem:
    """One delivery that needs a person.

    ``door`` and ``delivery_id`` make it one, however often it is delivered. ``reference`` is what is said back, made
    from fresh random bytes by the caller. ``problem`` is a sentence of ours and repeats nothing of ``body``.
    """

    reference: str
    door: str
    delivery_id: str
    kind: str
    problem: str
    body: bytes = field(repr=False)


async def hold(
    conn: AsyncConnection, keyring: Keyring, partnership: str, new: NewHeldItem, *, by: str, now: datetime
) -> tuple[str, bool]:
    """Keep a delivery, sealed under a data key of its own: (its reference, whether it is new).

    The same delivery again gives the reference it was first given.
    """
    item_id = new_id(now)
    key = keyring.new_data_key()
    done = await conn.execute(
        insert(held_items)
        .values(
            id=item_id,
            partnership_id=partnership,
            reference=new.reference,
            kind=new.kind,
            door=new.door,
            delivery_id=new.delivery_id,
            problem=new.problem,
            key_id=key.key_id,
            wrapped_key=key.wrapped,
            sealed_body=seal(key, "held_items", item_id, "sealed_body", new.body),
            received_at=now,
        )
        .on_conflict_do_nothing(index_elements=["partnership_id", "door", "delivery_id"])
    )
    if done.rowcount == 0:
        return await _reference_of(conn, partnership, new), False
    data = {"item": new.reference, "kind": new.kind, "door": new.door}
    await append(conn, [Event(partnership, None, now, by, Action.ITEM_HELD, data)])
    return new.reference, True


async def _reference_of(conn: AsyncConnection, partnership: str, new: NewHeldItem) -> str:
    first = await conn.execute(
        select(held_items.c.reference).where(
            held_items.c.partnership_id == partnership,
            held_items.c.door == new.door,
            held_items.c.delivery_id == new.delivery_id,
        )
    )
    reference: str = first.scalar_one()
    return reference


async def close(conn: AsyncConnection, partnership: str, reference: str, *, by: str, now: datetime) -> bool:
    """A person has dealt with an item. False when it was not open, or is not this partnership's."""
    done = await conn.execute(
        update(held_items)
        .where(
            held_items.c.partnership_id == partnership,
            held_items.c.reference == reference,
            held_items.c.state == "open",
        )
        .values(state="closed", closed_by=by)
    )
    if done.rowcount == 0:
        return False
    await append(conn, [Event(partnership, None, now, by, Action.ITEM_CLOSED, {"item": reference})])
    return True


async def count_refusal(conn: AsyncConnection, partnership: str, door: str, reason: str, day: date) -> None:
    """One delivery was turned away at a door (a bad signature, for instance): counted by day, nothing of it kept."""
    first = insert(refusals).values(partnership_id=partnership, door=door, day=day, reason=reason, count=1)
    await conn.execute(
        first.on_conflict_do_update(
            index_elements=["partnership_id", "door", "day", "reason"], set_={"count": refusals.c.count + 1}
        )
    )
