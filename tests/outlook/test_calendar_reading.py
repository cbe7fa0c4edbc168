"""Answers read back from the organiser's calendar, through every gap Graph leaves."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.outlook.adapter import Graph, open_graph
from service.outlook.errors import Ambiguous, Gone, PermanentConfiguration
from service.outlook.models import Response, event_of, instant_of, json_of, moment_of
from service.outlook.read import Changes, Window, read_changes, read_event
from service.outlook.render import cancel_bytes, event_bytes, move_bytes
from service.outlook.send import cancel_event, create_event, update_event
from tests.outlook.stage import EVENT, GUESTS, MAILBOX, START, Place, Recorder, answering, draft, settings_for

WINDOW = Window(datetime(2026, 11, 1, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC))
POLICE, SCHOOL = GUESTS[0].address, GUESTS[1].address


async def _answers(changes: Changes) -> dict[str, Response]:
    return {guest.address: guest.response for event in changes.events for guest in event.attendees}


async def test_answers_given_in_outlook_arrive_by_the_next_round(graph: Graph, sandbox: Place) -> None:
    handed = await create_event(graph, MAILBOX, EVENT, "mtg-7KQ2M")
    first = await read_changes(graph, MAILBOX, None, WINDOW)
    assert first.full
    assert [event.graph_id for event in first.events] == [handed.graph_id]
    quiet = await read_changes(graph, MAILBOX, first.link, WINDOW)
    assert (quiet.events, quiet.removed, quiet.full) == ((), (), False)
    for address, response in ((POLICE, "accept"), (SCHOOL, "decline")):
        await sandbox.control.post("respond", address=address, event_uid=handed.ical_uid, response=response)
    later = await read_changes(graph, MAILBOX, quiet.link, WINDOW)
    answers = await _answers(later)
    assert answers[POLICE] is Response.ACCEPTED
    assert answers[SCHOOL] is Response.DECLINED
    assert answers[GUESTS[2].address] is Response.NONE
    answered = {guest.address: guest.answered_at for guest in later.events[0].attendees}
    assert answered[POLICE] is not None
    assert answered[GUESTS[2].address] is None


async def test_a_proposed_new_time_is_read_as_an_instant(graph: Graph, sandbox: Place) -> None:
    handed = await create_event(graph, MAILBOX, EVENT, "mtg-7KQ2M")
    proposed = {
        "start": {"dateTime": "2026-12-02T14:00:00", "timeZone": "Europe/London"},
        "end": {"dateTime": "2026-12-02T15:00:00", "timeZone": "Europe/London"},
    }
    await sandbox.control.post(
        "respond", address=POLICE, event_uid=handed.ical_uid, response="tentative", propose=proposed
    )
    seen = await read_event(graph, MAILBOX, handed.graph_id)
    police = next(guest for guest in seen.attendees if guest.address == POLICE)
    assert police.response is Response.TENTATIVE
    assert police.proposed_start == datetime(2026, 12, 2, 14, tzinfo=UTC)


async def test_a_cancelled_event_and_one_moved_out_of_the_window_come_as_removed(graph: Graph) -> None:
    one = await create_event(graph, MAILBOX, EVENT, "mtg-1")
    other = await create_event(
        graph, MAILBOX, event_bytes(draft(transaction_id="another", meeting_key="mtg-2")), "mtg-2"
    )
    first = await read_changes(graph, MAILBOX, None, WINDOW)
    await cancel_event(graph, MAILBOX, one.graph_id, cancel_bytes("over"))
    far = START + timedelta(days=200)
    await update_event(graph, MAILBOX, other.graph_id, move_bytes(far, far + timedelta(hours=1)))
    later = await read_changes(graph, MAILBOX, first.link, WINDOW)
    assert set(later.removed) == {one.graph_id, other.graph_id}
    assert (await read_event(graph, MAILBOX, one.graph_id)).cancelled
    assert not (await read_event(graph, MAILBOX, other.graph_id)).cancelled


async def test_more_events_than_a_page_holds_all_arrive(graph: Graph) -> None:
    for number in range(25):
        body = event_bytes(draft(transaction_id=f"t-{number}", meeting_key=f"mtg-{number}"))
        await create_event(graph, MAILBOX, body, f"mtg-{number}")
    changes = await read_changes(graph, MAILBOX, None, WINDOW)
    assert len({event.transaction_id for event in changes.events}) == 25


async def test_a_lost_sync_state_leads_to_a_full_round(graph: Graph, sandbox: Place) -> None:
    await create_event(graph, MAILBOX, EVENT, "mtg-7KQ2M")
    first = await read_changes(graph, MAILBOX, None, WINDOW)
    await sandbox.control.post("resync", mailbox=MAILBOX)
    anew = await read_changes(graph, MAILBOX, first.link, WINDOW)
    assert anew.full
    assert len(anew.events) == 1
    assert not (await read_changes(graph, MAILBOX, anew.link, WINDOW)).full


async def test_a_sync_state_lost_in_the_middle_of_a_round_leads_to_a_full_round(recorder: Recorder) -> None:
    async with open_graph(settings_for(recorder.address)) as graph:
        base = f"{recorder.address}/v1.0/delta"
        recorder.answers += [
            answering(200, {"value": [], "@odata.nextLink": f"{base}?p=2"}),
            answering(400, {"error": {"code": "syncStateInvalid"}}),
            answering(200, {"value": [], "@odata.deltaLink": f"{base}?d=9"}),
        ]
        changes = await read_changes(graph, MAILBOX, f"{base}?d=1", WINDOW)
    assert (changes.full, changes.link) == (True, f"{base}?d=9")


def _raw(graph_id: str, start: str = "2026-12-01T10:00:00.0000000") -> dict[str, Any]:
    moment = {"dateTime": start, "timeZone": "UTC"}
    return {"id": graph_id, "iCalUId": "u", "start": moment, "end": moment, "attendees": []}


async def test_an_empty_first_page_goes_on_and_the_last_mention_of_an_event_counts(recorder: Recorder) -> None:
    async with open_graph(settings_for(recorder.address)) as graph:
        base = f"{recorder.address}/v1.0/delta"
        recorder.answers += [
            answering(200, {"value": [], "@odata.nextLink": f"{base}?p=2"}),
            answering(200, {"value": [_raw("a"), _raw("b"), _raw("c")], "@odata.nextLink": f"{base}?p=3"}),
            answering(
                200,
                {
                    "value": [
                        _raw("a", "2026-12-03T10:00:00.0000000"),
                        {"id": "b", "@removed": {"reason": "deleted"}},
                        {"id": "odd", "start": "no time"},
                    ],
                    "@odata.deltaLink": f"{base}?d=9",
                },
            ),
        ]
        changes = await read_changes(graph, MAILBOX, None, WINDOW)
    assert {event.graph_id: event.start.day for event in changes.events} == {"c": 1, "a": 3}
    assert changes.removed == ("b",)
    assert changes.unreadable == 1
    assert all("odata.maxpagesize=200" in seen.headers["prefer"] for seen in recorder.seen)
    assert all('IdType="ImmutableId"' in seen.headers["prefer"] for seen in recorder.seen)
    assert "startDateTime=2026-11-01T00%3A00%3A00Z" in recorder.seen[0].target


async def test_a_round_led_to_another_host_stops(recorder: Recorder) -> None:
    async with open_graph(settings_for(recorder.address)) as graph:
        recorder.answers.append(answering(200, {"value": [], "@odata.nextLink": "https://graph.evil.example/x"}))
        with pytest.raises(PermanentConfiguration):
            await read_changes(graph, MAILBOX, None, WINDOW)


@pytest.mark.parametrize("page", [{"value": []}, {"value": [], "@odata.deltaLink": ""}, [], "<html>"])
async def test_a_page_that_is_not_graphs_is_ambiguous(recorder: Recorder, page: object) -> None:
    async with open_graph(settings_for(recorder.address)) as graph:
        recorder.answers.append(answering(200, page))
        with pytest.raises(Ambiguous):
            await read_changes(graph, MAILBOX, None, WINDOW)


async def test_reading_an_event_that_is_not_there_is_gone(graph: Graph) -> None:
    with pytest.raises(Gone):
        await read_event(graph, MAILBOX, "AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A")


VALUES = [
    ("none", Response.NONE),
    ("organizer", Response.ORGANIZER),
    ("tentativelyAccepted", Response.TENTATIVE),
    ("accepted", Response.ACCEPTED),
    ("declined", Response.DECLINED),
    ("notResponded", Response.NOT_RESPONDED),
    ("ACCEPTED", Response.ACCEPTED),
    ("delegated", Response.UNKNOWN),
    ("unknown", Response.UNKNOWN),
]


@pytest.mark.parametrize(("said", "read"), VALUES)
def test_each_response_is_read_and_an_unknown_one_is_kept_raw(said: str, read: Response) -> None:
    raw = _raw("a")
    raw["attendees"] = [{"status": {"response": said}, "emailAddress": {"address": " Desk@Police.Example "}}]
    guest = event_of(raw).attendees[0]
    assert (guest.response, guest.raw_response, guest.address) == (read, said, "desk@police.example")


def test_a_guest_with_hardly_anything_is_still_a_guest() -> None:
    raw = _raw("a")
    somebody = {"emailAddress": {"address": "desk@police.example"}}
    raw["attendees"] = [somebody, somebody | {"status": None, "proposedNewTime": None}]
    assert [guest.response for guest in event_of(raw).attendees] == [Response.NONE, Response.NONE]


def test_a_guest_without_an_address_is_counted_and_hides_nobody() -> None:
    raw = _raw("a")
    somebody = {"emailAddress": {"address": "desk@police.example"}, "status": {"response": "accepted"}}
    raw["attendees"] = [{}, {"emailAddress": {"address": " "}}, {"emailAddress": 3}, "odd", somebody]
    seen = event_of(raw)
    assert ([guest.response for guest in seen.attendees], seen.odd_guests) == ([Response.ACCEPTED], 4)


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59-05:00", "0002-13-01T00:00:00Z", "yesterday"])
def test_an_answer_counts_although_its_times_cannot_be_read(time: str) -> None:
    raw = _raw("a")
    raw["attendees"] = [
        {
            "emailAddress": {"address": "desk@police.example"},
            "status": {"response": "accepted", "time": time},
            "proposedNewTime": {"start": {"dateTime": time}, "end": {"dateTime": time}},
        }
    ]
    (guest,) = event_of(raw).attendees
    assert (guest.response, guest.answered_at, guest.proposed_start) == (Response.ACCEPTED, None, None)


def test_year_one_is_no_answer_and_seven_digits_are_read() -> None:
    assert instant_of("0001-01-01T00:00:00Z") is None
    assert instant_of("") is None
    assert instant_of("2026-12-01T10:00:00.1234567Z") == datetime(2026, 12, 1, 10, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wall", "zone", "instant"),
    [
        ("2026-07-01T10:00:00.0000000", "UTC", datetime(2026, 7, 1, 10, tzinfo=UTC)),
        ("2026-07-01T10:00:00", "Europe/London", datetime(2026, 7, 1, 9, tzinfo=UTC)),
        ("2026-07-01T10:00:00", "Europe/Paris", datetime(2026, 7, 1, 8, tzinfo=UTC)),
        ("2026-07-01T10:00:00Z", "", datetime(2026, 7, 1, 10, tzinfo=UTC)),
    ],
)
def test_a_wall_time_with_its_zone_is_an_instant(wall: str, zone: str, instant: datetime) -> None:
    assert moment_of({"dateTime": wall, "timeZone": zone}) == instant


@pytest.mark.parametrize("zone", ["GMT Standard Time", "../../etc", "Nowhere/Land"])
def test_an_unknown_zone_makes_an_event_unreadable_and_nothing_else(zone: str) -> None:
    raw = _raw("a")
    raw["start"] = {"dateTime": "2026-12-01T10:00:00", "timeZone": zone}
    with pytest.raises(Ambiguous):
        event_of(raw)


_ODD = st.none() | st.text(max_size=5) | st.lists(st.integers(), max_size=2) | st.just({"dateTime": "2026-12-01"})


@given(st.fixed_dictionaries({}, optional=dict.fromkeys((*_raw("a"), "onlineMeeting", "location"), _ODD)))
def test_any_json_at_all_is_an_event_or_ambiguous(raw: dict[str, Any]) -> None:
    with contextlib.suppress(Ambiguous):
        event_of(raw)


@given(st.binary(max_size=100))
def test_any_bytes_at_all_are_an_object_or_ambiguous(body: bytes) -> None:
    try:
        assert isinstance(json_of(body), dict)
    except Ambiguous:
        assert not body.strip().startswith(b"{") or not _is_json(body)


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True
