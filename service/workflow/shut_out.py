"""An agency turns out to be one that must not be told after it was recorded who came to the meeting.

What happened stays true: the meeting was held, and whoever was there was there, so nothing is called off and called
anew. Everything by which the agency could still learn of the case ends at once: its answer link, its codes, every desk
session at its inbox, its entry in the calendar, decisions and minutes it could have opened. The chair is told.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.chasing import Silence
from service.domain.meetings import MeetingState
from service.store.changes import audit, binding, meetings, tasks
from service.store.changes.bulk import write_rows
from service.store.changes.meetings import LockedMeeting
from service.store.ids import new_id
from service.store.queries.meeting import meeting_view
from service.store.queries.meeting_lines import AgencyLine, MeetingView
from service.store.tables import outbox
from service.workflow.bind import call_now, guests_row, place_meant
from service.workflow.calling import Row
from service.workflow.entries import entries_off
from service.workflow.errors import CannotInviteError
from service.workflow.handmade import OF_ONE_VERSION
from service.workflow.ports import Services
from service.workflow.remove_now import end_sessions, told_to_chair
from service.workflow.safe_route import StoppedPlace


async def shut_out(services: Services, partnership: str, reference: str, place: StoppedPlace, *, actor: str) -> bool:
    """Shut an agency out of a meeting that was held; False for one in another state. Pressed again, it changes nothing.

    Raises:
        NoSuchRequirementError: nobody of this role is at the meeting.
        CannotInviteError: several places are meant, or its inbox is stopped already.
    """
    async with services.engine.begin() as conn:
        meeting = await meetings.lock_meeting(conn, partnership, reference)
        view = await meeting_view(conn, partnership, reference)
        if meeting is None or view is None or meeting.state is not MeetingState.HELD:
            return False
        places = await binding.places_in_role(conn, partnership, meeting.id, place.role)
        if all(each.state == "stopped" for each in places) and _was_shut_out(view, place.role):
            return True
        meant = place_meant(places, place.role, place.slot, place.child, state="wanted").requirement_id
        # The same desk may do another agency's job too: it is shut out of all of them.
        ended = {meant, *await binding.places_sharing(conn, partnership, meeting.id, meant)}
        rows = await _end(services, conn, partnership, meeting, view, ended, actor)
    await services.wake.outbox([row["id"] for row in rows])
    return True


def _was_shut_out(view: MeetingView, role: str) -> bool:
    return any(each.role == role and each.slot.startswith(binding.TOLD) for each in view.agencies)


async def _end(
    services: Services,
    conn: AsyncConnection,
    partnership: str,
    meeting: LockedMeeting,
    view: MeetingView,
    ended: Collection[UUID],
    actor: str,
) -> list[Row]:
    was_guest = False
    for agency in (each for each in view.agencies if each.requirement_id in ended):
        if agency.state == "stopped":
            raise CannotInviteError("This agency's shared inbox must not be told, so it can open nothing already.")
        was_guest |= agency.inbox is not None and agency.inbox.channel == "outlook"
        await _close(services, conn, partnership, meeting, agency, actor)
        await end_sessions(services, conn, partnership, meeting, agency, actor)
        await tasks.open_once(conn, [told_to_chair(services, partnership, meeting, agency, over=True)], by=actor)
    call = await call_now(services, conn, partnership, meeting)
    rows = [await guests_row(conn, call)] if call is not None and was_guest else []
    rows.extend(await entries_off(conn, call))
    await write_rows(conn, [(outbox, rows)])
    return rows


async def _close(
    services: Services,
    conn: AsyncConnection,
    partnership: str,
    meeting: LockedMeeting,
    agency: AgencyLine,
    actor: str,
) -> None:
    """Close one place. What is recorded stays with it. One that was to come and of which nothing is recorded is
    replaced by a stopped one: it counts as missing until somebody records that it was there."""
    now, place = services.now(), agency.requirement_id
    counts = agency.state in {"wanted", "no_inbox"} and not agency.recorded
    because = {"because": str(Silence.EXCLUDED), "requirement": str(place)}
    events = [audit.Event(partnership, meeting.id, now, actor, audit.Action.REQUIREMENT_WITHDRAWN, because)]
    if counts:
        new = new_id(now)
        await binding.stop(conn, partnership, place, new)
        added = because | {"requirement": str(new)}
        events.append(audit.Event(partnership, meeting.id, now, actor, audit.Action.REQUIREMENT_ADDED, added))
    else:
        await binding.close_told(conn, partnership, place)
    await binding.take_back(conn, partnership, place, Silence.EXCLUDED, now)
    await tasks.drop_for_requirement(conn, partnership, place, OF_ONE_VERSION, by=actor, now=now)
    await audit.append(conn, events)
