"""One channel for one inbox. When the directory gives an inbox another channel, the meetings to come are moved over:
taken back from the one, then put on the other, never on both.

What an agency has answered stands, and so does when it was asked: only the calendar entry changes hands.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.chasing import Silence
from service.store.chain import JSON
from service.store.changes import audit, binding, calendar_mails, meetings, tasks
from service.store.changes.bulk import write_rows
from service.store.changes.meetings import LockedMeeting
from service.store.queries.calendar_mails import Switched, switched_places
from service.store.tables import outbox
from service.store.tables import tasks as tasks_table
from service.workflow.bind import anew, call_now, guests_row, rows_to_invite, to_come
from service.workflow.calling import Call, Row, Seat, phone_tasks
from service.workflow.entries import entries_off, message_row
from service.workflow.far import Far
from service.workflow.ports import Services


async def move_channels(services: Services, partnership: str, *, actor: str, far: Far | None = None) -> int:
    """Move every place whose inbox has another channel now; returns how many. Done again it does nothing."""
    async with services.engine.connect() as conn:
        switched = await switched_places(conn, partnership, services.now())
    far, moved, theirs = far or Far(), 0, dict.fromkeys(place.meeting_id for place in switched)
    far.expect(len(theirs))
    for meeting_id in theirs:
        moved += await _move(services, partnership, meeting_id, actor)
        far.one()
    return moved


async def _move(services: Services, partnership: str, meeting_id: UUID, actor: str) -> int:
    now = services.now()
    async with services.engine.begin() as conn:
        meeting = await meetings.lock_meeting_by_id(conn, partnership, meeting_id)
        if meeting is None or not to_come(services, meeting):
            return 0
        call = await call_now(services, conn, partnership, meeting)
        # Read again under the lock: the place may have been moved, withdrawn or stopped meanwhile.
        places = [each for each in await switched_places(conn, partnership, now) if each.meeting_id == meeting_id]
        if call is None or not places:
            return 0
        intents = await _rows(services, conn, call, meeting, places, actor)
        events = [_event(partnership, place, call.version, actor, now) for place in places]
        await audit.append(conn, events)
    await services.wake.outbox(intents)
    return len(places)


async def _rows(
    services: Services,
    conn: AsyncConnection,
    call: Call,
    meeting: LockedMeeting,
    places: list[Switched],
    actor: str,
) -> list[UUID]:
    seats = {seat.requirement_id: seat for seat in await meetings.seats_of(conn, call.partnership, meeting.id)}
    gone = await entries_off(conn, call)
    guests = await guests_row(conn, call)
    if gone:
        # The entry sent by mail goes before Outlook's comes.
        guests["after_id"] = gone[-1]["id"]
    rows: list[Row] = [*gone, guests]
    calls_to_make: list[Row] = []
    asked_first: list[Seat] = []
    for place in places:
        seat = Seat(place.requirement_id, seats[place.requirement_id].role, seats[place.requirement_id].inbox)
        if place.asked_by is None:
            asked_first.append(seat)
            continue
        await calendar_mails.asked_by(conn, call.partnership, place.requirement_id, call.version, place.channel)
        if place.channel == "calendar_mail":
            # And Outlook's goes before the one sent by mail comes.
            about = {"about": "channel"}
            rows.append(await message_row(conn, call, place.requirement_id, about, after=guests["id"]))
        elif place.channel == "phone":
            await binding.take_back(conn, call.partnership, place.requirement_id, Silence.WITHDRAWN, call.now)
            calls_to_make.extend(phone_tasks(call, [seat], again=anew(call.now)))
    await write_rows(conn, [(outbox, rows), (tasks_table, calls_to_make)])
    if asked_first:
        invited = await rows_to_invite(services, conn, call, asked_first, await guests_row(conn, call))
        await binding.write_again(conn, invited)
        for seat in asked_first:
            kinds = ("phone_invitation",)
            await tasks.close_for_requirement(
                conn, call.partnership, seat.requirement_id, kinds, by=actor, now=call.now
            )
        rows.extend(dict(row) for table, some in invited if table is outbox for row in some)
    return [row["id"] for row in rows if row["after_id"] is None]


def _event(partnership: str, place: Switched, version: int, actor: str, now: datetime) -> audit.Event:
    data: dict[str, JSON] = {
        "requirement": str(place.requirement_id),
        "version": version,
        "from": place.asked_by or "phone",
        "to": place.channel,
    }
    return audit.Event(partnership, place.meeting_id, now, actor, audit.Action.INVITATION_MOVED, data)
