"""Calls of one worker queue for their mailbox's places instead of turning each other away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from service.outlook.adapter import open_graph
from service.outlook.gate import Gate, GateClosed, GatedGraph, GateLimits, Reason
from service.outlook.send import find_event
from tests.outlook.stage import MAILBOX, running_sandbox

ONE = "01234567-89ab-7cde-8f01-23456789abcd"


@pytest.fixture
async def worker(redis_url: str) -> AsyncIterator[Redis]:
    made = Redis.from_url(redis_url)
    yield made
    await made.aclose()


async def test_a_burst_of_one_worker_passes_whole_and_never_more_than_four_at_once(worker: Redis) -> None:
    async with running_sandbox(latency=0.02) as place, open_graph(place.settings) as graph:
        gated = GatedGraph(graph, Gate(worker), ONE)
        await asyncio.gather(*(find_event(gated, MAILBOX, "mtg-7KQ2M") for _ in range(20)))
        state = await place.control.state()
    assert state["throttled"] == 0
    assert state["mailboxes"][MAILBOX]["max_in_flight"] == 4


async def test_a_queue_that_does_not_move_turns_its_callers_away_and_works_again_after(worker: Redis) -> None:
    limits = GateLimits(in_flight=1, queue_seconds=0.05)
    async with running_sandbox(latency=0.3) as place, open_graph(place.settings) as graph:
        gated = GatedGraph(graph, Gate(worker, limits), ONE)
        slow = asyncio.create_task(find_event(gated, MAILBOX, "mtg-7KQ2M"))
        while not (await place.control.state())["mailboxes"][MAILBOX]["in_flight"]:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        with pytest.raises(GateClosed) as caught:
            await find_event(gated, MAILBOX, "mtg-7KQ2M")
        assert caught.value.reason is Reason.IN_FLIGHT
        await slow
        assert await find_event(gated, MAILBOX, "mtg-7KQ2M") is None


async def test_what_is_urgent_has_a_reserve_and_waits_for_a_place_that_others_hold(worker: Redis) -> None:
    gate = Gate(worker, GateLimits(in_flight=1, mails_per_minute=2, urgent_mails=1))
    for _ in range(2):
        async with gate.pass_through(ONE, sends_mail=True):
            pass
    with pytest.raises(GateClosed) as caught:
        async with gate.pass_through(ONE, sends_mail=True):
            pytest.fail("a third ordinary mail left within the minute")
    assert caught.value.reason is Reason.MAILS
    async with running_sandbox(latency=0.3) as place, open_graph(place.settings) as graph:
        slow = asyncio.create_task(find_event(GatedGraph(graph, gate, ONE), MAILBOX, "mtg-7KQ2M"))
        while not (await place.control.state())["mailboxes"][MAILBOX]["in_flight"]:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        assert await find_event(GatedGraph(graph, gate, ONE, urgent=True), MAILBOX, "mtg-7KQ2M") is None
        await slow
    async with gate.pass_through(ONE, sends_mail=True, urgent=True):
        pass
    with pytest.raises(GateClosed) as caught:
        async with gate.pass_through(ONE, sends_mail=True, urgent=True):
            pytest.fail("more than the reserve")
    assert caught.value.reason is Reason.MAILS


async def test_calls_that_are_turned_away_by_the_rate_each_get_a_turn_of_their_own(worker: Redis) -> None:
    gate, waits = Gate(worker, GateLimits(mails_per_minute=2)), []
    for _ in range(2):
        async with gate.pass_through(ONE, sends_mail=True):
            pass
    for _ in range(4):
        with pytest.raises(GateClosed) as caught:
            async with gate.pass_through(ONE, sends_mail=True):
                pytest.fail("a third mail left within the minute")
        waits.append(caught.value.retry_after)
    # The first as soon as the oldest mail is a minute old; each other nearly half a minute on, and none out of sight.
    assert 59 <= waits[0] <= 62
    assert waits[1] == pytest.approx(waits[0] + 28.5, abs=0.5)
    assert waits[2:] == [pytest.approx(90, abs=0.5)] * 2
