"""A worker is killed at every point where it waits, for every act there is; whoever comes next finishes it once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from service.scheduler.dispatch import dispatch
from service.store.changes.outbox import LEASE
from service.workflow.deliveries import Received
from tests.journey.acts import ACTS, create, done_once, the_row
from tests.journey.crashing import AfterEachReply, crash_at, waits_of
from tests.journey.world import World

# A chase travels as any message does, so every third of its waits is enough; ``--thorough`` tries each one.
STRIDE = {"create": 1, "message": 1, "update": 2, "cancel": 2, "chase": 3, "code": 3}
STRIDE |= {"add": 6, "let off": 7, "add by phone": 7, "call anew": 7}
STRIDE |= {"stop, half made": 7, "call off, half made": 5}


async def _recovered(world: World, received: Received, expected: Counter[str], where: str) -> None:
    await world.quiet()
    world.real.wait(LEASE + timedelta(seconds=1))
    await world.settle()
    await done_once(world, received, expected, where)


# Every wait of an act takes minutes; the part that is tried by default takes seconds.
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("act", ACTS)
async def test_a_worker_killed_at_any_wait_leaves_an_act_that_is_finished_once(
    small: World, act: str, thorough: bool
) -> None:
    staged, kind = ACTS[act]
    stride = 1 if thorough else STRIDE[act]
    small.through(AfterEachReply)
    waits = 0
    # The first run also fetches a token and opens connections; the second waits as often as the ones to come.
    for _ in range(2):
        await small.sandbox.control.post("reset")
        received, expected = await staged(small)
        waits = await waits_of(dispatch(small.machinery, await the_row(small, kind)))
        await _recovered(small, received, expected, "nothing went wrong")
    points = 0
    for wait in range(1, waits + 1, stride):
        await small.sandbox.control.post("reset")
        received, expected = await staged(small)
        points += await crash_at(dispatch(small.machinery, await the_row(small, kind)), wait)
        await _recovered(small, received, expected, f"{act} killed at wait {wait} of {waits}")
    assert points >= waits // stride * 0.9, f"only {points} of {waits} waits were crashed at"
    assert await small.chains_hold()


async def test_a_worker_killed_twice_still_leaves_one_of_everything(small: World) -> None:
    small.through(AfterEachReply)
    for first, second in ((14, 17), (17, 14), (19, 22), (24, 18), (28, 25)):
        await small.sandbox.control.post("reset")
        received, expected = await create(small)
        row = await the_row(small, "create_event")
        await crash_at(dispatch(small.machinery, row), first)
        await small.quiet()
        small.real.wait(LEASE + timedelta(seconds=1))
        await crash_at(dispatch(small.machinery, row), second)
        await _recovered(small, received, expected, f"killed at {first} and again at {second}")
