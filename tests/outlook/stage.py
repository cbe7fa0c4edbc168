"""A sandbox Graph on loopback, our adapter opened on it, and a server that records exactly what it was sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from aiohttp import web

from service.outlook.adapter import GraphSettings
from service.outlook.render import Attendee, EventDraft, event_bytes
from service.sandbox.app import make_app
from service.sandbox.config import SandboxConfig

MAILBOX = "meetings@council.example"
TENANT = "11111111-2222-4333-8444-555555555555"
CLIENT = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
START = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
GUESTS = (
    Attendee("desk@police.example", "Police duty desk"),
    Attendee("safeguarding@school.example", "School, safeguarding lead"),
    Attendee("room2@council.example", "Housing", required=False),
)


def draft(**changes: Any) -> EventDraft:
    """A meeting like any other, changed as asked."""
    made = EventDraft(
        transaction_id="5f0f3a52-0000-4000-8000-000000000001",
        subject="Professionals' meeting 7KQ2M",
        html="<p>Reference 7KQ2M. Telephone 020 7946 0123.</p>",
        start=START,
        end=START + timedelta(hours=1),
        attendees=GUESTS,
        online=True,
        venue="Town Hall, room 2",
        meeting_key="mtg-7KQ2M",
    )
    return replace(made, **changes)


EVENT = event_bytes(draft())


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """Serve an application on a free loopback port and give its address."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


def settings_for(address: str, **changes: Any) -> GraphSettings:
    """Settings for a Graph and an Entra at one loopback address."""
    made = GraphSettings(f"{address}/v1.0", address, TENANT, CLIENT, "a-secret-for-tests", timeout=5.0)
    return replace(made, **changes)


class Control:
    """The sandbox's control API."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def fault(self, operation: str, kind: str, **more: Any) -> None:
        await self.post("faults", operation=operation, kind=kind, **more)

    async def post(self, path: str, **body: Any) -> Any:
        answer = await self._http.post(f"/control/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def forget_faults(self) -> None:
        answer = await self._http.delete("/control/faults")
        assert answer.status_code == 200, answer.text

    async def events(self) -> list[dict[str, Any]]:
        state = (await self._http.get("/control/state")).json()
        return [event for mailbox in state["mailboxes"].values() for event in mailbox["events"]]

    async def state(self, *, calls: bool = True) -> dict[str, Any]:
        found: dict[str, Any] = (await self._http.get("/control/state", params={"calls": str(calls).lower()})).json()
        return found

    async def inbox(self, address: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self._http.get(f"/control/inboxes/{address}")).json()["items"]
        return found


@dataclass(frozen=True)
class Place:
    """A running sandbox."""

    address: str
    settings: GraphSettings
    control: Control


def config(**changes: Any) -> SandboxConfig:
    values: dict[str, Any] = {
        "tenant_id": TENANT,
        "client_id": CLIENT,
        "client_secret": "a-secret-for-tests",
        "mailboxes": (MAILBOX, "second@council.example"),
        "control_token": "control",
        "epoch": datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
    }
    return SandboxConfig(**{**values, **changes})


@asynccontextmanager
async def running_sandbox(**changes: Any) -> AsyncIterator[Place]:
    async with (
        serving(make_app(config(**changes))) as address,
        httpx.AsyncClient(base_url=address, headers={"X-Sandbox-Token": "control"}, trust_env=False) as http,
    ):
        yield Place(address, settings_for(address), Control(http))


@dataclass
class Seen:
    """One request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = field(repr=False)


Answerer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Recorder:
    """A server that writes down every Graph request, hands out numbered tokens, and answers as it is told."""

    seen: list[Seen] = field(default_factory=list)
    tokens: int = 0
    token_status: int = 200
    answers: list[Answerer] = field(default_factory=list)
    address: str = ""

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/{tenant}/oauth2/v2.0/token", self._token)
        app.router.add_route("*", "/{rest:.*}", self._any)
        return app

    async def _token(self, _request: web.Request) -> web.Response:
        self.tokens += 1
        if self.token_status != 200:
            return web.json_response({"error": "invalid_client"}, status=self.token_status)
        return web.json_response({"access_token": f"token-{self.tokens}", "expires_in": 3599})

    async def _any(self, request: web.Request) -> web.StreamResponse:
        headers = {name.casefold(): value for name, value in request.headers.items()}
        self.seen.append(Seen(request.method, request.raw_path, headers, await request.read()))
        return await (self.answers.pop(0) if self.answers else ok)(request)


async def ok(_request: web.Request) -> web.StreamResponse:
    return web.json_response({"value": []})


def answering(status: int, body: object = None, **headers: str) -> Answerer:
    """Answer once with a status and JSON, or with text when the body is one."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, str):
            return web.Response(status=status, text=body, content_type="text/html", headers=named)
        payload = b"" if body is None else json.dumps(body).encode()
        return web.Response(status=status, body=payload, content_type="application/json", headers=named)

    return answer


def stalling(seconds: float) -> Answerer:
    """Take the request and say nothing for a while."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return web.json_response({})

    return answer
