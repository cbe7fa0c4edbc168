"""What becomes of a row when the code itself fails on it: it is tried again, more and more slowly, and then given to a
person. A fault of ours must not loop in silence, and must not be told only to a log.

Errors are logged by type and place. Their text can hold what was about to be sealed, so nobody repeats it.
"""

from __future__ import annotations

import traceback
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from service.scheduler import outcomes
from service.scheduler.dispatch import dispatch
from service.scheduler.machinery import Machinery
from service.scheduler.retries import wait
from service.store.changes import outbox

log = structlog.get_logger(__name__)

# About an hour of tries: long enough for a deploy that mends the fault to come first.
MOST_STUMBLES = 20


def place_of(error: BaseException) -> str:
    """Where an error was raised: the innermost of our own lines, as ``service/scheduler/letters.py:42``."""
    if isinstance(error, TimeoutError) and error.__cause__ is not None:
        # Whoever set the time raised it; where it was spent is what was cut off.
        error = error.__cause__
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/service/" in frame.filename] or list(frames)
    if not ours:
        return "unknown"
    return f"service/{ours[-1].filename.rpartition('/service/')[2]}:{ours[-1].lineno}"


def is_away(error: BaseException) -> bool:
    """Whether the database is away rather than the code at fault: then the row is as it was, and a sweep finds it."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(error, OperationalError | InterfaceError | OSError | TimeoutError)


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
