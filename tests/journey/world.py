"""A whole Convene without its web server: database, sandbox Graph, the workflow and the scheduler's jobs, and a clock
the test moves. Jobs are run by hand, so that a test says exactly what happens when."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from service.clock import real_now
from service.domain.facts import Urgency
from service.domain.requests import Child, MeetingRequest, Person, Tie, Wishes
from service.outlook.adapter import Graph, GraphCalls, open_graph
from service.policies.holidays import working_calendar
from service.policies.load import load_pack
from service.scheduler.dispatch import dispatch
from service.scheduler.incoming import read_mail
from service.scheduler.machinery import Machinery
from service.scheduler.replies import read_mailbox
from service.scheduler.sweeps import sweep_chases
from service.store import tables
from service.store.changes import mailboxes, outbox, partnerships, policies
from service.store.ids import new_id
from service.store.queries.audit import verify_chain
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

    async def outbox(self, ids: list[UUID], *, ahead: bool = False) -> None:
        self.rows.extend(ids)

    async def mailbox(self, mailbox_id: UUID) -> None:
        self.mailboxes.append(mailbox_id)


class MovedClock:
    """A clock that only a test moves."""

    def __init__(self, start: datetime) -> None:
        self.at = start

    def now(self) -> datetime:
        return self.at

    def pass_to(self, instant: datetime) -> None:
        assert instant >= self.at, "time does not go back"
        self.at = instant

    def wait(self, stretch: timedelta) -> None:
        self.pass_to(self.at + stretch)


@dataclass
class World:
    """``clock`` is business time, ``real`` the time leases and retries go by; a test moves both."""

    engine: AsyncEngine
    services: Services
    machinery: Machinery
    sandbox: Place
    clock: MovedClock
    real: MovedClock
    wake: CountedWake
    mailbox_ids: dict[str, UUID] = field(default_factory=dict)

    def through(self, door: Callable[[GraphCalls], GraphCalls]) -> None:
        """Put something between the scheduler and Graph."""
        before = self.machinery.graph
        self.machinery = replace(self.machinery, graph=lambda mailbox_id: door(before(mailbox_id)))

    async def receive(self, request: MeetingRequest, key: str | None = None) -> Received:
        fingerprint = hashlib.sha256(repr(request).encode()).digest()
        delivery = Delivery("webhook:test", key or secrets.token_hex(8), fingerprint, "webhook:test")
        return await receive_request(self.services, request, delivery)

    async def due(self) -> list[UUID]:
        async with self.engine.connect() as conn:
            return await outbox.due(conn, self.real.now())

    async def pump(self) -> int:
        """Do every outbox row that is due now, until none is; returns how many were tried."""
        tried = 0
        for _ in range(200):
            due = await self.due()
            if not due:
                return tried
            for row in due:
                await dispatch(self.machinery, row)
                tried += 1
        raise AssertionError("the outbox never came to rest")

    async def settle(self, within: timedelta = timedelta(hours=12)) -> timedelta:
        """Pump, and let real time pass to the next try or the end of a lease, until nothing is unfinished; returns how
        much real time that took. Business time stands still."""
        began = self.real.now()
        while True:
            await self.pump()
            await self.quiet()
            following = (
                await self.one(
                    "SELECT min(greatest(next_try_at, coalesce(lease_until, next_try_at))) AS at FROM outbox o "
                    "WHERE state IN ('waiting', 'frozen') AND NOT EXISTS (SELECT 1 FROM outbox b WHERE "
                    "(b.id = o.after_id OR (b.stream = o.stream AND b.sequence < o.sequence)) "
                    "AND b.state IN ('waiting', 'frozen'))"
                )
            )["at"]
            if following is None:
                return self.real.now() - began
            assert following - began <= within, "the outbox never came to rest"
            self.real.pass_to(max(following, self.real.now()))

    async def quiet(self) -> None:
        """Wait until the sandbox has finished every call it was sent, also those whose caller has gone."""
        async with asyncio.timeout(10):
            while await self._in_flight():  # noqa: ASYNC110 - the sandbox has no event to wait for
                await asyncio.sleep(0.005)

    async def _in_flight(self) -> int:
        boxes = (await self.sandbox.control.state(calls=False))["mailboxes"]
        return sum(box["in_flight"] for box in boxes.values())

    async def mended(self) -> None:
        """Outlook is well again: every planned fault is forgotten."""
        await self.sandbox.control.forget_faults()

    async def chase(self) -> int:
        return await sweep_chases(self.machinery)

    async def read(self, mailbox: str = MAILBOX) -> int:
        return await read_mailbox(self.machinery, self.mailbox_ids[mailbox])

    async def read_mail(self, mailbox: str = MAILBOX) -> int:
        return await read_mail(self.machinery, self.mailbox_ids[mailbox])

    async def mails(self, raw: bytes, mailbox: str = MAILBOX, *, forged: bool = False) -> None:
        """Anybody sends any bytes to the organiser's mailbox; ``forged``: in somebody else's name."""
        mime = base64.b64encode(raw).decode()
        await self.sandbox.control.post("mail", mailbox=mailbox, mime=mime, authenticated=not forged)

    async def says(self, address: str, received: Received, response: str, **more: Any) -> None:
        """An agency answers the invitation in Outlook."""
        reference = received.answer["meeting_reference"]
        await self.sandbox.control.post("respond", address=address, reference=reference, response=response, **more)

    async def live_events(self) -> int:
        """How many events stand in the organiser's calendar."""
        live: int = (await self.sandbox.control.state(calls=False))["mailboxes"][MAILBOX]["live_events"]
        return live

    async def events(self) -> list[dict[str, Any]]:
        """Every event the organiser's calendar ever had."""
        found: list[dict[str, Any]] = (await self.sandbox.control.state(calls=False))["mailboxes"][MAILBOX]["events"]
        return found

    async def calls(self, operation: str) -> int:
        """How many calls of one operation reached the sandbox."""
        calls = (await self.sandbox.control.state())["calls"]
        return sum(call["operation"] == operation for call in calls)

    async def delivered(self, address: str, reference: str = "") -> Counter[str]:
        """What lies in one agency's inbox about one meeting (or all of them): kinds with their counts."""
        items = await self.sandbox.control.inbox(address)
        return Counter(item["kind"] for item in items if reference in item["subject"])

    async def tasks(self) -> set[str]:
        """The kinds of the tasks in front of somebody now."""
        return {row["kind"] for row in await self.rows("SELECT kind FROM tasks WHERE state = 'open'")}

    async def chains_hold(self) -> bool:
        """Whether every hash chain of the audit is whole."""
        chains = await self.rows("SELECT DISTINCT partnership_id, chain FROM audit_events")
        async with self.engine.connect() as conn:
            checks = [await verify_chain(conn, row["partnership_id"], row["chain"]) for row in chains]
        return all(check.holds and check.events for check in checks)

    async def rows(self, sql: str, **values: object) -> list[dict[str, Any]]:
        async with self.engine.connect() as conn:
            return [dict(row) for row in (await conn.execute(text(sql), values)).mappings()]

    async def one(self, sql: str, **values: object) -> dict[str, Any]:
        found = await self.rows(sql, **values)
        assert len(found) == 1, f"{len(found)} rows: {sql}"
        return found[0]

    async def change(self, sql: str, **values: object) -> None:
        """Change a record behind the service's back, as an operator with the database open could."""
        async with self.engine.begin() as conn:
            await conn.execute(text(sql), values)


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


