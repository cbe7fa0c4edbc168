"""Every planned chase ends as sent, or as not sent because of a named reason; never after an answer, a cancellation or
the start."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from service.domain.answers import Answer, Way
from service.domain.attendance import Outcome
from service.domain.chasing import Silence
from service.domain.requests import Wishes
from service.workflow.attend import AttendanceGiven, record_attendance
from service.workflow.deliveries import Received
from service.workflow.meetings import NewTime, cancel_meeting, move_meeting
from service.workflow.reply import GivenAnswer, record_answer
from tests.journey.world import ONE_DESK, SOCIAL_WORKER, TUESDAY_NINE, Desk, World, a_request, a_world, reference_of

MANAGER = f"manager.{SOCIAL_WORKER}"
# A week ahead at two in the afternoon: the whole ladder lies between now and then.
START = TUESDAY_NINE + timedelta(days=7, hours=5)


async def asked(world: World) -> Received:
    received = await world.receive(a_request(wishes=Wishes(start=START)))
    await world.settle()
    return received


async def answers(
    world: World, received: Received, answer: Answer, *, key: str = "k", version: int | None = None
) -> None:
    given = GivenAnswer(answer, Way.PAGE, world.clock.now(), key, role="social_worker", version=version)
    await record_answer(world.services, "lewisham", reference_of(received), given, actor="page")


async def let_pass(world: World, until: datetime) -> None:
    """Business time goes on, and the worker is there whenever a chase falls due."""
    while world.clock.now() < until:
        (following,) = await world.rows("SELECT min(due_at) AS at FROM chases WHERE state = 'due'")
        world.clock.pass_to(max(world.clock.now(), min(following["at"] or until, until)))
        await world.chase()
        await world.settle()


async def ends(world: World) -> list[tuple[str, str]]:
    """Each chase of the meeting's version by step: to whom, and "sent" or why not."""
    rows = await world.rows('SELECT "to", state, not_sent_because AS why FROM chases ORDER BY version, step')
    return [(row["to"], row["why"] or row["state"]) for row in rows]


async def every_chase_is_explained(world: World) -> None:
    rows = await world.rows("SELECT state, not_sent_because AS why, finished_at FROM chases")
    assert rows
    for row in rows:
        assert row["state"] in {"sent", "not_sent"}
        assert row["finished_at"] is not None
        assert (row["why"] is None) == (row["state"] == "sent")
        assert row["why"] is None or row["why"] == "not_delivered" or Silence(row["why"])


async def test_a_silent_agency_is_chased_up_the_whole_ladder_and_then_phoned(small: World) -> None:
    await asked(small)
    await let_pass(small, START + timedelta(hours=1))
    assert await ends(small) == [("inbox", "sent"), ("duty_desk", "sent"), ("manager", "sent"), ("phone", "sent")]
    assert await small.delivered(SOCIAL_WORKER) == Counter(invite=1, message=2)
    assert await small.delivered(MANAGER) == Counter(message=2)
    (task,) = await small.rows("SELECT detail, state, due_at FROM tasks WHERE kind = 'phone_silent'")
    assert "020 7946 0101" in task["detail"]
    assert task["due_at"] == START
    await every_chase_is_explained(small)
    assert await small.chains_hold()


@pytest.mark.parametrize("answer", [Answer.YES, Answer.NO, Answer.DEPUTY, Answer.REPORT])
async def test_an_agency_that_has_answered_hears_no_more(small: World, answer: Answer) -> None:
    received = await asked(small)
    await answers(small, received, answer)
    await let_pass(small, START)
    assert {why for _, why in await ends(small)} <= {"answered", "superseded"}
    assert await small.delivered(SOCIAL_WORKER) == Counter(invite=1, message=1)
    assert "phone_silent" not in await small.tasks()
    await every_chase_is_explained(small)


@pytest.mark.parametrize("answer", [Answer.MAYBE, Answer.ANOTHER_TIME])
async def test_maybe_and_another_time_leave_the_place_open_and_are_chased(small: World, answer: Answer) -> None:
    received = await asked(small)
    await answers(small, received, answer)
    await let_pass(small, START)
    assert {why for _, why in await ends(small)} == {"sent"}
    await every_chase_is_explained(small)


