"""What an organiser mailbox tells of itself and of its events, read whole however Outlook puts it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from service.domain.requests import Wishes
from service.outlook.adapter import GraphAnswer, GraphCalls
from service.outlook.errors import PermanentConfiguration
from service.outlook.subscriptions import RENEW_BEFORE, Step, Subscription, next_step
from service.scheduler import replies
from service.scheduler.replies import WINDOW_RENEWED
from service.scheduler.sweeps import probe_stopped
from service.store.changes import mailboxes
from service.store.changes.mailboxes import STEADY
from service.store.queries.mailboxes import Watch, mailbox_by_id
from service.workflow.deliveries import Received
from service.workflow.mailbox import note_lifecycle
from service.workflow.meetings import NewTime, cancel_meeting, move_meeting
from service.workflow.reply import record_in
from tests.journey.acts import START
from tests.journey.world import MAILBOX, POLICE, SOCIAL_WORKER, World, a_request, reference_of

HOUR = timedelta(hours=1)


async def _received(world: World) -> Received:
    return await world.receive(a_request(wishes=Wishes(start=START)))


async def _answers(world: World) -> list[tuple[str, int]]:
    return [
        (row["answer"], row["version"])
        for row in await world.rows("SELECT answer, version FROM answers ORDER BY received_at, id")
    ]


async def test_an_acceptance_given_before_the_creation_is_known_counts(small: World) -> None:
    received = await _received(small)
    await small.read()
    await small.sandbox.control.fault("create_event", "lose_reply_after_commit")
    await small.pump()
    await small.quiet()
    small.clock.wait(timedelta(seconds=2))
    await small.says(SOCIAL_WORKER, received, "accept")
    assert await small.read() == 1
    assert await _answers(small) == [("yes", 1)]
    await small.settle()
    assert await small.read() == 0


async def test_a_window_that_has_grown_old_is_drawn_anew(small: World) -> None:
    await _received(small)
    await small.settle()
    windows = _Windows()
    small.through(windows.behind)
    for _ in range(2):
        await small.read()
    assert len(windows.opened) == 1
    small.clock.wait(WINDOW_RENEWED)
    for _ in range(2):
        await small.read()
    assert [later - sooner for sooner, later in zip(windows.opened, windows.opened[1:], strict=False)] == [
        WINDOW_RENEWED
    ]


async def test_one_odd_guest_does_not_hide_the_answers_of_the_others(world: World) -> None:
    received = await _received(world)
    await world.settle()
    world.through(lambda graph: _Changed(graph, _with_odd_guest))
    await world.says(SOCIAL_WORKER, received, "accept")
    assert await world.read() >= 1
    assert ("yes", 1) in await _answers(world)
    await world.says(POLICE.at("lewisham"), received, "decline")
    assert await world.read() >= 1, "the place in the feed moved on"


def _with_odd_guest(event: dict[str, Any]) -> None:
    event["attendees"].insert(0, {"emailAddress": {"name": "Room", "address": ""}, "status": {"response": "accepted"}})


async def test_an_event_that_cannot_be_recorded_is_a_task_and_stops_no_other(
    small: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await _received(small), await small.receive(a_request(wishes=Wishes(start=START + HOUR)))
    await small.settle()
    for received in (first, second):
        await small.says(SOCIAL_WORKER, received, "accept")
    broken = (await small.one("SELECT id FROM meetings WHERE reference = :it", it=reference_of(first)))["id"]
    record = record_in

    async def fails_for_one(conn: Any, services: Any, partnership: str, meeting: Any, *rest: Any, **more: Any) -> Any:
        if meeting.id == broken:
            raise ValueError("a fault of ours")
        return await record(conn, services, partnership, meeting, *rest, **more)

    with monkeypatch.context() as patched:
        patched.setattr(replies, "record_in", fails_for_one)
        assert await small.read() >= 1
    assert {row["answer"] for row in await small.rows("SELECT answer FROM answers")} == {"yes"}
    assert (await small.one("SELECT meeting_id FROM tasks WHERE kind = 'answers_unread'"))["meeting_id"] == broken
    assert (await small.one("SELECT delta_link FROM mailboxes"))["delta_link"]


async def test_a_proposal_left_beside_an_acceptance_does_not_ask_for_another_time(small: World) -> None:
    received = await _received(small)
    await small.settle()
    propose = {
        name: {"dateTime": (START + HOUR * later).strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"}
        for name, later in (("start", 1), ("end", 2))
    }
    await small.says(SOCIAL_WORKER, received, "tentative", propose=propose)
    await small.read()
    small.clock.wait(timedelta(minutes=1))
    small.through(lambda graph: _Changed(graph, _accepted))
    await small.says(SOCIAL_WORKER, received, "tentative", propose=propose)
    await small.read()
    assert [answer for answer, _ in await _answers(small)] == ["another_time", "yes"]


def _accepted(event: dict[str, Any]) -> None:
    for guest in event["attendees"]:
        assert guest["proposedNewTime"]
        guest["status"] |= {"response": "accepted", "time": "2026-12-01T09:01:00Z"}


@pytest.mark.parametrize("what", ["cancelled", "deleted"])
async def test_an_event_taken_away_by_hand_is_told_once(small: World, what: str) -> None:
    received = await _received(small)
    await small.settle()
    await small.read()
    await _by_hand(small, what)
    for _ in range(2):
        await small.read()
    (task,) = await small.rows("SELECT detail FROM tasks WHERE kind = 'event_gone'")
    assert reference_of(received) in task["detail"]


async def _by_hand(world: World, what: str) -> None:
    """Somebody opens the organiser's calendar and cancels or deletes the event there."""
    graph = world.machinery.graph(world.mailbox_ids[MAILBOX])
    where = {"mailbox": MAILBOX, "event": (await world.one("SELECT graph_id FROM calendar_events"))["graph_id"]}
    if what == "deleted":
        await graph.call("DELETE", "/users/{mailbox}/events/{event}", where)
    else:
        await graph.call("POST", "/users/{mailbox}/events/{event}/cancel", where, body=b'{"comment": "by hand"}')


