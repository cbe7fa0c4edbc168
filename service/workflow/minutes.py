"""Reminding of minutes: a task once the meeting is over, and another for the lead practitioner once they are late.

Where the partnership has set no day nobody is reminded, because there is nothing to be late by.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from service.domain.london import words
from service.domain.meetings import MeetingState
from service.domain.minutes import first_issued
from service.store.changes import meetings, tasks
from service.store.changes.papers import MinutesWanted
from service.store.queries.papers import papers_of
from service.workflow.ports import Services
from service.workflow.tasks import LCPP, TaskKind, task_row

ASKED = (str(TaskKind.MINUTES_DUE), str(TaskKind.MINUTES_OVERDUE))


async def remind_of_minutes(services: Services, wanted: MinutesWanted) -> int:
    """Open the tasks about one meeting's minutes that there should be by now; returns how many are new."""
    now = services.now()
    async with services.engine.begin() as conn:
        meeting = await meetings.lock_meeting_by_id(conn, wanted.partnership, wanted.meeting_id)
        # Read again under the lock: it may have been moved, called off or written up since the sweep saw it.
        if meeting is None or meeting.version != wanted.version or meeting.state is MeetingState.CANCELLED:
            return 0
        if first_issued(await papers_of(conn, wanted.partnership, wanted.meeting_id)) is not None:
            return 0
        return await tasks.open_once(conn, _tasks(wanted, now))


def _tasks(wanted: MinutesWanted, now: datetime) -> list[dict[str, Any]]:
    about: dict[str, Any] = {
        "partnership": wanted.partnership,
        "now": now,
        "meeting_id": wanted.meeting_id,
        "about": str(wanted.version),
        "due_at": wanted.due_at,
    }
    due = words(wanted.due_at)
    rows = [task_row(kind=TaskKind.MINUTES_DUE, detail=f"Issue the minutes by {due}.", **about)]
    if wanted.due_at < now:
        late = f"The minutes were due by {due} and are not issued. See that they are."
        rows.append(task_row(kind=TaskKind.MINUTES_OVERDUE, detail=late, owner=LCPP, **about))
    return rows
