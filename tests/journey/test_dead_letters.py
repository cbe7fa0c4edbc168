"""What Graph refuses for good waits in front of a person, and goes out once when it is tried again."""

from __future__ import annotations

import pytest

from service.store.ids import new_id
from service.workflow.dead_letters import list_dead_letters, try_again
from service.workflow.errors import NoSuchRowError
from tests.journey.world import TUESDAY_NINE, World, a_request


async def _refused_once(world: World) -> str:
    await world.sandbox.control.fault("create_message", "status", status=404)
    received = await world.receive(a_request())
    await world.pump()
    return str(received.answer["meeting_reference"])


async def test_a_refused_message_is_listed_with_its_task_and_leaves_when_tried_again(world: World) -> None:
    reference = await _refused_once(world)
    waiting = await list_dead_letters(world.services, "lewisham")
    assert [(row.reference, row.kind) for row in waiting] == [(reference, "message")]
    assert await world.rows("SELECT id FROM tasks WHERE kind = 'not_delivered' AND state = 'open'")
    await try_again(world.services, "lewisham", waiting[0].id, actor="officer")
    await world.pump()
    assert await list_dead_letters(world.services, "lewisham") == []
    assert not await world.rows("SELECT id FROM tasks WHERE kind = 'not_delivered' AND state = 'open'")
    assert {row["state"] for row in await world.rows("SELECT state FROM invitations")} == {"sent"}


async def test_a_second_refusal_opens_a_second_task(world: World) -> None:
    await _refused_once(world)
    (waiting,) = await list_dead_letters(world.services, "lewisham")
    await try_again(world.services, "lewisham", waiting.id, actor="officer")
    await world.sandbox.control.fault("create_message", "status", status=404)
    await world.pump()
    states = await world.rows("SELECT state FROM tasks WHERE kind = 'not_delivered' ORDER BY created_at, id")
    assert sorted(task["state"] for task in states) == ["done", "open"]


async def test_only_what_waits_can_be_tried_again(world: World) -> None:
    with pytest.raises(NoSuchRowError):
        await try_again(world.services, "lewisham", new_id(TUESDAY_NINE), actor="officer")
