"""One look at how an online meeting is set, once its event was made or moved: who waits in its lobby, and whether it is
recorded. A person has a task where it lets anybody in unseen or writes anything down.

It comes after everything that leaves, so that no invitation ever waits for it. A look that fails is not made again:
``convene check`` looks at the meetings that come next, and says which right is missing.
"""

from __future__ import annotations

import asyncio
from uuid import UUID

import structlog

from service.outlook.errors import GraphError
from service.outlook.gate import GateClosed
from service.outlook.online import faults_of, read_online
from service.scheduler.machinery import Machinery
from service.store.changes import tasks
from service.store.queries.online import OnlineMeeting, online_of_row
from service.workflow.tasks import TaskKind, task_row

log = structlog.get_logger(__name__)

ACTOR = "scheduler"
LOOK_SECONDS = 10.0


async def look_at_online(machinery: Machinery, row_id: UUID) -> tuple[str, ...]:
    """What is wrong with the online meeting of an event that an outbox row has just made or moved; empty for nothing,
    for no online meeting, and where it could not be looked at."""
    services = machinery.services
    async with services.engine.connect() as conn:
        online = await online_of_row(conn, row_id, services.now())
    if online is None:
        return ()
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            settings = await read_online(machinery.graph(online.mailbox_id), online.mailbox, online.join_url)
    except (GraphError, GateClosed, TimeoutError) as error:
        log.warning("online meeting not looked at", meeting=str(online.meeting_id), why=str(error) or "TimeoutError")
        return ()
    if faults := faults_of(settings):
        async with services.engine.begin() as conn:
            await tasks.open_once(conn, [_task(machinery, online, faults)], by=ACTOR)
    return faults


def _task(machinery: Machinery, online: OnlineMeeting, faults: tuple[str, ...]) -> dict[str, object]:
    return task_row(
        partnership=online.partnership,
        kind=TaskKind.ONLINE_OPEN,
        detail=f"Set the Teams meeting of {online.reference} so that everybody waits in the lobby and nothing is "
        f"recorded, or have whoever runs Teams set it: {'; '.join(faults)}.",
        now=machinery.services.now(),
        meeting_id=online.meeting_id,
        about=str(online.version),
        due_at=online.starts_at,
    )
