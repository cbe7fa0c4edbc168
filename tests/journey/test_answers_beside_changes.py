"""An answer counts for what its guest was looking at, and what somebody changes in Outlook is known when it is read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from service.domain.requests import Wishes
from service.workflow import drift
from service.workflow.meetings import NewTime, move_meeting
from tests.journey.test_changed_in_outlook import DRAGGED, OFFICER, START, at, in_outlook, open_kinds
from tests.journey.world import MAILBOX, ONE_DESK, SOCIAL_WORKER, World, a_request, a_world, reference_of

ANSWERS = "SELECT answer, version FROM answers ORDER BY version"
UNREAD = "SELECT detail, state, requirement_id FROM tasks WHERE kind = 'answers_unread'"
ROOM = "Town Hall, room 2"


@pytest.fixture
async def small(engine: AsyncEngine) -> AsyncIterator[World]:
    async with a_world(engine, desks=ONE_DESK) as made:
        yield made


@pytest.fixture
async def keeping(engine: AsyncEngine) -> AsyncIterator[World]:
    """An Exchange that forgets no answer when an event changes."""
    async with a_world(engine, desks=ONE_DESK, keep_answers=True) as made:
        yield made


async def invited(world: World) -> tuple[str, object]:
    received = await world.receive(a_request(wishes=Wishes(start=START)))
    await world.settle()
    await world.read()
    world.real.wait(timedelta(seconds=5))
    return reference_of(received), received


async def says(world: World, received: object, response: str) -> None:
    await world.sandbox.control.post("clock", at=world.clock.now().isoformat())
    await world.says(SOCIAL_WORKER, received, response)  # type: ignore[arg-type]
    world.clock.wait(timedelta(minutes=1))


async def chased(world: World, version: int) -> set[str]:
    rows = await world.rows("SELECT state FROM chases WHERE version = :version", version=version)
    return {row["state"] for row in rows}


async def to_the_room(world: World, reference: str) -> None:
    await move_meeting(
        world.services, "lewisham", reference, NewTime(START, mode="in_person", venue=ROOM), actor=OFFICER
    )


async def test_a_yes_to_the_old_place_is_none_to_the_new_one_that_has_not_left(small: World) -> None:
    reference, received = await invited(small)
    await to_the_room(small, reference)
    await says(small, received, "accept")
    await small.read()
    assert await small.rows(ANSWERS) == [{"answer": "yes", "version": 1}]
    await small.settle()
    await small.read()
    assert await chased(small, 2) == {"due"}


async def test_a_yes_to_the_new_place_counts_although_the_reply_that_it_had_left_was_lost(small: World) -> None:
    reference, received = await invited(small)
    await to_the_room(small, reference)
    await small.sandbox.control.fault("patch_event", "lose_reply_after_commit")
    await small.pump()
    assert (await small.one("SELECT handed_version FROM calendar_events"))["handed_version"] == 1
    await says(small, received, "accept")
    await small.read()
    assert await small.rows(ANSWERS) == [{"answer": "yes", "version": 2}]


@pytest.mark.parametrize("new", [NewTime(START, mode="in_person", venue=ROOM), NewTime(START + timedelta(hours=1))])
async def test_an_answer_that_outlook_keeps_over_a_move_is_one_to_what_stood_there_before(
    keeping: World, new: NewTime
) -> None:
    reference, received = await invited(keeping)
    await says(keeping, received, "accept")
    await move_meeting(keeping.services, "lewisham", reference, new, actor=OFFICER)
    await keeping.settle()
    await keeping.read()
    assert await keeping.rows(ANSWERS) == [{"answer": "yes", "version": 1}]
    assert await chased(keeping, 2) == {"due"}
    await says(keeping, received, "decline")
    await keeping.read()
    assert await keeping.rows(ANSWERS) == [{"answer": "yes", "version": 1}, {"answer": "no", "version": 2}]


async def test_a_dragged_event_is_told_when_it_is_read_and_is_no_news_again(small: World) -> None:
    await invited(small)
    await in_outlook(small, **at(DRAGGED))
    small.real.wait(timedelta(seconds=5))
    await small.read()
    (task,) = await small.rows("SELECT detail, state FROM tasks WHERE kind = 'event_drift'")
    assert task["state"] == "open"
    await small.sandbox.control.post("resync", mailbox=MAILBOX)
    await small.read()
    assert len(await small.rows("SELECT id FROM drifts")) == 1
    await in_outlook(small, **at(START))
    small.real.wait(timedelta(seconds=5))
    await small.read()
    assert await open_kinds(small) == set()
    assert "event_drift" not in await small.tasks()


async def test_a_guest_nobody_invited_is_told_when_it_is_read(small: World) -> None:
    await invited(small)
    guests = [
        {"type": "required", "emailAddress": {"address": each, "name": "x"}}
        for each in (SOCIAL_WORKER, "stranger@home.example")
    ]
    await in_outlook(small, attendees=guests)
    small.real.wait(timedelta(seconds=5))
    await small.read()
    assert await open_kinds(small) == {"guests"}


async def test_our_own_move_on_its_way_is_no_change_by_anybody_else(small: World) -> None:
    reference, _ = await invited(small)
    await move_meeting(small.services, "lewisham", reference, NewTime(START + timedelta(hours=1)), actor=OFFICER)
    await small.sandbox.control.fault("patch_event", "lose_reply_after_commit")
    await small.pump()
    await small.read()
    await small.settle()
    await small.read()
    assert await open_kinds(small) == set()


async def test_an_answer_not_read_before_a_drag_is_a_task_and_an_answer_once_that_time_is_taken_over(
    keeping: World,
) -> None:
    reference, received = await invited(keeping)
    await says(keeping, received, "decline")
    await in_outlook(keeping, **at(DRAGGED))
    keeping.real.wait(timedelta(seconds=5))
    assert await keeping.read() == 0
    await keeping.sandbox.control.post("resync", mailbox=MAILBOX)
    await keeping.read()
    (task,) = await keeping.rows(UNREAD)
    assert "Ask again: social worker" in task["detail"]
    assert (task["state"], task["requirement_id"] is None) == ("open", False)
    await drift.adopt(keeping.services, "lewisham", reference, actor=OFFICER)
    await keeping.settle()
    await keeping.read()
    assert await keeping.rows(ANSWERS) == [{"answer": "no", "version": 2}]
    assert {each["state"] for each in await keeping.rows(UNREAD)} == {"done"}


async def test_what_was_answered_is_read_before_the_event_is_put_back_and_forgets_it(small: World) -> None:
    reference, received = await invited(small)
    await in_outlook(small, **at(DRAGGED))
    small.real.wait(timedelta(seconds=5))
    await small.read()
    await says(small, received, "decline")
    await drift.restore(small.services, "lewisham", reference, actor=OFFICER)
    await small.settle()
    await small.read()
    (guest,) = (await small.events())[0]["attendees"]
    assert guest["response"] == "none", "Outlook has forgotten it"
    (task,) = await small.rows(UNREAD)
    assert task["state"] == "open"
    assert await small.rows(ANSWERS) == []


async def test_an_answer_read_before_the_drag_is_asked_for_by_nobody(keeping: World) -> None:
    _, received = await invited(keeping)
    await says(keeping, received, "accept")
    await keeping.read()
    await in_outlook(keeping, **at(DRAGGED))
    await keeping.read()
    assert await keeping.rows(UNREAD) == []
