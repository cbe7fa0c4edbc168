"""What becomes of a row when the code itself fails on it: it is tried again, more and more slowly, and then given to a
person. A fault of ours must not loop in silence, and must not be told only to a log.

Errors are logged by type and place. Their text can hold what was about to be sealed, so nobody repeats it.
"""

from __future__ import annotations

from uuid import UUID

import structlog

from service.scheduler import outcomes
from service.scheduler.dispatch import dispatch
from service.scheduler.machinery import Machinery
from service.scheduler.places import is_away, place_of
from service.scheduler.retries import wait
from service.store.changes import outbox

log = structlog.get_logger(__name__)

# About an hour of tries: long enough for a deploy that mends the fault to come first.
MOST_STUMBLES = 20


async def dispatch_or_stumble(machinery: Machinery, row_id: UUID) -> list[UUID]:
    """``dispatch``, never raising for a fault of ours."""
    try:
        return await dispatch(machinery, row_id)
    except Exception as error:  # noqa: BLE001 - whatever it is, the row must say so and a person must hear of it
        if is_away(error):
            log.warning("database is away", row=str(row_id), error=type(error).__name__)
            return []
        await _stumbled(machinery, row_id, error)
        return []


async def _stumbled(machinery: Machinery, row_id: UUID, error: Exception) -> None:
    services, where = machinery.services, place_of(error)
    log.error("outbox row stumbled", row=str(row_id), error=type(error).__name__, place=where)
    async with services.engine.begin() as conn:
        row = await outbox.claim_stumbled(conn, row_id, services.real_now())
        if row is None:
            return
        said = f"{type(error).__name__} at {where}"
        if row.attempts < MOST_STUMBLES:
            await outbox.defer(conn, row, services.real_now() + wait(row.attempts), said)
        elif await outbox.exhaust(conn, row, said, services.real_now()):
            await outcomes.exhausted(conn, services, row, said)
