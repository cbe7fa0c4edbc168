"""Redis may vanish at any moment: what is committed stays committed, a sweep finds it, and the gate stays shut."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from service.clock import monotonic, real_now
from service.outlook.gate import Gate, GatedGraph, GateLimits
from service.scheduler.queue import QueueWake, open_queue
from service.scheduler.sweeps import sweep_mailboxes, sweep_outbox
from tests.journey.world import SOCIAL_WORKER, World, a_request


@asynccontextmanager
async def a_bad_redis(kind: str) -> AsyncIterator[str]:
    """The address of a Redis that is away, never answers, answers nonsense, or hangs up."""

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while kind != "hangs up" and await reader.read(1000):
                if kind == "nonsense":
                    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                    await writer.drain()
        writer.close()

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    if kind == "away":
        server.close()
        await server.wait_closed()
    try:
        yield f"redis://127.0.0.1:{port}"
    finally:
        server.close()


@asynccontextmanager
async def waking_through(world: World, redis_url: str) -> AsyncIterator[None]:
    queue = open_queue(redis_url)
    before = world.services
    world.services = replace(before, wake=QueueWake(queue, real_now))
    world.machinery = replace(world.machinery, services=world.services)
    try:
        yield
    finally:
        world.services = before
        world.machinery = replace(world.machinery, services=before)
        await queue.aclose(close_connection_pool=True)


@pytest.mark.parametrize("kind", ["away", "silent", "nonsense", "hangs up"])
async def test_a_lost_wake_fails_nobody_and_a_sweep_finds_the_row(small: World, kind: str) -> None:
    async with a_bad_redis(kind) as url, waking_through(small, url):
        began = monotonic()
        received = await small.receive(a_request())
        assert monotonic() - began < 4, "whoever asked does not wait for Redis"
        assert received.answer["state"] == "confirmed"
        assert len(await sweep_outbox(small.machinery)) == 1
    await small.settle()
    assert await small.delivered(SOCIAL_WORKER) == Counter(invite=1, message=1)


@pytest.mark.parametrize("kind", ["away", "silent"])
async def test_a_closed_gate_defers_without_burning_tries_and_opens_again(small: World, kind: str) -> None:
    await small.receive(a_request())
    open_graph = small.machinery.graph
    async with a_bad_redis(kind) as url:
        redis = Redis.from_url(url)
        gate = Gate(redis, GateLimits(redis_seconds=0.05))
        small.through(lambda graph: GatedGraph(graph, gate, str(uuid4())))
        for _ in range(6):
            assert await small.pump() == 1
            small.real.wait(timedelta(seconds=6))
        await redis.aclose()
    (row,) = await small.rows("SELECT state, attempts, last_error FROM outbox WHERE kind = 'create_event'")
    assert row["state"] == "frozen"
    assert row["attempts"] <= 2
    assert "unreachable" in row["last_error"]
    assert await small.calls("create_event") == 0, "without the gate nothing is sent"
    small.machinery = replace(small.machinery, graph=open_graph)
    await small.settle()
    assert await small.delivered(SOCIAL_WORKER) == Counter(invite=1, message=1)


async def test_a_gate_that_shuts_between_two_calls_of_one_message_sends_it_once(small: World, redis_url: str) -> None:
    """The draft is made, then every place is taken: the next try finds the draft and sends that."""
    await small.receive(a_request())
    redis, mailbox = Redis.from_url(redis_url), str(uuid4())
    gate = Gate(redis, GateLimits(mails_per_minute=1))
    small.through(lambda graph: GatedGraph(graph, gate, mailbox))
    await small.pump()
    assert await small.calls("create_message") == 1
    assert await small.calls("send_message") == 0
    await redis.flushall()
    await small.settle()
    await redis.aclose()
    assert await small.calls("create_message") == 1
    assert await small.delivered(SOCIAL_WORKER) == Counter(invite=1, message=1)


async def test_a_redis_that_forgets_everything_costs_no_row(small: World, redis_url: str) -> None:
    async with waking_through(small, redis_url):
        await small.receive(a_request())
        redis = Redis.from_url(redis_url)
        assert await redis.dbsize() > 0
        await redis.flushall()
        assert len(await sweep_outbox(small.machinery)) == 1
        assert await redis.dbsize() > 0, "the sweep woke it again"
        await redis.aclose()
    await small.settle()
    assert await small.live_events() == 1


async def test_a_lost_notification_costs_time_and_not_the_answer(small: World) -> None:
    """A mailbox nobody was woken for is read when it has been quiet for the polling interval."""
    (mailbox,) = small.mailbox_ids.values()
    await small.read()
    assert await sweep_mailboxes(small.machinery) == []
    small.clock.wait(timedelta(seconds=61))
    assert await sweep_mailboxes(small.machinery) == [mailbox]
    assert small.wake.mailboxes == [mailbox]
