"""What waits for a person can be read, done and dropped; a delivery is opened only for a reason, and never unseen."""

from __future__ import annotations

from uuid import uuid4

import pytest

from service.domain.requests import Wishes
from service.workflow.desk import close_held_item, close_task, drop_task, list_held, list_tasks
from service.workflow.errors import NoReasonError, NoSuchHeldItemError, NoSuchTaskError
from service.workflow.held import hold_item
from service.workflow.identity import open_held_item
from tests.journey.world import World, a_request

BODY = b'{"child": "Keziah Fennimore"}'
OPENED = "SELECT actor, data FROM audit_events WHERE action = 'identity:held_item:opened'"


async def _hold(world: World) -> str:
    return await hold_item(
        world.services,
        "lewisham",
        door="webhook:test",
        delivery_id="d-1",
        kind="request",
        problem="A field is missing.",
        body=BODY,
    )


async def test_a_task_is_done_or_dropped_once_and_by_somebody(small: World) -> None:
    await small.receive(a_request(wishes=Wishes()))
    first, second, *_ = await list_tasks(small.services, "lewisham")
    await close_task(small.services, "lewisham", first.id, actor="command:amy")
    await drop_task(small.services, "lewisham", second.id, actor="command:amy")
    ended = await small.rows("SELECT id, state, closed_by FROM tasks WHERE state <> 'open'")
    assert {(row["id"], row["state"], row["closed_by"]) for row in ended} == {
        (first.id, "done", "command:amy"),
        (second.id, "dropped", "command:amy"),
    }
    assert {task.id for task in await list_tasks(small.services, "lewisham")}.isdisjoint({first.id, second.id})
    for end in (close_task, drop_task):
        for missing in (first.id, second.id, uuid4()):
            with pytest.raises(NoSuchTaskError):
                await end(small.services, "lewisham", missing, actor="command:amy")
    assert await small.chains_hold()


async def test_another_partnership_s_task_is_not_ours_to_end(small: World) -> None:
    await small.receive(a_request())
    task, *_ = await list_tasks(small.services, "lewisham")
    with pytest.raises(NoSuchTaskError):
        await close_task(small.services, "wirral", task.id, actor="command:amy")


async def test_dealing_with_a_delivery_closes_its_task(small: World) -> None:
    reference = await _hold(small)
    assert [item.reference for item in await list_held(small.services, "lewisham")] == [reference]
    assert await small.tasks() == {"needs_a_person"}
    await close_held_item(small.services, "lewisham", reference, actor="command:amy")
    assert await list_held(small.services, "lewisham") == []
    assert await small.tasks() == set()
    with pytest.raises(NoSuchHeldItemError):
        await close_held_item(small.services, "lewisham", reference, actor="command:amy")


async def test_a_delivery_is_read_for_a_reason_and_the_audit_says_by_whom(small: World) -> None:
    reference = await _hold(small)
    read = await open_held_item(small.services, "lewisham", reference, reason=" to type it in ", actor="command:amy")
    assert read == BODY
    assert await small.one(OPENED) == {
        "actor": "command:amy",
        "data": {"item": reference, "reason": "to type it in", "columns": ["sealed_body"]},
    }
    assert await small.chains_hold()


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201, "a\nb"])
async def test_a_delivery_is_not_read_without_a_reason_that_can_be_kept(small: World, reason: str) -> None:
    reference = await _hold(small)
    with pytest.raises(NoReasonError):
        await open_held_item(small.services, "lewisham", reference, reason=reason, actor="command:amy")
    assert await small.rows(OPENED) == []


async def test_an_opening_that_cannot_be_audited_opens_nothing(small: World) -> None:
    reference = await _hold(small)
    await small.change("ALTER TABLE audit_events ADD CONSTRAINT nobody CHECK (action <> 'identity:held_item:opened')")
    try:
        with pytest.raises(Exception, match="nobody"):
            await open_held_item(small.services, "lewisham", reference, reason="to read it", actor="command:amy")
    finally:
        await small.change("ALTER TABLE audit_events DROP CONSTRAINT nobody")


async def test_neither_an_erased_delivery_nor_a_neighbour_s_is_opened(small: World) -> None:
    reference = await _hold(small)
    with pytest.raises(NoSuchHeldItemError):
        await open_held_item(small.services, "wirral", reference, reason="to read it", actor="command:amy")
    await small.change("UPDATE held_items SET wrapped_key = NULL")
    with pytest.raises(NoSuchHeldItemError):
        await open_held_item(small.services, "lewisham", reference, reason="to read it", actor="command:amy")
