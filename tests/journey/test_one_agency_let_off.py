"""One agency is let off a meeting to come, and nobody else hears of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from service.domain.answers import Answer, Way
from service.domain.requests import Wishes
from service.workflow.errors import BadReasonError, CannotInviteError
from service.workflow.reply import GivenAnswer, record_answer
from service.workflow.safe_route import StoppedPlace
from service.workflow.withdraw_agency import withdraw_agency
from tests.journey.world import POLICE, SOCIAL_WORKER, TUESDAY_NINE, Desk, World, a_request, a_world, reference_of


async def test_it_is_told_once_leaves_the_event_and_nobody_else_hears_of_it(world: World) -> None:
    received = await world.receive(a_request(wishes=Wishes(start=TUESDAY_NINE + timedelta(days=7))))
    reference = reference_of(received)
    await world.settle()
    levels = {row["role"]: row["level"] for row in await world.rows("SELECT role, level FROM requirements")}
    role = next(role for role in ("school_nurse", "school") if levels.get(role) not in {None, "core"})
    address = f"{role.replace('_', '.')}@lewisham.example"
    others = {each: await world.delivered(each) for each in (SOCIAL_WORKER, POLICE.at("lewisham"))}
    before = await world.delivered(address)
    await withdraw_agency(
        world.services, "lewisham", reference, StoppedPlace(role), reason="not_involved", actor="staff:a"
    )
    await world.settle()
    assert await world.delivered(address) - before == {"message": 1, "cancel": 1}
    assert {each: await world.delivered(each) for each in others} == others
    chases = await world.rows(
        "SELECT DISTINCT c.state FROM chases c JOIN requirements r ON r.id = c.requirement_id WHERE r.role = :role",
        role=role,
    )
    assert [row["state"] for row in chases] == ["not_sent"]
    (event,) = await world.rows("SELECT actor, data FROM audit_events WHERE action = 'planning:requirement:withdrawn'")
    assert (event["actor"], event["data"]["because"]) == ("staff:a", "not_involved")
    core = next(each for each, level in levels.items() if level == "core")
    with pytest.raises(CannotInviteError, match="must come"):
        await withdraw_agency(
            world.services, "lewisham", reference, StoppedPlace(core), reason="not_involved", actor="a"
        )
    with pytest.raises(BadReasonError):
        await withdraw_agency(world.services, "lewisham", reference, StoppedPlace(core), reason="tired", actor="a")
    assert await world.chains_hold()


async def test_the_only_guest_of_an_event_leaves_it_too(engine: AsyncEngine) -> None:
    nurse = Desk("school_nurse")
    async with a_world(engine, desks=(nurse,)) as world:
        received = await world.receive(a_request(wishes=Wishes(start=TUESDAY_NINE + timedelta(days=7))))
        await world.settle()
        assert await world.delivered(nurse.at("lewisham")) == {"invite": 1, "message": 1}
        place = StoppedPlace("school_nurse")
        await withdraw_agency(
            world.services, "lewisham", reference_of(received), place, reason="not_involved", actor="staff:a"
        )
        await world.settle()
        assert await world.delivered(nurse.at("lewisham")) == {"invite": 1, "message": 2, "cancel": 1}
        assert await world.rows("SELECT id FROM outbox WHERE state <> 'done'") == []


async def test_what_it_had_answered_needs_no_matching_while_it_still_stands_on_the_event(world: World) -> None:
    received = await world.receive(a_request(wishes=Wishes(start=TUESDAY_NINE + timedelta(days=7))))
    reference = reference_of(received)
    await world.settle()
    levels = {row["role"]: row["level"] for row in await world.rows("SELECT role, level FROM requirements")}
    role = next(role for role in ("school_nurse", "school") if levels.get(role) not in {None, "core"})
    given = GivenAnswer(
        Answer.MAYBE,
        Way.OUTLOOK,
        world.clock.now(),
        f"outlook:{role}:maybe",
        address=f"{role.replace('_', '.')}@lewisham.example",
    )
    assert (await record_answer(world.services, "lewisham", reference, given, actor="outlook")).new
    await withdraw_agency(
        world.services, "lewisham", reference, StoppedPlace(role), reason="not_involved", actor="staff:a"
    )
    assert not (await record_answer(world.services, "lewisham", reference, given, actor="outlook")).new
    assert len(await world.rows("SELECT id FROM answers")) == 1
    assert await world.rows("SELECT id FROM tasks WHERE kind = 'unmatched_answer'") == []
    later = replace(given, natural_key=f"outlook:{role}:no", answer=Answer.NO)
    assert (await record_answer(world.services, "lewisham", reference, later, actor="outlook")).new
    assert len(await world.rows("SELECT id FROM tasks WHERE kind = 'unmatched_answer'")) == 1, (
        "a new word is no old one"
    )
