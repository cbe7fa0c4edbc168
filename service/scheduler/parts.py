"""The parts of a periodic job: each has its own time and its own failure, so that none holds up or stops another."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import structlog

from service.scheduler.machinery import Machinery
from service.scheduler.places import place_of

log = structlog.get_logger(__name__)
Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class Part:
    """One thing a periodic job does. ``seconds``, real ones, is the longest it may take; the next tick goes on."""

    name: str
    work: Callable[[Machinery], Awaitable[object]]
    seconds: float = 5.0


class PartsFailedError(Exception):
    """Raised by ``run_parts`` once every part was tried: what failed, as ``part: error``, joined by semicolons.

    The heartbeat keeps it, and ``web.operations.failed_words`` says it on the page.
    """

    def __init__(self, failed: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{part}: {error}" for part, error in failed))


async def run_parts(machinery: Machinery, parts: Sequence[Part]) -> None:
    """Do each part in turn, whatever became of those before it.

    Raises:
        PartsFailedError: one or more failed or took too long.
    """
    failed: list[tuple[str, str]] = []
    for part in parts:
        try:
            async with asyncio.timeout(part.seconds):
                await part.work(machinery)
        except Exception as error:  # noqa: BLE001 - told by the heartbeat; every part finds its own work again
            failed.append((part.name, type(error).__name__))
            log.error("part of a job failed", part=part.name, error=type(error).__name__, place=place_of(error))
    if failed:
        raise PartsFailedError(failed)


class OneAtATime:
    """Lets a tick pass while the run before it still goes on in this process.

    On a machine that is too busy a run takes longer than the time between two ticks. Runs that pile up take each
    other's database connections and the worker's places for jobs, until all of them are ended half done.
    """

    def __init__(self, work: Callable[[Machinery], Awaitable[None]]) -> None:
        self._work = work
        self._running = False

    @property
    def running(self) -> bool:
        """Whether a run goes on."""
        return self._running

    async def __call__(self, machinery: Machinery) -> bool:
        """Do the work, and return True; False where a run goes on already."""
        if self._running:
            return False
        self._running = True
        try:
            await self._work(machinery)
        finally:
            self._running = False
        return True


async def side_by_side(works: Sequence[Coroutine[Any, Any, Kept]]) -> list[Kept]:
    """Do all of them at once, because one mailbox that keeps us waiting must not hold up the others'; what each came
    to, in order. Each one sees to its own failures."""
    if len(works) == 1:
        return [await works[0]]
    return list(await asyncio.gather(*works))


MAILBOX_SECONDS = 38.0
"""Real seconds one mailbox may take of a job of 55."""
BEGIN_SECONDS = 12.0
"""Real seconds after which no other mailbox is begun, so that each has its whole time; the next tick goes on."""
MAILBOXES_AT_ONCE = 8


async def each_mailbox(works: Sequence[tuple[UUID, Callable[[], Awaitable[int]]]]) -> int:
    """Do something with each mailbox, a few at once and each within its own time; the sum of what it came to.

    In no order: those that keep us waiting must not be the first ones at every tick, and nothing need remember which
    they were.

    Raises:
        PartsFailedError: one or more failed or took too long; the others were seen to.
    """
    loop, waiting = asyncio.get_running_loop(), list(works)
    random.shuffle(waiting)
    until, came, failed = loop.time() + BEGIN_SECONDS, [0], dict[str, None]()

    async def work_off() -> None:
        while waiting and loop.time() < until:
            mailbox_id, work = waiting.pop()
            try:
                async with asyncio.timeout(MAILBOX_SECONDS):
                    came.append(await work())
            except Exception as error:  # noqa: BLE001 - told by the heartbeat; the next tick finds its work again
                failed[type(error).__name__] = None
                log.error(
                    "mailbox not seen to", mailbox=str(mailbox_id), error=type(error).__name__, place=place_of(error)
                )

    await side_by_side([work_off() for _ in range(min(len(waiting), MAILBOXES_AT_ONCE))])
    if failed:
        raise PartsFailedError([("a mailbox", error) for error in failed])
    return sum(came)
