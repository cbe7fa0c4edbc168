"""Ten deploys in a row: real workers at a real queue, each told to stop in the middle of its work and replaced. Nothing
is lost, nothing is done twice, and no try is burnt. ``make crashes`` does the same with processes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from arq.worker import Worker
from pydantic import SecretStr
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import create_async_engine

from service.clock import real_now
from service.domain.requests import Wishes
from service.outlook.adapter import GraphAnswer, GraphCalls
from service.outlook.gate import Gate, GatedGraph, GateLimits
from service.scheduler.queue import QueueWake, open_queue
from service.worker import _wind_down, make_worker
from tests.journey.world import SOCIAL_WORKER, TUESDAY_NINE, World, a_request

DEPLOYS = 10
WITHIN = 15.0


class _Slow:
    """Outlook, a moment slower, so that every stop finds calls under way."""

    def __init__(self, graph: GraphCalls) -> None:
        self._graph = graph
        self.under_way = 0

    async def call(
        self, method: str, template: str, path_params: Mapping[str, str] | None = None, **more: Any
    ) -> GraphAnswer:
        self.under_way += 1
        try:
            await asyncio.sleep(0.05)
            return await self._graph.call(method, template, path_params, **more)
        finally:
            self.under_way -= 1

    async def follow(self, link: str, **more: Any) -> GraphAnswer:
        return await self._graph.follow(link, **more)


@asynccontextmanager
async def _a_deployment(world: World, database_url: str, redis_url: str) -> AsyncIterator[tuple[Any, _Slow]]:
    """What one worker after the other is made of: pools, the queue, the gate."""
    async with AsyncExitStack() as stack:
        engine = create_async_engine(database_url, pool_size=10)
        stack.push_async_callback(engine.dispose)
        queue, redis = open_queue(redis_url), Redis.from_url(redis_url)
        stack.push_async_callback(queue.aclose, close_connection_pool=True)
        stack.push_async_callback(redis.aclose)
        wake = QueueWake(queue, real_now)
        (mailbox_id,) = world.mailbox_ids.values()
        slow = _Slow(world.machinery.graph(mailbox_id))
        # A mailbox that has places for all: whoever is turned away tries again, and that is not what is counted here.
        gate = Gate(redis, GateLimits(in_flight=50, mails_per_minute=10_000, queue_seconds=10.0))
        gated = GatedGraph(slow, gate, str(mailbox_id))
        services = replace(world.services, engine=engine, wake=wake)
        yield replace(world.machinery, services=services, graph=lambda _: gated), slow


async def _until_busy(slow: _Slow) -> bool:
    """Whether calls to Outlook are under way within a while."""
    for _ in range(60):
        if slow.under_way:
            return True
        await asyncio.sleep(0.005)
    return False


# A worker that is stopped in the middle of a command leaves its half of the talk to the collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_ten_deploys_in_a_row_lose_nothing_and_burn_no_try(
    small: World, journey_database: str, redis_url: str
) -> None:
    world = small
    settings = cast("Any", SimpleNamespace(redis_url=SecretStr(redis_url), sweep_seconds=1))
    in_the_middle = 0
    async with _a_deployment(world, journey_database, redis_url) as (machinery, slow):
        arriving = replace(world, services=machinery.services)

        async def deployed(number: int) -> Worker:
            nonlocal in_the_middle
            start = TUESDAY_NINE + timedelta(days=7, hours=number)
            await arriving.receive(a_request(case_ref=f"LCS-{number}", wishes=Wishes(start=start)))
            worker = make_worker(settings, machinery)
            running = asyncio.ensure_future(worker.main())
            in_the_middle += await _until_busy(slow)
            await _wind_down(worker, running)
            assert not slow.under_way, "it ends what it has begun"
            return worker

        for number in range(DEPLOYS):
            world.real.pass_to(max(world.real.now(), real_now()))
            await deployed(number)
        worker = make_worker(settings, machinery)
        running = asyncio.ensure_future(worker.main())
        async with asyncio.timeout(WITHIN):
            while await world.rows("SELECT id FROM outbox WHERE state IN ('waiting', 'frozen')"):
                world.real.pass_to(max(world.real.now(), real_now()))
                await asyncio.sleep(0.05)
        await _wind_down(worker, running)
    assert in_the_middle >= DEPLOYS // 2, "most stops came while something was being sent"
    rows = await world.rows("SELECT state, attempts FROM outbox")
    assert Counter((row["state"], row["attempts"]) for row in rows) == {("done", 1): len(rows)}
    assert len(await world.events()) == DEPLOYS
    assert await world.delivered(SOCIAL_WORKER) == Counter(invite=DEPLOYS, message=DEPLOYS)
    assert await world.chains_hold()
