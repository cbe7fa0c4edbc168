"""Un-cancelling: a meeting that was called off and is needed after all becomes a new one, linked to the old.

The old one stays cancelled and is counted so: its event is gone from everybody's calendar and its answers were to
something that does not take place. Quorum, notice and attendance begin anew, about the same people and for the same
readers; each agency's one message says which meeting it takes the place of.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from service.domain.facts import Urgency
from service.domain.meetings import MeetingState
from service.domain.requests import Wishes
from service.store.changes import audit, meetings, tasks
from service.store.queries.follow_up import LinkedMeeting, access_of, called_again
from service.store.queries.meeting import meeting_view
from service.store.queries.meeting_lines import MeetingView
from service.workflow.deliveries import Delivery, Follows
from service.workflow.errors import CannotFollowUpError, ChangedMeanwhileError, NoSuchMeetingError
from service.workflow.follow_up import asked_again
from service.workflow.ports import Services
from service.workflow.receive import receive_request
from service.workflow.tasks import TaskKind

_DOOR = "call_again"
_HOUR = timedelta(hours=1)


async def call_again(
    services: Services, partnership: str, reference: str, *, actor: str, start: datetime | None = None
) -> LinkedMeeting:
    """Call a cancelled meeting anew. Asked for again, it is the same new meeting.

    ``start`` to come invites everybody at once; without one the old start counts, if it is still to come; else the new
    meeting waits for its time.

    Raises:
        NoSuchMeetingError, NotReadyError, ChangedMeanwhileError
        CannotFollowUpError: the meeting was not called off.
        ErasedError: the request's key has been destroyed, so nobody's name can be carried over.
        SealError: a sealed value cannot be read.
    """
    now = services.now()
    async with services.engine.begin() as conn:
        locked = await meetings.lock_meeting(conn, partnership, reference)
        meeting = await meeting_view(conn, partnership, reference)
        if locked is None or meeting is None:
            raise NoSuchMeetingError(reference)
        if meeting.state != MeetingState.CANCELLED:
            raise CannotFollowUpError("This meeting was not called off, so there is nothing to call again.")
        if (planned := await called_again(conn, partnership, meeting.id)) is None:
            asked, narrowed = await asked_again(services, conn, partnership, meeting, meeting.meeting_type, None)
            asked = replace(
                asked,
                source_ref=f"again/{reference}",
                urgency=Urgency(meeting.urgency),
                wishes=_wishes(meeting, start, now),
            )
            readers = await access_of(conn, partnership, meeting.request_id)
            opened = {"reason": "the meeting is called again", "columns": ["children.sealed_identity", "people"]}
            event = audit.Event(partnership, meeting.id, now, actor, audit.Action.IDENTITY_OPENED, opened)
            await audit.append(conn, [event])
    if planned is None:
        delivery = Delivery(_DOOR, str(meeting.id), hashlib.sha256(str(meeting.id).encode()).digest(), actor)
        await receive_request(services, asked, delivery, Follows(meeting.id, reference, readers, narrowed))
    return await _noted(services, partnership, meeting, actor)


def _wishes(meeting: MeetingView, start: datetime | None, now: datetime) -> Wishes:
    length = meeting.ends_at - meeting.starts_at if meeting.starts_at and meeting.ends_at else _HOUR
    before = meeting.starts_at if meeting.starts_at and meeting.starts_at > now else None
    return Wishes(
        start=start or before, minutes=int(length.total_seconds()) // 60, mode=meeting.mode, venue=meeting.venue
    )


async def _noted(services: Services, partnership: str, meeting: MeetingView, actor: str) -> LinkedMeeting:
    """Say in the old meeting's record, once, which one takes its place."""
    async with services.engine.begin() as conn:
        await meetings.lock_meeting_by_id(conn, partnership, meeting.id)
        planned = await called_again(conn, partnership, meeting.id)
        if planned is None:
            raise ChangedMeanwhileError
        await tasks.close_kind(conn, partnership, meeting.id, TaskKind.CALL_ANEW, by=actor, now=services.now())
        if not planned.noted:
            action = audit.Action.MEETING_CALLED_AGAIN
            data = {"meeting": planned.reference}
            await audit.append(conn, [audit.Event(partnership, meeting.id, services.now(), actor, action, data)])
    return planned
