"""The worklist of 500 open meetings, with 20 officers asking for it at once.

Run ``python -m bench worklist``; it takes about half a minute. One web process (the real application over a real
PostgreSQL and a real Valkey) is asked in turn for three pages, again and again:

* quiet: nothing is committed between two looks, as in most seconds of an office's day;
* busy: ten times a second somebody changes a meeting, so that hardly any reading can be shared for long;
* bare: an aiohttp page of its own with one query through the same engine, and nothing else.

Each of the twenty is a person of their own, signed in, on a connection of their own.

Two times are taken of every page. The client's is from before it sends to after it has read the last byte; twenty
answers that come together are read one after the other, on the two cores that the server and PostgreSQL use as well.
The server's is from the same beginning to the moment the answer's last byte is handed to the socket: what a request
waits for before the server looks at it is in it, the client's own reading is not. The aim is of the server's.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import ClassVar

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger
from redis.asyncio import Redis
from sqlalchemy import text

from bench.case import PARTNERSHIP, furnish, request_body, settings_for
from bench.figures import Verdict, percentile, show, spread
from bench.intake import unread_log
from bench.page_load import SENT
from service.app import make_app
from service.clock import real_now
from service.commands.compose import command_services, spare_start_up
from service.domain.staff import StaffRole
from service.embedded.engines import engines
from service.handlers.keys import SERVICES
from service.handlers.reading import read_request
from service.settings import Settings
from service.store.migrate import upgrade
from service.workflow.deliveries import Delivery
from service.workflow.ports import Services
from service.workflow.receive import receive_request
from service.workflow.staff import arrive

MEETINGS, AT_ONCE, ROUNDS, SECONDS = 500, 20, 7, 0.7
AIM_MS = 50
_CHANGE_EVERY = 0.1
_CHANGE = text(
    "UPDATE meetings SET chair = 'Chair ' || :n WHERE id = (SELECT id FROM meetings ORDER BY id OFFSET :n LIMIT 1)"
)
SIGN_IN = {
    "public_url": "https://127.0.0.1",
    "sign_in_tenant_id": "tenant",
    "sign_in_client_id": "convene",
    "sign_in_client_secret": "of the bench only",
}
_COOKIE = "__Host-convene"


async def fill(services: Services, number: int) -> None:
    """So many open meetings: every third without a time, the others spread over the coming days."""
    now = real_now()
    for each in range(number):
        start = None if each % 3 == 0 else (now + timedelta(hours=2 + each % 200)).replace(second=0, microsecond=0)
        body = request_body(now, start=start) | {"source_ref": f"W-{each}", "chair": f"Chair {each % 9}"}
        read = read_request(json.dumps(body).encode(), now)
        key = f"worklist-{each}"
        delivery = Delivery(
            door="api:bench", key=key, fingerprint=hashlib.sha256(key.encode()).digest(), actor="api:bench"
        )
        await receive_request(services, read.request, delivery)


async def sign_in(settings: Settings, services: Services, number: int) -> list[str]:
    """The cookies of so many officers, as a sign-in leaves them."""
    redis = Redis.from_url(settings.redis_url.get_secret_value())
    held, cookies = {PARTNERSHIP: frozenset({StaffRole.OFFICER})}, []
    for each in range(number):
        ids = await arrive(services, "tenant", f"officer-{each}", f"Officer {each}", held)
        at = services.real_now().isoformat()
        who = {"name": f"Officer {each}", "ids": {PARTNERSHIP: str(ids[PARTNERSHIP])}, "began": at, "csrf": "x" * 32}
        who |= {"roles": {PARTNERSHIP: ["officer"]}}
        kept = {"created": int(real_now().timestamp()), "session": {"who": who, "seen": at}}
        await redis.set(f"{_COOKIE}_officer-{each}", json.dumps(kept))
        cookies.append(f"{_COOKIE}=officer-{each}")
    await redis.aclose()
    return cookies


class _Taken(AbstractAccessLogger):
    """Told of each answer once it is written: keeps the milliseconds since its request was sent."""

    ms: ClassVar[list[float]] = []

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:  # noqa: ARG002
        """Note one answer."""
        if SENT in request.headers:
            self.ms.append((monotonic() - float(request.headers[SENT])) * 1000)


@contextlib.asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[tuple[web.Application, int, int]]:
    """The real application and the bare page, each on a free port of this process."""
    app, bare = make_app(settings), web.Application()
    engine = app[SERVICES].engine

    async def page(_: web.Request) -> web.Response:
        async with engine.connect() as conn:
            name = await conn.scalar(text("SELECT name FROM partnerships WHERE id = 'lewisham'"))
        return web.Response(text=f"<!DOCTYPE html><title>{name}</title><h1>{name}</h1>", content_type="text/html")

    bare.router.add_get("/bare", page)
    async with contextlib.AsyncExitStack() as stack:
        ports = []
        for each in (app, bare):
            runner = web.AppRunner(each, access_log=logging.getLogger(__name__), access_log_class=_Taken)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            ports.append(runner.addresses[0][1])
        yield app, ports[0], ports[1]


@dataclass(frozen=True, slots=True)
class Way:
    """One of the pages that are compared."""

    name: str
    path: str
    busy: bool = False


QUIET = Way("worklist, nothing changes", f"/{PARTNERSHIP}/worklist")
BUSY = Way("worklist, 10 changes a second", f"/{PARTNERSHIP}/worklist", busy=True)
BARE = Way("a bare page with one query", "/bare")


@dataclass(frozen=True, slots=True)
class Stretch:
    """What was seen of one page for a while: pages a second, and each page's milliseconds."""

    rate: float
    client_ms: list[float]
    server_ms: list[float]


