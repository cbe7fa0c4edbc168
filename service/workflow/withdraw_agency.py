"""Letting one agency off a meeting to come, by a named person for a reason: nobody else hears of it.

What was told it is taken back, it is told that it need not come, and the event loses that guest. An agency that must
come is never let off so: its inbox can be stopped, or the facts that call for it corrected.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.chasing import Silence
from service.store.chain import JSON
from service.store.changes import audit, binding, meetings, replanning, tasks
from service.store.changes.bulk import write_rows
from service.store.changes.meetings import LockedMeeting
from service.store.queries.meeting import meeting_view
from service.store.queries.meeting_lines import AgencyLine
from service.store.tables import outbox
from service.store.tables import tasks as tasks_table
from service.workflow.bind import anew, call_now, guests_row, place_meant, to_come
from service.workflow.calling import GUESTS_AT, Row, outbox_row, sequence_of, stream_of_messages
from service.workflow.errors import BadReasonError, CannotInviteError, Instead, NoSuchMeetingError
from service.workflow.handmade import OF_ONE_VERSION, withdrawn_task
from service.workflow.ports import Services
from service.workflow.safe_route import StoppedPlace
from service.workflow.seats import fit_seats, sitting_of

WITHDRAW_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "not_involved": "it turned out that it is not involved",
        "asked_in_error": "it was asked in error",
        "another_comes": "another agency comes in its place",
        "sent_information": "the information it sent is enough",
    }
)


async def withdraw_agency(
    services: Services, partnership: str, reference: str, place: StoppedPlace, *, reason: str, actor: str
) -> UUID:
    """Ask an agency no longer to come; returns its place. ``reason`` is a key of ``WITHDRAW_REASONS``.

    A plan made anew asks for it again where its rules still do.

    Raises:
        NoSuchMeetingError, NoSuchRequirementError
        CannotInviteError: the meeting is over or has begun, the agency must come, or its inbox is stopped.
        BadReasonError: the reason is not on the list.
    """
    if reason not in WITHDRAW_REASONS:
        raise BadReasonError(f"The reason must be one of: {', '.join(WITHDRAW_REASONS)}.")
    async with services.engine.begin() as conn:
        meeting = await meetings.lock_meeting(conn, partnership, reference)
        view = await meeting_view(conn, partnership, reference)
        if meeting is None or view is None:
            raise NoSuchMeetingError(reference)
        if not to_come(services, meeting):
            raise CannotInviteError("This meeting is over, has begun or was called off. Phone the agency instead.")
        places = await binding.places_in_role(conn, partnership, meeting.id, place.role)
        meant = place_meant(places, place.role, place.slot, place.child, state="wanted").requirement_id
        agency = next(each for each in view.agencies if each.requirement_id == meant)
        _check(agency)
        ids = await let_off(services, conn, partnership, meeting, agency, reason=reason, actor=actor)
    await services.wake.outbox(ids)
    return meant


async def let_off(
    services: Services,
    conn: AsyncConnection,
    partnership: str,
    meeting: LockedMeeting,
    agency: AgencyLine,
    *,
    reason: str,
    actor: str,
    at_once: bool = False,
) -> list[UUID]:
    """End a place under the lock of its meeting; returns the intents. ``at_once``: also while the meeting sits."""
    now, meant = services.now(), agency.requirement_id
    reached = await binding.reached_by_hand(conn, partnership, meeting)
    by_hand = [each for each in reached if each.requirement_id == meant]
    await binding.take_back(conn, partnership, meant, Silence.WITHDRAWN, now)
    await tasks.drop_for_requirement(conn, partnership, meant, (*OF_ONE_VERSION, "no_inbox"), by=actor, now=now)
    await replanning.change_place(conn, partnership, meant, {"state": "withdrawn"})
    rows: list[Row] = []
    call = await call_now(services, conn, partnership, meeting)
    if call is not None and agency.inbox is not None and agency.inbox.channel != "phone":
        stream = stream_of_messages(meant)
        at = sequence_of(call.version, GUESTS_AT + await binding.rows_in_stream(conn, partnership, stream))
        about = {"about": "withdrawal"} | ({"at_once": True} if at_once else {})
        rows.append(outbox_row(call, "message", stream, at, requirement_id=meant, detail=about))
    if call is not None and agency.inbox is not None and agency.inbox.channel == "outlook":
        rows.append(await guests_row(conn, call))
    to_phone = [withdrawn_task(partnership, meeting, each, now, again=anew(now)) for each in by_hand]
    await write_rows(conn, [(outbox, rows), (tasks_table, to_phone)])
    seated = await fit_seats(conn, sitting_of(partnership, meeting, now), actor)
    data: dict[str, JSON] = {"requirement": str(meant), "role": agency.role, "because": reason}
    data |= {"at_once": True} if at_once else {}
    event = audit.Event(partnership, meeting.id, now, actor, audit.Action.REQUIREMENT_WITHDRAWN, data)
    await audit.append(conn, [event, *seated])
    return [row["id"] for row in rows]


def _check(agency: AgencyLine) -> None:
    if agency.state == "stopped":
        raise CannotInviteError("This agency's shared inbox must not be told, so it is not asked already.")
    if agency.level == "core":
        raise CannotInviteError(
            "This agency must come, so it is not let off. Correct the facts that call for it, and plan the "
            "meeting anew.",
            instead=Instead.CORRECT_FACTS,
        )
