"""A subscription that Outlook does not grant: it holds up nothing else, is tried again more and more seldom, and staff
are told why. Outlook asks our address to prove itself first, so a web process that is absent or slow is enough."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from bench.processes import free_port
from service.outlook.errors import Ambiguous
from service.outlook.gate import GateClosed, Reason
from service.sandbox import notifications
from service.scheduler import jobs, watching
from service.scheduler.jobs import PERIODIC
from service.scheduler.machinery import Machinery
from service.scheduler.parts import OneAtATime, Part, PartsFailedError, run_parts
from service.scheduler.watching import keep_subscriptions
from service.store.changes import mailboxes
from service.store.changes.mailboxes import WATCH_LEASE
from service.web.operations import watch_words
from tests.journey.test_crash_jobs import listening
from tests.journey.world import MAILBOX, ONE_DESK, TUESDAY_NINE, World, a_world
from tests.outlook.stage import serving

OTHER = "second.meetings@lewisham.example"


@pytest.fixture
async def two(engine: AsyncEngine) -> AsyncIterator[World]:
    async with a_world(engine, desks=ONE_DESK, epoch=TUESDAY_NINE, more_mailboxes=(OTHER,)) as world:
        async with engine.begin() as conn:
            await mailboxes.ensure(conn, "lewisham", OTHER, by="test", now=world.clock.now())
        yield world


@asynccontextmanager
async def notified_at(world: World, app: web.Application | None) -> AsyncIterator[None]:
    """Outlook is given the address of this web process; None: one where nobody listens."""
    before = world.machinery
    if app is None:
        address = f"http://127.0.0.1:{free_port()}"
        world.machinery = replace(before, notification_url=f"{address}/n", lifecycle_url=f"{address}/l")
        yield
    else:
        async with serving(app) as address:
            world.machinery = replace(before, notification_url=f"{address}/n", lifecycle_url=f"{address}/l")
            yield
    world.machinery = before


def a_slow_web() -> web.Application:
    async def hear(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    app = web.Application()
    app.router.add_post("/{door}", hear)
    return app


async def watches(world: World) -> list[tuple[str | None, str | None]]:
    rows = await world.rows("SELECT watch_error, mail_watch_error FROM mailboxes ORDER BY address")
    return [(row["watch_error"], row["mail_watch_error"]) for row in rows]


@pytest.mark.parametrize("slow", [False, True])
async def test_an_absent_or_slow_web_is_told_and_asked_for_more_and_more_seldom(
    two: World, monkeypatch: pytest.MonkeyPatch, *, slow: bool
) -> None:
    monkeypatch.setattr(notifications, "HANDSHAKE_SECONDS", 0.2)
    async with notified_at(two, a_slow_web() if slow else None):
        assert await keep_subscriptions(two.machinery) == 0
        asked = await two.calls("create_subscription")
        assert asked == 4
        assert all(error and "code=ValidationError" in error for pair in await watches(two) for error in pair)
        assert await keep_subscriptions(two.machinery) == 0
        assert await two.calls("create_subscription") == asked, "each has to wait first"
        tries = 0
        for _ in range(60):
            two.real.wait(timedelta(seconds=10))
            await keep_subscriptions(two.machinery)
        tries = (await two.calls("create_subscription") - asked) // 4
        assert 4 <= tries <= 8, "each wait is as long as all before it, up to five minutes"
    two.real.wait(timedelta(minutes=5))
    async with listening(two):
        assert await keep_subscriptions(two.machinery) == 4
    assert await watches(two) == [(None, None), (None, None)]


async def test_one_mailbox_that_outlook_keeps_waiting_holds_up_no_other_and_nothing_else(
    two: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "TRY_SECONDS", 1.0)
    await two.sandbox.control.fault("create_subscription", "delay", seconds=30)
    done: list[str] = []

    async def noted(_: Machinery) -> None:
        done.append("minutes")

    parts = [part if part.name != "minutes" else Part("minutes", noted) for part in jobs._UPKEEP]
    async with listening(two), asyncio.timeout(10):
        await run_parts(two.machinery, parts)
    assert done == ["minutes"]
    errors = [error for pair in await watches(two) for error in pair]
    assert sorted(error is None for error in errors) == [False, True, True, True]
    assert "TimeoutError" in errors


async def test_two_tries_at_once_leave_one_subscription_and_the_secret_that_goes_with_it(two: World) -> None:
    async with listening(two):
        made = await asyncio.gather(*(keep_subscriptions(two.machinery) for _ in range(5)))
        assert sum(made) == 4
        held = (await two.sandbox.control.state(calls=False))["subscriptions"]
        ours = await two.rows("SELECT subscription_id, mail_subscription_id FROM mailboxes")
        assert {each["id"] for each in held} == {found for row in ours for found in row.values()}
        assert len(held) == 4
        assert await two.calls("delete_subscription") == 0


async def test_a_try_that_died_is_taken_over_once_it_can_only_be_dead(two: World) -> None:
    await two.change("UPDATE mailboxes SET watch_next_at = :until", until=two.real.now() + WATCH_LEASE)
    async with listening(two):
        assert await keep_subscriptions(two.machinery) == 2, "the inbox's alone"
        two.real.wait(WATCH_LEASE)
        assert await keep_subscriptions(two.machinery) == 2


async def test_a_gate_that_is_shut_is_held_against_nobody(two: World) -> None:
    class _Shut:
        async def call(self, *_: object, **__: object) -> None:
            raise GateClosed(Reason.PAUSED, 20.0)

    open_gate = two.machinery
    async with listening(two):
        address = two.machinery.notification_url
        shut = replace(two.machinery, graph=lambda _: _Shut())  # type: ignore[arg-type,return-value]
        assert await keep_subscriptions(shut) == 0
        assert await watches(two) == [(None, None), (None, None)]
        two.real.wait(timedelta(seconds=21))
        ready = replace(open_gate, notification_url=address, lifecycle_url=address)
        assert await keep_subscriptions(ready) == 4


async def test_every_part_of_a_job_is_done_though_one_hangs_and_one_fails(two: World) -> None:
    done: list[str] = []

    async def hangs(_: Machinery) -> None:
        await asyncio.Event().wait()

    async def fails(_: Machinery) -> None:
        raise Ambiguous("Odd")

    async def works(_: Machinery) -> None:
        done.append("works")

    parts = [Part("chases", hangs, 0.05), Part("holds", fails), Part("outbox", works)]
    with pytest.raises(PartsFailedError, match=r"^chases: TimeoutError; holds: Ambiguous$"):
        await run_parts(two.machinery, parts)
    assert done == ["works"]


async def test_the_parts_of_a_job_together_take_less_than_the_job_may() -> None:
    for parts in (jobs._DUE, jobs._UPKEEP):
        assert sum(part.seconds for part in parts) + jobs._HEARTBEAT_SECONDS <= jobs.JOB_SECONDS


async def test_a_tick_passes_while_the_run_before_goes_on(two: World) -> None:
    began, go_on, runs = asyncio.Event(), asyncio.Event(), 0

    async def slow(_: Machinery) -> None:
        nonlocal runs
        runs += 1
        began.set()
        await go_on.wait()

    one = OneAtATime(slow)
    first = asyncio.ensure_future(one(two.machinery))
    await began.wait()
    assert [await one(two.machinery) for _ in range(20)] == [False] * 20
    go_on.set()
    assert await first
    assert await one(two.machinery)
    assert runs == 2


async def test_a_sweep_that_is_killed_lets_the_next_one_run(two: World) -> None:
    async def dies(_: Machinery) -> None:
        await asyncio.Event().wait()

    one = OneAtATime(dies)
    run = asyncio.ensure_future(one(two.machinery))
    await asyncio.sleep(0)
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)
    assert not one.running
    await PERIODIC["v1.sweep"](two.machinery)


@pytest.mark.parametrize(
    ("error", "watched", "said"),
    [
        (None, True, "told by Outlook"),
        (None, False, "looked for"),
        ("PermanentData status=400 code=ValidationError request-id=x", False, "Is the web process up?"),
        ("TimeoutError", False, "did not answer in time"),
        ("NotReached status=None code=ConnectError request-id=-", True, "could not be reached"),
    ],
)
def test_how_changes_come_to_us_is_said_in_words(error: str | None, said: str, *, watched: bool) -> None:
    assert said in watch_words(error, "9:00am", watched=watched)


async def test_a_mailbox_knows_its_two_feeds_apart(two: World) -> None:
    await two.sandbox.control.fault("create_subscription", "status", status=503, skip=2)
    async with listening(two):
        await keep_subscriptions(two.machinery)
    rows = await two.rows("SELECT address, watch_error, mail_watch_error FROM mailboxes ORDER BY address")
    assert {row["address"] for row in rows} == {MAILBOX, OTHER}
    errors = [row["watch_error"] for row in rows] + [row["mail_watch_error"] for row in rows]
    assert sum(error is not None for error in errors) == 1