@dataclass(frozen=True)
class Desk:
    """One entry of the directory. ``address`` and the manager's are made from the role where none is given."""

    role: str
    place: str = ""
    channel: str = "outlook"
    address: str | None = None
    manager: str | None = None
    hours: str = "Mon-Fri 09:00-17:00"

    def at(self, partnership: str) -> str:
        return f"{self.role.replace('_', '.')}@{partnership}.example" if self.address is None else self.address


POLICE = Desk("police_child_protection", hours="always")
DESKS = (
    Desk("social_worker"),
    Desk("lcpp"),
    POLICE,
    Desk("health_practitioner"),
    Desk("school_nurse"),
    Desk("school", "900001"),
)
SOCIAL_WORKER = "social.worker@lewisham.example"
ONE_DESK = (Desk("social_worker"),)
"""A directory so small that a whole meeting takes a few calls; the other agencies become tasks."""


async def add_desk(engine: AsyncEngine, partnership: str, *desks: Desk) -> None:
    async with engine.begin() as conn:
        await conn.execute(tables.inboxes.insert(), [_inbox(partnership, desk) for desk in desks])


def _inbox(partnership: str, desk: Desk) -> dict[str, Any]:
    return {
        "id": new_id(TUESDAY_NINE),
        "partnership_id": partnership,
        "role": desk.role,
        "place": desk.place,
        "name": f"{desk.role.replace('_', ' ')} desk",
        "address": desk.at(partnership),
        "phone": "020 7946 0101",
        "hours": desk.hours,
        # Tests of other things put many meetings at one time.
        "capacity": 99,
        "escalation_address": f"manager.{desk.at(partnership)}" if desk.manager is None else desk.manager,
        "channel": desk.channel,
        "updated_at": TUESDAY_NINE,
    }


