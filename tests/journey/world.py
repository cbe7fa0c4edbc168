"""A whole Convene without its web server: database, sandbox Graph, the workflow and the scheduler's jobs, and a clock
the test moves. Jobs are run by hand, so that a test says exactly what happens when."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from service.clock import real_now
from service.domain.facts import Urgency
from service.domain.requests import Child, MeetingRequest, Person, Tie, Wishes
from service.outlook.adapter import Graph, GraphCalls, open_graph
from service.policies.holidays import working_calendar
from service.policies.load import load_pack
from service.scheduler.dispatch import dispatch
from service.scheduler.machinery import Machinery
from service.scheduler.replies import read_mailbox
from service.scheduler.sweeps import sweep_chases
from service.store import tables
from service.store.changes import mailboxes, outbox, partnerships, policies
from service.store.ids import new_id
from service.store.queries.partnerships import Partnership
from service.store.sealing import Keyring
from service.workflow.deliveries import Delivery, Received
from service.workflow.ports import AnswerLinks, Services
from service.workflow.receive import receive_request
from tests.outlook.stage import Place, running_sandbox

MAILBOX = "strategy.meetings@lewisham.example"
TUESDAY_NINE = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


class CountedWake:
    """Remembers what was woken."""

    def __init__(self) -> None:
        self.rows: list[UUID] = []
        self.mailboxes: list[UUID] = []

    async def outbox(self, ids: list[UUID]) -> None:
        self.rows.extend(ids)

    async def mailbox(self, mailbox_id: UUID) -> None:
        self.mailboxes.append(mailbox_id)


class MovedClock:
    """Business time that only a test moves."""

    def __init__(self, start: datetime) -> None:
        self.at = start

    def now(self) -> datetime:
        return self.at

    def pass_to(self, instant: datetime) -> None:
        assert instant >= self.at, "time does not go back"
        self.at = instant


@dataclass
class World:
    engine: AsyncEngine
    services: Services
    machinery: Machinery
    sandbox: Place
    clock: MovedClock
    wake: CountedWake
    mailbox_ids: dict[str, UUID] = field(default_factory=dict)

    async def receive(self, request: MeetingRequest, key: str | None = None) -> Received:
        fingerprint = repr(request).encode()
        delivery = Delivery("webhook:test", key or secrets.token_hex(8), fingerprint[:32].ljust(32), "webhook:test")
        return await receive_request(self.services, request, delivery)

    async def pump(self) -> int:
        """Do every outbox row that is due now, until none is; returns how many were tried."""
        tried = 0
        for _ in range(200):
            async with self.engine.connect() as conn:
                due = await outbox.due(conn, real_now())
            if not due:
                return tried
            for row in due:
                await dispatch(self.machinery, row)
                tried += 1
        raise AssertionError("the outbox never came to rest")

    async def chase(self) -> int:
        return await sweep_chases(self.machinery)

    async def read(self, mailbox: str = MAILBOX) -> int:
        return await read_mailbox(self.machinery, self.mailbox_ids[mailbox])

    async def says(self, address: str, received: Received, response: str) -> None:
        """An agency answers the invitation in Outlook."""
        reference = received.answer["meeting_reference"]
        await self.sandbox.control.post("respond", address=address, reference=reference, response=response)

    async def live_events(self) -> int:
        """How many events stand in the organiser's calendar."""
        live: int = (await self.sandbox.control.state())["mailboxes"][MAILBOX]["live_events"]
        return live

    async def rows(self, sql: str, **values: object) -> list[dict[str, Any]]:
        async with self.engine.connect() as conn:
            return [dict(row) for row in (await conn.execute(text(sql), values)).mappings()]

    async def one(self, sql: str, **values: object) -> dict[str, Any]:
        found = await self.rows(sql, **values)
        assert len(found) == 1, f"{len(found)} rows: {sql}"
        return found[0]