async def test_a_yes_between_the_due_time_and_the_sending_stops_the_chase(small: World) -> None:
    received = await asked(small)
    (first,) = await small.rows("SELECT due_at FROM chases WHERE step = 1")
    small.clock.pass_to(first["due_at"])
    await small.chase()
    await answers(small, received, Answer.YES)
    await small.settle()
    assert (await ends(small))[0] == ("inbox", "answered")
    assert (await small.delivered(SOCIAL_WORKER))["message"] == 1


async def test_an_answer_while_the_chase_is_half_sent_leaves_it_a_draft(small: World) -> None:
    received = await asked(small)
    (first,) = await small.rows("SELECT due_at FROM chases WHERE step = 1")
    small.clock.pass_to(first["due_at"])
    await small.chase()
    await small.sandbox.control.fault("send_message", "drop_before")
    await small.pump()
    await answers(small, received, Answer.YES)
    await small.settle()
    assert (await ends(small))[0] == ("inbox", "answered")
    assert (await small.delivered(SOCIAL_WORKER))["message"] == 1


async def test_a_chase_that_had_left_before_the_answer_is_recorded_as_sent(small: World) -> None:
    """Its reply was lost: the record must say what the agency has in its inbox."""
    received = await asked(small)
    (first,) = await small.rows("SELECT due_at FROM chases WHERE step = 1")
    small.clock.pass_to(first["due_at"])
    await small.chase()
    await small.sandbox.control.fault("send_message", "lose_reply_after_commit")
    await small.pump()
    await answers(small, received, Answer.YES)
    await small.settle()
    assert (await ends(small))[0] == ("inbox", "sent")
    assert (await small.delivered(SOCIAL_WORKER))["message"] == 2


@pytest.mark.parametrize("half_way", [False, True])
async def test_a_cancelled_meeting_is_chased_no_more_even_from_the_outbox(small: World, half_way: bool) -> None:
    received = await asked(small)
    (first,) = await small.rows("SELECT due_at FROM chases WHERE step = 1")
    small.clock.pass_to(first["due_at"])
    if half_way:
        await small.chase()
    await cancel_meeting(small.services, "lewisham", reference_of(received), reason="facts_now_clear", actor="officer")
    await let_pass(small, START)
    assert {why for _, why in await ends(small)} == {"cancelled"}
    subjects = [item["subject"] for item in await small.sandbox.control.inbox(SOCIAL_WORKER)]
    assert not any("please answer" in subject for subject in subjects)
    await every_chase_is_explained(small)


@pytest.mark.parametrize("half_way", [False, True])
async def test_a_moved_meeting_is_chased_for_its_new_time_only(small: World, half_way: bool) -> None:
    received = await asked(small)
    (first,) = await small.rows("SELECT due_at FROM chases WHERE step = 1")
    small.clock.pass_to(first["due_at"])
    if half_way:
        await small.chase()
    later = NewTime(START + timedelta(days=7))
    await move_meeting(small.services, "lewisham", reference_of(received), later, actor="officer")
    await let_pass(small, START + timedelta(days=7))
    ended = await ends(small)
    assert {why for _, why in ended[:4]} == {"moved"}
    assert [why for _, why in ended[4:]] == ["sent"] * 4
    await every_chase_is_explained(small)


async def test_a_yes_to_the_old_time_does_not_silence_the_chases_of_the_new(small: World) -> None:
    received = await asked(small)
    await small.says(SOCIAL_WORKER, received, "accept")
    later = NewTime(START + timedelta(days=1))
    await move_meeting(small.services, "lewisham", reference_of(received), later, actor="officer")
    assert await small.read() == 1
    await small.settle()
    assert await small.read() == 0
    assert (await small.one("SELECT version FROM answers"))["version"] == 1
    await let_pass(small, START + timedelta(days=1))
    assert (await ends(small))[-1] == ("phone", "sent")


async def test_a_yes_to_the_new_time_counts_although_the_reply_to_the_change_was_lost(small: World) -> None:
    received = await asked(small)
    later = NewTime(START + timedelta(days=1))
    await move_meeting(small.services, "lewisham", reference_of(received), later, actor="officer")
    await small.sandbox.control.fault("patch_event", "lose_reply_after_commit")
    await small.pump()
    await small.says(SOCIAL_WORKER, received, "accept")
    assert await small.read() == 1
    await small.settle()
    await let_pass(small, START + timedelta(days=1))
    assert {why for _, why in (await ends(small))[4:]} <= {"answered", "superseded"}