async def test_an_event_that_left_the_window_or_that_we_cancelled_is_not_called_gone(small: World) -> None:
    moved, cancelled = await _received(small), await small.receive(a_request(wishes=Wishes(start=START + HOUR)))
    await small.settle()
    await small.read()
    far = NewTime(START + timedelta(days=380))
    await cancel_meeting(small.services, "lewisham", reference_of(cancelled), reason="facts_now_clear", actor="officer")
    await move_meeting(small.services, "lewisham", reference_of(moved), far, actor="officer")
    await small.settle()
    await small.read()
    assert "event_gone" not in await small.tasks()


async def test_a_mailbox_that_can_be_read_but_not_written_is_one_task_and_asked_more_and_more_seldom(
    small: World,
) -> None:
    await _received(small)
    await small.sandbox.control.fault("create_event", "status", status=403, times=1000)
    probes, minute = 0, timedelta(minutes=1)
    for _ in range(120):
        await small.pump()
        open_tasks = await small.rows("SELECT id FROM tasks WHERE kind = 'mailbox_stopped' AND state = 'open'")
        assert len(open_tasks) <= 1
        probes += await probe_stopped(small.machinery)
        small.real.wait(minute)
        small.clock.wait(minute)
    assert 2 <= probes <= 10, "each wait is as long as all before it"
    await small.mended()
    small.clock.wait(HOUR)
    await probe_stopped(small.machinery)
    await small.settle()
    assert (await small.one("SELECT state FROM mailboxes"))["state"] == "active"
    assert "mailbox_stopped" not in await small.tasks()


async def test_a_stop_after_a_steady_time_is_probed_at_once(small: World) -> None:
    mailbox = small.mailbox_ids[MAILBOX]
    for wait, probed in ((timedelta(0), 1), (timedelta(minutes=5), 0), (STEADY, 1)):
        small.clock.wait(wait)
        async with small.engine.begin() as conn:
            assert await mailboxes.stop(conn, "lewisham", mailbox, "refused", by="test", now=small.clock.now())
        assert await probe_stopped(small.machinery) == probed
        small.clock.wait(wait + timedelta(seconds=1))
        assert await probe_stopped(small.machinery) == 1 - probed


