"""Kill -9 of web, worker, Valkey or PostgreSQL while requests are in flight, Valkey emptied, the worker replaced again
and again, two people pressing confirm a hundred times each: each accepted request still ends with one event.

One whole service for the module: PostgreSQL, Valkey, sandbox, web and worker as processes of their own. Requests are
sent as a case system sends them: the same delivery again until it is accepted. What counts is seen from outside, in
the sandbox: one event for each meeting, and each agency's own message once.
"""

from __future__ import annotations

import asyncio
import copy
import itertools
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest
import redis

from service.clock import monotonic
from service.commands.whole_service import WholeService, starting_in, whole_service
from service.demo.cases import DAY, LONDON, all_cases, identities
from service.demo.client import AnswerError, Client
from service.demo.outside import Outside, look_outside

# A row that a killed worker held is free again after its lease of a minute; everything else takes seconds.
SETTLED_SECONDS = 100.0
ACCEPTED_SECONDS = 40.0
AT_ONCE = 4
_numbers = itertools.count(1)
CASE = next(case for case in all_cases() if case.key.startswith("06"))


@dataclass(frozen=True, slots=True)
class Meeting:
    """One accepted request: its reference, and how many agencies it invites."""

    reference: str
    agencies: int


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeService]:
    # A short timeout towards Graph, so that the gate's places of a killed worker are free again soon.
    settings = {"CONVENE_GRAPH_TIMEOUT": "5"}
    clock = starting_in(datetime(DAY.year, DAY.month, DAY.day, 12, 45, tzinfo=LONDON), 1.0, 0.0)
    with whole_service(tmp_path_factory.mktemp("run"), clock, settings=settings) as running:
        running.start_all()
        yield running


@pytest.fixture
async def client(whole: WholeService) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(whole.stage, session)


async def _accepted(client: Client, *, agreed: bool = True) -> Meeting:
    """Send one new request until it is accepted, as at-least-once delivery does. ``agreed``: with its time."""
    number = next(_numbers)
    request: dict[str, Any] = copy.deepcopy(dict(CASE.request))
    request |= {"source_ref": f"CRASH-{number}", "case_ref": f"LSM-C{number}"}
    if not agreed:
        request.pop("wishes", None)
    body = json.dumps({"type": "meeting.requested", "timestamp": CASE.arrives.isoformat(), "data": request}).encode()
    deadline = monotonic() + ACCEPTED_SECONDS
    while True:
        try:
            answer = await client.deliver(CASE.partnership, f"msg_crash_{number}", body)
        except (OSError, aiohttp.ClientError, AnswerError):
            assert monotonic() < deadline, f"request {number} was never accepted"
            await asyncio.sleep(0.1)
        else:
            invited = sum(one["state"] == "wanted" for one in answer["agencies"])
            return Meeting(answer["meeting_reference"], invited)


def _kill_valkey(whole: WholeService) -> None:
    whole.engines.valkey.kill()
    whole.engines.valkey.start()


def _kill_database(whole: WholeService) -> None:
    whole.engines.postgres.kill()
    whole.engines.postgres.start()


def _flush_valkey(whole: WholeService) -> None:
    with redis.Redis.from_url(whole.engines.redis_url) as client:
        client.flushall()


def _deploy(whole: WholeService) -> None:
    """The worker is told to stop, ends what it has begun, and another takes its place."""
    whole.parts["worker"].stop()
    whole.start("worker")
    whole.wait("worker")


def _kill(name: str) -> Callable[[WholeService], None]:
    def kill(whole: WholeService) -> None:
        whole.kill(name)
        whole.start(name)
        whole.wait(name)

    return kill


VICTIMS: dict[str, Callable[[WholeService], None]] = {
    # The worker first: a row it held waits out its lease while the other rounds go on.
    "worker": _kill("worker"),
    "web": _kill("web"),
    "valkey": _kill_valkey,
    "database": _kill_database,
    "valkey emptied": _flush_valkey,
    "deploy": _deploy,
}
# Real seconds after the first request left: before the commit, while intents wait, and while they are being sent.
MOMENTS = (0.0, 0.12, 0.4)


async def _round(whole: WholeService, client: Client, victim: str, moment: float) -> list[Meeting]:
    sending = [asyncio.create_task(_accepted(client)) for _ in range(AT_ONCE)]
    await asyncio.sleep(moment)
    await asyncio.to_thread(VICTIMS[victim], whole)
    return list(await asyncio.gather(*sending))


def _unfinished(outside: Outside, meetings: list[Meeting]) -> list[str]:
    """What is not yet as it must be."""
    problems = []
    for meeting in meetings:
        events = len(outside.events(meeting.reference))
        subject = f"{meeting.reference}: you are invited"
        told = Counter(
            tuple(one["recipients"]) for one in outside.sent_messages() if one["subject"].startswith(subject)
        )
        if events != 1:
            problems.append(f"{meeting.reference}: {events} events")
        if len(told) != meeting.agencies or any(times != 1 for times in told.values()):
            problems.append(f"{meeting.reference}: {dict(told)} for {meeting.agencies} agencies")
    return problems


def _rounds(*, thorough: bool) -> Iterator[tuple[str, float]]:
    """Which part is struck when; those that hold nothing of their own only once, unless all is to be tried."""
    for victim in VICTIMS:
        for moment in MOMENTS if thorough or victim in {"worker", "web", "valkey"} else MOMENTS[1:2]:
            yield victim, moment
    for _ in range(10 if thorough else 1):
        yield "deploy", 0.0


async def _settled(client: Client, meetings: list[Meeting]) -> Outside:
    deadline = monotonic() + SETTLED_SECONDS
    while problems := _unfinished(outside := await look_outside(client), meetings):
        assert monotonic() < deadline, problems
        await asyncio.sleep(0.5)
    return outside


@pytest.mark.timeout(900)
async def test_every_accepted_request_ends_with_one_event_whatever_is_killed(
    whole: WholeService, client: Client, thorough: bool
) -> None:
    meetings: list[Meeting] = []
    rounds = list(_rounds(thorough=thorough))
    for victim, moment in rounds:
        meetings += await _round(whole, client, victim, moment)

    outside = await _settled(client, meetings)
    assert len({meeting.reference for meeting in meetings}) == len(rounds) * AT_ONCE
    assert len(outside.all_events()) == len(meetings), "an event belongs to no accepted request"

    for name in ("web", "worker"):
        log = (whole.ground.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")
        assert not [words for words in identities(CASE.request) if words in log], f"an identity is in {name}'s log"


@pytest.mark.timeout(240)
async def test_two_people_who_press_confirm_a_hundred_times_each_call_one_meeting(
    whole: WholeService, client: Client
) -> None:
    planned = await _accepted(client, agreed=False)
    # Another day than the rest, whose desks are full by now.
    start = (whole.clock.now() + timedelta(days=2, hours=-2)).replace(microsecond=0)
    presses = [{"start": (start + timedelta(hours=number % 2)).isoformat()} for number in range(200)]

    async def press(body: dict[str, str]) -> int:
        path = f"/meetings/{planned.reference}/confirm"
        try:
            await client.api("POST", path, body, key=f"press-{next(_numbers)}", partnership=CASE.partnership)
        except AnswerError as refused:
            return refused.status
        return 200

    said = Counter(await asyncio.gather(*(press(body) for body in presses)))
    assert said == Counter({200: 1, 409: 199})
    outside = await _settled(client, [planned])
    assert len(outside.events(planned.reference)) == 1
