"""The gate in front of a mailbox: one for all workers, never waiting, closed when Redis is gone."""

from __future__ import annotations

import asyncio
import os
import signal
import uuid
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from service.embedded.valkey import valkey
from service.outlook.adapter import open_graph
from service.outlook.errors import Throttled
from service.outlook.gate import Gate, GateClosed, GatedGraph, GateLimits, Reason
from service.outlook.send import create_event, find_event
from tests.outlook.stage import EVENT, MAILBOX, Place, Recorder, answering, running_sandbox, settings_for

ONE = "01234567-89ab-7cde-8f01-23456789abcd"
OTHER = "fedcba98-7654-7321-8fed-cba987654321"


@pytest.fixture
async def workers(redis_url: str) -> AsyncIterator[list[Redis]]:
    """Two connections to one Redis, as two workers have them."""
    made = [Redis.from_url(redis_url) for _ in range(2)]
    yield made
    for each in made:
        await each.aclose()


@pytest.fixture
def gates(workers: list[Redis]) -> list[Gate]:
    return [Gate(worker) for worker in workers]


async def _patiently(gate: Gate, inside: list[int], most: list[int]) -> None:
    while True:
        try:
            async with gate.pass_through(ONE):
                inside.append(1)
                most.append(len(inside))
                await asyncio.sleep(0.02)
                inside.pop()
                return
        except GateClosed as closed:
            if closed.reason is not Reason.IN_FLIGHT:
                raise
            await asyncio.sleep(0.01)


async def test_never_more_than_four_of_eight_are_in_flight_across_two_workers(gates: list[Gate]) -> None:
    inside: list[int] = []
    most: list[int] = []
    async with asyncio.timeout(20):
        await asyncio.gather(*(_patiently(gates[n % 2], inside, most) for n in range(8)))
    assert len(most) == 8
    assert max(most) == 4


async def test_no_place_is_said_at_once_and_another_mailbox_is_not_held_up(gates: list[Gate]) -> None:
    gate = gates[0]
    async with (
        gate.pass_through(ONE),
        gate.pass_through(ONE),
        gate.pass_through(ONE),
        gate.pass_through(ONE),
    ):
        with pytest.raises(GateClosed) as caught:
            async with gates[1].pass_through(ONE):
                pytest.fail("a fifth got in")
        assert caught.value.reason is Reason.IN_FLIGHT
        assert 0 < caught.value.retry_after < 1
        async with gates[1].pass_through(OTHER):
            pass
    async with gates[1].pass_through(ONE):
        pass


async def test_the_place_of_a_dead_holder_is_free_after_its_lease(workers: list[Redis]) -> None:
    short = Gate(workers[0], GateLimits(in_flight=1, lease_seconds=0.15))
    dead = short.pass_through(ONE)
    await dead.__aenter__()
    with pytest.raises(GateClosed):
        await short.pass_through(ONE).__aenter__()
    async with asyncio.timeout(10):
        while True:
            try:
                async with Gate(workers[1], GateLimits(in_flight=1)).pass_through(ONE):
                    break
            except GateClosed:
                await asyncio.sleep(0.02)
    await dead.__aexit__(None, None, None)


async def test_a_holder_that_outlived_its_lease_does_not_free_the_place_of_another(workers: list[Redis]) -> None:
    slow = Gate(workers[0], GateLimits(in_flight=1, lease_seconds=0.05)).pass_through(ONE)
    await slow.__aenter__()
    await asyncio.sleep(0.1)
    following = Gate(workers[1], GateLimits(in_flight=1))
    async with following.pass_through(ONE):
        await slow.__aexit__(None, None, None)
        with pytest.raises(GateClosed):
            await following.pass_through(ONE).__aenter__()


async def test_the_place_is_given_back_after_an_error_and_after_a_cancellation(gates: list[Gate]) -> None:
    async def hold(started: asyncio.Event) -> None:
        async with gates[0].pass_through(ONE):
            started.set()
            await asyncio.Event().wait()

    for _ in range(5):
        with pytest.raises(RuntimeError):
            async with gates[0].pass_through(ONE):
                raise RuntimeError
        started = asyncio.Event()
        task = asyncio.create_task(hold(started))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    async with gates[0].pass_through(ONE):
        pass


