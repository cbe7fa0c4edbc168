"""Runs one job in a process of its own and lets that process die at one exact boundary: nothing is cleaned up, nothing
rolled back, no lease given back, as when the machine loses its power.

A boundary is just before and just after each commit, each call of Graph and each command to Redis. This program is
started once, imports everything, and then makes a child for each line it is given: a job, its argument, where to die.
It answers with a line: how many boundaries were passed, and how the child ended.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch
from uuid import UUID

import asyncpg.transaction
import httpx
import redis.asyncio.connection
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import create_async_engine

from service.clock import real_now
from service.domain.spans import Span, Unit
from service.outlook.adapter import GraphAnswer, GraphCalls, GraphSettings, open_graph
from service.outlook.gate import Gate, GatedGraph, GateLimits
from service.policies.holidays import working_calendar
from service.policies.load import load_pack
from service.scheduler.jobs import MACHINERY, PERIODIC, functions
from service.scheduler.machinery import Machinery
from service.scheduler.queue import QueueWake, open_queue
from service.store.sealing import Keyring
from service.workflow.ports import AnswerLinks, Services
from tests.journey.test_disagreements import with_ladder
from tests.journey.test_minutes_due import set_by_the_partnership
from tests.journey.world import TUESDAY_NINE

DIED = 9


class Boundaries:
    """Counts boundaries, and ends the process at the chosen one. 0: at none."""

    def __init__(self, die_at: int, told: int) -> None:
        self.passed = 0
        self._die_at = die_at
        self._told = told

    def passing(self) -> None:
        """One boundary."""
        self.passed += 1
        if self.passed == self._die_at:
            self.tell()
            os._exit(DIED)

    def tell(self) -> None:
        """Say how many there were."""
        os.write(self._told, f"{self.passed}\n".encode())

    def watch(self) -> None:
        """Put a boundary around each commit and each command to Redis of this process."""
        transaction: Any = asyncpg.transaction.Transaction
        connection: Any = redis.asyncio.connection.AbstractConnection
        commit, send = transaction.commit, connection.send_packed_command

        async def committed(this: Any) -> None:
            self.passing()
            await commit(this)
            self.passing()

        async def sent(this: Any, *arguments: Any, **more: Any) -> None:
            self.passing()
            await send(this, *arguments, **more)
            self.passing()

        transaction.commit = committed
        connection.send_packed_command = sent


@dataclass(frozen=True)
class Bounded:
    """Graph with a boundary before each call leaves and after its answer has come."""

    graph: GraphCalls
    boundaries: Boundaries

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
        self.boundaries.passing()
        answer = await self.graph.call(
            method,
            template,
            path_params,
            body=body,
            query=query,
            headers=headers,
            sends_mail=sends_mail,
            at_most=at_most,
        )
        self.boundaries.passing()
        return answer

    async def follow(self, link: str, *, headers: Mapping[str, str] | None = None) -> GraphAnswer:
        self.boundaries.passing()
        answer = await self.graph.follow(link, headers=headers)
        self.boundaries.passing()
        return answer


async def _run(asked: Mapping[str, Any], boundaries: Boundaries) -> None:
    business, real = (datetime.fromisoformat(asked[name]).astimezone(UTC) for name in ("now", "real_now"))
    async with AsyncExitStack() as stack:
        engine = create_async_engine(asked["database_url"])
        stack.push_async_callback(engine.dispose)
        queue, pool = open_queue(asked["redis_url"]), Redis.from_url(asked["redis_url"])
        stack.push_async_callback(queue.aclose, close_connection_pool=True)
        stack.push_async_callback(pool.aclose)
        graph = await stack.enter_async_context(open_graph(GraphSettings(**asked["graph"])))
        gate = Gate(pool, GateLimits(mails_per_minute=100_000, lease_seconds=1.0))
        services = Services(
            engine=engine,
            keyring=Keyring({"k1": bytes(range(32))}, "k1"),
            wake=QueueWake(queue, real_now),
            now=lambda: business,
            real_now=lambda: real,
            calendar=working_calendar(business.date()),
            policies={"lewisham": load_pack("lewisham")},
            links=AnswerLinks("http://127.0.0.1:1", b"x" * 32),
        )
        gated: dict[UUID, GraphCalls] = {}
        machinery = Machinery(
            services=services,
            graph=lambda mailbox: gated.setdefault(mailbox, GatedGraph(Bounded(graph, boundaries), gate, str(mailbox))),
            notification_url=asked["notification_url"],
            lifecycle_url=asked["notification_url"],
            poll_seconds=60,
            business=lambda stretch: stretch,
            graph_now=services.now,
        )
        here = SimpleNamespace(services=services, machinery=machinery)
        # As the test has it on its side: the partnership has set a day for minutes and published a ladder.
        set_by_the_partnership(here, Span(1, Unit.WORKING_DAYS))  # type: ignore[arg-type]
        with_ladder(here)  # type: ignore[arg-type]
        boundaries.watch()
        if asked["job"] in PERIODIC:
            await PERIODIC[asked["job"]](here.machinery)
        else:
            jobs: dict[str, Any] = {each.name: each.coroutine for each in functions()}
            await jobs[asked["job"]]({MACHINERY: here.machinery}, asked["argument"])


def _child(asked: Mapping[str, Any], told: int) -> None:
    boundaries = Boundaries(int(asked["die_at"]), told)
    try:
        asyncio.run(_run(asked, boundaries))
    except BaseException as error:  # noqa: BLE001 - told to whoever asked, who fails the test
        os.write(told, f"{type(error).__name__}: {error}\n".encode())
        os._exit(1)
    boundaries.tell()
    os._exit(0)


def _ready() -> None:
    """Read once what every child would read anew."""
    contexts = cache(httpx.create_ssl_context)
    contexts(verify=True, cert=None, trust_env=False)
    patch.object(httpx._transports.default, "create_ssl_context", contexts).start()
    load_pack("lewisham")
    working_calendar(TUESDAY_NINE.date())
    gc.collect()
    gc.freeze()


def main() -> None:
    """Make a child for each line of standard input, until there is none."""
    # What the jobs log must not stand between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    _ready()
    for line in sys.stdin:
        hear, tell = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(hear)
            _child(json.loads(line), tell)
        os.close(tell)
        with os.fdopen(hear) as heard:
            said = heard.read().strip()
        _, status = os.waitpid(child, 0)
        print(json.dumps({"said": said, "code": os.waitstatus_to_exitcode(status)}), file=answers, flush=True)


if __name__ == "__main__":
    main()
