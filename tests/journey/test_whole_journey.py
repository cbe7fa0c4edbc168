"""One request from its arrival to the calendar, the answers, the chases, the record and the report."""

from __future__ import annotations

from datetime import timedelta

from service.domain.attendance import Outcome
from service.workflow.attend import AttendanceGiven, record_attendance
from service.workflow.meetings import NewTime, cancel_meeting, move_meeting
from tests.journey.world import MAILBOX, TUESDAY_NINE, World, a_request

INVITED = 6


async def test_a_request_with_an_agreed_time_becomes_one_event_and_a_message_for_each_agency(world: World) -> None:
    received = await world.receive(a_request())
    assert received.answer["state"] == "confirmed"
    await world.pump()
    state = await world.sandbox.control.state()
    events = state["mailboxes"][MAILBOX]["events"]
    assert len(events) == 1
    outbox = await world.rows("SELECT kind, state FROM outbox ORDER BY sequence")
    assert {row["state"] for row in outbox} == {"done"}
    invitations = await world.rows("SELECT state, event_handed_at, message_handed_at FROM invitations")
    assert {row["state"] for row in invitations} == {"sent"}
    assert len(invitations) == INVITED


async def test_an_accepted_invitation_is_read_back_once_and_its_chases_stay_unsent(world: World) -> None:
    received = await world.receive(a_request())
    await world.pump()
    address = "police.child.protection@lewisham.example"
    await world.says(address, received, "accept")
    assert await world.read() == 1
    assert await world.read() == 0
    world.clock.pass_to(TUESDAY_NINE + timedelta(hours=4))
    await world.chase()
    await world.pump()
    chases = await world.rows(
        "SELECT c.state, c.not_sent_because FROM chases c JOIN requirements r ON r.id = c.requirement_id "
        "WHERE r.role = 'police_child_protection'"
    )
    assert all(row["state"] == "not_sent" for row in chases), chases


async def test_a_moved_meeting_keeps_its_one_event_and_asks_everybody_again(world: World) -> None:
    received = await world.receive(a_request())
    await world.pump()
    reference = received.answer["meeting_reference"]
    later = NewTime(TUESDAY_NINE + timedelta(hours=29))
    await move_meeting(world.services, "lewisham", reference, later, actor="test")
    await world.pump()
    assert await world.live_events() == 1
    versions = await world.rows("SELECT version, state, count(*) AS n FROM invitations GROUP BY 1, 2 ORDER BY 1")
    assert versions == [
        {"version": 1, "state": "replaced", "n": INVITED},
        {"version": 2, "state": "sent", "n": INVITED},
    ]


async def test_a_cancelled_meeting_leaves_no_event_and_is_chased_no_more(world: World) -> None:
    received = await world.receive(a_request())
    await world.pump()
    reference = received.answer["meeting_reference"]
    await cancel_meeting(world.services, "lewisham", reference, reason="facts_now_clear", actor="test")
    await world.pump()
    world.clock.pass_to(TUESDAY_NINE + timedelta(hours=8))
    assert await world.chase() == 0
    assert (await world.one("SELECT state FROM calendar_events"))["state"] == "cancelled"
    chases = await world.rows("SELECT DISTINCT not_sent_because FROM chases")
    assert {row["not_sent_because"] for row in chases} <= {"cancelled", "superseded"}


async def test_attendance_marks_the_meeting_held(world: World) -> None:
    received = await world.receive(a_request())
    await world.pump()
    world.clock.pass_to(TUESDAY_NINE + timedelta(hours=7))
    given = [AttendanceGiven("police_child_protection", Outcome.ATTENDED)]
    recorded = await record_attendance(
        world.services, "lewisham", received.answer["meeting_reference"], given, actor="officer"
    )
    assert recorded.recorded == 1
    assert (await world.one("SELECT state FROM meetings"))["state"] == "held"
