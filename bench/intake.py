"""How much of a bare insert's throughput is left when intake does all it does: planning, sealing, audit, outbox.

Run ``python -m bench intake``; it takes about half a minute and needs no network. One web process (the real
application, over a real PostgreSQL with fsync on and a real Valkey) is asked in turn by four ways, again and again, and
each round's figures are compared within that round:

* ours, no time agreed: the request is planned, sealed, audited and committed, and the officer is asked for a time;
* ours, agreed start: the same, with the calendar event, the invitations, their chases and the outbox rows, and a wake;
* bare SQLAlchemy: the same door (signature, pydantic, checks), then one insert and commit through the same engine;
* bare asyncpg: the same door, then one insert through an asyncpg pool of the same size.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import asyncpg
from aiohttp import web

from bench.bare import add_bare_doors, make_table
from bench.case import SOURCE, furnish, settings_for
from bench.figures import Spread, Verdict, percentile, show, show_verdicts, spread
from service import logs
from service.app import make_app
from service.commands.compose import spare_start_up
from service.embedded.engines import engines
from service.handlers.keys import SERVICES
from service.settings import Settings
from service.store.migrate import upgrade

# Many short rounds: whatever else the machine does then falls on both sides of a pair.
ROUNDS = 13
SECONDS = 0.25
IN_FLIGHT = (1, 16)
AIM = 0.35
POOL = 10


@dataclass(frozen=True, slots=True)
class Way:
    """One of the ways that are compared."""

    name: str
    path: str
    agreed_start: bool = False


PLANNED = Way("ours, no time agreed", f"/webhooks/{SOURCE}")
CALLED = Way("ours, agreed start", f"/webhooks/{SOURCE}", agreed_start=True)
SQLALCHEMY = Way("bare SQLAlchemy insert", f"/bare/sqlalchemy/{SOURCE}", agreed_start=True)
ASYNCPG = Way("bare asyncpg insert", f"/bare/asyncpg/{SOURCE}", agreed_start=True)
WAYS = (PLANNED, SQLALCHEMY, CALLED, ASYNCPG)


@dataclass(frozen=True, slots=True)
class Stretch:
    """One measured stretch: what the client saw, and the CPU seconds of the web process meanwhile."""

    wall: float
    cpu: float
    ms: list[float]

    @property
    def per_second(self) -> float:
        return len(self.ms) / self.wall

    @property
    def cpu_us(self) -> float:
        return self.cpu / len(self.ms) * 1e6


class Load:
    """The client process."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self._process = process
        self._port = port
        self._stretches = 0

    async def stretch(self, way: Way, in_flight: int, seconds: float) -> Stretch:
        """Let the client ask for so many seconds."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._stretches += 1
        order = {
            "port": self._port,
            "path": way.path,
            "prefix": f"s{self._stretches}",
            "in_flight": in_flight,
            "seconds": seconds,
            "agreed_start": way.agreed_start,
        }
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        assert await self._process.stdout.readline() == b"begun\n", "the load process ended"
        cpu = time.process_time()
        assert await self._process.stdout.readline() == b"done\n", "the load process ended"
        cpu = time.process_time() - cpu
        seen = json.loads(await self._process.stdout.readline())
        assert not seen["refused"], f"{way.name}: {seen['refused']} of {len(seen['ms'])} were not taken in"
        return Stretch(seen["wall"], cpu, seen["ms"])


@contextlib.asynccontextmanager
async def open_load(port: int) -> AsyncIterator[Load]:
    """Start the client in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.load"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**24,
    )
    try:
        yield Load(process, port)
    finally:
        process.terminate()
        await process.wait()


@contextlib.asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[int]:
    """The real application with the bare doors beside its own, on a free port of this process."""
    address = settings.database_url.get_secret_value().replace("postgresql+asyncpg://", "postgresql://")
    app = make_app(settings)
    async with asyncpg.create_pool(address, min_size=POOL, max_size=POOL) as pool:
        await make_table(app[SERVICES].engine)
        add_bare_doors(app, app[SERVICES].engine, pool)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()


Measured = dict[tuple[int, Way], list[Stretch]]


async def measure(settings: Settings, *, rounds: int = ROUNDS, seconds: float = SECONDS) -> Measured:
    """All ways in turn, round after round, each number in flight by itself."""
    await furnish(settings)
    measured: Measured = {(in_flight, way): [] for in_flight in IN_FLIGHT for way in WAYS}
    async with serving(settings) as port, open_load(port) as load:
        for way in WAYS:
            await load.stretch(way, max(IN_FLIGHT), seconds)
        for _ in range(rounds):
            for in_flight, way in measured:
                measured[in_flight, way].append(await load.stretch(way, in_flight, seconds))
    return measured


@dataclass(frozen=True, slots=True)
class Compared:
    """One of our ways beside a bare one."""

    ours: Way
    bare: Way
    in_flight: int
    ratio: Spread

    @property
    def name(self) -> str:
        return f"{self.ours.name} / {self.bare.name}, {self.in_flight} in flight"


def ratios(measured: Measured, in_flight: int, ours: Way, bare: Way) -> list[float]:
    """Our requests per second over the bare way's, round by round."""
    pairs = zip(measured[in_flight, ours], measured[in_flight, bare], strict=True)
    return [mine.per_second / theirs.per_second for mine, theirs in pairs]


def report(measured: Measured) -> list[Verdict]:
    """Print the tables and return the verdicts."""
    rows = []
    for (in_flight, way), stretches in measured.items():
        every = [ms for stretch in stretches for ms in stretch.ms]
        rows.append(
            (
                f"{way.name}, {in_flight} in flight",
                spread([stretch.per_second for stretch in stretches]).shown(),
                spread([stretch.cpu_us for stretch in stretches]).shown(),
                f"{percentile(every, 0.5):.1f}",
                f"{percentile(every, 0.99):.1f}",
            )
        )
    show("Intake", ("way", "requests/s", "CPU us/request", "p50 ms", "p99 ms"), rows)
    compared = [
        Compared(ours, bare, in_flight, spread(ratios(measured, in_flight, ours, bare)))
        for in_flight in IN_FLIGHT
        for ours in (PLANNED, CALLED)
        for bare in (SQLALCHEMY, ASYNCPG)
    ]
    show("Ratios of requests/s", ("ours / bare", "ratio"), [(each.name, each.ratio.shown(2)) for each in compared])
    # The aim is about intake with its planning. An agreed start also writes a calendar event, ten invitations and their
    # forty chases: its ratio stands in the table, and no aim was set for it.
    return [
        Verdict(f"intake: {each.name}", each.ratio.shown(2), f"at least {AIM}", each.ratio.middle >= AIM)
        for each in compared
        if each.ours is PLANNED and each.bare is SQLALCHEMY
    ]


@contextlib.contextmanager
def unread_log() -> Iterator[None]:
    """Make the log's lines as in production, and throw them away."""
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):  # noqa: PTH123
        logs.set_up("info", "web")
        try:
            yield
        finally:
            logging.getLogger().handlers.clear()
            logging.getLogger().setLevel(logging.WARNING)


def run(*, rounds: int = ROUNDS, seconds: float = SECONDS) -> list[Verdict]:
    """Measure and print."""
    with engines(durable=True) as made, unread_log():
        upgrade(made.database_url)
        settings = settings_for(made.database_url, made.redis_url)
        spare_start_up()
        return report(asyncio.run(measure(settings, rounds=rounds, seconds=seconds)))


if __name__ == "__main__":
    show_verdicts(run())
