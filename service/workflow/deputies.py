"""Whoever came in an agency's place, by name: compared with the people tied to the case, as every name is.

They have come and heard what was said, so what happened is recorded; somebody who may be tied to the case is put in
front of the lead practitioner at once, who settles what they heard and who must know.
"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.roles import words as role_words
from service.store.changes import tasks
from service.store.changes.answers import Place
from service.store.changes.meetings import LockedMeeting
from service.workflow.identity import Named, may_be_tied
from service.workflow.ports import Services
from service.workflow.tasks import LCPP, TaskKind, task_row


async def look_at_deputy(
    services: Services,
    conn: AsyncConnection,
    meeting: LockedMeeting,
    place: Place,
    said: str,
    *,
    partnership: str,
    sitting: int,
    actor: str,
) -> None:
    """Compare the words about who came instead ("Orla Quill, duty team"). A hit opens a task, once for each sitting.

    The comparison is audited; the name is in neither.
    """
    names = tuple(name for name in (said, said.partition(",")[0]) if name.strip())
    if not names:
        return
    now, named = services.now(), Named(names, "attendance", place.id)
    if not await may_be_tied(conn, services, partnership, meeting, named, actor=actor):
        return
    task = task_row(
        partnership=partnership,
        kind=TaskKind.NAME_REFUSED,
        detail=f"Settle who came for {role_words(place.role)}: whoever is named as coming in its place may be tied to "
        "the case, and heard what was said. If it is somebody else of that name, close this.",
        now=now,
        meeting_id=meeting.id,
        requirement_id=place.id,
        about=f"came:{sitting}",
        due_at=now,
        owner=LCPP,
    )
    await tasks.open_once(conn, [task])
