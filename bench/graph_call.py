"""How many calls to Graph one CPU second carries: msgraph-sdk's typed call against ours, four in flight.

Run ``python -m bench.graph_call``; it takes about 20 seconds and needs nothing but the installed packages. The answers
come from a stub in a process of its own, so that only the caller's CPU is counted. Rounds alternate, and the ratio of
one run decides: absolute figures move with the machine.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
from aiohttp import web
from kiota_abstractions.authentication import AnonymousAuthenticationProvider
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient

from bench.figures import Verdict, show_verdicts, spread
from service.outlook.adapter import GraphSettings, open_graph
from service.outlook.render import Attendee, EventDraft, event_bytes, event_of_draft, warm
from service.outlook.send import create_event

IN_FLIGHT = 4
ROUNDS = 3
SECONDS = 1.8
AIM = 5.0
MAILBOX = "meetings@council.example"
START = datetime(2026, 12, 1, 10, tzinfo=UTC)
DRAFT = EventDraft(
    transaction_id="5f0f3a52-0000-4000-8000-000000000001",
    subject="Professionals' meeting 7KQ2M",
    html="<p>" + "Reference, service address, telephone and how to join. " * 8 + "</p>",
    start=START,
    end=START + timedelta(hours=1),
    attendees=tuple(Attendee(f"desk{n}@agency{n}.example", f"Agency {n}, duty desk") for n in range(12)),
    online=True,
    venue="",
    meeting_key="mtg-7KQ2M",
)

Call = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Round:
    """One measured stretch."""

    calls: int
    cpu: float
    wall: float

    @property
    def per_cpu_second(self) -> float:
        return self.calls / self.cpu


async def measure(call: Call, seconds: float = SECONDS) -> Round:
    """Keep four calls in flight for so many seconds."""
    done = 0
    cpu, wall = time.process_time(), time.perf_counter()

    async def keep_calling() -> None:
        nonlocal done
        while time.perf_counter() - wall < seconds:
            await call()
            done += 1

    await asyncio.gather(*(keep_calling() for _ in range(IN_FLIGHT)))
    return Round(done, time.process_time() - cpu, time.perf_counter() - wall)


async def compare(address: str) -> list[Verdict]:
    """Measure the three ways in turn, print the ratios and return the verdict."""
    frozen = event_bytes(DRAFT)
    settings = GraphSettings(f"{address}/v1.0", address, "tenant", "client", "secret")
    adapter = GraphRequestAdapter(AnonymousAuthenticationProvider(), client=httpx.AsyncClient(trust_env=False))
    adapter.base_url = settings.base_url
    client = GraphServiceClient(request_adapter=adapter)

    async def typed() -> None:
        created = await client.users.by_user_id(MAILBOX).events.post(event_of_draft(DRAFT))
        assert created is not None
        assert created.attendees is not None
        assert len(created.attendees) == len(DRAFT.attendees)

    async with open_graph(settings) as graph:

        async def ours() -> None:
            assert (await create_event(graph, MAILBOX, frozen, DRAFT.meeting_key)).graph_id

        async def ours_rendering() -> None:
            assert (await create_event(graph, MAILBOX, event_bytes(DRAFT), DRAFT.meeting_key)).graph_id

        await warm()
        begun = time.perf_counter()
        await ours()
        first_ours = time.perf_counter() - begun
        begun = time.perf_counter()
        await typed()
        first_typed = time.perf_counter() - begun
        ways: dict[str, Call] = {
            "msgraph-sdk, typed": typed,
            "ours, frozen bytes": ours,
            "ours, rendering too": ours_rendering,
        }
        rounds: dict[str, list[Round]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, call in ways.items():
                rounds[name].append(await measure(call))
    return report(rounds, first_typed, first_ours)


def report(rounds: dict[str, list[Round]], first_typed: float, first_ours: float) -> list[Verdict]:
    """Print the table, and return the verdict on the ratio that counts: round against round."""
    base = statistics.median(each.per_cpu_second for each in rounds["msgraph-sdk, typed"])
    print(f"\nPOST /users/{{id}}/events, {len(DRAFT.attendees)} guests, {IN_FLIGHT} in flight, {ROUNDS} rounds")
    print(f"{'way':<22}{'calls/CPU s':>12}{'min':>8}{'max':>8}{'CPU us/call':>13}{'calls/s':>9}{'ratio':>8}")
    for name, measured in rounds.items():
        rates = [each.per_cpu_second for each in measured]
        middle = statistics.median(rates)
        wall = statistics.median(each.calls / each.wall for each in measured)
        print(
            f"{name:<22}{middle:>12.0f}{min(rates):>8.0f}{max(rates):>8.0f}{1e6 / middle:>13.0f}{wall:>9.0f}"
            f"{middle / base:>7.1f}x"
        )
    print(f"first call, after warming: typed {first_typed * 1000:.0f} ms, ours {first_ours * 1000:.0f} ms")
    pairs = zip(rounds["ours, frozen bytes"], rounds["msgraph-sdk, typed"], strict=True)
    ratio = spread([ours.per_cpu_second / typed.per_cpu_second for ours, typed in pairs])
    what = "our Graph call / msgraph-sdk typed call, calls per CPU second, 4 in flight"
    return [Verdict(what, ratio.shown(1), f"at least {AIM:.0f}", ratio.middle >= AIM)]


async def serve() -> None:
    """The stub: a token, and the same event for every POST."""
    event = json.dumps(_answer()).encode()

    async def created(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=event, status=201, content_type="application/json")

    async def token(_request: web.Request) -> web.Response:
        return web.json_response({"access_token": "token", "expires_in": 3599})

    app = web.Application()
    app.router.add_post("/{tenant}/oauth2/v2.0/token", token)
    app.router.add_post("/v1.0/users/{user}/events", created)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


def _answer() -> dict[str, object]:
    asked = json.loads(event_bytes(DRAFT))
    never = "0001-01-01T00:00:00Z"
    guests = [{**guest, "status": {"response": "none", "time": never}} for guest in asked.pop("attendees")]
    asked.pop("singleValueExtendedProperties")
    return {
        **asked,
        "@odata.etag": 'W/"abc"',
        "id": "AAkALgAAAAAAHYQDEapm" * 6,
        "iCalUId": "040000008200E00074C5B7101A82E008" * 3,
        "changeKey": "YnnqJRrI9BnaYGFm2GgOQ==",
        "createdDateTime": "2026-11-23T09:00:00.0000000Z",
        "start": {"dateTime": "2026-12-01T10:00:00.0000000", "timeZone": "UTC"},
        "end": {"dateTime": "2026-12-01T11:00:00.0000000", "timeZone": "UTC"},
        "isCancelled": False,
        "isOrganizer": True,
        "type": "singleInstance",
        "responseStatus": {"response": "organizer", "time": never},
        "attendees": guests,
        "organizer": {"emailAddress": {"name": "Meetings", "address": MAILBOX}},
        "onlineMeeting": {"joinUrl": "https://teams.example/l/meetup-join/19"},
    }


@contextmanager
def stub() -> Iterator[str]:
    """Run the stub in a process of its own and give its address."""
    command = [sys.executable, "-m", "bench.graph_call", "stub"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def run() -> list[Verdict]:
    """Start the stub, measure and print."""
    with stub() as address:
        return asyncio.run(compare(address))


def main() -> None:
    """Serve when called as the stub, else measure."""
    if sys.argv[1:] == ["stub"]:
        asyncio.run(serve())
        return
    show_verdicts(run())


if __name__ == "__main__":
    main()
