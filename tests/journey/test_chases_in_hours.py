"""A chase that comes late waits until its agency opens, with one next step all the time; immediate risk waits for
nothing."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from service.domain.answers import Answer
from service.domain.facts import Urgency
from service.domain.night import EMERGENCY_DUTY
from service.domain.requests import Wishes
from service.workflow.dead_letters import try_again
from service.workflow.deliveries import Received
from service.workflow.meetings import NewTime, move_meeting
from tests.journey.test_never_unexplained_chase import answers, ends, every_chase_is_explained, let_pass
from tests.journey.world import MAILBOX, ONE_DESK, SOCIAL_WORKER, TUESDAY_NINE, World, a_request, a_world

# On the Wednesday of the week after, at two: the first two steps fall on Monday and Tuesday at two.
START = datetime(2026, 12, 9, 14, tzinfo=UTC)
TUESDAY_EVENING = datetime(2026, 12, 8, 19, 30, tzinfo=UTC)
WEDNESDAY_MORNING = datetime(2026, 12, 9, 9, tzinfo=UTC)
PUT_OFF = "SELECT data FROM audit_events WHERE action = 'chasing:chase:put_off'"


async def asked(world: World, start: datetime = START) -> Received:
    received = await world.receive(a_request(wishes=Wishes(start=start)))
    await world.settle()
    return received


async def sweep(world: World) -> None:
    await world.chase()
    await world.settle()


async def after_an_evening_without_a_worker(world: World) -> Received:
    received = await asked(world)
    await let_pass(world, START - timedelta(days=1, hours=1))
    assert await ends(world) == [("inbox", "sent"), ("duty_desk", "due"), ("manager", "due"), ("phone", "due")]
    world.clock.pass_to(TUESDAY_EVENING)
    await sweep(world)
    return received


async def test_a_worker_that_comes_back_at_night_lets_the_chase_wait_until_the_agency_opens(small: World) -> None:
    await after_an_evening_without_a_worker(small)
    assert await ends(small) == [("inbox", "sent"), ("duty_desk", "due"), ("manager", "due"), ("phone", "due")]
    assert (await small.one("SELECT due_at FROM chases WHERE step = 2"))["due_at"] == WEDNESDAY_MORNING
    assert (await small.one(PUT_OFF))["data"]["until"] == WEDNESDAY_MORNING.isoformat()
    # The sweeps of the night find nothing due, and put nothing off once more.
    small.clock.pass_to(WEDNESDAY_MORNING - timedelta(seconds=1))
    await sweep(small)
    assert len(await small.rows(PUT_OFF)) == 1
    small.clock.pass_to(WEDNESDAY_MORNING)
    await sweep(small)
    assert (await ends(small))[:3] == [("inbox", "sent"), ("duty_desk", "sent"), ("manager", "due")]
    await let_pass(small, START)
    assert {why for _, why in await ends(small)} == {"sent"}
    await every_chase_is_explained(small)
    assert await small.chains_hold()


async def test_an_answer_at_night_is_the_reason_why_the_chase_that_waited_is_not_sent(small: World) -> None:
    received = await after_an_evening_without_a_worker(small)
    await answers(small, received, Answer.YES)
    await let_pass(small, START)
    assert (await ends(small))[1] == ("duty_desk", "answered")
    await every_chase_is_explained(small)


async def test_a_chase_handed_over_in_the_day_that_outlook_takes_only_at_night_waits_too(small: World) -> None:
    await asked(small)
    await let_pass(small, START - timedelta(days=1, hours=1))
    await small.sandbox.control.fault("*", "status", status=503, times=500)
    small.clock.pass_to(START - timedelta(days=1))
    await small.chase()
    await small.pump()
    assert (await ends(small))[1] == ("duty_desk", "handed")
    small.clock.pass_to(TUESDAY_EVENING)
    await small.mended()
    await small.settle()
    assert (await ends(small))[1] == ("duty_desk", "due")
    assert (await small.one("SELECT due_at FROM chases WHERE step = 2"))["due_at"] == WEDNESDAY_MORNING
    before = await small.delivered(SOCIAL_WORKER)
    # Nothing of it holds up what comes meanwhile.
    await move_meeting(small.services, "lewisham", await _reference(small), NewTime(START + _HOUR), actor="o")
    await small.settle()
    assert await small.delivered(SOCIAL_WORKER) == before + Counter(update=1, message=1)
    await let_pass(small, START + _HOUR)
    await every_chase_is_explained(small)


_HOUR = timedelta(hours=1)


async def _reference(world: World) -> str:
    return str((await world.one("SELECT reference FROM meetings"))["reference"])


@pytest.mark.parametrize("left", [False, True])
async def test_a_draft_of_the_day_is_neither_sent_at_night_nor_forgotten_if_it_had_left(
    small: World, left: bool
) -> None:
    await asked(small)
    await let_pass(small, START - timedelta(days=1, hours=1))
    had = await small.delivered(SOCIAL_WORKER)
    await small.sandbox.control.fault("send_message", "lose_reply_after_commit" if left else "drop_before")
    small.clock.pass_to(START - timedelta(days=1))
    await small.chase()
    await small.pump()
    small.clock.pass_to(TUESDAY_EVENING)
    await small.settle()
    assert (await ends(small))[1] == ("duty_desk", "sent" if left else "due")
    await let_pass(small, START)
    assert [why for _, why in await ends(small)] == ["sent"] * 4
    # Whichever it was, once: the manager and the call are not of this inbox.
    address = (await small.one("SELECT escalation_address AS at FROM inboxes"))["at"]
    chased = [item for item in await small.sandbox.control.inbox(address) if "please answer" in item["subject"]]
    assert len(chased) == 2
    assert await small.delivered(SOCIAL_WORKER) == had
    messages = (await small.sandbox.control.state())["mailboxes"][MAILBOX]["messages"]
    assert not [message for message in messages if message["draft"]]
    await every_chase_is_explained(small)


async def test_the_call_is_on_the_list_at_night_and_the_mail_before_it_says_why_it_did_not_go(small: World) -> None:
    await asked(small)
    (last,) = await small.rows("SELECT due_at FROM chases WHERE step = 4")
    assert last["due_at"] == START - timedelta(hours=2)
    await small.change("UPDATE chases SET due_at = :at WHERE step = 4", at=WEDNESDAY_MORNING)
    small.clock.pass_to(TUESDAY_EVENING)
    await sweep(small)
    assert [why for _, why in await ends(small)] == ["superseded", "superseded", "due", "due"]


async def test_a_chase_that_could_only_come_after_the_start_leaves_at_night(small: World) -> None:
    early = datetime(2026, 12, 9, 8, 30, tzinfo=UTC)
    await asked(small, early)
    (third,) = await small.rows("SELECT due_at FROM chases WHERE step = 3")
    assert third["due_at"] < TUESDAY_EVENING
    small.clock.pass_to(third["due_at"] - timedelta(minutes=1))
    await sweep(small)
    await small.change("UPDATE chases SET state = 'not_sent', not_sent_because = 'superseded' WHERE step = 4")
    small.clock.pass_to(TUESDAY_EVENING)
    await sweep(small)
    assert (await ends(small))[2] == ("manager", "sent")


async def test_at_immediate_risk_nothing_waits_and_the_call_is_the_emergency_duty_teams(engine: AsyncEngine) -> None:
    async with a_world(engine, desks=ONE_DESK) as world:
        world.clock.pass_to(TUESDAY_NINE + timedelta(hours=9))
        start = world.clock.now() + timedelta(hours=4)
        await world.receive(a_request(urgency=Urgency.IMMEDIATE, wishes=Wishes(start=start)))
        await world.settle()
        await let_pass(world, start)
        assert [why for _, why in await ends(world)] == ["sent"] * 4
        assert await world.rows(PUT_OFF) == []
        (task,) = await world.rows("SELECT owner FROM tasks WHERE kind = 'phone_silent'")
        assert task["owner"] == EMERGENCY_DUTY


async def test_one_that_is_tried_again_by_hand_at_night_is_due_in_the_morning(small: World) -> None:
    await asked(small)
    await let_pass(small, START - timedelta(days=1, hours=1))
    await small.sandbox.control.fault("create_message", "status", status=404)
    small.clock.pass_to(START - timedelta(days=1))
    await sweep(small)
    assert (await ends(small))[1] == ("duty_desk", "not_delivered")
    small.clock.pass_to(TUESDAY_EVENING)
    (row,) = await small.rows("SELECT id FROM outbox WHERE state = 'exhausted'")
    await try_again(small.services, "lewisham", row["id"], actor="officer")
    await small.settle()
    assert (await ends(small))[1] == ("duty_desk", "due")
    await let_pass(small, START)
    assert (await ends(small))[1] == ("duty_desk", "sent")
    await every_chase_is_explained(small)
