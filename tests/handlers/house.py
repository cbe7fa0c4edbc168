"""A running web server over a real database: Lewisham and Wirral, with a clock that the test holds."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from standardwebhooks import Webhook

from service.clock import real_now
from service.domain.attendance import Outcome
from service.domain.staff import StaffRole
from service.handlers.keys import DOORS, READY_CHECKS, SERVICES, ApiClient, Contact, Doors, WebhookSource
from service.handlers.permissions import API_RIGHTS
from service.handlers.routes import add_routes
from service.handlers.sessions import SESSIONS, Limits, Sessions
from service.policies.holidays import working_calendar
from service.policies.load import content, load_pack
from service.store import tables
from service.store.changes import mailboxes, partnerships, policies
from service.store.ids import new_id
from service.store.queries.partnerships import Partnership
from service.store.sealing import Keyring
from service.workflow.attend import AttendanceGiven
from service.workflow.links import answer_link
from service.workflow.ports import AnswerLinks, Services
from service.workflow.staff import arrive

MONDAY = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
OLD_SECRET = "whsec_" + base64.b64encode(b"o" * 32).decode()
OTHER_SECRET = "whsec_" + base64.b64encode(b"z" * 32).decode()
CLIENT_STATE = "a client state that only Graph knows"
SUBSCRIPTION = "7f1c0000-0000-4000-8000-000000000001"
KEYS = {name: f"key-of-{name}" for name in ("eclipse", "both", "reader")}


class NoWake:
    """Counts what it was asked to wake."""

    def __init__(self) -> None:
        self.rows: list[UUID] = []
        self.mailboxes: list[UUID] = []

    async def outbox(self, ids: list[UUID], *, ahead: bool = False) -> None:
        self.rows.extend(ids)

    async def mailbox(self, mailbox_id: UUID) -> None:
        self.mailboxes.append(mailbox_id)


@dataclass
class HeldClock:
    """Business time and real time, both moved by the test alone."""

    at: datetime = MONDAY
    real: datetime = MONDAY

    def now(self) -> datetime:
        return self.at

    def real_now(self) -> datetime:
        return self.real


@dataclass
class House:
    client: TestClient[web.Request, web.Application]
    engine: AsyncEngine
    services: Services
    clock: HeldClock
    wake: NoWake
    redis: Redis
    csrf: str = ""
    person: str = ""
    numbers: dict[str, int] = field(default_factory=lambda: {"n": 0})

    def fresh(self, prefix: str) -> str:
        self.numbers["n"] += 1
        return f"{prefix}-{self.numbers['n']}"

    async def sign_in(
        self, *roles: str, partnerships: tuple[str, ...] = ("lewisham", "wirral"), name: str = "Ada Officer"
    ) -> dict[str, UUID]:
        """Give the browser the session of somebody new with these roles, as a sign-in would leave it."""
        self.person = self.fresh("person")
        return await self.sign_in_again(*roles, partnerships=partnerships, name=name)

    async def sign_in_again(
        self, *roles: str, partnerships: tuple[str, ...] = ("lewisham", "wirral"), name: str = "Ada Officer"
    ) -> dict[str, UUID]:
        """Another session of the same person, an officer unless it is said otherwise."""
        roles = roles or ("officer",)
        held = {name: frozenset(map(StaffRole, roles)) for name in partnerships}
        ids = await arrive(self.services, "a-tenant", self.person, name, held)
        await self.come_in(name, ids, held)
        return dict(ids)

    async def come_in(self, name: str, ids: Mapping[str, UUID], held: Mapping[str, frozenset[StaffRole]]) -> None:
        """Give the browser the session of somebody whose sign-in is on record."""
        self.csrf = secrets.token_urlsafe(24)
        at = self.clock.real.isoformat()
        who = {
            "name": name,
            "ids": {name: str(staff_id) for name, staff_id in ids.items()},
            "roles": {name: sorted(each) for name, each in held.items()},
            "began": at,
            "csrf": self.csrf,
        }
        kept = {"created": int(real_now().timestamp()), "session": {"who": who, "seen": at}}
        key = self.fresh("session")
        await self.redis.set(f"convene_{key}", json.dumps(kept))
        self.client.session.cookie_jar.update_cookies({"convene": key}, self.client.make_url("/"))

    def sign_out(self) -> None:
        """Take the browser's session away."""
        self.client.session.cookie_jar.clear()

    async def press(self, path: str, **fields: str) -> ClientResponse:
        """Send a form of a staff page; the answer's redirect is not followed."""
        return await self.client.post(path, data={"csrf": self.csrf, **fields}, allow_redirects=False)

    async def rows(self, sql: str, **values: object) -> list[dict[str, Any]]:
        async with self.engine.connect() as conn:
            return [dict(row) for row in (await conn.execute(text(sql), values)).mappings()]

    async def count(self, table: str) -> int:
        return int((await self.rows(f"SELECT count(*) AS n FROM {table}"))[0]["n"])  # noqa: S608 - a test's own word

    async def call(
        self, method: str, path: str, body: object = None, *, client: str = "eclipse", **headers: str
    ) -> ClientResponse:
        sent = {"Authorization": f"Bearer {KEYS[client]}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        return await self.client.request(method, path, data=data, headers=sent, allow_redirects=False)

    async def send(self, body: object, *, key: str | None = None, client: str = "eclipse") -> ClientResponse:
        headers = {"Idempotency_Key": key or self.fresh("key")}
        return await self.call("POST", "/api/v1/meeting-requests", body, client=client, **headers)

    async def planned(self, **changes: Any) -> str:
        """The reference of a meeting that has just been asked for."""
        answer = await self.send(a_body(source_ref=self.fresh("R"), **changes))
        assert answer.status == 201, await answer.text()
        reference: str = (await answer.json())["meeting_reference"]
        return reference

    async def confirmed(self, start: datetime | None = None, **changes: Any) -> str:
        start = start or self.clock.at + timedelta(days=1)
        return await self.planned(wishes={"start": start.isoformat()}, **changes)

    async def deliver(self, body: bytes, headers: Mapping[str, str], source: str = "eclipse") -> ClientResponse:
        return await self.client.post(f"/webhooks/{source}", data=body, headers=headers)

    def signed(self, body: bytes, *, key: str | None = None, secret: str = SECRET, **headers: str) -> dict[str, str]:
        """Headers as a sender makes them with the standardwebhooks package, at the house's real time."""
        delivery = key or self.fresh("msg")
        at = self.clock.real
        signature = Webhook(secret).sign(delivery, at, body.decode())
        return {
            "webhook-id": delivery,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": signature,
            "Content-Type": "application/json",
            **headers,
        }

    async def requirement(self, reference: str, role: str) -> UUID:
        found = await self.rows(
            "SELECT r.id FROM requirements r JOIN meetings m ON m.id = r.meeting_id"
            " WHERE m.reference = :reference AND r.role = :role",
            reference=reference,
            role=role,
        )
        return UUID(str(found[0]["id"]))

    async def link(self, reference: str, role: str = "health_practitioner", start: datetime | None = None) -> str:
        """The path of an agency's personal answer link."""
        requirement = await self.requirement(reference, role)
        url = answer_link(self.services.links, "lewisham", requirement, start or self.clock.at + timedelta(days=1))
        return url.removeprefix(self.services.links.base_url)


def a_body(**changes: Any) -> dict[str, Any]:
    """A request that can be taken in. Every name is invented."""
    return {
        "partnership": "lewisham",
        "meeting_type": "strategy",
        "source": "eclipse",
        "source_ref": "R-1",
        "case_ref": "LCS-1001",
        "concern_recorded_at": (MONDAY - timedelta(hours=1)).isoformat(),
        "urgency": "standard",
        "children": [
            {
                "ref": "C1",
                "birth_date": "2018-05-04",
                "name": "Keziah Fennimore",
                "nhs_number": "943 476 5919",
                "address": "3 Elm Row",
                "school_urn": "900001",
            }
        ],
        "people": [
            {
                "ref": "P1",
                "relation": "mother",
                "names": ["Rosalind Fennimore"],
                "ties": [{"child_ref": "C1", "flags": ["lives_with", "parental_responsibility"]}],
            }
        ],
        "circumstances": ["physical_injury"],
    } | changes


def an_envelope(data: object, **changes: Any) -> bytes:
    return json.dumps({"type": "meeting.requested", "timestamp": MONDAY.isoformat(), "data": data} | changes).encode()


ROLES = ("social_worker", "lcpp", "police_child_protection", "health_practitioner", "school_nurse")
ATTENDED = [AttendanceGiven("health_practitioner", Outcome.ATTENDED)]


FIRST = {name: frozenset({StaffRole.OFFICER, StaffRole.CHAIR, StaffRole.ANALYST}) for name in ("lewisham", "wirral")}


async def furnished(engine: AsyncEngine) -> None:
    """Write what every house begins with into a database that is migrated and empty: the records of ``a_house``."""
    async with engine.begin() as conn:
        for name, words in (("lewisham", "Lewisham"), ("wirral", "Wirral")):
            partnership = Partnership(name, words, name, "1 High Road", "020 7946 0000")
            await partnerships.ensure(conn, partnership, by="test", now=MONDAY)
            await mailboxes.ensure(conn, name, f"meetings@{name}.example", by="test", now=MONDAY)
            policy = load_pack(name)
            version = policies.NewVersion(policy.content_hash, policy.id, policy.version, content(policy), MONDAY)
            await policies.publish(conn, name, version, by="test", now=MONDAY)
        for role in ROLES:
            await conn.execute(
                tables.inboxes.insert().values(
                    id=new_id(MONDAY),
                    partnership_id="lewisham",
                    role=role,
                    name=f"{role.replace('_', ' ')} desk",
                    address=f"{role.replace('_', '.')}@lewisham.example",
                    phone="020 7946 0101",
                    hours="Mon-Fri 09:00-17:00",
                    updated_at=MONDAY,
                )
            )
        await conn.execute(
            tables.mailboxes.update()
            .where(tables.mailboxes.c.partnership_id == "lewisham")
            .values(subscription_id=SUBSCRIPTION, client_state_hash=hashlib.sha256(CLIENT_STATE.encode()).digest())
        )
    await arrive(_services(engine, HeldClock(), NoWake()), "a-tenant", "person-1", "Ada Officer", FIRST)


def _client(name: str, partnerships_: tuple[str, ...], may: frozenset[str]) -> ApiClient:
    return ApiClient(name, hashlib.sha256(KEYS[name].encode()).digest(), frozenset(partnerships_), may)


def doors() -> Doors:
    rights = frozenset(map(str, API_RIGHTS))
    return Doors(
        webhook_sources={"eclipse": WebhookSource("lewisham", (SECRET, OLD_SECRET))},
        api_clients=(
            _client("eclipse", ("lewisham",), rights),
            _client("both", ("lewisham", "wirral"), rights),
            _client("reader", ("lewisham",), frozenset({"read"})),
        ),
        pages_partnerships=("lewisham", "wirral"),
        body_limit=64 * 1024,
        contacts=(Contact("lewisham", "Lewisham", "020 7946 0000"), Contact("wirral", "Wirral", "0151 496 0000")),
    )


async def _fine() -> None:
    return None


def an_app(services: Services, redis: Redis) -> web.Application:
    app = web.Application()
    app[SESSIONS] = Sessions(redis, Limits(), services.real_now, secure=False)
    app[SERVICES] = services
    app[DOORS] = doors()
    app[READY_CHECKS] = (("database", _fine),)
    add_routes(app)
    return app


def _services(engine: AsyncEngine, clock: HeldClock, wake: NoWake) -> Services:
    return Services(
        engine=engine,
        keyring=Keyring({"k1": bytes(range(32))}, "k1"),
        wake=wake,
        now=clock.now,
        real_now=clock.real_now,
        calendar=working_calendar(MONDAY.date()),
        policies={"lewisham": load_pack("lewisham"), "wirral": load_pack("wirral")},
        links=AnswerLinks("http://convene.example", b"x" * 32),
    )


@asynccontextmanager
async def a_house(engine: AsyncEngine, redis_url: str) -> AsyncIterator[House]:
    """The house on a database that is ``furnished``, with an officer, chair and analyst signed in."""
    redis = Redis.from_url(redis_url)
    clock, wake = HeldClock(), NoWake()
    services = _services(engine, clock, wake)
    async with TestClient(TestServer(an_app(services, redis))) as client:
        house = House(client, engine, services, clock, wake, redis)
        house.person = house.fresh("person")
        ids = {row["partnership_id"]: row["id"] for row in await house.rows("SELECT partnership_id, id FROM staff")}
        await house.come_in("Ada Officer", ids, FIRST)
        yield house
    await redis.aclose()
