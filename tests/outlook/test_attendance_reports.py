"""Who was in an online meeting, read as strictly as Graph gives it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from service.outlook.adapter import Graph, open_graph
from service.outlook.attendance_reports import Attended, ReportsRefused, Stay, read_attendance
from service.outlook.errors import Ambiguous, Gone, GraphError, NotReached, PermanentConfiguration, Throttled
from service.outlook.online import online_meeting, organiser_in
from service.outlook.send import create_event
from tests.outlook.stage import EVENT, MAILBOX, START, Control, running_sandbox

POLICE = "desk@police.example"
NOBODY = Attended(0, {}, 0)
BEFORE = START - timedelta(days=1)


def there(address: str | None, start: int, minutes: int, **more: str) -> dict[str, Any]:
    came = START + timedelta(minutes=start)
    return {"address": address, "from": came.isoformat(), "to": (came + timedelta(minutes=minutes)).isoformat(), **more}


async def session(control: Control, *joined: dict[str, Any]) -> None:
    await control.post("attendance", mailbox=MAILBOX, reference="7KQ2M", joined=list(joined))


async def made(graph: Graph, control: Control, at: datetime) -> str:
    await control.post("clock", at=at.isoformat())
    return (await create_event(graph, MAILBOX, EVENT, "mtg-7KQ2M")).join_url


async def test_all_sessions_of_a_meeting_are_added_up_by_address() -> None:
    async with running_sandbox() as place, open_graph(place.settings) as graph:
        join = await made(graph, place.control, START)
        assert await read_attendance(graph, MAILBOX, join, START) == NOBODY
        await session(place.control, there(POLICE, 2, 20), there(None, 3, 9, name="+44 20 7946 0123"))
        await session(place.control, there(POLICE.upper(), 30, 22), there("someone@else.example", 31, 5))
        await session(place.control, there(POLICE, -600, 5))
        assert await read_attendance(graph, MAILBOX, join, START) == NOBODY, "a session is reported once it is over"
        await place.control.post("clock", at=(START + timedelta(hours=1)).isoformat())
        both = {
            POLICE: Stay(START + timedelta(minutes=2), 42 * 60),
            "someone@else.example": Stay(START + timedelta(minutes=31), 300),
        }
        assert await read_attendance(graph, MAILBOX, join, START) == Attended(2, both, 1)
        first = await read_attendance(graph, MAILBOX, join, START, START + timedelta(minutes=30))
        assert (first.reports, first.stays[POLICE].seconds) == (1, 20 * 60), "what began later is another sitting"
        whole = await read_attendance(graph, MAILBOX, join, BEFORE)
        assert (whole.reports, whole.stays[POLICE].seconds) == (3, 47 * 60)


@pytest.mark.parametrize("lacking", [{"allowed": False}, {"reports": False}])
async def test_a_missing_right_is_told_from_everything_else(lacking: dict[str, bool]) -> None:
    async with running_sandbox() as place, open_graph(place.settings) as graph:
        join = await made(graph, place.control, START)
        await place.control.post("teams", mailbox=MAILBOX, **lacking)
        with pytest.raises(ReportsRefused) as refused:
            await read_attendance(graph, MAILBOX, join, BEFORE)
        assert refused.value.status == 403


@pytest.mark.parametrize("operation", ["list_online_meetings", "list_attendance_reports", "list_attendance_records"])
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "status", "status": 429, "retry_after": "7"}, Throttled),
        ({"kind": "status", "status": 503, "times": 9}, Throttled),
        ({"kind": "status", "status": 403}, ReportsRefused),
        ({"kind": "status", "status": 404}, Gone),
        ({"kind": "html"}, Ambiguous),
        ({"kind": "cut_reply"}, Ambiguous),
        ({"kind": "drop_before"}, (Ambiguous, NotReached)),
    ],
)
async def test_each_fault_has_its_type_and_the_next_read_is_whole(
    operation: str, fault: dict[str, Any], error: type[GraphError]
) -> None:
    async with running_sandbox() as place, open_graph(place.settings) as graph:
        join = await made(graph, place.control, START + timedelta(hours=2))
        await session(place.control, there(POLICE, 0, 10))
        await place.control.fault(operation, **fault)
        with pytest.raises(error):
            await read_attendance(graph, MAILBOX, join, BEFORE)
        await place.control.forget_faults()
        assert (await read_attendance(graph, MAILBOX, join, BEFORE)).reports == 1


async def test_items_that_come_twice_count_once_and_an_expired_token_is_no_missing_right() -> None:
    async with running_sandbox() as place, open_graph(place.settings) as graph:
        join = await made(graph, place.control, START + timedelta(hours=2))
        await session(place.control, there(POLICE, 0, 10), there(None, 0, 10))
        for operation in ("list_attendance_reports", "list_attendance_records"):
            await place.control.fault(operation, "repeat_items")
        assert await read_attendance(graph, MAILBOX, join, BEFORE) == Attended(1, {POLICE: Stay(START, 600)}, 1)
        await place.control.fault("list_attendance_reports", "status", status=401, times=2)
        with pytest.raises(PermanentConfiguration) as told:
            await read_attendance(graph, MAILBOX, join, BEFORE)
        assert not isinstance(told.value, ReportsRefused)


async def test_the_sandbox_takes_only_what_graph_documents_of_a_report() -> None:
    async with running_sandbox() as place, open_graph(place.settings) as graph:
        join = await made(graph, place.control, START + timedelta(hours=2))
        await session(place.control, there(POLICE, 0, 10))
        online = str((await online_meeting(graph, MAILBOX, join))["id"])
        template = "/users/{user}/onlineMeetings/{online}/attendanceReports"
        whose = {"user": organiser_in(join), "online": online}
        listed = json.loads((await graph.call("GET", template, whose)).body)
        (report,) = listed["value"]
        assert "attendanceRecords" not in report
        one = {**whose, "report": report["id"]}
        expand = {"$expand": "attendanceRecords"}
        whole = json.loads((await graph.call("GET", template + "/{report}", one, query=expand)).body)
        assert [each["emailAddress"] for each in whole["attendanceRecords"]] == [POLICE]
        for path, params, query in (
            (template, {**whose, "user": MAILBOX}, {}),
            (template, {**whose, "online": "online-0"}, {}),
            (template, whose, {"$top": "1"}),
            (template + "/{report}", {**one, "report": "none"}, {}),
            (template + "/{report}", one, {"$expand": "identity"}),
        ):
            with pytest.raises(GraphError):
                await graph.call("GET", path, params, query=query)


@pytest.mark.parametrize(
    "joined",
    [
        None,
        [],
        ["x"],
        [{"address": POLICE}],
        [there("nobody", 0, 1)],
        [there(POLICE, 0, 0)],
        [there(POLICE, 0, 1, role="Guest")],
        [there(POLICE, 0, 1) | {"from": "2026-12-01T10:00:00"}],
        [there(POLICE, 0, 1) | {"from": "soon"}],
        [there(POLICE, 0, 1) | {"colour": "red"}],
    ],
)
async def test_a_session_that_cannot_be_is_refused_in_a_sentence(joined: Any) -> None:
    async with running_sandbox() as place, open_graph(place.settings) as graph:
        await made(graph, place.control, START)
        with pytest.raises(AssertionError, match="error"):
            await place.control.post("attendance", mailbox=MAILBOX, reference="7KQ2M", joined=joined)
