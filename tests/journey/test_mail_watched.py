"""The inbox of an organiser mailbox is watched like its calendar; where that is refused, its mail is polled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from service.outlook.subscriptions import LIFETIME, RENEW_BEFORE
from service.scheduler.incoming import read_mail
from service.scheduler.watching import REFUSED_WAIT, keep_subscriptions
from tests.journey.test_mail_to_read import a_mail, asked
from tests.journey.world import MAILBOX, ONE_DESK, TUESDAY_NINE, World, a_world
from tests.outlook.stage import serving


class Ear:
    """Our doors for Graph, as small as they can be."""

    def __init__(self) -> None:
        self.heard = asyncio.Event()

    async def hears(self, request: web.Request) -> web.Response:
        token = request.query.get("validationToken")
        if token is not None:
            return web.Response(text=token, content_type="text/plain")
        self.heard.set()
        return web.Response(status=202)


@pytest.fixture
async def watched(engine: AsyncEngine) -> AsyncIterator[tuple[World, Ear]]:
    ear, app = Ear(), web.Application()
    app.router.add_post("/graph/{kind}", ear.hears)
    async with serving(app) as address, a_world(engine, desks=ONE_DESK, epoch=TUESDAY_NINE) as world:
        here = f"{address}/graph"
        world.machinery = replace(
            world.machinery, notification_url=f"{here}/notifications", lifecycle_url=f"{here}/lifecycle"
        )
        yield world, ear


async def _resources(world: World) -> list[str]:
    held = (await world.sandbox.control.state(calls=False))["subscriptions"]
    return sorted(each["resource"] for each in held)


EVENTS, INBOX = f"users/{MAILBOX}/events", f"users/{MAILBOX}/mailFolders('inbox')/messages"


async def test_a_mail_that_comes_in_is_notified_and_read(watched: tuple[World, Ear]) -> None:
    world, ear = watched
    received = await asked(world)
    assert await keep_subscriptions(world.machinery) == 2
    assert await _resources(world) == [EVENTS, INBOX]
    assert await keep_subscriptions(world.machinery) == 0
    await world.read_mail()
    ear.heard.clear()
    await world.mails(a_mail(f"Re: {received.answer['meeting_reference']}"))
    async with asyncio.timeout(10):
        await ear.heard.wait()
    assert await read_mail(world.machinery, world.mailbox_ids[MAILBOX]) == 1
    (row,) = await world.rows("SELECT mail_subscription_expires_at AS ends_at FROM mailboxes")
    # Renewed before its end, both of them, and never doubled.
    world.clock.wait(LIFETIME - RENEW_BEFORE + timedelta(minutes=1))
    await world.sandbox.control.post("clock", at=world.clock.now().isoformat())
    assert await keep_subscriptions(world.machinery) == 2
    assert await _resources(world) == [EVENTS, INBOX]
    (later,) = await world.rows("SELECT mail_subscription_expires_at AS ends_at FROM mailboxes")
    assert later["ends_at"] > row["ends_at"]


async def test_without_the_right_to_read_mail_events_are_watched_and_mail_is_asked_for_once_an_hour(
    watched: tuple[World, Ear],
) -> None:
    world, _ = watched
    await world.sandbox.control.fault("create_subscription", "status", status=403, skip=1)
    assert await keep_subscriptions(world.machinery) == 1
    assert await _resources(world) == [EVENTS]
    assert (await world.one("SELECT state FROM mailboxes"))["state"] == "active"
    assert await keep_subscriptions(world.machinery) == 0
    world.clock.wait(REFUSED_WAIT)
    world.real.wait(REFUSED_WAIT)
    assert await keep_subscriptions(world.machinery) == 1
    assert await _resources(world) == [EVENTS, INBOX]
    assert (await world.one("SELECT mail_watch_refused_at AS at FROM mailboxes"))["at"] is None
    world.machinery = replace(world.machinery, reads_mail=False)
    await world.change("UPDATE mailboxes SET mail_subscription_id = NULL")
    assert await keep_subscriptions(world.machinery) == 0
