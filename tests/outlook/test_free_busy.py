"""Free/busy against the sandbox: stretches of time and nothing else, and for each address an answer or a reason."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from redis.asyncio import Redis

from service.domain.calendars import Appointment, NotSeen
from service.outlook.adapter import Graph, open_graph
from service.outlook.free_busy import MOST_CALLS, Answer, FreeBusy
from service.outlook.gate import Gate, GatedGraph, GateLimits
from tests.outlook.stage import MAILBOX, Answerer, Place, Recorder, answering, settings_for, stalling

BOX = UUID("01234567-89ab-7cde-8f01-23456789abcd")
CHAIR, ROOM, STRANGER = "priya.shah@council.example", "room2@council.example", "desk@police.example"
NINE = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
TEN_TO_ELEVEN = (Appointment(NINE + HOUR, NINE + 2 * HOUR),)


def entry(start: datetime, end: datetime, status: str = "busy", subject: str = "") -> dict[str, object]:
    def moment(at: datetime) -> dict[str, str]:
        return {"dateTime": at.strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"}

    return {"start": moment(start), "end": moment(end), "status": status, "subject": subject}


async def fill(sandbox: Place, address: str, *entries: dict[str, object], error: str = "") -> None:
    await sandbox.control.post("appointments", address=address, appointments=list(entries), error=error)


async def read(graph: Graph, *addresses: str, days: int = 20, seconds: float = 4.0) -> dict[str, Answer]:
    return await FreeBusy(lambda _: graph, seconds).read(BOX, MAILBOX, addresses, NINE, NINE + timedelta(days=days))


async def test_what_takes_a_calendar_is_kept_and_nothing_says_what_it_was(graph: Graph, sandbox: Place) -> None:
    await fill(
        sandbox,
        CHAIR,
        entry(NINE, NINE + HOUR, "tentative"),
        entry(NINE + HOUR, NINE + 2 * HOUR, "busy", "Keziah Fennimore"),
        entry(NINE + 2 * HOUR, NINE + 3 * HOUR, "workingElsewhere"),
        entry(NINE + 3 * HOUR, NINE + 4 * HOUR, "oof"),
        entry(NINE + 4 * HOUR, NINE + 5 * HOUR, "free"),
        entry(NINE + 5 * HOUR, NINE + 6 * HOUR, "unknown"),
    )
    found = await read(graph, CHAIR)
    assert found == {
        CHAIR: (
            *TEN_TO_ELEVEN,
            Appointment(NINE + 3 * HOUR, NINE + 4 * HOUR, away=True),
            Appointment(NINE + 5 * HOUR, NINE + 6 * HOUR),
        )
    }
    assert "Fennimore" not in repr(found)


async def test_each_address_that_cannot_be_read_says_why_and_hides_no_other(graph: Graph, sandbox: Place) -> None:
    await fill(sandbox, CHAIR, entry(NINE + HOUR, NINE + 2 * HOUR))
    await fill(sandbox, ROOM, error="ErrorNoFreeBusyAccess")
    assert await read(graph, CHAIR, ROOM, STRANGER) == {
        CHAIR: TEN_TO_ELEVEN,
        ROOM: NotSeen.HIDDEN,
        STRANGER: NotSeen.UNKNOWN,
    }


async def test_many_addresses_and_a_long_window_go_in_as_many_calls_as_graph_wants(
    graph: Graph, sandbox: Place
) -> None:
    people = [f"p{number}@council.example" for number in range(41)]
    for each in people:
        await sandbox.control.post("person", address=each)
    late = NINE + timedelta(days=40)
    over_the_edge = (NINE + timedelta(days=31) - HOUR, NINE + timedelta(days=31) + HOUR)
    await fill(sandbox, people[40], entry(*over_the_edge), entry(late, late + HOUR))
    found = await read(graph, *people, days=45)
    assert found == dict.fromkeys(people, ()) | {
        people[40]: (Appointment(*over_the_edge), Appointment(late, late + HOUR))
    }
    calls = (await sandbox.control.state())["calls"]
    assert sum(call["operation"] == "get_schedule" for call in calls) == 6


async def test_a_calendar_too_full_for_one_answer_is_read_in_shorter_stretches(graph: Graph, sandbox: Place) -> None:
    starts = [NINE + timedelta(minutes=20 * number) for number in range(1100)]
    await fill(sandbox, CHAIR, *(entry(start, start + timedelta(minutes=10)) for start in starts))
    assert len(await_tuple((await read(graph, CHAIR, days=16))[CHAIR])) == 1100
    await fill(sandbox, CHAIR, *[entry(NINE, NINE + HOUR)] * 1001)
    assert (await read(graph, CHAIR))[CHAIR] is NotSeen.TOO_MANY


def await_tuple(answer: Answer) -> tuple[Appointment, ...]:
    assert isinstance(answer, tuple)
    return answer


async def test_one_address_that_graph_refuses_all_others_for_is_found(graph: Graph, sandbox: Place) -> None:
    people = [f"p{number}@council.example" for number in range(6)]
    for each in people:
        await sandbox.control.post("person", address=each)
    found = await read(graph, *people[:4], "not an address", *people[4:])
    assert found == dict.fromkeys(people, ()) | {"not an address": NotSeen.UNKNOWN}


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ({"kind": "status", "status": 503}, NotSeen.BUSY),
        ({"kind": "status", "status": 429, "retry_after": 9}, NotSeen.BUSY),
        ({"kind": "status", "status": 500}, NotSeen.AWAY),
        ({"kind": "status", "status": 403}, NotSeen.REFUSED),
        ({"kind": "html"}, NotSeen.AWAY),
        ({"kind": "drop_before"}, NotSeen.AWAY),
        ({"kind": "lose_reply_after_commit"}, NotSeen.AWAY),
        ({"kind": "delay", "seconds": 5}, NotSeen.AWAY),
    ],
    ids=str,
)
async def test_however_graph_fails_the_answer_is_a_reason_and_comes_in_time(
    graph: Graph, sandbox: Place, fault: dict[str, object], why: NotSeen
) -> None:
    await sandbox.control.post("faults", operation="get_schedule", times=9, **fault)
    assert await read(graph, CHAIR, ROOM, seconds=0.5) == {CHAIR: why, ROOM: why}


async def test_what_came_before_a_failure_is_kept(graph: Graph, sandbox: Place) -> None:
    people = [f"p{number}@council.example" for number in range(21)]
    for each in people:
        await sandbox.control.post("person", address=each)
    await sandbox.control.fault("get_schedule", "status", skip=1, times=9, status=500)
    assert await read(graph, *people) == dict.fromkeys(people[:20], ()) | {people[20]: NotSeen.AWAY}


def said(*schedules: object) -> Answerer:
    return answering(200, {"value": list(schedules)})


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (answering(200, {"value": "none"}), NotSeen.AWAY),
        (answering(200, "<html>"), NotSeen.AWAY),
        (said(), NotSeen.UNREADABLE),
        (said({"scheduleId": CHAIR}), NotSeen.UNREADABLE),
        (said({"scheduleId": CHAIR, "scheduleItems": [{"status": "busy"}]}), NotSeen.UNREADABLE),
        (said({"scheduleId": CHAIR, "scheduleItems": [], "error": {}}), ()),
        (said({"scheduleId": CHAIR, "error": {"responseCode": "ErrorOfTomorrow"}}), NotSeen.HIDDEN),
        (said({"scheduleId": CHAIR, "error": "5006"}), NotSeen.HIDDEN),
    ],
)
async def test_an_odd_answer_is_never_taken_for_a_free_calendar(
    recorder: Recorder, answer: Answerer, why: object
) -> None:
    recorder.answers = [answer]
    async with open_graph(settings_for(recorder.address)) as graph:
        assert await read(graph, CHAIR) == {CHAIR: why}


async def test_a_graph_that_refuses_everything_is_asked_only_so_often(recorder: Recorder) -> None:
    recorder.answers = [answering(400, {"error": {"code": "ErrorInvalidRequest"}})] * 99
    async with open_graph(settings_for(recorder.address)) as graph:
        found = await read(graph, *(f"p{number}@council.example" for number in range(20)))
    assert len(recorder.seen) == MOST_CALLS
    assert set(found.values()) == {NotSeen.UNKNOWN, NotSeen.AWAY}
    sent = json.loads(recorder.seen[0].body)
    assert set(sent) == {"schedules", "startTime", "endTime", "availabilityViewInterval"}
    assert recorder.seen[0].target == "/v1.0/users/meetings%40council.example/calendar/getSchedule"


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    made = Redis.from_url(redis_url)
    yield made
    await made.aclose()


async def test_the_mailbox_s_gate_is_passed_and_a_throttle_closes_it_for_all(
    graph: Graph, sandbox: Place, redis: Redis
) -> None:
    gate = Gate(redis, GateLimits())
    gated: Callable[[UUID], GatedGraph] = lambda box: GatedGraph(graph, gate, str(box))  # noqa: E731
    calendars = FreeBusy(gated)
    await sandbox.control.fault("get_schedule", "status", status=429, retry_after=30)
    window = (NINE, NINE + timedelta(days=1))
    assert await calendars.read(BOX, MAILBOX, [ROOM], *window) == {ROOM: NotSeen.BUSY}
    # Closed now: the second is not even sent.
    assert await calendars.read(BOX, MAILBOX, [ROOM], *window) == {ROOM: NotSeen.BUSY}
    calls = (await sandbox.control.state())["calls"]
    assert sum(call["operation"] == "get_schedule" for call in calls) == 1


async def test_a_silent_entra_or_a_redis_that_is_gone_is_a_reason_too(recorder: Recorder, graph: Graph) -> None:
    recorder.answers = [stalling(5)]
    async with open_graph(replace(settings_for(recorder.address), timeout=0.3)) as slow:
        assert await read(slow, CHAIR) == {CHAIR: NotSeen.AWAY}
    nowhere = Redis(host="127.0.0.1", port=1)
    gate = Gate(nowhere, GateLimits(redis_seconds=0.2))
    found = await FreeBusy(lambda box: GatedGraph(graph, gate, str(box))).read(
        BOX, MAILBOX, [CHAIR], NINE, NINE + timedelta(days=1)
    )
    assert found == {CHAIR: NotSeen.BUSY}
    await nowhere.aclose()