Measured = dict[Way, list[Stretch]]


@contextlib.asynccontextmanager
async def changing(services: Services, *, busy: bool) -> AsyncIterator[None]:
    """Somebody who changes one meeting after another meanwhile."""

    async def change() -> None:
        number = 0
        while True:
            number = (number + 1) % MEETINGS
            async with services.engine.begin() as conn:
                await conn.execute(_CHANGE, {"n": number})
            await asyncio.sleep(_CHANGE_EVERY)

    task = asyncio.create_task(change()) if busy else None
    try:
        yield
    finally:
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def measure(
    settings: Settings, *, meetings: int = MEETINGS, rounds: int = ROUNDS, seconds: float = SECONDS
) -> Measured:
    """All ways in turn, round after round."""
    await furnish(settings)
    async with command_services(settings) as services:
        await fill(services, meetings)
        cookies = await sign_in(settings, services, AT_ONCE)
    measured: Measured = {way: [] for way in (QUIET, BUSY, BARE)}
    client = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.page_load"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**24,
    )
    assert client.stdin is not None
    assert client.stdout is not None
    try:
        async with serving(settings) as (app, port, bare_port):
            for number in range(rounds + 1):
                for way in measured:
                    people = [""] * AT_ONCE if way is BARE else cookies
                    order = {"path": way.path, "cookies": people, "seconds": seconds}
                    order["port"] = bare_port if way is BARE else port
                    _Taken.ms.clear()
                    async with changing(app[SERVICES], busy=way.busy):
                        client.stdin.write(json.dumps(order).encode() + b"\n")
                        seen = json.loads(await client.stdout.readline())
                    assert not seen["refused"], f"{way.name}: {seen['refused']} of {len(seen['ms'])} were not shown"
                    # The first round warms caches and pools.
                    if number:
                        rate = len(seen["ms"]) / seen["wall"]
                        measured[way].append(Stretch(rate, seen["ms"], list(_Taken.ms)))
    finally:
        client.terminate()
        await client.wait()
    return measured


def report(measured: Measured) -> list[Verdict]:
    """Print the table and return the verdicts."""
    rows, p95 = [], {}
    for way, stretches in measured.items():
        p95[way] = spread([percentile(each.server_ms, 0.95) for each in stretches])
        rows.append(
            (
                way.name,
                spread([each.rate for each in stretches]).shown(),
                f"{percentile([ms for each in stretches for ms in each.server_ms], 0.5):.1f}",
                p95[way].shown(1),
                f"{percentile([ms for each in stretches for ms in each.client_ms], 0.5):.1f}",
                spread([percentile(each.client_ms, 0.95) for each in stretches]).shown(1),
            )
        )
    show(
        f"The worklist of {MEETINGS} open meetings, {AT_ONCE} people at once; ms at the server, and at the client",
        ("page", "pages/s", "p50", "p95", "client p50", "client p95"),
        rows,
    )
    ratios = {
        way: spread([bare.rate / ours.rate for ours, bare in zip(measured[way], measured[BARE], strict=True)])
        for way in (QUIET, BUSY)
    }
    show("Times the cost of the bare page", ("page", "ratio"), [(way.name, r.shown(1)) for way, r in ratios.items()])
    return [
        Verdict(f"{way.name}, server's p95", f"{p95[way].shown(1)} ms", f"under {AIM_MS} ms", p95[way].middle < AIM_MS)
        for way in (QUIET, BUSY)
    ]


def run(*, meetings: int = MEETINGS, rounds: int = ROUNDS) -> list[Verdict]:
    """Measure and print."""
    with engines(durable=True) as made, unread_log():
        upgrade(made.database_url)
        settings = settings_for(made.database_url, made.redis_url, **SIGN_IN)
        spare_start_up()
        return report(asyncio.run(measure(settings, meetings=meetings, rounds=rounds)))
