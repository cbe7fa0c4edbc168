"""The officer's desk: what waits for a person, and how a person says that it is dealt with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from service.store.changes import held, meetings, tasks
from service.store.queries import held as held_reads
from service.store.queries import tasks as task_reads
from service.store.queries.held import HeldItem
from service.store.queries.readable import Reader
from service.store.queries.tasks import Task
from service.workflow.errors import NoSuchHeldItemError, NoSuchTaskError
from service.workflow.ports import Services


async def list_tasks(services: Services, partnership: str, reader: Reader | None = None) -> list[Task]:
    """What is open, what is due soonest first."""
    async with services.engine.connect() as conn:
        return await task_reads.open_tasks(conn, partnership, reader)


async def close_task(services: Services, partnership: str, task_id: UUID, *, actor: str) -> None:
    """A person has done a task.

    Raises:
        NoSuchTaskError: it is not open, or not this partnership's.
    """
    await _end(services, partnership, task_id, tasks.close, actor)


async def drop_task(services: Services, partnership: str, task_id: UUID, *, actor: str) -> None:
    """A person says that a task need not be done. Raises as ``close_task``."""
    await _end(services, partnership, task_id, tasks.drop, actor)


async def _end(
    services: Services, partnership: str, task_id: UUID, end: Callable[..., Awaitable[bool]], actor: str
) -> None:
    async with services.engine.begin() as conn:
        task = await task_reads.task_by_id(conn, partnership, task_id)
        if task is not None and task.meeting_reference is not None:
            # A move or a cancellation may be about to take the task back: the one follows the other.
            await meetings.lock_meeting(conn, partnership, task.meeting_reference)
        if not await end(conn, partnership, task_id, by=actor, now=services.now()):
            raise NoSuchTaskError(str(task_id))


async def list_held(services: Services, partnership: str) -> list[HeldItem]:
    """The deliveries that still need a person, oldest first. Their bodies stay sealed."""
    async with services.engine.connect() as conn:
        return await held_reads.open_items(conn, partnership)


async def close_held_item(services: Services, partnership: str, reference: str, *, actor: str) -> None:
    """A person has dealt with a delivery; the task that asked for it is done.

    Raises:
        NoSuchHeldItemError: it is not open, or not this partnership's.
    """
    now = services.now()
    async with services.engine.begin() as conn:
        item = await held_reads.held_item(conn, partnership, reference)
        if item is None or not await held.close(conn, partnership, reference, by=actor, now=now):
            raise NoSuchHeldItemError(reference)
        await tasks.close_of_held_item(conn, partnership, item.id, by=actor, now=now)
