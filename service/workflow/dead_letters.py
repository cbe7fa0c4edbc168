"""Trying again what could not leave the house. The frozen bytes go out as they were; whether they still should is
asked again at the moment of sending, as at every try."""

from __future__ import annotations

from uuid import UUID

from service.store.changes import audit, outbox, tasks
from service.store.queries import dead_letters
from service.store.queries.dead_letters import DeadLetter
from service.store.queries.readable import Reader
from service.workflow.errors import NoSuchRowError
from service.workflow.ports import Services


async def list_dead_letters(services: Services, partnership: str, reader: Reader | None = None) -> list[DeadLetter]:
    """What waits for a person, newest first; without a reader all of it."""
    async with services.engine.connect() as conn:
        return await dead_letters.dead_letters(conn, partnership, reader)


async def try_again(services: Services, partnership: str, row_id: UUID, *, actor: str) -> None:
    """Make an exhausted row due again.

    Raises:
        NoSuchRowError: this partnership has no such row, or it does not wait for a person.
    """
    async with services.engine.begin() as conn:
        found = await dead_letters.dead_letter(conn, partnership, row_id)
        if found is None or not await outbox.try_again(conn, partnership, row_id, services.real_now()):
            raise NoSuchRowError(str(row_id))
        meeting_id, requirement_id = found
        await tasks.close_about(conn, partnership, row_id, by=actor, now=services.now())
        data = {"row": str(row_id), "requirement": str(requirement_id) if requirement_id else None}
        event = audit.Event(partnership, meeting_id, services.now(), actor, audit.Action.OUTBOX_RETRIED, data)
        await audit.append(conn, [event])
    await services.wake.outbox([row_id])
