"""An agency that is reached by phone only: a call for the officer, and an invitation once it has been made."""

from __future__ import annotations

from sqlalchemy import update

from service.domain.answers import Answer, Way
from service.domain.requests import Wishes
from service.store.tables import inboxes
from service.workflow.reply import GivenAnswer, record_answer
from tests.journey.world import TUESDAY_NINE, World, a_request


async def test_the_call_is_a_task_until_an_answer_is_typed_in(world: World) -> None:
    async with world.engine.begin() as conn:
        await conn.execute(update(inboxes).where(inboxes.c.role == "school_nurse").values(channel="phone", address=""))
    received = await world.receive(a_request())
    await world.pump()
    call = "SELECT state FROM tasks WHERE kind = 'phone_invitation'"
    assert await world.one(call) == {"state": "open"}
    given = GivenAnswer(Answer.MAYBE, Way.PHONE, TUESDAY_NINE, "call-1", role="school_nurse", given_by="the desk")
    recorded = await record_answer(
        world.services, "lewisham", received.answer["meeting_reference"], given, actor="officer"
    )
    assert recorded.counted
    assert await world.one(call) == {"state": "done"}


async def test_a_meeting_without_a_time_asks_for_no_call_yet(world: World) -> None:
    async with world.engine.begin() as conn:
        await conn.execute(update(inboxes).where(inboxes.c.role == "school_nurse").values(channel="phone", address=""))
    await world.receive(a_request(wishes=Wishes()))
    assert await world.rows("SELECT id FROM tasks WHERE kind = 'phone_invitation'") == []
