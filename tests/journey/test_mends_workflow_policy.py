"""A meeting keeps the policy that planned it, whatever the partnership publishes afterwards."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.requests import Wishes
from service.policies.load import content
from service.workflow.bind import fill_gaps
from service.workflow.errors import NotReadyError
from service.workflow.meetings import NewTime, cancel_meeting, confirm_meeting, move_meeting
from service.workflow.policy import meeting_words, policy_of
from service.workflow.ports import Services
from tests.journey.world import TUESDAY_NINE, Desk, World, a_request, add_desk, reference_of

START = TUESDAY_NINE + timedelta(days=3)


async def _another_is_published(world: World) -> Services:
    """The services of a process that knows a newer policy, under which nothing of the old one could be done."""
    policy = world.services.policies["lewisham"]
    await world.change("UPDATE policy_versions SET content = CAST(:old AS jsonb)", old=json.dumps(content(policy)))
    newer = replace(policy, content_hash="f" * 64, meeting_types={}, ladders={})
    return replace(world.services, policies={"lewisham": newer})


async def _chases(world: World) -> list[tuple[int, str]]:
    rows = await world.rows("SELECT DISTINCT version, step, \"to\" FROM chases WHERE state = 'due' ORDER BY 1, 2")
    return [(row["step"], row["to"]) for row in rows]


async def test_a_meeting_is_confirmed_moved_filled_and_cancelled_under_its_own_policy(world: World) -> None:
    received = await world.receive(a_request(wishes=Wishes()))
    services, reference = await _another_is_published(world), reference_of(received)
    await confirm_meeting(services, "lewisham", reference, NewTime(START), actor="amy")
    planned = await _chases(world)
    assert planned
    await move_meeting(services, "lewisham", reference, NewTime(START + timedelta(hours=1)), actor="amy")
    assert await _chases(world) == planned
    await add_desk(world.engine, "lewisham", Desk("paediatrician"))
    assert len(await fill_gaps(services, "lewisham", actor="amy")) == 1
    moved = await cancel_meeting(services, "lewisham", reference, reason="replaced", actor="amy")
    assert moved.state == "cancelled"


async def test_the_words_of_a_meeting_type_are_those_it_was_planned_under(world: World) -> None:
    policy = world.services.policies["lewisham"]
    services = await _another_is_published(world)
    async with world.engine.connect() as conn:
        said = await meeting_words(services, conn, "lewisham", policy.content_hash, "strategy")
        assert said == policy.meeting_types["strategy"].name
        assert await policy_of(services, conn, "lewisham", policy.content_hash) == policy


async def test_a_policy_that_nobody_has_kept_is_said_to_be_missing(world: World) -> None:
    async with world.engine.connect() as conn:
        with pytest.raises(NotReadyError, match="not in the database"):
            await policy_of(world.services, conn, "lewisham", "0" * 64)
        with pytest.raises(NotReadyError):
            await policy_of(world.services, conn, "wirral", world.services.policies["lewisham"].content_hash)


async def test_a_meeting_can_be_called_off_even_when_its_policy_cannot_be_read(world: World) -> None:
    received = await world.receive(a_request(wishes=Wishes(start=START)))
    unreadable = replace(world.services, policies={})
    done = await cancel_meeting(unreadable, "lewisham", reference_of(received), reason="replaced", actor="amy")
    assert done.state == "cancelled"
