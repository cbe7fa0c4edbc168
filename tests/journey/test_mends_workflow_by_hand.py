"""Agencies that only a person reaches hear of every new time, and of a cancellation, as surely as the others."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from service.domain.answers import Answer, Way
from service.domain.requests import Exclusion, Wishes
from service.workflow.meetings import NewTime, cancel_meeting, confirm_meeting, move_meeting
from service.workflow.reply import GivenAnswer, record_answer
from tests.journey.test_never_left_out import nobody_is_left_out
from tests.journey.world import POLICE, TUESDAY_NINE, Desk, World, a_request, a_world, reference_of

START = TUESDAY_NINE + timedelta(days=1)
DESKS = (
    Desk("social_worker"),
    Desk("lcpp"),
    POLICE,
    Desk("school_nurse", channel="phone", address=""),
)
CALL_OFF = "SELECT detail, due_at FROM tasks WHERE kind = 'phone_cancellation' AND state = 'open' ORDER BY detail"


async def _done_by_hand(world: World, role: str) -> None:
    await world.change(
        "UPDATE tasks SET state = 'done', closed_at = created_at, closed_by = 'amy' WHERE state = 'open' AND "
        "kind IN ('no_inbox', 'must_not_be_told') AND "
        "requirement_id IN (SELECT id FROM requirements WHERE role = :role)",
        role=role,
    )


async def _off(world: World, reference: str) -> list[tuple[str, datetime]]:
    await cancel_meeting(world.services, "lewisham", reference, reason="facts_now_clear", actor="amy")
    return [(row["detail"], row["due_at"]) for row in await world.rows(CALL_OFF)]


async def test_a_cancellation_asks_for_a_call_to_each_agency_reached_outside_mail(engine: AsyncEngine) -> None:
    async with a_world(engine, desks=DESKS) as world:
        excluded = (Exclusion("police_child_protection", "works with the person alleged"),)
        received = await world.receive(a_request(exclusions=excluded))
        await world.settle()
        await _done_by_hand(world, "school")
        await _done_by_hand(world, "police_child_protection")
        calls = await _off(world, reference_of(received))
        start = TUESDAY_NINE + timedelta(hours=5)
        assert calls == [
            ("Phone school nurse desk on 020 7946 0101: the meeting is off.", start),
            ("Phone whoever comes for police child protection unit, by the safe route: the meeting is off.", start),
            ("Phone whoever comes for school (designated safeguarding lead): the meeting is off.", start),
        ]
        assert await world.tasks() == {"phone_cancellation"}
        assert await world.chains_hold()


async def test_a_place_that_answered_by_phone_is_called_and_an_agency_told_by_mail_is_not(engine: AsyncEngine) -> None:
    async with a_world(engine, desks=[Desk("social_worker")]) as world:
        received = await world.receive(a_request())
        await world.settle()
        given = GivenAnswer(Answer.YES, Way.PHONE, TUESDAY_NINE, "call-1", role="school", given_by="the head")
        await record_answer(world.services, "lewisham", reference_of(received), given, actor="amy")
        calls = await _off(world, reference_of(received))
        assert [detail for detail, _ in calls] == [
            "Phone whoever comes for school (designated safeguarding lead): the meeting is off."
        ]


async def test_a_meeting_that_never_had_a_time_is_called_off_without_a_call(engine: AsyncEngine) -> None:
    async with a_world(engine, desks=DESKS) as world:
        received = await world.receive(a_request(wishes=Wishes()))
        assert await _off(world, reference_of(received)) == []


async def test_every_new_time_asks_again_for_whoever_no_message_reaches(engine: AsyncEngine) -> None:
    async with a_world(engine, desks=DESKS) as world:
        received = await world.receive(a_request(wishes=Wishes()))
        reference = reference_of(received)
        await confirm_meeting(world.services, "lewisham", reference, NewTime(START), actor="amy")
        await world.settle()
        await _expect_for(world, START, 1)
        await _done_by_hand(world, "school")
        world.clock.wait(timedelta(hours=1))
        later = START + timedelta(days=1)
        await move_meeting(world.services, "lewisham", reference, NewTime(later), actor="amy")
        await world.settle()
        await _expect_for(world, later, 2)


async def _expect_for(world: World, start: datetime, version: int) -> None:
    """Every gap and every phoned desk has one open task, about this version and its start."""
    await nobody_is_left_out(world)
    tasks = await world.rows(
        "SELECT key, detail, due_at FROM tasks WHERE state = 'open' "
        "AND kind IN ('no_inbox', 'must_not_be_told', 'phone_invitation')"
    )
    gaps = await world.rows("SELECT id FROM requirements WHERE state IN ('no_inbox', 'stopped')")
    assert len(tasks) == len(gaps) + 1
    assert {task["due_at"] for task in tasks} == {start}
    assert all(task["key"].endswith(f":{version}") for task in tasks)
    assert all(f"{start.day} December" in task["detail"] for task in tasks), tasks


async def test_a_move_takes_back_the_call_to_whoever_was_silent_about_the_old_time(world: World) -> None:
    received = await world.receive(a_request(wishes=Wishes(start=START)))
    await world.settle()
    world.clock.pass_to(START - timedelta(minutes=30))
    for _ in range(6):
        await world.chase()
    assert "phone_silent" in await world.tasks()
    later = NewTime(START + timedelta(days=2))
    await move_meeting(world.services, "lewisham", reference_of(received), later, actor="amy")
    assert "phone_silent" not in await world.tasks()
