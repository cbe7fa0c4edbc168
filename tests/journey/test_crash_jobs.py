"""Each periodic job and each reading of a mailbox, killed at every point where it waits: the next one that runs leaves
everything as if nothing had happened, and nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from service.domain.requests import Wishes
from service.domain.spans import Span, Unit
from service.scheduler.jobs import PERIODIC
from service.scheduler.replies import read_mailbox
from service.store.changes import tasks
from service.store.changes.mailboxes import WATCH_LEASE
from service.store.changes.outbox import LEASE
from service.workflow.exclude import BECAUSE
from service.workflow.hold import hold_slot
from service.workflow.meetings import cancel_meeting
from service.workflow.tasks import TaskKind, task_row
from tests.databases import emptied
from tests.journey.acts import START
from tests.journey.crashing import AfterEachReply, crash_at, waits_of
from tests.journey.test_disagreements import decided, dissent, raised, with_ladder
from tests.journey.test_minutes_due import set_by_the_partnership
from tests.journey.world import MAILBOX, SOCIAL_WORKER, TUESDAY_NINE, World, a_request, furnish, reference_of
from tests.outlook.stage import serving

Job = Coroutine[Any, Any, object]


@dataclass(frozen=True)
class Tried:
    """A job: how it comes to have all its work at once, how it is run, and what must be so afterwards."""

    stage: Callable[[World], Awaitable[None]]
    run: Callable[[World], Job]
    holds: Callable[[World, str], Awaitable[None]]
    every: int


async def anew(world: World) -> None:
    """The same world with nothing in it, at the hour it began."""
    await world.sandbox.control.post("reset")
    await emptied(world.engine)
    world.clock.at = TUESDAY_NINE
    await world.sandbox.control.post("clock", at=TUESDAY_NINE.isoformat())
    world.wake.rows.clear()
    world.wake.mailboxes.clear()
    await furnish(world)


async def wakes_are_followed(world: World) -> None:
    """Workers do what they were woken for."""
    await world.quiet()
    world.real.wait(LEASE + timedelta(seconds=1))
    await world.settle()
    for mailbox in set(world.wake.mailboxes):
        await read_mailbox(world.machinery, mailbox)


async def _full_sweep(world: World) -> None:
    """A chase is due, an answer lies unread, a hold has run out and a new meeting waits to be called."""
    received = await world.receive(a_request(wishes=Wishes(start=START)))
    await world.settle()
    await world.change("UPDATE chases SET due_at = :now WHERE step = 1", now=world.clock.now())
    await world.says(SOCIAL_WORKER, received, "tentative")
    await world.change("UPDATE mailboxes SET read_wanted_at = :now", now=world.clock.now())
    planned = reference_of(await world.receive(a_request(wishes=Wishes())))
    await hold_slot(world.services, "lewisham", planned, START + timedelta(hours=3), actor="officer")
    await world.change("UPDATE desk_bookings SET expires_at = :now WHERE state = 'held'", now=world.clock.now())
    await world.receive(a_request(wishes=Wishes(start=START + timedelta(days=1))))
    await _cut_short(world)


async def _cut_short(world: World) -> None:
    """A meeting was called off to be called anew without somebody, and then nothing more happened."""
    reference = reference_of(await world.receive(a_request(wishes=Wishes())))
    await cancel_meeting(world.services, "lewisham", reference, reason=BECAUSE, actor="officer")
    meeting = await world.one("SELECT id FROM meetings WHERE reference = :reference", reference=reference)
    task = task_row(
        partnership="lewisham",
        kind=TaskKind.CALL_ANEW,
        detail="Call it again.",
        now=world.clock.now(),
        meeting_id=meeting["id"],
    )
    async with world.engine.begin() as conn:
        await tasks.open_once(conn, [task])


async def _swept(world: World, where: str) -> None:
    assert await world.delivered(SOCIAL_WORKER) == Counter(invite=2, message=3), where
    assert len(await world.events()) == 2, where
    (answer,) = await world.rows("SELECT answer FROM answers")
    assert answer["answer"] == "maybe", where
    chases = await world.rows("SELECT state FROM chases WHERE step = 1 AND state <> 'due'")
    assert [row["state"] for row in chases] == ["sent"], where
    audited = await world.rows("SELECT action FROM audit_events")
    counted = Counter(row["action"] for row in audited)
    assert counted["planning:slot:released"] == 1, where
    assert counted["planning:meeting:called_again"] == 1, where
    assert len(await world.rows("SELECT id FROM meetings WHERE linked_meeting_id IS NOT NULL")) == 1, where
    assert "call_anew" not in await world.tasks(), where
    assert counted["chasing:chase:sent"] == 1, where
    assert counted["replies:answer:recorded"] == 1, where
    assert await world.rows("SELECT id FROM desk_bookings WHERE state = 'held'") == [], where


async def _full_upkeep(world: World) -> None:
    """A mailbox that was stopped works again and nobody watches it; minutes are due; a disagreement's time is over."""
    set_by_the_partnership(world, Span(1, Unit.WORKING_DAYS))
    with_ladder(world)
    reference = await decided(world)
    first = await raised(world, reference, dissent())
    assert first.rung.due_at is not None
    world.clock.pass_to(first.rung.due_at + timedelta(days=3))
    await world.sandbox.control.post("clock", at=world.clock.now().isoformat())
    stopped = {"stopped": world.clock.now() - timedelta(hours=2), "since": world.clock.now() - timedelta(hours=3)}
    await world.change(
        "UPDATE mailboxes SET state = 'stopped', stopped_at = :stopped, stopped_since = :since", **stopped
    )


