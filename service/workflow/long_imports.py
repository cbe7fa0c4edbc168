"""A long import of the directory: the file is taken in at once, and the meetings to come are seen to by the worker.

A worker that dies leaves a row whose lease runs out; the next tick goes on, because whatever is left is found again.
"""

from __future__ import annotations

import asyncio
from uuid import UUID

from service.store.changes import directory_imports as changes
from service.store.queries import directory_imports as reads
from service.store.queries.directory_imports import LongImport
from service.workflow.bind import empty_places, fill_gaps
from service.workflow.channels import move_channels
from service.workflow.far import Far
from service.workflow.ports import Services

_NOTED_EVERY = 1.0


async def look(services: Services, partnership: str, import_id: UUID) -> LongImport | None:
    """How far it is."""
    async with services.engine.connect() as conn:
        return await reads.long_import(conn, partnership, import_id)


async def do_next(services: Services) -> bool:
    """See to the meetings of the one that has waited longest; False when none waits."""
    async with services.engine.begin() as conn:
        claimed = await changes.claim(conn, services.real_now())
    if claimed is None:
        return False
    partnership, wanted = claimed
    found = await look(services, partnership, wanted)
    if found is None:
        return False
    # What a worker that died had done is done.
    far = Far(found.done, found.done)
    noting = asyncio.ensure_future(_noted(services, partnership, wanted, far))
    try:
        await empty_places(services, partnership, actor=found.asked_by, far=far)
        await move_channels(services, partnership, actor=found.asked_by, far=far)
        await fill_gaps(services, partnership, actor=found.asked_by, far=far)
    finally:
        noting.cancel()
        await asyncio.gather(noting, return_exceptions=True)
        await _note(services, partnership, wanted, far)
    async with services.engine.begin() as conn:
        return await changes.end(conn, partnership, wanted, far.done, far.total, services.now())


async def _noted(services: Services, partnership: str, wanted: UUID, far: Far) -> None:
    while True:
        await asyncio.sleep(_NOTED_EVERY)
        await _note(services, partnership, wanted, far)


async def _note(services: Services, partnership: str, wanted: UUID, far: Far) -> None:
    async with services.engine.begin() as conn:
        await changes.note(conn, partnership, wanted, far.done, far.total, services.real_now())