async def test_the_place_is_given_back_when_its_holder_is_cancelled_twice(workers: list[Redis]) -> None:
    gate = Gate(workers[0], GateLimits(in_flight=1))
    inside = asyncio.Event()

    async def hold() -> None:
        async with gate.pass_through(ONE):
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hold())
    await inside.wait()
    task.cancel()
    await asyncio.sleep(0)  # it is giving its place back now
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(10):
        while True:
            try:
                async with Gate(workers[1], GateLimits(in_flight=1)).pass_through(ONE):
                    return
            except GateClosed:
                await asyncio.sleep(0.01)


async def test_requests_are_counted_in_ten_minutes(workers: list[Redis]) -> None:
    gate = Gate(workers[0], GateLimits(requests_per_10_minutes=3))
    for _ in range(3):
        async with gate.pass_through(ONE):
            pass
    with pytest.raises(GateClosed) as caught:
        await gate.pass_through(ONE).__aenter__()
    assert caught.value.reason is Reason.REQUESTS
    # The first slot of ten seconds leaves the window between 600 and 610 seconds after the first request.
    assert 590 < caught.value.retry_after <= 610


async def test_mails_are_counted_in_a_minute_and_reading_goes_on(workers: list[Redis]) -> None:
    gate = Gate(workers[0], GateLimits(mails_per_minute=2))
    for _ in range(2):
        async with gate.pass_through(ONE, sends_mail=True):
            pass
    with pytest.raises(GateClosed) as caught:
        await gate.pass_through(ONE, sends_mail=True).__aenter__()
    assert caught.value.reason is Reason.MAILS
    assert 50 < caught.value.retry_after <= 61
    async with gate.pass_through(ONE):
        pass


async def test_slots_that_left_the_window_are_not_counted_any_more(workers: list[Redis]) -> None:
    seconds, _ = await workers[0].time()
    old, inside = seconds - 61 - 1, seconds - 58
    gate = Gate(workers[0], GateLimits(mails_per_minute=3))
    async with workers[0].pipeline() as counts:
        counts.hset(f"convene:gate:{ONE}:mails", mapping={str(old): 50, str(inside): 2})
        await counts.execute()
    async with gate.pass_through(ONE, sends_mail=True):
        pass
    with pytest.raises(GateClosed) as caught:
        await gate.pass_through(ONE, sends_mail=True).__aenter__()
    assert 0 < caught.value.retry_after <= 4


async def test_a_pause_closes_one_mailbox_for_all_workers_and_ends(gates: list[Gate]) -> None:
    await gates[0].pause(ONE, 0.15)
    with pytest.raises(GateClosed) as caught:
        await gates[1].pass_through(ONE).__aenter__()
    assert caught.value.reason is Reason.PAUSED
    assert 0 < caught.value.retry_after <= 0.15
    async with gates[1].pass_through(OTHER):
        pass
    async with asyncio.timeout(10):
        while True:
            try:
                async with gates[1].pass_through(ONE):
                    break
            except GateClosed:
                await asyncio.sleep(0.02)


async def test_a_short_pause_does_not_end_a_long_one(gates: list[Gate]) -> None:
    await gates[0].pause(ONE, 60)
    await gates[1].pause(ONE, 0.01)
    with pytest.raises(GateClosed) as caught:
        await gates[1].pass_through(ONE).__aenter__()
    assert caught.value.retry_after > 50


async def test_a_killed_redis_closes_the_gate_and_a_new_one_opens_it() -> None:
    with valkey() as server:
        redis = Redis.from_url(server.url)
        gate = Gate(redis, GateLimits(redis_seconds=1.0))
        async with gate.pass_through(ONE):
            server.kill()
        with pytest.raises(GateClosed) as caught:
            await gate.pass_through(ONE).__aenter__()
        assert caught.value.reason is Reason.UNREACHABLE
        await gate.pause(ONE, 1.0)
        server.start()
        async with asyncio.timeout(30):
            while True:
                try:
                    async with gate.pass_through(ONE):
                        break
                except GateClosed:
                    await asyncio.sleep(0.05)
        await redis.aclose()


