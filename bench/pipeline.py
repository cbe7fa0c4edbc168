"""How soon an accepted request stands in the calendar when the pipeline is idle.

Run ``python -m bench pipeline``; it takes about a minute and needs no network. The web process, the worker and the
sandbox run as processes of their own, as an administrator would start them, over a real PostgreSQL with fsync on and a
real Valkey. Requests with an agreed start come as signed webhooks, each a random moment after all that the last one set
off (an event and ten messages) has left. The latency of one runs from the instant its sender has the 202 to the instant
the sandbox made the event (its ``createdDateTime``); both are readings of this machine's clock. Exchange's limit of 30
mails a minute is lifted here, because with it the figure would say how long the limit is. A stream of requests that
does not wait is measured too, as a guide.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg

from bench.case import MAILBOX, SOURCE, TENANT, Sender, environment, furnish
from bench.figures import Verdict, percentile, show, show_verdicts
from bench.processes import free_port, sandbox, web_and_worker
from service.clock import real_now
from service.embedded.engines import engines
from service.settings import load
from service.store.migrate import upgrade

REQUESTS = 60
WARMING = 5
GAP_SECONDS = (0.1, 0.3)
PATIENCE_SECONDS = 60.0
AIM_P50_MS, AIM_P99_MS = 150.0, 500.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where the web process and the sandbox listen."""

    web: str
    sandbox: str


async def measure(place: Place, records: asyncpg.Connection, *, requests: int = REQUESTS, idle: bool) -> list[float]:
    """The latencies in ms, in the order the requests were sent, without those that warm the processes.

    ``idle``: each request waits until the one before has left nothing to do.
    """
    prefix = "idle" if idle else "stream"
    sender, accepted = Sender(real_now(), prefix, agreed_start=True), list[tuple[str, datetime]]()
    async with aiohttp.ClientSession() as session:
        for _ in range(WARMING + requests):
            if idle:
                await _at_rest(records)
            await asyncio.sleep(random.uniform(*GAP_SECONDS))  # noqa: S311 - spreads requests, guards nothing
            reference = await _send(session, place, sender)
            accepted.append((reference, real_now()))
        created = await _created(session, place, {reference for reference, _ in accepted})
        await _at_rest(records)
    return [(created[reference] - at).total_seconds() * 1000 for reference, at in accepted[WARMING:]]


async def _send(session: aiohttp.ClientSession, place: Place, sender: Sender) -> str:
    headers, body = sender.next(int(real_now().timestamp()))
    async with session.post(f"{place.web}/webhooks/{SOURCE}", data=body, headers=headers) as response:
        answer = await response.json()
    assert response.status == 202, answer
    assert answer["state"] == "confirmed", answer
    reference: str = answer["meeting_reference"]
    return reference


async def _created(session: aiohttp.ClientSession, place: Place, wanted: set[str]) -> Mapping[str, datetime]:
    """When the events of these references were made, as Graph itself says it, once all of them are there."""
    loop = asyncio.get_running_loop()
    until = loop.time() + PATIENCE_SECONDS
    while loop.time() < until:
        found = {}
        for event in await _events(session, place):
            for reference in wanted:
                if reference in event["subject"]:
                    found[reference] = datetime.fromisoformat(_to_microseconds(event["createdDateTime"]))
        if len(found) == len(wanted):
            return found
        await asyncio.sleep(0.5)
    raise TimeoutError(f"{len(wanted) - len(found)} of {len(wanted)} events were not made")


async def _events(session: aiohttp.ClientSession, place: Place) -> list[dict[str, Any]]:
    grant = {
        "client_id": TENANT["client_id"],
        "client_secret": TENANT["client_secret"],
        "grant_type": "client_credentials",
        "scope": "https://graph.microsoft.com/.default",
    }
    async with session.post(f"{place.sandbox}/{TENANT['tenant_id']}/oauth2/v2.0/token", data=grant) as response:
        token = (await response.json())["access_token"]
    query = {"$top": "1000", "$select": "subject,createdDateTime"}
    address, headers = f"{place.sandbox}/v1.0/users/{MAILBOX}/events", {"Authorization": f"Bearer {token}"}
    async with session.get(address, params=query, headers=headers) as response:
        events: list[dict[str, Any]] = (await response.json())["value"]
        return events


def _to_microseconds(instant: str) -> str:
    # Graph writes seven digits of a second.
    return instant[:26] + "+00:00"


async def _at_rest(records: asyncpg.Connection) -> None:
    """Wait until nothing waits to leave any more, so that the next request meets an idle pipeline."""
    loop = asyncio.get_running_loop()
    until = loop.time() + PATIENCE_SECONDS
    while await records.fetchval("SELECT count(*) FROM outbox WHERE state IN ('waiting', 'frozen')"):
        assert loop.time() < until, "the outbox never came to rest"
        await asyncio.sleep(0.05)


def report(idle: list[float], stream: list[float]) -> list[Verdict]:
    """Print the table and return the verdicts, which are about the idle pipeline alone."""
    rows = [_row("idle, one at a time", idle), _row("a stream, 0.1 to 0.3 s apart", stream)]
    header = ("202 received to event made, ms", "requests", "min", "p50", "p90", "p99", "max")
    show("Pipeline", header, rows)
    half, most = percentile(idle, 0.5), percentile(idle, 0.99)
    return [
        Verdict("idle pipeline, p50", f"{half:.0f} ms", f"under {AIM_P50_MS:.0f} ms", half < AIM_P50_MS),
        Verdict("idle pipeline, p99", f"{most:.0f} ms", f"under {AIM_P99_MS:.0f} ms", most < AIM_P99_MS),
    ]


def _row(name: str, latencies: list[float]) -> tuple[str, ...]:
    shares = [percentile(latencies, share) for share in (0.5, 0.9, 0.99)]
    return (name, str(len(latencies)), *(f"{figure:.0f}" for figure in (min(latencies), *shares, max(latencies))))


async def _measure_both(database_url: str, place: Place, requests: int) -> list[Verdict]:
    records = await asyncpg.connect(database_url.replace("postgresql+asyncpg://", "postgresql://"))
    try:
        idle = await measure(place, records, requests=requests, idle=True)
        return report(idle, await measure(place, records, requests=requests, idle=False))
    finally:
        await records.close()


def run(*, requests: int = REQUESTS) -> list[Verdict]:
    """Start everything, measure and print."""
    tenant = {**TENANT, "mailboxes": [MAILBOX], "control_token": "bench"}
    with (
        tempfile.TemporaryDirectory() as name,
        engines(durable=True) as made,
        sandbox(Path(name), tenant) as graph,
    ):
        port = free_port()
        web = f"http://127.0.0.1:{port}"
        values = environment(
            made.database_url,
            made.redis_url,
            bind_port=str(port),
            public_url=web,
            graph_url=f"{graph}/v1.0",
            graph_authority=graph,
            graph_is_sandbox="true",
            graph_messages_per_minute="100000",
            graph_requests_per_10_minutes="1000000",
            graph_notification_url=f"{web}/graph/notifications",
            **{f"graph_{key}": value for key, value in TENANT.items()},
        )
        upgrade(made.database_url)
        asyncio.run(furnish(load(values)))
        with web_and_worker(Path(name), values):
            return asyncio.run(_measure_both(made.database_url, Place(web, graph), requests))


if __name__ == "__main__":
    show_verdicts(run())
