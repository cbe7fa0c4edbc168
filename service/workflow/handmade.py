"""What is done by hand: the tasks of places that no message reaches, for each version of a meeting's time.

An officer who has found somebody, or phoned a desk, is the only way such an agency hears of the meeting. So every new
time asks again, and a cancellation asks for a last call to each agency that was reached outside mail.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from service.domain.binding import RequirementState
from service.domain.london import words
from service.domain.roles import ROLES
from service.store.changes.binding import ByHand, Gap
from service.store.changes.meetings import LockedMeeting
from service.workflow.tasks import TaskKind, task_row

OF_ONE_VERSION = (
    TaskKind.PHONE_INVITATION,
    TaskKind.PHONE_SILENT,
    TaskKind.NO_INBOX,
    TaskKind.MUST_NOT_BE_TOLD,
    TaskKind.EXPLAIN_SHORT_NOTICE,
    TaskKind.TELL_PARENT,
    TaskKind.BOOK_INTERPRETER,
    TaskKind.MINUTES_DUE,
    TaskKind.MINUTES_OVERDUE,
)
"""The tasks that speak of one time, and are stale once there is another."""


def gap_task(
    gap: Gap,
    *,
    partnership: str,
    meeting_id: UUID,
    now: datetime,
    version: int = 0,
    starts_at: datetime | None = None,
    due_at: datetime | None = None,
    again: str = "",
) -> dict[str, Any] | None:
    """The task for a place that no message will reach; None for one that needs none.

    A shared inbox that must not be told is never named to it. ``starts_at`` is said once the meeting has a time.
    ``again`` tells apart the times that one place falls empty during one version.
    """
    role = ROLES[gap.role].words
    match gap.state:
        case RequirementState.NO_INBOX:
            kind, detail = TaskKind.NO_INBOX, f"Find who comes for: {role}. The directory has no inbox."
        # An optional one was only named so that its inbox stays stopped: nobody was asked for on its part.
        case RequirementState.STOPPED if gap.level != "optional":
            kind = TaskKind.MUST_NOT_BE_TOLD
            detail = f"Name a person and a safe route for: {role}. Its shared inbox must not be told."
        case _:
            return None
    if starts_at is not None:
        known = " Whoever is found already must be told of this time." if version > 1 else ""
        detail = f"{detail} The meeting starts {words(starts_at)}.{known}"
    return task_row(
        partnership=partnership,
        kind=kind,
        detail=detail,
        now=now,
        meeting_id=meeting_id,
        requirement_id=gap.requirement_id,
        about=f"{version}{again}",
        due_at=due_at or starts_at,
    )


def cancelled_tasks(
    partnership: str, meeting: LockedMeeting, places: list[ByHand], now: datetime
) -> Iterator[dict[str, Any]]:
    """A last call to each agency that no cancellation by mail will reach."""
    for place in places:
        yield task_row(
            partnership=partnership,
            kind=TaskKind.PHONE_CANCELLATION,
            detail=f"Phone {_who(place)}: the meeting is off.",
            now=now,
            meeting_id=meeting.id,
            requirement_id=place.requirement_id,
            about=str(meeting.version),
            due_at=meeting.starts_at,
        )


def withdrawn_task(
    partnership: str, meeting: LockedMeeting, place: ByHand, now: datetime, *, again: str
) -> dict[str, Any]:
    """A call to an agency that heard of the meeting outside mail and is no longer asked to come."""
    return task_row(
        partnership=partnership,
        kind=TaskKind.PHONE_WITHDRAWAL,
        detail=f"Phone {_who(place)}: nobody needs to come from there any more. The meeting takes place.",
        now=now,
        meeting_id=meeting.id,
        requirement_id=place.requirement_id,
        about=f"{meeting.version}{again}",
        due_at=meeting.starts_at,
    )


def _who(place: ByHand) -> str:
    role = ROLES[place.role].words
    match place.state:
        case RequirementState.WANTED:
            return f"{place.name} on {place.phone}"
        case RequirementState.STOPPED:
            return f"whoever comes for {role}, by the safe route"
        case _:
            return f"whoever comes for {role}"
