"""What one mailbox may send: a queue of chases delays no code, and a day's recipients end before Exchange says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from redis.asyncio import Redis

from service.domain.requests import Wishes
from service.outlook.adapter import GraphCalls
from service.outlook.gate import Gate, GatedGraph, GateLimits
from service.scheduler.address_codes import keep_addresses
from service.scheduler.dispatch import dispatch
from service.store.queries.directory import inboxes_for
from service.workflow.codes import ask_for_code
from service.workflow.inbox_edit import change_inbox
from tests.journey.acts import START
from tests.journey.world import SOCIAL_WORKER, World, a_request, reference_of


@pytest.fixture
async def gate(redis_url: str) -> AsyncIterator[Gate]:
    redis = Redis.from_url(redis_url)
    yield Gate(redis, GateLimits(mails_per_minute=3, urgent_mails=1))
    await redis.aclose()


async def _code(world: World) -> UUID:
    place = await world.one("SELECT id FROM requirements WHERE role = 'social_worker'")
    await ask_for_code(world.services, "lewisham", place["id"], actor="page:social_worker")
    (row,) = await world.rows("SELECT id FROM outbox WHERE detail ->> 'about' = 'code' AND state = 'waiting'")
    return UUID(str(row["id"]))


async def test_a_queue_of_chases_does_not_delay_a_code(world: World, gate: Gate) -> None:
    reference = reference_of(await world.receive(a_request(wishes=Wishes(start=START))))
    await world.pump()
    graph = world.machinery.graph

    def behind(mailbox_id: UUID) -> GraphCalls:
        return GatedGraph(graph(mailbox_id), gate, str(mailbox_id))

    def ahead(mailbox_id: UUID) -> GraphCalls:
        return GatedGraph(graph(mailbox_id), gate, str(mailbox_id), urgent=True)

    world.machinery = replace(world.machinery, graph=behind, graph_for_codes=ahead)
    await world.change("UPDATE chases SET due_at = :now WHERE step = 1 AND state = 'due'", now=world.clock.now())
    assert await world.chase() == 6
    await world.pump()
    sent = await world.one("SELECT count(*) AS n FROM outbox WHERE chase_id IS NOT NULL AND state = 'done'")
    assert sent["n"] == 3, "the minute is used up"
    code = await _code(world)
    assert (await world.due())[0] == code
    before = await world.delivered(SOCIAL_WORKER, reference)
    await dispatch(world.machinery, code)
    assert (await world.delivered(SOCIAL_WORKER, reference))["message"] == before["message"] + 1
    waiting = await world.rows("SELECT last_error FROM outbox WHERE chase_id IS NOT NULL AND state <> 'done'")
    assert len(waiting) == 3
    assert all(row["last_error"].startswith("mails") for row in waiting)


async def test_a_mailbox_that_sent_its_day_waits_with_a_task_and_goes_on_two_days_later(small: World) -> None:
    small.machinery = replace(small.machinery, recipients_per_day=100)
    await small.receive(a_request(wishes=Wishes(start=START)))
    await small.change(
        "INSERT INTO recipient_counts (partnership_id, mailbox_id, day, recipients)"
        " SELECT partnership_id, id, :day, 98 FROM mailboxes",
        day=small.clock.now().date(),
    )
    assert await small.pump() == 1
    assert await small.live_events() == 0
    waiting = await small.rows("SELECT last_error, attempts FROM outbox WHERE kind = 'create_event'")
    assert waiting == [{"last_error": "recipients_per_day", "attempts": 1}]
    assert "mailbox_stopped" in await small.tasks()
    # Exchange counts 24 hours: the day after, some of them may still count.
    for wait, events in ((timedelta(days=1), 0), (timedelta(days=1), 1)):
        small.clock.wait(wait)
        small.real.wait(timedelta(minutes=10))
        await small.pump()
        assert await small.live_events() == events
    # A fiftieth of the day is for codes.
    await small.change("UPDATE recipient_counts SET recipients = 99 WHERE day = :day", day=small.clock.now().date())
    await dispatch(small.machinery, await _code(small))
    last = (await small.sandbox.control.inbox(SOCIAL_WORKER))[-1]
    assert "one-time code" in last["subject"]


async def test_a_code_for_a_new_address_waits_until_the_mailbox_s_day_is_over(small: World) -> None:
    small.machinery = replace(small.machinery, recipients_per_day=100)
    await small.change(
        "INSERT INTO recipient_counts (partnership_id, mailbox_id, day, recipients)"
        " SELECT partnership_id, id, :day, 98 FROM mailboxes",
        day=small.clock.now().date(),
    )
    async with small.engine.connect() as conn:
        (inbox,) = await inboxes_for(conn, "lewisham")
    await change_inbox(small.services, "lewisham", inbox.id, {"address": "new.desk@lewisham.example"}, actor="amy")
    assert await keep_addresses(small.machinery) == 0
    small.clock.wait(timedelta(days=2))
    small.real.wait(timedelta(minutes=10))
    assert await keep_addresses(small.machinery) == 1
