"""Redis by its Sentinels: who leads dies, or hands over, and another leads. Nothing is lost and nothing done twice."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pydantic import SecretStr
from redis import Redis as SyncRedis
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bench.processes import free_port
from service.clock import monotonic, real_now
from service.embedded.find import find_valkey
from service.outlook.gate import Gate, GatedGraph, GateLimits
from service.redis_address import client_of, pool_of
from service.scheduler.queue import QueueWake, open_queue
from service.worker import keep_working
from tests.journey.world import SOCIAL_WORKER, World, a_request

PATIENCE_SECONDS = 60.0
NAME = "convene"
PASSWORD = "of this test only"


@dataclass(frozen=True)
class Watched:
    """Two servers, of which one leads and the other follows, and the Sentinel that watches them."""

    servers: dict[int, subprocess.Popen[bytes]]
    sentinel: int

    @property
    def address(self) -> str:
        # A Sentinel that is away stands first: the others are asked.
        hosts = f"127.0.0.1:{free_port()},127.0.0.1:{self.sentinel}"
        return f"redis+sentinel://:{PASSWORD.replace(' ', '%20')}@{hosts}/{NAME}/0"

    async def asked(self, *command: str) -> Any:
        async with Redis(port=self.sentinel, decode_responses=True) as client:
            return await cast("Any", client).execute_command(*command)

    async def _followers(self) -> list[list[str]]:
        found: list[list[str]] = await self.asked("SENTINEL", "REPLICAS", NAME)
        return found

    async def leader(self) -> int:
        return int((await self.asked("SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME))[1])

    async def ready(self) -> None:
        """Wait until the Sentinel knows who follows, without whom nobody could take over."""

        async def known() -> bool:
            followers = [dict(zip(each[::2], each[1::2], strict=True)) for each in await self._followers()]
            return any(each["master-link-status"] == "ok" for each in followers)

        await until(known)


async def until(holds: Any) -> None:
    """Wait until something holds; an error of Redis on the way is a no."""
    end = monotonic() + PATIENCE_SECONDS
    while True:
        with contextlib.suppress(RedisError, OSError):
            if await holds():
                return
        assert monotonic() < end, "it never came to that"
        await asyncio.sleep(0.05)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    program = str(find_valkey("any", None)[0])
    first, second, sentinel = free_port(), free_port(), free_port()
    secret = ["--requirepass", PASSWORD, "--masterauth", PASSWORD]
    common = ["--bind", "127.0.0.1", "--save", "", "--repl-diskless-sync-delay", "0", *secret]
    rules = tmp_path / "sentinel.conf"
    rules.write_text(
        f"port {sentinel}\nbind 127.0.0.1\ndir {tmp_path}\nsentinel monitor {NAME} 127.0.0.1 {first} 1\n"
        f'sentinel auth-pass {NAME} "{PASSWORD}"\n'
        f"sentinel down-after-milliseconds {NAME} 400\nsentinel failover-timeout {NAME} 2000\n"
    )
    orders = {
        first: [program, "--port", str(first), "--dir", str(tmp_path), *common],
        second: [program, "--port", str(second), "--dir", str(tmp_path), *common, "--replicaof", f"127.0.0.1 {first}"],
        sentinel: [program, str(rules), "--sentinel"],
    }
    started: dict[int, subprocess.Popen[bytes]] = {}
    try:
        for port, order in orders.items():
            if port == sentinel:
                # It asks at once and then every ten seconds: by now there is somebody to be found.
                _follows(second)
            started[port] = subprocess.Popen(order, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        yield Watched({port: started[port] for port in (first, second)}, sentinel)
    finally:
        for process in started.values():
            process.kill()
            process.wait()


def _follows(port: int) -> None:
    end = monotonic() + PATIENCE_SECONDS
    with SyncRedis(port=port, password=PASSWORD, decode_responses=True) as client:
        while True:
            with contextlib.suppress(RedisError, OSError):
                if client.info("replication")["master_link_status"] == "up":
                    return
            assert monotonic() < end, "it never followed"
            time.sleep(0.05)


async def _dies(watched: Watched) -> None:
    before = await watched.leader()
    watched.servers[before].kill()
    await _leads_after(watched, before)


async def _hands_over(watched: Watched) -> None:
    """As before an upgrade: both live on, and the one that led refuses to write from now on."""
    before = await watched.leader()
    await watched.asked("SENTINEL", "FAILOVER", NAME)
    await _leads_after(watched, before)


async def _leads_after(watched: Watched, before: int) -> None:
    async def another() -> bool:
        return await watched.leader() != before

    await until(another)


CHANGES = {"the leader dies": _dies, "the leader hands over": _hands_over}


@pytest.mark.parametrize("how", CHANGES)
async def test_connections_that_were_open_follow_whoever_leads(watched: Watched, how: str) -> None:
    await watched.ready()
    async with client_of(watched.address) as client:

        async def written() -> bool:
            return bool(await client.set("who", how))

        await until(written)
        await CHANGES[how](watched)
        await until(written)
        assert await client.get("who") == how.encode()


@asynccontextmanager
async def _at_work(world: World, address: str) -> AsyncIterator[World]:
    """A worker at the queue that the Sentinels know; the value is the world in which requests arrive."""
    queue, redis = open_queue(address), client_of(address)
    (mailbox_id,) = world.mailbox_ids.values()
    gated = GatedGraph(world.machinery.graph(mailbox_id), Gate(redis, GateLimits()), str(mailbox_id))
    services = replace(world.services, wake=QueueWake(queue, real_now))
    machinery = replace(world.machinery, services=services, graph=lambda _: gated)
    settings = cast("Any", SimpleNamespace(redis_url=SecretStr(address), sweep_seconds=1))
    stop = asyncio.Event()
    working = asyncio.ensure_future(keep_working(settings, machinery, stop))
    try:
        yield replace(world, services=services)
    finally:
        stop.set()
        await working
        await queue.aclose(close_connection_pool=True)
        await redis.aclose()


# A worker that is stopped in the middle of a command leaves its half of the talk to the collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("how", CHANGES)
async def test_a_worker_goes_on_with_whoever_leads(small: World, watched: Watched, how: str) -> None:
    await watched.ready()

    async def all_gone() -> bool:
        small.real.pass_to(max(small.real.now(), real_now()))
        return not await small.rows("SELECT id FROM outbox WHERE state IN ('waiting', 'frozen')")

    async with _at_work(small, watched.address) as arriving:
        await arriving.receive(a_request(case_ref="LCS-1"))
        await until(all_gone)
        await arriving.receive(a_request(case_ref="LCS-2"))
        await CHANGES[how](watched)
        await arriving.receive(a_request(case_ref="LCS-3"))
        await until(all_gone)
    rows = await small.rows("SELECT state, count(*) AS many FROM outbox GROUP BY state")
    assert {row["state"] for row in rows} == {"done"}
    assert len(await small.events()) == 3
    assert await small.delivered(SOCIAL_WORKER) == Counter(invite=3, message=3)
    assert await small.chains_hold()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("redis+sentinel://one.example:26379", "names no service"),
        ("redis+sentinel://one.example:26379/convene/first", "database by its number"),
        ("redis+sentinel://one.example:x/convene", "no number for its port"),
        ("redis+sentinel://,two.example/convene", "has no name"),
        ("redis+sentinel://one.example/convene?ssl=yes", "'ssl' is unknown"),
    ],
)
def test_an_address_that_cannot_be_read_says_how_to_write_it(address: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as refused:
        pool_of(address)
    assert "redis+sentinel://:password@host:26379" in str(refused.value)


def test_a_sentinel_address_says_where_to_ask_for_what_and_with_which_passwords() -> None:
    pool = cast("Any", pool_of("rediss+sentinel://us%40er:p%2Fw@one.example,[::1]:5000/con/3?sentinel_password=s"))
    asked = [each.connection_pool.connection_kwargs for each in pool.sentinel_manager.sentinels]
    assert [(each["host"], each["port"], each["password"]) for each in asked] == [
        ("one.example", 26379, "s"),
        ("::1", 5000, "s"),
    ]
    kept = pool.connection_kwargs
    assert (pool.service_name, kept["username"], kept["password"], kept["db"]) == ("con", "us@er", "p/w", 3)