async def test_a_frozen_redis_closes_the_gate_within_its_time() -> None:
    with valkey() as server:
        redis = Redis.from_url(server.url)
        gate = Gate(redis, GateLimits(redis_seconds=0.2))
        os.kill(server.pid, signal.SIGSTOP)
        try:
            async with asyncio.timeout(5):
                with pytest.raises(GateClosed) as caught:
                    await gate.pass_through(ONE).__aenter__()
        finally:
            os.kill(server.pid, signal.SIGCONT)
        assert caught.value.reason is Reason.UNREACHABLE
        await redis.aclose()


async def test_a_flushed_redis_counts_anew_and_lets_through(gates: list[Gate], workers: list[Redis]) -> None:
    async with gates[0].pass_through(ONE):
        await workers[0].flushall()
        await workers[0].script_flush()
    async with gates[0].pass_through(ONE):
        pass


@pytest.mark.parametrize("odd", ["meetings@council.example", "", "../x", "mailbox-1"])
async def test_only_a_mailbox_id_ever_reaches_redis(gates: list[Gate], workers: list[Redis], odd: str) -> None:
    with pytest.raises(ValueError, match=r"badly formed|UUID"):
        await gates[0].pass_through(odd).__aenter__()
    with pytest.raises(ValueError, match=r"badly formed|UUID"):
        await gates[0].pause(odd, 1)
    assert await workers[0].keys("*") == []


async def test_every_key_names_the_mailbox_by_id_and_ends_by_itself(gates: list[Gate], workers: list[Redis]) -> None:
    mailbox_id = str(uuid.uuid4())
    await gates[0].pause(OTHER, 5)
    async with gates[0].pass_through(mailbox_id, sends_mail=True):
        keys = sorted(key.decode() for key in await workers[0].keys("*"))
        assert keys == sorted(
            [
                *(f"convene:gate:{mailbox_id}:{name}" for name in ("leases", "mails", "requests")),
                f"convene:gate:{OTHER}:paused",
            ]
        )
        assert all([0 < await workers[0].pttl(key) <= 610_000 for key in keys])


async def test_eight_callers_on_a_strict_graph_draw_no_429(gates: list[Gate]) -> None:
    async with running_sandbox(latency=0.02) as place, open_graph(place.settings) as graph:
        gated = [GatedGraph(graph, gate, ONE) for gate in gates]

        async def look(number: int) -> None:
            while True:
                try:
                    await find_event(gated[number % 2], MAILBOX, "mtg-7KQ2M")
                except GateClosed:
                    await asyncio.sleep(0.005)
                else:
                    return

        async with asyncio.timeout(30):
            await asyncio.gather(*(look(number) for number in range(24)))
        state = await place.control.state()
    assert state["throttled"] == 0
    assert 1 <= state["mailboxes"][MAILBOX]["max_in_flight"] <= 4


async def test_a_throttle_pauses_the_mailbox_for_as_long_as_graph_says(gates: list[Gate], sandbox: Place) -> None:
    async with open_graph(sandbox.settings) as graph:
        await sandbox.control.fault("create_event", "status", status=429, retry_after="40")
        with pytest.raises(Throttled):
            await create_event(GatedGraph(graph, gates[0], ONE), MAILBOX, EVENT, "mtg-7KQ2M")
        with pytest.raises(GateClosed) as caught:
            await create_event(GatedGraph(graph, gates[1], ONE), MAILBOX, EVENT, "mtg-7KQ2M")
        assert 35 < caught.value.retry_after <= 40
        await create_event(GatedGraph(graph, gates[1], OTHER), "second@council.example", EVENT, "mtg-7KQ2M")


async def test_nothing_is_sent_through_a_closed_gate(gates: list[Gate], recorder: Recorder) -> None:
    recorder.answers.append(answering(201))
    await gates[0].pause(ONE, 5)
    async with open_graph(settings_for(recorder.address)) as graph:
        gated = GatedGraph(graph, gates[0], ONE)
        with pytest.raises(GateClosed):
            await create_event(gated, MAILBOX, EVENT, "mtg-7KQ2M")
        with pytest.raises(GateClosed):
            await gated.follow(f"{recorder.address}/v1.0/x")
    assert recorder.seen == []