async def test_a_worker_away_for_thirty_hours_sends_the_last_step_and_explains_the_others(small: World) -> None:
    await asked(small)
    steps = await small.rows("SELECT step, due_at FROM chases ORDER BY step")
    # The first step in its hours; the sweep at four in the morning, thirty hours before the third, finds nothing due.
    for there in (steps[0]["due_at"], steps[2]["due_at"] - timedelta(hours=30)):
        small.clock.pass_to(there)
        await small.chase()
        await small.settle()
    small.clock.pass_to(steps[2]["due_at"] + timedelta(minutes=1))
    await small.chase()
    await small.settle()
    assert [why for _, why in await ends(small)] == ["sent", "superseded", "sent", "due"]
    assert await small.delivered(MANAGER) == Counter(message=1)
    await let_pass(small, START)
    await every_chase_is_explained(small)


async def test_outlook_away_for_two_steps_sends_only_the_later_one(small: World) -> None:
    """Both steps wait in the outbox when Outlook is back; nobody is chased twice in one breath."""
    await asked(small)
    steps = await small.rows("SELECT step, due_at FROM chases ORDER BY step")
    await small.sandbox.control.fault("*", "status", status=503, times=500)
    for step in steps[:3]:
        small.clock.pass_to(step["due_at"])
        await small.chase()
        await small.pump()
    await small.sandbox.control.post("reset")
    await small.settle()
    assert [why for _, why in await ends(small)] == ["superseded", "superseded", "sent", "due"]


async def test_nothing_is_chased_once_the_meeting_has_started(small: World) -> None:
    await asked(small)
    small.clock.pass_to(START + timedelta(minutes=1))
    await small.chase()
    await small.settle()
    assert {why for _, why in await ends(small)} == {"started"}
    await record_attendance(
        small.services,
        "lewisham",
        await _reference(small),
        [AttendanceGiven("social_worker", Outcome.ATTENDED)],
        actor="o",
    )
    await every_chase_is_explained(small)


async def _reference(world: World) -> str:
    return str((await world.one("SELECT reference FROM meetings"))["reference"])


async def test_a_chase_in_the_outbox_at_the_start_of_the_meeting_is_not_sent(small: World) -> None:
    await asked(small)
    (last,) = await small.rows("SELECT due_at FROM chases WHERE step = 3")
    small.clock.pass_to(last["due_at"])
    await small.chase()
    small.clock.pass_to(START)
    await small.settle()
    assert (await ends(small))[2] == ("manager", "started")


async def test_a_step_without_an_address_says_so(engine: AsyncEngine) -> None:
    async with a_world(engine, desks=[Desk("social_worker", manager="")]) as world:
        await asked(world)
        await let_pass(world, START)
        assert await ends(world) == [
            ("inbox", "sent"),
            ("duty_desk", "sent"),
            ("manager", "no_address"),
            ("phone", "sent"),
        ]
        await every_chase_is_explained(world)


async def test_a_chase_that_outlook_refuses_for_good_is_a_task_and_explained(small: World) -> None:
    await asked(small)
    (first,) = await small.rows("SELECT due_at FROM chases WHERE step = 1")
    small.clock.pass_to(first["due_at"])
    await small.chase()
    await small.sandbox.control.fault("create_message", "status", status=404)
    await small.settle()
    assert (await ends(small))[0] == ("inbox", "not_delivered")
    assert "not_delivered" in await small.tasks()


async def test_two_sweeps_at_once_chase_once(engine: AsyncEngine) -> None:
    async with a_world(engine, desks=ONE_DESK) as world:
        await asked(world)
        (first,) = await world.rows("SELECT due_at FROM chases WHERE step = 1")
        world.clock.pass_to(first["due_at"])
        await asyncio.gather(*(world.chase() for _ in range(5)))
        await world.settle()
        assert (await world.delivered(SOCIAL_WORKER))["message"] == 2
        sent = await world.rows("SELECT data FROM audit_events WHERE action = 'chasing:chase:sent'")
        assert len(sent) == 1
