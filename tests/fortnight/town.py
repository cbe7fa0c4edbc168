"""A whole Convene in one process with one clock that the test moves: the workflow, the jobs by way of a real queue, the
gate, the notification door and the answer page over HTTP, and the sandbox with its clock in step.

Nothing sleeps. Whoever moves the clock runs the periodic jobs, hands out what Graph has notified, empties the queue.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import aiohttp
import httpx
from aiohttp import web
from arq.connections import ArqRedis
from arq.constants import job_key_prefix
from arq.jobs import deserialize_job_raw
from redis.asyncio import ConnectionPool, Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from service.clock import real_now
from service.handlers.keys import DOORS, SERVICES, Doors
from service.handlers.routes import add_routes
from service.outlook.adapter import GraphAnswer, GraphCalls, open_graph
from service.outlook.gate import Gate, GatedGraph, GateLimits
from service.policies.holidays import working_calendar
from service.policies.load import content, load_pack
from service.sandbox.serving import Serving
from service.sandbox.serving import serving as serving_sandbox
from service.scheduler.jobs import MACHINERY, PERIODIC, functions
from service.scheduler.machinery import Machinery
from service.scheduler.queue import QUEUE, QueueWake, dumps, loads
from service.store.changes import mailboxes, partnerships, policies
from service.store.queries.partnerships import Partnership
from service.store.sealing import Keyring
from service.workflow.ports import AnswerLinks, Services
from tests.databases import emptied
from tests.fortnight.script import STARTS
from tests.journey.crashing import AfterEachReply, crash_at
from tests.journey.world import MAILBOX, Desk, MovedClock, add_desk
from tests.outlook.stage import Control, config, serving, settings_for

DIRECTORY = {
    "social_worker": Desk("social_worker"),
    "police_child_protection": Desk("police_child_protection", hours="always"),
    "health_practitioner": Desk("health_practitioner", channel="calendar_mail"),
    "personal_adviser": Desk("personal_adviser"),
}
POLL = timedelta(hours=24)
_NEXT = text(
    """
    SELECT min(at) AS at FROM (
        SELECT min(due_at) AS at FROM chases WHERE state = 'due'
        UNION ALL
        SELECT min(greatest(next_try_at, coalesce(lease_until, next_try_at))) FROM outbox AS o
         WHERE state IN ('waiting', 'frozen') AND NOT EXISTS
               (SELECT 1 FROM outbox AS b WHERE b.state IN ('waiting', 'frozen')
                   AND (b.id = o.after_id OR (b.stream = o.stream AND b.sequence < o.sequence)))
    ) AS soonest
    """
)


@dataclass
class Outgoing:
    """Graph, with every byte that leaves for it written down first."""

    graph: GraphCalls
    seen: list[str]

    async def call(
        self,
        method: str,
        template: str,
        path_params: Mapping[str, str] | None = None,
        *,
        body: bytes | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        sends_mail: bool = False,
        at_most: int | None = None,
    ) -> GraphAnswer:
        self.seen.append(f"{template} {path_params} {query} {(body or b'').decode()}")
        return await self.graph.call(
            method,
            template,
            path_params,
            body=body,
            query=query,
            headers=headers,
            sends_mail=sends_mail,
            at_most=at_most,
        )

    async def follow(self, link: str, *, headers: Mapping[str, str] | None = None) -> GraphAnswer:
        return await self.graph.follow(link, headers=headers)


@dataclass
class Post:
    """What stands between Graph and our door: it loses, doubles, holds back and shuffles notifications."""

    door: str
    http: aiohttp.ClientSession
    chance: Random = field(default_factory=Random)
    held: list[tuple[str, bytes]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    async def receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        if "validationToken" in request.query:
            async with self.http.post(f"{self.door}{request.path_qs}", data=body) as said:
                return web.Response(status=said.status, text=await said.text(), content_type=said.content_type)
        self.held.append((request.path, body))
        return web.Response(status=202)

    async def hand_out(self) -> None:
        arrived, self.held = self.held, []
        self.chance.shuffle(arrived)
        for path, body in arrived:
            fate = self.chance.choices(("once", "lost", "twice", "late"), (5, 1, 1, 1))[0]
            self.counts[fate] = self.counts.get(fate, 0) + 1
            if fate == "late":
                self.held.append((path, body))
            for _ in range({"once": 1, "twice": 2}.get(fate, 0)):
                headers = {"Content-Type": "application/json"}
                async with self.http.post(f"{self.door}{path}", data=body, headers=headers) as said:
                    assert said.status == 202, said.status


@dataclass
class Town:
    """Everything there is, and the one clock it goes by."""

    engine: AsyncEngine
    services: Services
    machinery: Machinery
    sandbox: Serving
    control: Control
    clock: MovedClock
    redis: Redis
    pools: tuple[ConnectionPool, ...]
    post: Post
    http: aiohttp.ClientSession
    web: str
    outgoing: list[str]
    chance: Random = field(default_factory=Random)
    in_redis: set[str] = field(default_factory=set)
    deaths: list[int] = field(default_factory=list)
    killed: int = 0
    jobs_run: int = 0
    next_upkeep: datetime = STARTS[0]
    redis_back: datetime | None = None
    graph_back: datetime | None = None
    worker_back: datetime | None = None

    async def begin(self, seed: int, start: datetime, desks: tuple[str, ...]) -> None:
        """Start again with nothing but the directory, at the start of a fortnight."""
        self.chance, self.post.chance = Random(seed), Random(seed + 1)  # noqa: S311 - told the same way each time
        for kept in (self.outgoing, self.in_redis, self.deaths, self.post.held, self.post.counts):
            kept.clear()
        self.killed = self.jobs_run = 0
        if self.redis_back is not None:
            await self._reach_redis(away=False)
        self.graph_back = self.worker_back = None
        self.next_upkeep = start
        self.clock.at = start
        self.sandbox.sandbox.clock.pin(start)
        self.sandbox.sandbox.reset()
        await self.redis.flushall()
        policy = self.services.policies["lewisham"]
        await emptied(self.engine)
        async with self.engine.begin() as conn:
            partnership = Partnership("lewisham", "Lewisham", "lewisham", "1 High Road", "020 7946 0000")
            await partnerships.ensure(conn, partnership, by="test", now=start)
            await mailboxes.ensure(conn, "lewisham", MAILBOX, by="test", now=start)
            version = policies.NewVersion(policy.content_hash, policy.id, policy.version, content(policy), start)
            await policies.publish(conn, "lewisham", version, by="test", now=start)
        await add_desk(self.engine, "lewisham", *(DIRECTORY[name] for name in (*desks, "personal_adviser")))

    async def rows(self, sql: str, **values: object) -> list[dict[str, Any]]:
        async with self.engine.connect() as conn:
            return [dict(row) for row in (await conn.execute(text(sql), values)).mappings()]

    async def run_until(self, instant: datetime) -> None:
        """Let time pass to an instant, stopping wherever something falls due."""
        while self.clock.now() < instant:
            if self.worker_back is not None:
                # Nobody is there to whom anything could fall due.
                await self._pass_to(min(instant, self.worker_back))
                await self.tick()
                continue
            async with self.engine.connect() as conn:
                due: datetime | None = (await conn.execute(_NEXT)).scalar_one()
            now = self.clock.now()
            soonest = min(at for at in (due, self.redis_back, self.graph_back, self.next_upkeep, instant) if at)
            # What is due already and was not done (a gate that is shut, say) is tried again in a moment.
            await self._pass_to(min(instant, max(soonest, now + timedelta(seconds=1))))
            await self.tick()

    async def _pass_to(self, instant: datetime) -> None:
        passed = instant - self.clock.now()
        self.clock.pass_to(instant)
        self.sandbox.sandbox.clock.pin(instant)
        if self.redis_back is None:
            # Redis counts its own seconds; a gate that Graph has shut opens when its time is over here.
            for key in await self.redis.keys("convene:gate:*:paused"):
                left = await self.redis.pttl(key) - int(passed.total_seconds() * 1000)
                await (self.redis.pexpire(key, left) if left > 0 else self.redis.delete(key))
        if self.redis_back is not None and instant >= self.redis_back:
            await self._reach_redis(away=False)
        if self.graph_back is not None and instant >= self.graph_back:
            self.graph_back = None
            self.sandbox.sandbox.faults.clear()
        if self.worker_back is not None and instant >= self.worker_back:
            self.worker_back = None

    async def tick(self) -> None:
        """What happens at one instant: notifications arrive, sweeps run, workers empty the queue."""
        await self._delivered()
        await self.post.hand_out()
        if self.worker_back is not None:
            return
        if self.clock.now() >= self.next_upkeep:
            self.next_upkeep = self.clock.now() + POLL
            await PERIODIC["v1.upkeep"](self.machinery)
        await PERIODIC["v1.sweep"](self.machinery)
        await self._work()

    async def _delivered(self) -> None:
        """Wait until the sandbox has posted what it has to say."""
        async with asyncio.timeout(10):
            while len(self.sandbox.sandbox.background):  # noqa: ASYNC110 - the sandbox has no event to wait for
                await asyncio.sleep(0.001)

    async def _work(self) -> None:
        """Workers: they take jobs from the queue in any order, a few at once, and now and then one is killed."""
        while jobs := await self._taken():
            self.chance.shuffle(jobs)
            while jobs:
                width = self.chance.randint(1, 4)
                batch, jobs = jobs[:width], jobs[width:]
                await asyncio.gather(*(self._run(*job) for job in batch))

    async def _taken(self) -> list[tuple[str, tuple[Any, ...]]]:
        if self.redis_back is not None:
            return []
        ids = [found.decode() for found in await self.redis.zrange(QUEUE, 0, -1)]
        if not ids:
            return []
        keys = [job_key_prefix + found for found in ids]
        written = [raw for raw in await self.redis.mget(keys) if raw is not None]
        self.in_redis.update(ids)
        self.in_redis.update(raw.decode() for raw in written)
        await self.redis.delete(QUEUE, *keys)
        jobs = []
        for raw in written:
            name, arguments, *_ = deserialize_job_raw(raw, deserializer=loads)
            jobs.append((name, tuple(arguments)))
        return jobs

    async def _run(self, name: str, arguments: tuple[Any, ...]) -> None:
        job = _JOBS[name]({MACHINERY: self.machinery}, *arguments)
        self.jobs_run += 1
        if self.deaths:
            self.killed += await crash_at(job, self.deaths.pop())
            await self._quiet()
        else:
            await job

    async def _quiet(self) -> None:
        """Wait for calls whose caller was killed: Graph finishes what it has begun."""
        async with asyncio.timeout(10):
            while any(box.meter.in_flight for box in self.sandbox.sandbox.mailboxes.values()):  # noqa: ASYNC110
                await asyncio.sleep(0.002)

    async def redis_away(self, until: datetime) -> None:
        """Redis is gone until an instant."""
        self.redis_back = until
        await self._reach_redis(away=True)

    async def _reach_redis(self, *, away: bool) -> None:
        if not away:
            self.redis_back = None
        for pool in self.pools:
            await pool.disconnect()
            pool.reset()  # type: ignore[no-untyped-call]
            path: str = self.redis.connection_pool.connection_kwargs["path"]
            pool.connection_kwargs["path"] = f"{path}.gone" if away else path


_JOBS: dict[str, Callable[..., Any]] = {each.name: each.coroutine for each in functions()}


def _pool(redis_url: str) -> ConnectionPool:
    return ConnectionPool.from_url(redis_url, socket_connect_timeout=2)


@asynccontextmanager
async def a_town(engine: AsyncEngine, redis_url: str) -> AsyncIterator[Town]:
    """Everything, opened once for many fortnights."""
    async with AsyncExitStack() as stack:
        pools = (_pool(redis_url), _pool(redis_url))
        queue = ArqRedis(pools[0], job_serializer=dumps, job_deserializer=loads, default_queue_name=QUEUE)
        gate_redis, redis = Redis(connection_pool=pools[1]), Redis.from_url(redis_url)
        for opened in (queue, gate_redis, redis):
            stack.push_async_callback(opened.aclose, close_connection_pool=True)
        clock = MovedClock(STARTS[0])
        http = await stack.enter_async_context(aiohttp.ClientSession())
        post = Post("", http)
        app = web.Application()
        app.router.add_post("/graph/{kind}", post.receive)
        box = await stack.enter_async_context(serving(app))
        door = web.Application()
        services = Services(
            engine=engine,
            keyring=Keyring({"k1": bytes(range(32))}, "k1"),
            # arq goes by the machine's time, and so do the queue's own marks.
            wake=QueueWake(queue, real_now),
            now=clock.now,
            real_now=clock.now,
            calendar=working_calendar(STARTS[0].date()),
            policies={"lewisham": load_pack("lewisham")},
            links=AnswerLinks("http://convene.example", b"x" * 32),
        )
        door[SERVICES], door[DOORS] = services, Doors({}, (), ("lewisham",))
        add_routes(door)
        post.door = await stack.enter_async_context(serving(door))
        sandbox = await stack.enter_async_context(
            serving_sandbox(config(mailboxes=(MAILBOX,), notification_retries=()))
        )
        headers = {"X-Sandbox-Token": "control"}
        control_http = await stack.enter_async_context(_control_client(sandbox.url, headers))
        graph = await stack.enter_async_context(open_graph(settings_for(sandbox.url, timeout=2.0)))
        limits = GateLimits(
            mails_per_minute=100_000, requests_per_10_minutes=1_000_000, unreachable_retry_seconds=30, redis_seconds=1
        )
        gate = Gate(gate_redis, limits)
        outgoing: list[str] = []
        gated: dict[UUID, GraphCalls] = {}

        def behind_gate(mailbox_id: UUID) -> GraphCalls:
            if mailbox_id not in gated:
                gated[mailbox_id] = GatedGraph(AfterEachReply(Outgoing(graph, outgoing)), gate, str(mailbox_id))
            return gated[mailbox_id]

        machinery = Machinery(
            services=services,
            graph=behind_gate,
            notification_url=f"{box}/graph/notifications",
            lifecycle_url=f"{box}/graph/lifecycle",
            poll_seconds=int(POLL.total_seconds()),
            business=lambda real: real,
            graph_now=clock.now,
        )
        yield Town(
            engine, services, machinery, sandbox, Control(control_http), clock, redis, pools, post, http, post.door,
            outgoing,
        )  # fmt: skip


@asynccontextmanager
async def _control_client(url: str, headers: dict[str, str]) -> AsyncIterator[Any]:
    async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False) as http:
        yield http
