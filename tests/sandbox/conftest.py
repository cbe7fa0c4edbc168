"""A pretend tenant served on a loopback port, a client that signs in, and an ear for notifications."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from service.sandbox.clock import real_now
from service.sandbox.config import SandboxConfig
from service.sandbox.serving import Serving, serving
from service.sandbox.state import Sandbox

TENANT = "5b7d3c0e-0000-4000-8000-1d0f2a9c1a11"
CLIENT = "c1d0e0aa-0000-4000-8000-2b6f3c9d2b22"
ORGANISER = "meetings@council.example"
POLICE = "desk@police.example"
SCHOOL = "safeguarding@school.example"
HEALTH = "duty@health.example"
PROPERTY = "String {66f5a359-4659-4638-81a3-d1d2b2f5c5b4} Name MeetingReference"
IMMUTABLE = {"Prefer": 'IdType="ImmutableId"'}


@dataclass(slots=True)
class Reply:
    """What came back: status, headers, JSON body (or None) and text."""

    status: int
    headers: Any
    json: Any
    text: str

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])


class Tenant:
    """Speaks to one sandbox over HTTP, as the service, as a test and as people."""

    def __init__(self, served: Serving, config: SandboxConfig, session: aiohttp.ClientSession) -> None:
        self.served = served
        self.config = config
        self.session = session
        self.bearer = ""

    @property
    def url(self) -> str:
        return self.served.url

    @property
    def sandbox(self) -> Sandbox:
        return self.served.sandbox

    async def token(self, **changed: str) -> Reply:
        form = {
            "grant_type": "client_credentials",
            "client_id": CLIENT,
            "client_secret": self.config.client_secret,
            "scope": "https://graph.microsoft.com/.default",
            **changed,
        }
        return await self._call("POST", f"{self.url}/{TENANT}/oauth2/v2.0/token", data=form)

    async def sign_in(self) -> None:
        self.bearer = (await self.token()).json["access_token"]

    async def graph(self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any) -> Reply:
        """Call Graph; a path may be an absolute link. The path must be escaped already."""
        address = path if path.startswith("http") else f"{self.url}/v1.0{path}"
        named = {"Authorization": f"Bearer {self.bearer}", **(headers or {})}
        return await self._call(method, URL(address, encoded=True), headers=named, **options)

    async def mailbox(self, method: str, path: str, **options: Any) -> Reply:
        return await self.graph(method, f"/users/{ORGANISER}{path}", **options)

    async def create(self, *guests: str, headers: dict[str, str] | None = None, **changed: Any) -> Reply:
        return await self.mailbox("POST", "/events", json=event(*guests, **changed), headers=headers)

    async def control(self, method: str, path: str, body: Any = None) -> Reply:
        headers = {"X-Sandbox-Token": self.config.control_token}
        return await self._call(method, f"{self.url}/control{path}", json=body, headers=headers)

    async def fault(self, operation: str, kind: str, **more: Any) -> None:
        reply = await self.control("POST", "/faults", {"operation": operation, "kind": kind, **more})
        assert reply.status == 200, reply.text

    async def state(self) -> Any:
        return (await self.control("GET", "/state")).json

    async def events(self) -> list[Any]:
        events: list[Any] = (await self.state())["mailboxes"][ORGANISER]["events"]
        return events

    async def counts(self, address: str) -> dict[str, int]:
        empty = {"invite": 0, "update": 0, "cancel": 0, "message": 0}
        found: dict[str, int] = (await self.state())["deliveries"].get(address, empty)
        return found

    async def respond(self, address: str, uid: str, response: str, **more: Any) -> Reply:
        return await self.control(
            "POST", "/respond", {"address": address, "event_uid": uid, "response": response, **more}
        )

    async def page(self, method: str, path: str, **options: Any) -> Reply:
        return await self._call(method, f"{self.url}{path}", **options)

    async def _call(self, method: str, address: str | URL, **options: Any) -> Reply:
        async with self.session.request(method, address, **options) as answer:
            text = await answer.text()
            body = await answer.json() if answer.content_type == "application/json" and text else None
            return Reply(answer.status, answer.headers, body, text)


def settings(**changed: Any) -> SandboxConfig:
    values: dict[str, Any] = {
        "tenant_id": TENANT,
        "client_id": CLIENT,
        "client_secret": "a pretend secret",
        "mailboxes": (ORGANISER,),
        "control_token": "control",
        "notification_retries": (0.02, 0.02),
        **changed,
    }
    return SandboxConfig(**values)


def event(*guests: str, **changed: Any) -> dict[str, Any]:
    """A meeting's event as the service would send it; a change of None leaves the property out."""
    body: dict[str, Any] = {
        "subject": "Professionals' meeting K7Q2",
        "body": {"contentType": "HTML", "content": "<p>Reference K7Q2</p>"},
        "start": {"dateTime": "2026-12-01T10:00:00", "timeZone": "Europe/London"},
        "end": {"dateTime": "2026-12-01T11:30:00", "timeZone": "Europe/London"},
        "location": {"displayName": "Town Hall, Room 2"},
        "attendees": [{"type": "required", "emailAddress": {"address": guest}} for guest in guests],
        **changed,
    }
    return {name: value for name, value in body.items() if value is not None}


