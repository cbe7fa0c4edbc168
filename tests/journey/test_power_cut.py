"""The power goes just before or just after a commit, a call of Graph or a command to Redis: whoever comes next finishes
what had begun, once."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import timedelta

import pytest

from service.scheduler.queue import DISPATCH, READ_MAILBOX
from service.store.changes.outbox import LEASE
from tests.journey.acts import ACTS, Staged, done_once, the_row
from tests.journey.dying import DIED
from tests.journey.test_crash_jobs import JOBS, anew, listening, wakes_are_followed
from tests.journey.world import MAILBOX, World

# Every so many boundaries are tried with the tests; ``--thorough`` tries each.
EVERY = 7


class Mortal:
    """Has jobs run by processes that die."""

    def __init__(self, process: asyncio.subprocess.Process, world: World, database_url: str, redis_url: str) -> None:
        self.died = 0
        self._process = process
        self._world = world
        self._asked = {
            "database_url": database_url,
            "redis_url": redis_url,
            "graph": asdict(world.sandbox.settings),
        }

    async def run(self, job: str, argument: str = "", die_at: int = 0) -> int:
        """Run a job, and die at a boundary; returns how many boundaries were passed."""
        times = {"now": self._world.clock.now().isoformat(), "real_now": self._world.real.now().isoformat()}
        door = {"notification_url": self._world.machinery.notification_url}
        asked = self._asked | times | door | {"job": job, "argument": argument, "die_at": die_at}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        async with asyncio.timeout(60):
            answer = json.loads(await self._process.stdout.readline())
        passed = int(answer["said"])
        # The first process of all tells Redis its scripts, so one that comes later may get by with a boundary less.
        assert answer["code"] == DIED or (answer["code"] == 0 and (not die_at or passed < die_at)), answer
        self.died += answer["code"] == DIED
        return passed


@asynccontextmanager
async def mortal(world: World, database_url: str, redis_url: str) -> AsyncIterator[Mortal]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.journey.dying", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield Mortal(process, world, database_url, redis_url)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


def points(boundaries: int, *, thorough: bool) -> range:
    """Which boundaries are tried, of so many."""
    return range(1, boundaries + 1, 1 if thorough else EVERY)


async def _cut_off(world: World, dying: Mortal, stage: Staged, kind: str, die_at: int) -> int:
    """Stage an act, have it cut off at a boundary, and see it finished; returns how many boundaries were passed."""
    await anew(world)
    received, expected = await stage(world)
    passed = await dying.run(DISPATCH, str(await the_row(world, kind)), die_at)
    await world.quiet()
    world.real.wait(LEASE + timedelta(seconds=1))
    await world.settle()
    await done_once(world, received, expected, f"{stage.__name__} cut off at boundary {die_at}")
    assert await world.chains_hold()
    return passed


@pytest.mark.timeout(1800)
async def test_an_act_cut_off_at_any_boundary_is_finished_once(
    small: World, journey_database: str, redis_url: str, thorough: bool
) -> None:
    tried = 0
    async with mortal(small, journey_database, redis_url) as dying:
        for name, (stage, kind) in ACTS.items():
            boundaries = await _cut_off(small, dying, stage, kind, 0)
            for die_at in points(boundaries, thorough=thorough):
                await _cut_off(small, dying, stage, kind, die_at)
                tried += 1
            assert boundaries > 10, name
    assert dying.died >= tried * 0.9
    print(f"acts: cut off at {dying.died} boundaries")  # noqa: T201 - the number is part of the proof


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", JOBS)
async def test_a_job_cut_off_at_any_boundary_is_finished_once_by_the_next(
    small: World, journey_database: str, redis_url: str, name: str, thorough: bool
) -> None:
    job = JOBS[name]
    reads = name == READ_MAILBOX
    async with mortal(small, journey_database, redis_url) as dying, listening(small):
        await anew(small)
        await job.stage(small)
        boundaries = await dying.run(name, str(small.mailbox_ids[MAILBOX]) if reads else "")
        tried = points(boundaries, thorough=thorough)
        for die_at in tried:
            await anew(small)
            await job.stage(small)
            await dying.run(name, str(small.mailbox_ids[MAILBOX]) if reads else "", die_at)
            await job.run(small)
            await wakes_are_followed(small)
            await job.holds(small, f"{name} cut off at boundary {die_at} of {boundaries}")
            assert await small.chains_hold()
    assert dying.died >= len(tried) * 0.9
    print(f"{name}: cut off at {dying.died} of {boundaries} boundaries")  # noqa: T201 - the number is part of the proof