@asynccontextmanager
async def a_world(
    engine: AsyncEngine,
    *,
    desks: Sequence[Desk] = DESKS,
    graph_timeout: float = 5.0,
    more_mailboxes: Sequence[str] = (),
    **sandbox: Any,
) -> AsyncIterator[World]:
    """Lewisham, set up and running at nine on Tuesday 1 December 2026."""
    clock, real, wake = MovedClock(TUESDAY_NINE), MovedClock(real_now()), CountedWake()
    services = Services(
        engine=engine,
        keyring=Keyring({"k1": bytes(range(32))}, "k1"),
        wake=wake,
        now=clock.now,
        real_now=real.now,
        calendar=working_calendar(TUESDAY_NINE.date()),
        policies={"lewisham": load_pack("lewisham")},
        links=AnswerLinks("http://127.0.0.1:1", b"x" * 32),
    )
    async with (
        running_sandbox(mailboxes=(MAILBOX, *more_mailboxes), **sandbox) as place,
        open_graph(replace(place.settings, timeout=graph_timeout)) as graph,
    ):
        yield await furnish(World(engine, services, _machinery(services, graph), place, clock, real, wake), desks)


def _machinery(services: Services, graph: Graph) -> Machinery:
    return Machinery(
        services=services,
        graph=lambda _: graph,
        notification_url="",
        lifecycle_url="",
        poll_seconds=60,
        business=lambda real: real,
        graph_now=services.now,
    )


async def founded(engine: AsyncEngine) -> None:
    """Give an empty database its partnership, its mailbox and its policy."""
    policy = load_pack("lewisham")
    async with engine.begin() as conn:
        partnership = Partnership("lewisham", "Lewisham", "lewisham", "1 High Road", "020 7946 0000")
        await partnerships.ensure(conn, partnership, by="test", now=TUESDAY_NINE)
        await mailboxes.ensure(conn, "lewisham", MAILBOX, by="test", now=TUESDAY_NINE)
        version = policies.NewVersion(policy.content_hash, policy.id, policy.version, {}, TUESDAY_NINE)
        await policies.publish(conn, "lewisham", version, by="test", now=TUESDAY_NINE)


async def furnish(world: World, desks: Sequence[Desk] = ONE_DESK) -> World:
    """Give a database that is ``founded``, or empty, the rest of what a world has: its directory."""
    if not await world.rows("SELECT 1 FROM partnerships"):
        await founded(world.engine)
    if desks:
        await add_desk(world.engine, "lewisham", *desks)
    world.mailbox_ids = {row["address"]: row["id"] for row in await world.rows("SELECT id, address FROM mailboxes")}
    return world


def reference_of(received: Received) -> str:
    reference: str = received.answer["meeting_reference"]
    return reference