def draft(*to: str, **changed: Any) -> dict[str, Any]:
    return {
        "subject": "Why you are invited",
        "body": {"contentType": "HTML", "content": "<p>Please bring your chronology.</p>"},
        "toRecipients": [{"emailAddress": {"address": address}} for address in to],
        **changed,
    }


Open = Callable[..., Awaitable[Tenant]]


@asynccontextmanager
async def _open(config: SandboxConfig) -> AsyncIterator[Tenant]:
    async with serving(config) as served, aiohttp.ClientSession() as session:
        tenant = Tenant(served, config, session)
        await tenant.sign_in()
        yield tenant


@pytest.fixture
async def open_tenant() -> AsyncIterator[Open]:
    """Opens a tenant with changed settings, and closes it after the test."""
    async with AsyncExitStack() as held:

        async def opened(**changed: Any) -> Tenant:
            return await held.enter_async_context(_open(settings(**changed)))

        yield opened


@pytest.fixture
async def tenant(open_tenant: Open) -> Tenant:
    """A tenant with the ordinary settings, signed in to."""
    return await open_tenant()


@dataclass(slots=True)
class Ear:
    """A subscriber's endpoint: what it heard, and how it answers."""

    url: str = ""
    heard: list[dict[str, Any]] = field(default_factory=list)
    lifecycle: list[dict[str, Any]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    echo: Callable[[str], str] = str
    echo_type: str = "text/plain"
    handshakes: int = 0

    async def handle(self, request: web.Request) -> web.Response:
        token = request.query.get("validationToken")
        if token is not None:
            self.handshakes += 1
            return web.Response(text=self.echo(token), content_type=self.echo_type)
        status = self.answers.pop(0) if self.answers else 202
        if status == 202:
            into = self.lifecycle if request.path.endswith("lifecycle") else self.heard
            into.extend((await request.json())["value"])
        return web.Response(status=status)

    async def until(self, count: int) -> list[dict[str, Any]]:
        """Wait until so many notifications were heard."""
        await eventually(lambda: len(self.heard) >= count)
        return self.heard

    def wanted(self, **changed: Any) -> dict[str, Any]:
        return {
            "changeType": "created,updated,deleted",
            "notificationUrl": f"{self.url}/notify",
            "lifecycleNotificationUrl": f"{self.url}/lifecycle",
            "resource": f"users/{ORGANISER}/events",
            "clientState": "only we know",
            **changed,
        }


@pytest.fixture
async def ear() -> AsyncIterator[Ear]:
    """A subscriber on a loopback port."""
    ear = Ear()
    app = web.Application()
    app.router.add_post("/{kind:notify|lifecycle}", ear.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    ear.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield ear
    await runner.cleanup()


def in_minutes(minutes: float) -> str:
    """A real instant so many minutes ahead."""
    return (real_now() + timedelta(minutes=minutes)).isoformat()


async def eventually(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    """Poll until the condition holds."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - any condition, not only those that can set an event
            await asyncio.sleep(0.005)
