"""Somebody at an agency must not be told of a meeting that was called already: it is called off, and a new one that is
linked to it takes its place without that agency, so that the old calendar entry and join link are worth nothing.

The others hear of it once, by the invitation to the new one, which says that the old entry works no more and not why.
What was called off and not yet called anew stands as a task, and every sweep goes on with it, so that no crash leaves
it half done. Once it is recorded who came, nothing is called off any more (``workflow.shut_out``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from service.domain.meetings import MeetingState, under_way
from service.domain.roles import words as role_words
from service.store.changes import binding, tasks
from service.store.changes.bulk import write_rows
from service.store.changes.meetings import LockedMeeting
from service.store.queries.follow_up import LinkedMeeting, called_again
from service.store.queries.meeting import meeting_view
from service.store.queries.meeting_lines import AgencyLine
from service.store.queries.replacing import Unreplaced, to_replace
from service.store.sealing import SealError
from service.store.tables import outbox
from service.workflow.bind import call_now
from service.workflow.call_again import call_again
from service.workflow.calling import Row
from service.workflow.entries import entries_off
from service.workflow.errors import (
    BadTimeError,
    CannotInviteError,
    ChangedMeanwhileError,
    Instead,
    NoSuchMeetingError,
    WorkflowError,
)
from service.workflow.meetings import call_off
from service.workflow.ports import Services
from service.workflow.remove_now import end_sessions, place_to_end, told_to_chair
from service.workflow.safe_route import StoppedPlace, stop_one
from service.workflow.shut_out import shut_out
from service.workflow.tasks import TaskKind, task_row

log = structlog.get_logger(__name__)

BECAUSE = "wrong_person_invited"
ACTOR = "scheduler"
# A meeting that sits goes on by the new link as soon as everybody can have it. Our own figures.
_SOON, _STEP = timedelta(minutes=10), timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Excluded:
    """What it led to. ``new`` None: the new meeting could not be made yet, and a task asks for it; or, where it is
    ``kept``, the meeting was held, so that it stays and the agency is shut out of it."""

    reference: str
    new: LinkedMeeting | None
    kept: bool = False


async def exclude(
    services: Services,
    partnership: str,
    reference: str,
    place: StoppedPlace,
    *,
    actor: str,
    start: datetime | None = None,
) -> Excluded:
    """Call a meeting off and anew without an agency that must not be told. Pressed again, it is the same new meeting.
    One that was held is not called off: the agency is shut out of it.

    ``start``: of the new one; without it the old start, or a few minutes from now where the meeting sits already.

    Raises:
        NoSuchMeetingError, NoSuchRequirementError
        BadTimeError: the start is past.
        CannotInviteError: nobody is invited yet, or the meeting is over or called off.
    """
    now = services.now()
    if start is not None and start <= now:
        raise BadTimeError("The start is in the past. Choose a start that is still to come.")
    if (made := await _made(services, partnership, reference)) is not None:
        return Excluded(reference, made)
    if await shut_out(services, partnership, reference, place, actor=actor):
        return Excluded(reference, None, kept=True)
    if (waiting := await _begun(services, partnership, reference)) is None:
        intents = await _call_off(services, partnership, reference, place, start, actor)
        await services.wake.outbox(intents)
        waiting = await _begun(services, partnership, reference)
    if waiting is None:
        return Excluded(reference, None)
    return Excluded(reference, await _anew(services, waiting, actor))


async def _made(services: Services, partnership: str, reference: str) -> LinkedMeeting | None:
    """The new meeting, where the same press has led to one already."""
    async with services.engine.connect() as conn:
        view = await meeting_view(conn, partnership, reference)
        if view is None or view.cancelled_because != BECAUSE:
            return None
        return await called_again(conn, partnership, view.id)


async def _begun(services: Services, partnership: str, reference: str) -> Unreplaced | None:
    """The replacement of this meeting that was begun and is not finished."""
    async with services.engine.connect() as conn:
        return next((each for each in await to_replace(conn) if each.is_of(partnership, reference)), None)


async def _anew(services: Services, waiting: Unreplaced, actor: str) -> LinkedMeeting | None:
    try:
        return await call_again(services, waiting.partnership, waiting.reference, actor=actor, start=waiting.starts_at)
    except (SealError, WorkflowError) as error:
        # What was called off stays so: the task in front of an officer says what is to be done.
        log.error("not called anew", meeting=str(waiting.meeting_id), error=type(error).__name__)
        return None


async def replace_waiting(services: Services) -> int:
    """Finish every replacement that a crash cut short; returns how many. One that fails does not stop the others."""
    async with services.engine.connect() as conn:
        waiting = await to_replace(conn)
    return sum([await _anew(services, each, ACTOR) is not None for each in waiting])


async def _call_off(
    services: Services,
    partnership: str,
    reference: str,
    place: StoppedPlace,
    start: datetime | None,
    actor: str,
) -> list[UUID]:
    """All that must be true at once: the place stopped, the meeting called off, and a task for the new one."""
    async with services.engine.begin() as conn:
        meeting, agency = await place_to_end(services, conn, partnership, reference, place)
        _check(meeting, agency)
        view = await meeting_view(conn, partnership, reference)
        if view is None:
            raise NoSuchMeetingError(reference)
        ended = [
            agency.requirement_id,
            *await binding.places_sharing(conn, partnership, meeting.id, agency.requirement_id),
        ]
        for each in view.agencies:
            if each.requirement_id in ended:
                await stop_one(services, conn, partnership, meeting, each.requirement_id, actor)
                await end_sessions(services, conn, partnership, meeting, each, actor)
        call = await call_now(services, conn, partnership, meeting)
        off: list[Row] = await entries_off(conn, call)
        await write_rows(conn, [(outbox, off)])
        intents = await call_off(services, conn, partnership, meeting, reason=BECAUSE, actor=actor, called_anew=True)
        found = [_task(services, partnership, meeting, agency, start)]
        if under_way(meeting.starts_at, meeting.ends_at, services.now()):
            found.append(told_to_chair(services, partnership, meeting, agency))
        await tasks.open_once(conn, found, by=actor)
    return [*intents, *(row["id"] for row in off)]


def _check(meeting: LockedMeeting, agency: AgencyLine) -> None:
    if meeting.state is MeetingState.PLANNED:
        raise CannotInviteError(
            "Nobody is invited to this meeting yet. Stop the inbox instead.", instead=Instead.STOP_INBOX
        )
    if meeting.state is MeetingState.HELD:
        # Who came was recorded in this very moment.
        raise ChangedMeanwhileError
    if agency.state == "stopped":
        raise CannotInviteError("This agency's shared inbox must not be told, so it is not asked already.")


def _task(
    services: Services, partnership: str, meeting: LockedMeeting, agency: AgencyLine, start: datetime | None
) -> Row:
    """The task that the new meeting ends. Its due time is the new start, which every sweep reads again."""
    now = services.now()
    return task_row(
        partnership=partnership,
        kind=TaskKind.CALL_ANEW,
        detail=f"Call meeting {meeting.reference} again without the {role_words(agency.role)}. It is being done: if no "
        "new meeting is linked to it in a few minutes, press Call it again on its page.",
        now=now,
        meeting_id=meeting.id,
        due_at=start or (meeting.starts_at if meeting.starts_at and meeting.starts_at > now else _soon(now)),
    )


def _soon(now: datetime) -> datetime:
    """The next full five minutes that are at least ten minutes off."""
    at = (now + _SOON).replace(second=0, microsecond=0)
    over = timedelta(minutes=at.minute % 5)
    return at + (_STEP - over if over or at < now + _SOON else timedelta(0))
