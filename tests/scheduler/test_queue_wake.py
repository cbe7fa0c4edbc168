"""Waking a worker: what is written is what arq reads, once for each row, and a Redis that is away costs nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from arq.connections import ArqRedis
from arq.worker import Worker, func

from service.clock import real_now
from service.scheduler.queue import DISPATCH, QUEUE, READ_MAIL, READ_MAILBOX, QueueWake, dumps, loads, open_queue

ROWS = [UUID(int=number) for number in range(1, 4)]


@pytest.fixture
async def queue(redis_url: str) -> AsyncIterator[ArqRedis]:
    made = open_queue(redis_url)
    yield made
    await made.aclose(close_connection_pool=True)


async def _run_all(queue: ArqRedis) -> list[tuple[str, str]]:
    """What a worker was given, by its function's name, until nothing is queued."""
    seen: list[tuple[str, str]] = []

    async def dispatch(_: dict[object, object], row: str) -> None:
        seen.append((DISPATCH, row))

    async def read(_: dict[object, object], mailbox: str) -> None:
        seen.append((READ_MAILBOX, mailbox))

    async def read_mail(_: dict[object, object], mailbox: str) -> None:
        seen.append((READ_MAIL, mailbox))

    worker = Worker(
        functions=[
            func(dispatch, name=DISPATCH, keep_result=0),  # type: ignore[arg-type]
            func(read, name=READ_MAILBOX, keep_result=0),  # type: ignore[arg-type]
            func(read_mail, name=READ_MAIL, keep_result=0),  # type: ignore[arg-type]
        ],
        queue_name=QUEUE,
        redis_pool=queue,
        job_serializer=dumps,
        job_deserializer=loads,
        burst=True,
        poll_delay=0.01,
        handle_signals=False,
    )
    await worker.main()
    return seen


async def test_a_worker_gets_every_row_and_mailbox_that_was_woken(queue: ArqRedis) -> None:
    wake = QueueWake(queue, real_now)
    await wake.outbox(ROWS)
    await wake.mailbox(ROWS[0])
    reads = [(READ_MAILBOX, str(ROWS[0])), (READ_MAIL, str(ROWS[0]))]
    expected = [(DISPATCH, str(row)) for row in ROWS] + reads
    assert sorted(await _run_all(queue)) == sorted(expected)


async def test_a_row_woken_twice_is_queued_once_and_can_be_woken_again_when_done(queue: ArqRedis) -> None:
    wake = QueueWake(queue, lambda: real_now().replace(second=1))
    await wake.outbox(ROWS[:1])
    await wake.outbox(ROWS[:1])
    assert await queue.zcard(QUEUE) == 1
    assert len(await _run_all(queue)) == 1
    await wake.outbox(ROWS[:1])
    assert len(await _run_all(queue)) == 1


async def test_a_row_can_be_woken_for_later_by_the_very_job_that_works_on_it(queue: ArqRedis) -> None:
    wake = QueueWake(queue, real_now)
    seen: list[float] = []

    async def dispatch(_: dict[object, object], row: str) -> None:
        seen.append(real_now().timestamp())
        if len(seen) == 1:
            await wake.later(UUID(row), 0.3)

    worker = Worker(
        functions=[func(dispatch, name=DISPATCH, keep_result=0)],  # type: ignore[arg-type]
        queue_name=QUEUE,
        redis_pool=queue,
        job_serializer=dumps,
        job_deserializer=loads,
        burst=True,
        poll_delay=0.01,
        handle_signals=False,
    )
    await wake.outbox(ROWS[:1])
    await worker.main()
    assert len(seen) == 2
    assert seen[1] - seen[0] >= 0.3


async def test_a_wake_is_forgotten_after_an_hour(queue: ArqRedis) -> None:
    await QueueWake(queue, lambda: datetime(2026, 12, 1, 9, tzinfo=UTC)).outbox(ROWS[:1])
    (key,) = await queue.keys("arq:job:*")
    assert 0 < await queue.pttl(key) <= timedelta(hours=1).total_seconds() * 1000


async def test_nothing_to_wake_asks_redis_nothing() -> None:
    away = open_queue("redis://127.0.0.1:1/0")
    await QueueWake(away, real_now).outbox([])


async def test_a_redis_that_is_away_does_not_fail_what_was_committed() -> None:
    away = open_queue("redis://127.0.0.1:1/0")
    await QueueWake(away, real_now).outbox(ROWS)


async def test_a_code_is_worked_off_before_all_that_waited_before_it(queue: ArqRedis) -> None:
    wake, code = QueueWake(queue, real_now), UUID(int=99)
    await wake.outbox([UUID(int=number) for number in range(1, 60)])
    await wake.outbox([code], ahead=True)
    waiting = await queue.zrange(QUEUE, 0, 0)
    assert str(code) in waiting[0].decode()
