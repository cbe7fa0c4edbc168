"""Eight workers at one queue: real arq workers, each with its own connections, all sweeping at the same moment."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import create_async_engine

from service.clock import real_now
from service.domain.requests import Wishes
from service.outlook.gate import Gate, GatedGraph, GateLimits
from service.scheduler.machinery import Machinery
from service.scheduler.queue import QueueWake, open_queue
from service.worker import make_worker
from tests.journey.world import DESKS, TUESDAY_NINE, World, a_request

WORKERS = 8
MEETINGS = 6
WITHIN = 40.0


@asynccontextmanager
async def _a_worker(world: World, database_url: str, redis_url: str) -> AsyncIterator[Any]:
    """One worker as a process of its own would have it: its pools, its queue, its side of the gate."""
    async with AsyncExitStack() as stack:
        engine = create_async_engine(database_url, pool_size=4)
        stack.push_async_callback(engine.dispose)
        queue, redis = open_queue(redis_url), Redis.from_url(redis_url)
        stack.push_async_callback(queue.aclose, close_connection_pool=True)
        stack.push_async_callback(redis.aclose)
        services = replace(world.services, engine=engine, wake=QueueWake(queue, real_now))
        gate = Gate(redis, GateLimits(mails_per_minute=10_000))
        gated = {name: GatedGraph(world.machinery.graph(name), gate, str(name)) for name in world.mailbox_ids.values()}
        machinery: Machinery = replace(world.machinery, services=services, graph=gated.__getitem__)
        settings = SimpleNamespace(redis_url=SecretStr(redis_url), sweep_seconds=1)
        worker = make_worker(cast("Any", settings), machinery)
        running = asyncio.ensure_future(worker.main())
        try:
            yield worker
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await asyncio.gather(*worker.tasks.values(), return_exceptions=True)
            await worker.pool.aclose(close_connection_pool=True)


# A worker that is stopped in the middle of a command leaves its half of the talk to the collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_eight_workers_that_sweep_at_once_do_everything_once(
    world: World, journey_database: str, redis_url: str
) -> None:
    for number in range(MEETINGS):
        start = TUESDAY_NINE + timedelta(days=7, hours=number)
        await world.receive(a_request(case_ref=f"LCS-{number}", wishes=Wishes(start=start)))
    async with AsyncExitStack() as stack:
        for _ in range(WORKERS):
            await stack.enter_async_context(_a_worker(world, journey_database, redis_url))
        async with asyncio.timeout(WITHIN):
            while await world.rows("SELECT id FROM outbox WHERE state IN ('waiting', 'frozen')"):
                # Retries go by the clock of the test: a job that was turned away by the gate must find its time come.
                world.real.pass_to(max(world.real.now(), real_now()))
                await asyncio.sleep(0.05)
    events = await world.events()
    assert len(events) == MEETINGS
    assert len({event["subject"] for event in events}) == MEETINGS
    for desk in DESKS:
        assert await world.delivered(desk.at("lewisham")) == Counter(invite=MEETINGS, message=MEETINGS), desk.role
    assert (await world.sandbox.control.state(calls=False))["throttled"] == 0, "together they kept to what Graph allows"
    assert {row["state"] for row in await world.rows("SELECT state FROM outbox")} == {"done"}
    assert await world.chains_hold()
