"""A worker is killed at every point where it waits, for every act there is; whoever comes next finishes it once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest

from service.domain.requests import Wishes
from service.scheduler.dispatch import dispatch
from service.store.changes.outbox import LEASE
from service.workflow.deliveries import Received
from service.workflow.meetings import NewTime, cancel_meeting, move_meeting
from tests.journey.crashing import AfterEachReply, crash_at, waits_of
from tests.journey.world import SOCIAL_WORKER, TUESDAY_NINE, World, a_request, reference_of

# Far enough off that business time can pass for the chases without the meeting starting.
START = TUESDAY_NINE + timedelta(days=7, hours=5)

Staged = Callable[[World], Awaitable[tuple[Received, Counter[str]]]]


async def _asked(world: World) -> Received:
    return await world.receive(a_request(wishes=Wishes(start=START)))


async def create(world: World) -> tuple[Received, Counter[str]]:
    return await _asked(world), Counter(invite=1, message=1)


async def message(world: World) -> tuple[Received, Counter[str]]:
    received = await _asked(world)
    (event,) = await world.due()
    await dispatch(world.machinery, event)
    return received, Counter(invite=1, message=1)


async def update(world: World) -> tuple[Received, Counter[str]]:
    received = await _asked(world)
    await world.pump()
    later = NewTime(START + timedelta(hours=2))
    await move_meeting(world.services, "lewisham", reference_of(received), later, actor="officer")
    return received, Counter(invite=1, update=1, message=2)


async def cancel(world: World) -> tuple[Received, Counter[str]]:
    received = await _asked(world)
    await world.pump()
    reference = reference_of(received)
    await cancel_meeting(world.services, "lewisham", reference, reason="facts_now_clear", actor="officer")
    return received, Counter(invite=1, cancel=1, message=2)


async def chase(world: World) -> tuple[Received, Counter[str]]:
    received = await _asked(world)
    await world.pump()
    await world.change(
        "UPDATE chases SET due_at = :now WHERE step = 1 AND state = 'due' AND meeting_id = "
        "(SELECT id FROM meetings WHERE reference = :reference)",
        now=world.clock.now(),
        reference=reference_of(received),
    )
    assert await world.chase() == 1
    return received, Counter(invite=1, message=2)


ACTS: dict[str, tuple[Staged, str]] = {
    "create": (create, "create_event"),
    "message": (message, "message"),
    "update": (update, "update_event"),
    "cancel": (cancel, "cancel_event"),
    "chase": (chase, "message"),
}


async def _the_row(world: World, kind: str) -> UUID:
    """The one intent of this kind that is due; the others of a cancelled meeting wait for nobody."""
    due = await world.due()
    rows = await world.rows("SELECT id FROM outbox WHERE kind = :kind AND id = ANY(:due)", kind=kind, due=due)
    assert len(rows) == 1
    row: UUID = rows[0]["id"]
    return row


async def _recovered(world: World, received: Received, expected: Counter[str], where: str) -> None:
    await world.quiet()
    world.real.wait(LEASE + timedelta(seconds=1))
    await world.settle()
    reference = reference_of(received)
    events = [event for event in await world.events() if reference in event["subject"]]
    assert [event["cancelled"] for event in events] == [expected["cancel"] > 0], where
    assert await world.delivered(SOCIAL_WORKER, reference) == expected, where
    unfinished = await world.rows("SELECT kind, state FROM outbox WHERE state <> 'done'")
    assert unfinished == [], where


@pytest.mark.parametrize("act", ACTS)
async def test_a_worker_killed_at_any_wait_leaves_an_act_that_is_finished_once(small: World, act: str) -> None:
    staged, kind = ACTS[act]
    small.through(AfterEachReply)
    waits = 0
    # The first run also fetches a token and opens connections; the second waits as often as the ones to come.
    for _ in range(2):
        await small.sandbox.control.post("reset")
        received, expected = await staged(small)
        waits = await waits_of(dispatch(small.machinery, await _the_row(small, kind)))
        await _recovered(small, received, expected, "nothing went wrong")
    points = 0
    for wait in range(1, waits + 1):
        await small.sandbox.control.post("reset")
        received, expected = await staged(small)
        points += await crash_at(dispatch(small.machinery, await _the_row(small, kind)), wait)
        await _recovered(small, received, expected, f"{act} killed at wait {wait} of {waits}")
    assert points >= waits * 0.9, f"only {points} of {waits} waits were crashed at"
    assert await small.chains_hold()


async def test_a_worker_killed_twice_still_leaves_one_of_everything(small: World) -> None:
    small.through(AfterEachReply)
    for first, second in ((14, 17), (17, 14), (19, 22), (24, 18), (28, 25)):
        await small.sandbox.control.post("reset")
        received, expected = await create(small)
        row = await _the_row(small, "create_event")
        await crash_at(dispatch(small.machinery, row), first)
        await small.quiet()
        small.real.wait(LEASE + timedelta(seconds=1))
        await crash_at(dispatch(small.machinery, row), second)
        await _recovered(small, received, expected, f"killed at {first} and again at {second}")
