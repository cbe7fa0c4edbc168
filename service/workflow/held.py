"""What we believe but cannot understand is kept whole, sealed, for a person; what we do not believe is counted."""

from __future__ import annotations

import secrets

from service.domain.london import local_date
from service.domain.references import make_reference
from service.store.changes import held, tasks
from service.store.changes.held import NewHeldItem
from service.store.queries import held as queries
from service.workflow.ports import Services
from service.workflow.tasks import TaskKind, task_row


async def hold_item(
    services: Services, partnership: str, *, door: str, delivery_id: str, kind: str, problem: str, body: bytes
) -> str:
    """Keep a body for a person and open its task; returns its reference. The same delivery again gives the same one.

    ``problem`` is a sentence of ours: it repeats nothing of the body.
    """
    now = services.now()
    new = NewHeldItem(make_reference(secrets.token_bytes(16)), door, delivery_id, kind, problem, body)
    async with services.engine.begin() as conn:
        reference, is_new = await held.hold(conn, services.keyring, partnership, new, by=door, now=now)
        if is_new:
            item = await queries.held_item(conn, partnership, reference)
            task = task_row(
                partnership=partnership,
                kind=TaskKind.NEEDS_A_PERSON,
                detail=f"Read delivery {reference} from {door}: {problem}",
                now=now,
                about=reference,
            )
            await tasks.open_once(conn, [task | {"held_item_id": item.id if item else None}], by=door)
    return reference


async def count_refusal(services: Services, partnership: str, *, door: str, reason: str) -> None:
    """Count a delivery that was turned away. Nothing of it is kept."""
    async with services.engine.begin() as conn:
        await held.count_refusal(conn, partnership, door, reason, local_date(services.now()))
