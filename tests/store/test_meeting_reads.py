"""The worklist and one meeting's page."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event

from service.store import tables as t
from service.store.changes.tasks import open_once
from service.store.ids import new_id
from service.store.queries.meeting import meeting_view
from service.store.queries.worklist import WorklistRow, worklist
from tests.store.store_world import LEWISHAM, NOW, WIRRAL, World


async def only_row(world: World) -> WorklistRow:
    (row,) = await worklist(world.conn, LEWISHAM, None)
    return row


async def a_task(world: World, meeting: UUID, partnership: str = LEWISHAM) -> None:
    row: dict[str, Any] = {
        "id": new_id(NOW),
        "partnership_id": partnership,
        "meeting_id": meeting,
        "kind": "no_inbox",
        "key": f"k{world.next('task')}",
        "owner": "business support officer",
        "detail": "Find who comes.",
        "state": "open",
        "created_at": NOW,
    }
    await open_once(world.conn, [row])


async def a_chase(world: World, meeting: UUID, requirement: UUID, step: int, **values: Any) -> None:
    row = {
        "partnership_id": LEWISHAM,
        "meeting_id": meeting,
        "requirement_id": requirement,
        "version": 1,
        "step": step,
        "to": "inbox",
        "due_at": NOW + timedelta(hours=step),
        "state": "due",
    }
    await world.add(t.chases, **row | values)


SAID = {
    "yes": "said_yes",
    "deputy": "said_yes",
    "no": "said_no",
    "maybe": "said_maybe",
    "another_time": "said_maybe",
    "report": "sends_report",
    None: "silent",
}


@pytest.mark.parametrize(("answer", "counted"), SAID.items())
async def test_each_answer_is_counted_once_in_its_column(world: World, answer: str | None, counted: str) -> None:
    meeting = await world.meeting(LEWISHAM)
    police = await world.requirement(LEWISHAM, meeting, "police")
    if answer is not None:
        await world.answer(LEWISHAM, meeting, police, answer)
    row = await only_row(world)
    columns = {name: getattr(row, name) for name in set(SAID.values())}
    assert columns == {name: int(name == counted) for name in columns}
    assert row.required == 1


async def test_the_last_answer_counts_by_when_it_was_given_and_not_by_when_it_came(world: World) -> None:
    meeting = await world.meeting(LEWISHAM)
    police = await world.requirement(LEWISHAM, meeting, "police")
    later, earlier = NOW + timedelta(hours=2), NOW + timedelta(hours=1)
    await world.answer(LEWISHAM, meeting, police, "no", answered_at=later, received_at=later)
    await world.answer(LEWISHAM, meeting, police, "yes", answered_at=earlier, received_at=later + timedelta(hours=1))
    row = await only_row(world)
    assert (row.said_no, row.said_yes) == (1, 0)


async def test_an_answer_to_an_earlier_version_leaves_the_agency_silent_and_stays_as_history(world: World) -> None:
    meeting = await world.meeting(LEWISHAM, version=2, reference="CV-1")
    police = await world.requirement(LEWISHAM, meeting, "police")
    await world.answer(LEWISHAM, meeting, police, "yes", version=1)
    assert (await only_row(world)).silent == 1
    view = await meeting_view(world.conn, LEWISHAM, "CV-1")
    assert view is not None
    (agency,) = view.agencies
    assert (agency.answer, [said.answer for said in agency.history]) == (None, ["yes"])


async def test_optional_and_withdrawn_places_are_not_counted_as_required(world: World) -> None:
    meeting = await world.meeting(LEWISHAM)
    await world.requirement(LEWISHAM, meeting, "police")
    await world.requirement(LEWISHAM, meeting, "housing", level="conditional", state="no_inbox")
    await world.requirement(LEWISHAM, meeting, "advocate", level="optional")
    await world.requirement(LEWISHAM, meeting, "probation", state="withdrawn")
    assert (await only_row(world)).required == 2


async def test_a_row_names_its_open_tasks_its_next_chase_and_its_recorded_places(world: World) -> None:
    meeting = await world.meeting(LEWISHAM)
    police = await world.requirement(LEWISHAM, meeting, "police")
    await world.requirement(LEWISHAM, meeting, "health")
    await a_task(world, meeting)
    await a_task(world, meeting)
    await a_chase(world, meeting, police, 1, state="not_sent", not_sent_because="answered")
    await a_chase(world, meeting, police, 2)
    await a_chase(world, meeting, police, 3)
    await world.add(t.attendances, **attended(meeting, police))
    row = await only_row(world)
    assert (row.open_tasks, row.next_chase_at, row.recorded, row.required) == (2, NOW + timedelta(hours=2), 1, 2)


def attended(meeting: UUID, requirement: UUID, partnership: str = LEWISHAM) -> dict[str, Any]:
    return {
        "partnership_id": partnership,
        "meeting_id": meeting,
        "requirement_id": requirement,
        "outcome": "attended",
        "how": "teams",
        "state": "recorded",
        "recorded_by": "staff:amy",
        "recorded_at": NOW,
    }


async def test_the_meeting_whose_time_comes_soonest_is_first(world: World) -> None:
    hours = {"in three": 3, "in one": 1}
    for reference, hour in hours.items():
        await world.meeting(LEWISHAM, reference=reference, starts_at=NOW + timedelta(hours=hour))
    due = {"starts_at": None, "state": "planned", "version": 0}
    await world.meeting(LEWISHAM, reference="deadline in two", deadline_at=NOW + timedelta(hours=2), **due)
    await world.meeting(LEWISHAM, reference="no time at all", **due)
    found = [row.reference for row in await worklist(world.conn, LEWISHAM, None)]
    assert found == ["in one", "deadline in two", "in three", "no time at all"]


async def test_what_is_over_leaves_the_list_unless_something_is_still_to_do(world: World) -> None:
    await world.meeting(LEWISHAM, reference="cancelled", state="cancelled")
    await world.meeting(LEWISHAM, reference="held long ago", state="held", starts_at=NOW - timedelta(days=30))
    await world.meeting(LEWISHAM, reference="held today", state="held", starts_at=NOW - timedelta(hours=2))
    still = await world.meeting(LEWISHAM, reference="cancelled, with a task", state="cancelled")
    await a_task(world, still)
    assert [row.reference for row in await worklist(world.conn, LEWISHAM, None)] == ["cancelled, with a task"]
    today = await worklist(world.conn, LEWISHAM, None, held_since=NOW - timedelta(days=1))
    assert [row.reference for row in today] == ["held today", "cancelled, with a task"]


async def full_meeting(world: World, agencies: int) -> None:
    box = await world.mailbox(LEWISHAM)
    meeting = await world.meeting(LEWISHAM, reference="CV-FULL")
    await world.add(
        t.calendar_events,
        partnership_id=LEWISHAM,
        meeting_id=meeting,
        mailbox_id=box,
        transaction_id=new_id(NOW),
        join_url="https://meet.example/1",
        state="live",
        handed_version=1,
        created_at=NOW,
    )
    for number in range(agencies):
        role = f"role{number:02}"
        inbox = await world.inbox(LEWISHAM, role, escalation_name="Duty manager", escalation_phone="01632 960109")
        place = await world.requirement(LEWISHAM, meeting, role, inbox_id=inbox, notice_standard="PT24H")
        await world.invitation(LEWISHAM, meeting, place, inbox)
        await world.answer(LEWISHAM, meeting, place, "yes")
        await a_chase(world, meeting, place, 1)
        await world.add(t.attendances, **attended(meeting, place))
    await world.answer(LEWISHAM, meeting, None, "yes", given_by="someone@elsewhere.example")
    await a_task(world, meeting)


async def test_a_meeting_s_page_has_its_agencies_with_everything_about_each(world: World) -> None:
    await full_meeting(world, 2)
    request = await meeting_view(world.conn, LEWISHAM, "CV-FULL")
    assert request is not None
    await world.add(
        t.children,
        partnership_id=LEWISHAM,
        request_id=request.request_id,
        ref="child-1",
        age_band="5-17",
        on_school_roll=True,
        flags=[],
        sealed_identity=b"sealed",
    )
    view = await meeting_view(world.conn, LEWISHAM, "CV-FULL")
    assert view is not None
    assert (view.event_state, view.event_version, view.join_url) == ("live", 1, "https://meet.example/1")
    assert [(child.ref, child.age_band) for child in view.children] == [("child-1", "5-17")]
    assert [line.given_by for line in view.unmatched] == ["someone@elsewhere.example"]
    assert [task.kind for task in view.open_tasks] == ["no_inbox"]
    first = view.agencies[0]
    assert first.inbox is not None
    assert first.invitation is not None
    assert first.answer is not None
    assert first.attendance is not None
    assert (first.role, first.inbox.phone, first.inbox.escalation_phone) == ("role00", "01632 960101", "01632 960109")
    assert (first.invitation.version, first.invitation.state, first.invitation.event_handed_at) == (1, "sent", NOW)
    assert (first.answer.answer, first.attendance.outcome, len(first.chases)) == ("yes", "attended", 1)
    assert (first.notice_standard, first.because) == ("PT24H", ({"rule": "C01"},))


async def test_a_place_without_an_inbox_shows_as_an_empty_place(world: World) -> None:
    meeting = await world.meeting(LEWISHAM, reference="CV-1")
    await world.requirement(LEWISHAM, meeting, "police", state="no_inbox")
    view = await meeting_view(world.conn, LEWISHAM, "CV-1")
    assert view is not None
    (agency,) = view.agencies
    assert (agency.inbox, agency.invitation, agency.answer, agency.attendance) == (None, None, None, None)


async def test_core_agencies_come_before_conditional_and_optional_ones(world: World) -> None:
    meeting = await world.meeting(LEWISHAM, reference="CV-1")
    for role, level in (("a", "optional"), ("b", "conditional"), ("c", "core"), ("d", "core")):
        await world.requirement(LEWISHAM, meeting, role, level=level)
    view = await meeting_view(world.conn, LEWISHAM, "CV-1")
    assert view is not None
    assert [agency.role for agency in view.agencies] == ["c", "d", "b", "a"]


async def test_the_newest_invitation_and_the_newest_event_are_shown(world: World) -> None:
    box = await world.mailbox(LEWISHAM)
    meeting = await world.meeting(LEWISHAM, reference="CV-1", version=2)
    inbox = await world.inbox(LEWISHAM, "police")
    place = await world.requirement(LEWISHAM, meeting, "police", inbox_id=inbox)
    await world.invitation(LEWISHAM, meeting, place, inbox, version=1, state="replaced")
    await world.invitation(LEWISHAM, meeting, place, inbox, version=2, state="due", message_handed_at=None)
    for number, state in enumerate(("cancelled", "live")):
        await world.add(
            t.calendar_events,
            id=new_id(NOW + timedelta(hours=number)),
            partnership_id=LEWISHAM,
            meeting_id=meeting,
            mailbox_id=box,
            transaction_id=new_id(NOW),
            state=state,
            handed_version=1,
            created_at=NOW,
        )
    view = await meeting_view(world.conn, LEWISHAM, "CV-1")
    assert view is not None
    (agency,) = view.agencies
    assert agency.invitation is not None
    assert (agency.invitation.version, agency.invitation.state, view.event_state) == (2, "due", "live")


async def test_a_neighbour_s_meeting_is_unknown(world: World) -> None:
    await full_meeting(world, 1)
    assert await meeting_view(world.conn, WIRRAL, "CV-FULL") is None
    assert await worklist(world.conn, WIRRAL, None) == []


@pytest.mark.parametrize("agencies", [1, 8])
async def test_the_number_of_queries_does_not_depend_on_the_number_of_agencies(world: World, agencies: int) -> None:
    await full_meeting(world, agencies)
    said: list[str] = []
    event.listen(world.conn.sync_connection, "before_cursor_execute", lambda *given: said.append(given[2]))
    await worklist(world.conn, LEWISHAM, None)
    assert len(said) == 3
    await meeting_view(world.conn, LEWISHAM, "CV-FULL")
    assert len(said) == 12


async def test_nothing_sealed_is_in_what_pages_read(world: World) -> None:
    await full_meeting(world, 2)
    said: list[str] = []
    event.listen(world.conn.sync_connection, "before_cursor_execute", lambda *given: said.append(given[2]))
    shown = (await worklist(world.conn, LEWISHAM, None), await meeting_view(world.conn, LEWISHAM, "CV-FULL"))
    assert "Rosa" not in json.dumps(shown, default=str)
    assert not any("sealed_" in statement or "wrapped_key" in statement for statement in said)