@pytest.mark.parametrize(
    ("kind", "step"),
    [
        ("subscriptionRemoved", Step.CREATE),
        ("reauthorizationRequired", Step.RENEW),
        ("missed", Step.KEEP),
        ("somethingNew", Step.KEEP),
    ],
)
@pytest.mark.parametrize("watch", Watch)
async def test_what_graph_says_of_a_subscription_is_done_at_the_next_upkeep(
    small: World, kind: str, step: Step, watch: Watch
) -> None:
    mailbox, now = small.mailbox_ids[MAILBOX], small.clock.now()
    ends_at = now + RENEW_BEFORE * 2
    async with small.engine.begin() as conn:
        for each in Watch:
            kept = mailboxes.Subscription(f"S {each}", b"x" * 32, ends_at)
            await mailboxes.save_subscription(conn, "lewisham", mailbox, kept, each)
    await note_lifecycle(small.services, mailbox, kind, watch)
    async with small.engine.connect() as conn:
        row = await mailbox_by_id(conn, mailbox)
    assert row is not None
    steps = {}
    for each in Watch:
        known = row.watch(each)
        held = Subscription(known.id, known.expires_at) if known.id and known.expires_at else None
        steps[each] = next_step(held, now)
    assert steps == {each: step if each is watch else Step.KEEP for each in Watch}
    assert row.read_wanted_at == now
    assert small.wake.mailboxes == [mailbox]


class _Windows:
    """Writes down when each window began."""

    def __init__(self) -> None:
        self.opened: list[datetime] = []

    def behind(self, graph: GraphCalls) -> GraphCalls:
        return _Watched(graph, self.opened)


class _Watched:
    def __init__(self, graph: GraphCalls, opened: list[datetime]) -> None:
        self._graph = graph
        self._opened = opened

    async def call(self, method: str, template: str, *args: Any, **more: Any) -> GraphAnswer:
        if template.endswith("/calendarView/delta"):
            self._opened.append(datetime.fromisoformat(more["query"]["startDateTime"]))
        return await self._graph.call(method, template, *args, **more)

    async def follow(self, link: str, **more: Any) -> GraphAnswer:
        return await self._graph.follow(link, **more)


class _Changed:
    """Outlook, with every event of a delta round changed on its way to us."""

    def __init__(self, graph: GraphCalls, change: Callable[[dict[str, Any]], None]) -> None:
        self._graph = graph
        self._change = change

    async def call(self, method: str, template: str, *args: Any, **more: Any) -> GraphAnswer:
        answer = await self._graph.call(method, template, *args, **more)
        return self._shown(answer) if template.endswith("/calendarView/delta") else answer

    async def follow(self, link: str, **more: Any) -> GraphAnswer:
        return self._shown(await self._graph.follow(link, **more))

    def _shown(self, answer: GraphAnswer) -> GraphAnswer:
        page = json.loads(answer.body)
        for event in page["value"]:
            if "@removed" not in event:
                self._change(event)
        return replace(answer, body=json.dumps(page).encode())


def _with_unknown_answer(event: dict[str, Any]) -> None:
    for guest in event["attendees"]:
        guest["status"] |= {"response": "delegated"}


async def test_an_answer_nobody_knows_is_a_task_whose_key_holds_no_address(small: World) -> None:
    await _received(small)
    await small.settle()
    small.through(lambda graph: _Changed(graph, _with_unknown_answer))
    for _ in range(2):
        await small.read()
    (task,) = await small.rows("SELECT key, detail FROM tasks WHERE kind = 'unmatched_answer'")
    assert SOCIAL_WORKER in task["detail"]
    assert "@" not in task["key"]


class _Refused:
    """Outlook, once our credential has run out."""

    def __init__(self, graph: GraphCalls) -> None:
        self._graph = graph

    async def call(self, *_: Any, **__: Any) -> GraphAnswer:
        raise PermanentConfiguration("CredentialRefused", status=401)

    async def follow(self, *_: Any, **__: Any) -> GraphAnswer:
        raise PermanentConfiguration("CredentialRefused", status=401)


@pytest.mark.parametrize("how", ["rights taken away", "credential run out"])
async def test_rights_that_are_taken_away_are_noticed_by_the_next_reading_though_nothing_waits_to_leave(
    small: World, how: str
) -> None:
    await _received(small)
    await small.settle()
    await small.read()
    if how == "credential run out":
        small.through(_Refused)
    else:
        await small.sandbox.control.post("mailbox", address=MAILBOX, denied=True)
    await small.read()
    assert (await small.one("SELECT state FROM mailboxes"))["state"] == "stopped"
    (task,) = await small.rows("SELECT owner FROM tasks WHERE kind = 'mailbox_stopped'")
    assert task["owner"] == "administrator"
