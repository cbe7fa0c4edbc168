"""Taking an agency out of a meeting at once, before it or while it sits: its link, its desk session and its place end.

The event loses that guest and the chair is told, by a task that names no family. An agency that must come goes only
while the meeting sits, by the chair's decision, and once it is recorded whether it came: so it stays in every figure,
and the quorum is counted anew without it. Where somebody must not be told, the meeting is called anew
(``workflow.exclude``).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.meetings import MeetingState, under_way
from service.domain.roles import words as role_words
from service.store.changes import audit, binding, meetings, proofs, tasks
from service.store.changes.binding import ByHand
from service.store.changes.meetings import LockedMeeting
from service.store.queries.meeting import meeting_view
from service.store.queries.meeting_lines import AgencyLine
from service.workflow.bind import anew, place_meant, to_come
from service.workflow.errors import BadReasonError, CannotInviteError, Instead, NoSuchMeetingError
from service.workflow.handmade import withdrawn_task
from service.workflow.ports import Services
from service.workflow.safe_route import StoppedPlace
from service.workflow.tasks import LCPP, TaskKind, task_row
from service.workflow.withdraw_agency import WITHDRAW_REASONS, let_off
from service.workflow.without_quorum import ask_for_reason

CORE, CHAIR_DECIDED = "core", "chair_decided"
REMOVE_REASONS: Mapping[str, str] = MappingProxyType(
    {**WITHDRAW_REASONS, CHAIR_DECIDED: "the chair decided that it is not needed"}
)


async def remove_now(
    services: Services, partnership: str, reference: str, place: StoppedPlace, *, reason: str, actor: str
) -> UUID:
    """Take an agency out at once; returns its place. ``reason`` is a key of ``REMOVE_REASONS``.

    Raises:
        NoSuchMeetingError, NoSuchRequirementError
        CannotInviteError: the meeting is over or was called off, the agency must come and is not to be taken out so, or
            its inbox is stopped.
        NotReadyError: the policy that planned the meeting is not in the database.
        BadReasonError: the reason is not on the list.
    """
    if reason not in REMOVE_REASONS:
        raise BadReasonError(f"The reason must be one of: {', '.join(REMOVE_REASONS)}.")
    async with services.engine.begin() as conn:
        meeting, agency = await place_to_end(services, conn, partnership, reference, place)
        if agency.state == "stopped":
            raise CannotInviteError("This agency's shared inbox must not be told, so it is not asked already.")
        if agency.level == CORE and not (reason == CHAIR_DECIDED and agency.recorded):
            raise CannotInviteError(
                "This agency must come, so it is taken out only by the chair's decision, once it is recorded whether "
                "it came. If somebody there must not be told, call the meeting anew without it.",
                instead=Instead.CALL_ANEW,
            )
        ids = await let_off(services, conn, partnership, meeting, agency, reason=reason, actor=actor, at_once=True)
        await end_sessions(services, conn, partnership, meeting, agency, actor)
        await tasks.open_once(conn, _tasks(services, partnership, meeting, agency), by=actor)
        if agency.level == CORE:
            await ask_for_reason(services, conn, partnership, reference, actor=actor, now=services.now())
    await services.wake.outbox(ids)
    return agency.requirement_id


async def place_to_end(
    services: Services, conn: AsyncConnection, partnership: str, reference: str, place: StoppedPlace
) -> tuple[LockedMeeting, AgencyLine]:
    """The place that is to end at once, with its meeting's row locked: of a meeting to come, or one that sits.

    Raises:
        NoSuchMeetingError, NoSuchRequirementError
        CannotInviteError: the meeting is over or was called off, or several places are meant.
    """
    meeting = await meetings.lock_meeting(conn, partnership, reference)
    view = await meeting_view(conn, partnership, reference)
    if meeting is None or view is None:
        raise NoSuchMeetingError(reference)
    sits = meeting.state in {MeetingState.CONFIRMED, MeetingState.HELD}
    sits = sits and under_way(meeting.starts_at, meeting.ends_at, services.now())
    if not sits and not to_come(services, meeting):
        raise CannotInviteError("This meeting is over or was called off, so nobody is in it any more.")
    places = await binding.places_in_role(conn, partnership, meeting.id, place.role)
    meant = place_meant(places, place.role, place.slot, place.child, state="wanted").requirement_id
    return meeting, next(each for each in view.agencies if each.requirement_id == meant)


async def end_sessions(
    services: Services,
    conn: AsyncConnection,
    partnership: str,
    meeting: LockedMeeting,
    agency: AgencyLine,
    actor: str,
) -> None:
    """End every desk session at the agency's inbox. Its other meetings open again with a code sent to that inbox."""
    if agency.inbox is None:
        return
    ended = await proofs.end_sessions_of(conn, partnership, agency.inbox.id, services.real_now())
    now, action = services.now(), audit.Action.DESK_SESSION_ENDED
    await audit.append(
        conn, [audit.Event(partnership, meeting.id, now, actor, action, {"session": str(each)}) for each in ended]
    )


def _tasks(services: Services, partnership: str, meeting: LockedMeeting, agency: AgencyLine) -> list[dict[str, object]]:
    """The chair hears whom to let out; an agency that was brought in by phone is phoned."""
    now = services.now()
    found = [told_to_chair(services, partnership, meeting, agency)]
    if agency.state == "joined" and agency.inbox is not None:
        by_hand = ByHand(agency.requirement_id, agency.role, "wanted", agency.inbox.name, agency.inbox.phone)
        found.append(withdrawn_task(partnership, meeting, by_hand, now, again=anew(now)))
    return found


def told_to_chair(
    services: Services, partnership: str, meeting: LockedMeeting, agency: AgencyLine, *, over: bool = False
) -> dict[str, object]:
    """The chair's task to let nobody of an agency in. It names no family, and not why. ``over``: the meeting was held,
    so that it is about its further sittings and its papers."""
    now = services.now()
    detail = (
        f"Let nobody of the {role_words(agency.role)} into meeting {meeting.reference} or a further sitting of it any "
        "more, take them out if they are in it, and give them none of its papers."
        if over
        else f"Let nobody of the {role_words(agency.role)} into meeting {meeting.reference} any more, and take them "
        "out if they are in it. The chair's sheet shows who is let in."
    )
    return task_row(
        partnership=partnership,
        kind=TaskKind.LET_OUT,
        detail=detail,
        now=now,
        meeting_id=meeting.id,
        requirement_id=agency.requirement_id,
        about=f"{meeting.version}{anew(now)}",
        due_at=None if over else meeting.starts_at,
        owner=LCPP,
    )
