"""Going on without a quorum: never refused, always by a named person with a reason.

Safety comes before quorum (Tees and Knowsley let a strategy meeting proceed with whoever is there). What is kept is who
decided so and why; when nobody has said it by the time attendance is recorded, the lead child protection practitioner
has a task to.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.meetings import MeetingState
from service.store.changes import audit, meetings, tasks
from service.store.queries.meeting import meeting_view
from service.workflow.errors import BadReasonError, NoSuchMeetingError
from service.workflow.ports import Services
from service.workflow.quorum import Standing, standing_of
from service.workflow.tasks import LCPP, TaskKind, task_row


async def go_on_without_quorum(
    services: Services, partnership: str, reference: str, *, reason: str, actor: str
) -> Standing:
    """Keep why a meeting goes on, or went on, without its quorum. It can be said again.

    Raises:
        NoSuchMeetingError, NotReadyError
        BadReasonError: no words, a meeting that is not to be held, or one at which nobody is missing.
    """
    now = services.now()
    async with services.engine.begin() as conn:
        locked = await meetings.lock_meeting(conn, partnership, reference)
        found = await meeting_view(conn, partnership, reference)
        if locked is None or found is None:
            raise NoSuchMeetingError(reference)
        if not reason.strip():
            raise BadReasonError("Say in a sentence why the meeting goes on without everyone, without names.")
        if locked.state not in {MeetingState.CONFIRMED, MeetingState.HELD}:
            raise BadReasonError("Only a meeting that has its time, or was held, can go on without a quorum.")
        standing = await standing_of(services, conn, partnership, found)
        if not standing.forecast.short:
            raise BadReasonError("Nobody that the policy or the national guidance asks for is missing.")
        await meetings.go_on_without_quorum(conn, partnership, locked.id, reason=reason.strip(), by=actor)
        await tasks.close_kind(conn, partnership, locked.id, str(TaskKind.EXPLAIN_NO_QUORUM), by=actor, now=now)
        # The words stay in the meeting's row: a hash chain could never forget a name in them.
        missing = [*standing.forecast.quorum.missing, *standing.forecast.partners.missing]
        event = audit.Event(
            partnership, locked.id, now, actor, audit.Action.QUORUM_WAIVED, {"missing": sorted(set(missing))}
        )
        await audit.append(conn, [event])
    return standing


async def ask_for_reason(
    services: Services, conn: AsyncConnection, partnership: str, reference: str, *, actor: str, now: datetime
) -> None:
    """After attendance was recorded: a task where too few came and nobody has said why; none left where enough did.

    A task that was closed stays closed: a later correction of the attendance does not ask a second time.
    """
    found = await meeting_view(conn, partnership, reference)
    if found is None:
        raise NoSuchMeetingError(reference)
    standing = await standing_of(services, conn, partnership, found)
    if not standing.forecast.short:
        await tasks.close_kind(conn, partnership, found.id, str(TaskKind.EXPLAIN_NO_QUORUM), by=actor, now=now)
    elif not found.inquorate_by:
        missing = dict.fromkeys([*standing.forecast.quorum.missing, *standing.forecast.partners.missing])
        task = task_row(
            partnership=partnership,
            kind=TaskKind.EXPLAIN_NO_QUORUM,
            detail=f"Say why the meeting went on without: {', '.join(missing)}. Or record them if they came.",
            now=now,
            meeting_id=found.id,
            owner=LCPP,
        )
        await tasks.open_once(conn, [task], by=actor)