async def _upkeep_later(world: World) -> None:
    # Nobody else tries to keep a subscription until the one that tries must be dead.
    world.real.wait(WATCH_LEASE + timedelta(seconds=1))
    await PERIODIC["v1.upkeep"](world.machinery)


async def _kept_up(world: World, where: str) -> None:
    (mailbox,) = await world.rows("SELECT state, subscription_id, mail_subscription_id FROM mailboxes")
    held = (await world.sandbox.control.state(calls=False))["subscriptions"]
    assert mailbox["state"] == "active", where
    watched = {mailbox["subscription_id"], mailbox["mail_subscription_id"]}
    assert len(held) == 2, where
    assert {each["id"] for each in held} == watched, where
    audited = Counter(row["action"] for row in await world.rows("SELECT action FROM audit_events"))
    assert audited["outlook:mailbox:resumed"] == 1, where
    assert audited["decisions:disagreement:escalated"] == 1, where
    tasks = Counter(row["kind"] for row in await world.rows("SELECT kind FROM tasks WHERE state = 'open'"))
    assert (tasks["minutes_due"], tasks["minutes_overdue"], tasks["disagreement"]) == (1, 1, 1), where


async def _unread(world: World) -> None:
    """Two answers in Outlook, one of them from an address nobody invited."""
    received = await world.receive(a_request(wishes=Wishes(start=START)))
    await world.settle()
    await world.read()
    await world.says(SOCIAL_WORKER, received, "accept")
    await world.says(SOCIAL_WORKER, received, "decline", sent_as="somebody.else@lewisham.example")


async def _read(world: World, where: str) -> None:
    answers = await world.rows("SELECT answer, requirement_id IS NULL AS unmatched FROM answers ORDER BY answer")
    assert [(row["answer"], row["unmatched"]) for row in answers] == [("no", True), ("yes", False)], where
    audited = Counter(row["action"] for row in await world.rows("SELECT action FROM audit_events"))
    assert (audited["replies:answer:recorded"], audited["replies:answer:unmatched"]) == (1, 1), where
    assert "unmatched_answer" in await world.tasks(), where
    assert await world.read() == 0, where


JOBS = {
    "v1.sweep": Tried(_full_sweep, lambda world: PERIODIC["v1.sweep"](world.machinery), _swept, 11),  # type: ignore[arg-type,return-value]
    "v1.upkeep": Tried(_full_upkeep, _upkeep_later, _kept_up, 6),
    "v1.read_mailbox": Tried(
        _unread, lambda world: read_mailbox(world.machinery, world.mailbox_ids[MAILBOX]), _read, 3
    ),
}


# Jobs that are killed beside the rest of what is tried of them.
ELSEWHERE = {
    "v1.drift": "test_changed_in_outlook",
    "v1.attendance": "test_teams_attendance",
    "v1.addresses": "test_new_addresses",
    "v1.what_if": "test_policy_page",
    "v1.directory": "test_operations_page",
}


def test_every_periodic_job_is_tried() -> None:
    assert set(PERIODIC) <= set(JOBS) | set(ELSEWHERE)


@asynccontextmanager
async def listening(world: World) -> AsyncIterator[None]:
    """An address that Graph can notify, which says back what Graph asks it to say."""

    async def hear(request: web.Request) -> web.Response:
        return web.Response(text=request.query.get("validationToken", ""), content_type="text/plain")

    app = web.Application()
    app.router.add_post("/{kind}", hear)
    async with serving(app) as address:
        door = {"notification_url": f"{address}/notify", "lifecycle_url": f"{address}/lifecycle"}
        world.machinery = replace(world.machinery, **door)  # type: ignore[arg-type]
        yield


# Every wait of every job takes minutes; the part that is tried by default takes seconds.
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", JOBS)
async def test_a_job_killed_at_any_wait_is_finished_once_by_the_next(small: World, name: str, thorough: bool) -> None:
    tried = JOBS[name]
    every = 1 if thorough else tried.every
    small.through(AfterEachReply)
    async with listening(small):
        waits = 0
        # The first run also opens connections and fetches a token; the second waits as often as those to come.
        for _ in range(2):
            await anew(small)
            await tried.stage(small)
            waits = await waits_of(tried.run(small))
            await tried.run(small)
            await wakes_are_followed(small)
            await tried.holds(small, "nothing went wrong")
        points = 0
        for wait in range(1, waits + 1, every):
            await anew(small)
            await tried.stage(small)
            points += await crash_at(tried.run(small), wait)
            await tried.run(small)
            await wakes_are_followed(small)
            await tried.holds(small, f"{name} killed at wait {wait} of {waits}")
    assert points >= waits // every * 0.9, f"only {points} of {waits} waits were killed at"
    assert await small.chains_hold()
    print(f"{name}: killed at {points} of {waits} waits")  # noqa: T201 - the number is part of the proof