def a_request(**changes: Any) -> MeetingRequest:
    """A plain case: one school-age child, a physical injury, a time agreed for the afternoon."""
    values: dict[str, Any] = {
        "partnership": "lewisham",
        "meeting_type": "strategy",
        "source": "test",
        "source_ref": secrets.token_hex(6),
        "case_ref": "LCS-1001",
        "concern_recorded_at": TUESDAY_NINE - timedelta(hours=1),
        "urgency": Urgency.STANDARD,
        "children": (
            Child("C1", birth_date=date(2018, 5, 4), name="Keziah Fennimore", school_urn="900001", address="3 Elm Row"),
        ),
        "people": (Person("P1", "mother", ("Rosalind Fennimore",), ties=(Tie("C1", frozenset({"lives_with"})),)),),
        "circumstances": frozenset({"physical_injury"}),
        "wishes": Wishes(start=TUESDAY_NINE + timedelta(hours=5)),
    }
    return MeetingRequest(**(values | changes))


ROLES_WITH_INBOX = ("social_worker", "lcpp", "police_child_protection", "health_practitioner", "school_nurse")


async def _directory(engine: AsyncEngine, partnership: str, more: Mapping[str, str]) -> None:
    roles = dict.fromkeys(ROLES_WITH_INBOX, "") | dict(more)
    async with engine.begin() as conn:
        for role, place in roles.items():
            await conn.execute(
                tables.inboxes.insert().values(
                    id=new_id(TUESDAY_NINE),
                    partnership_id=partnership,
                    role=role,
                    place=place,
                    name=f"{role.replace('_', ' ')} desk",
                    address=f"{role.replace('_', '.')}@{partnership}.example",
                    phone="020 7946 0101",
                    hours="always" if role.startswith("police") else "Mon-Fri 09:00-17:00",
                    escalation_address=f"manager.{role.replace('_', '.')}@{partnership}.example",
                    updated_at=TUESDAY_NINE,
                )
            )


@asynccontextmanager
async def a_world(engine: AsyncEngine) -> AsyncIterator[World]:
    """Lewisham, set up and running at nine on Tuesday 1 December 2026."""
    clock, wake = MovedClock(TUESDAY_NINE), CountedWake()
    services = Services(
        engine=engine,
        keyring=Keyring({"k1": bytes(range(32))}, "k1"),
        wake=wake,
        now=clock.now,
        real_now=real_now,
        calendar=working_calendar(TUESDAY_NINE.date()),
        policies={"lewisham": load_pack("lewisham")},
        links=AnswerLinks("http://127.0.0.1:1", b"x" * 32),
    )
    async with running_sandbox(mailboxes=(MAILBOX,)) as place, open_graph(place.settings) as graph:
        yield await _furnished(engine, services, clock, wake, place, graph)


async def _furnished(
    engine: AsyncEngine, services: Services, clock: MovedClock, wake: CountedWake, place: Place, graph: Graph
) -> World:
    policy = services.policies["lewisham"]
    async with engine.begin() as conn:
        partnership = Partnership("lewisham", "Lewisham", "lewisham", "1 High Road", "020 7946 0000")
        await partnerships.ensure(conn, partnership, by="test", now=TUESDAY_NINE)
        await mailboxes.ensure(conn, "lewisham", MAILBOX, by="test", now=TUESDAY_NINE)
        version = policies.NewVersion(policy.content_hash, policy.id, policy.version, {}, TUESDAY_NINE)
        await policies.publish(conn, "lewisham", version, by="test", now=TUESDAY_NINE)
    await _directory(engine, "lewisham", {"school": "900001"})

    def ungated(_: UUID) -> GraphCalls:
        return graph

    machinery = Machinery(
        services=services,
        graph=ungated,
        notification_url="",
        lifecycle_url="",
        poll_seconds=60,
        business=lambda real: real,
        graph_now=clock.now,
    )
    world = World(engine, services, machinery, place, clock, wake)
    world.mailbox_ids = {row["address"]: row["id"] for row in await world.rows("SELECT id, address FROM mailboxes")}
    return world


def a_key() -> str:
    return str(uuid4())
