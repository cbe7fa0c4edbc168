"""The queue: arq over Redis, carrying ids only. It wakes people up and remembers nothing: the database is the truth.

JSON instead of arq's default pickle, because whoever can write to Redis must not be able to run code in a worker.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from arq.connections import ArqRedis
from arq.constants import job_key_prefix
from arq.jobs import serialize_job
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from service.redis_address import pool_of

log = structlog.get_logger(__name__)

DISPATCH = "v1.dispatch"
READ_MAILBOX = "v1.read_mailbox"
READ_MAIL = "v1.read_mail"
QUEUE = "convene:queue"
# Each worker keeps a key of its own under this for as long as it lives; ``convene check`` counts them.
HEALTH = f"{QUEUE}:health:"

# A wake is worth nothing after an hour: by then a sweep has found its row many times over.
EXPIRES = timedelta(hours=1)
# A row is woken at most once in this time, so that sweeps cannot fill the queue while a worker is slow.
_ONCE_PER_SECONDS = 30
_PATIENCE_SECONDS = 2.0
# The queue is worked off by when its jobs were due: one that was due an hour ago comes before all that wait.
_AHEAD_MS = 3_600_000
# A row that is woken before it can be claimed is woken for nothing.
_JUST_AFTER_MS = 20


def dumps(job: dict[str, Any]) -> bytes:
    """A job as JSON. Ours hold plain values only; what arq adds of its own (an error it reports) is kept as text."""
    return json.dumps(job, default=lambda value: type(value).__name__).encode()


def loads(raw: bytes) -> dict[str, Any]:
    """A job back from JSON."""
    job: dict[str, Any] = json.loads(raw)
    return job


def open_queue(redis_url: str) -> ArqRedis:
    """A connection pool for the queue. Nothing is connected yet, so that a process starts while Redis is away."""
    pool = pool_of(
        redis_url,
        socket_connect_timeout=_PATIENCE_SECONDS,
        retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), 3),
        retry_on_error=[RedisConnectionError, RedisTimeoutError],
    )
    return ArqRedis(
        pool_or_conn=pool,
        job_serializer=dumps,
        job_deserializer=loads,
        default_queue_name=QUEUE,
        expires_extra_ms=int(EXPIRES.total_seconds() * 1000),
    )


class QueueWake:
    """``workflow.ports.Wake`` over arq. Never raises: an act that is committed does not fail because Redis is away."""

    def __init__(self, queue: ArqRedis, real_now: Callable[[], datetime]) -> None:
        self._queue = queue
        self._real_now = real_now

    async def outbox(self, ids: list[UUID], *, ahead: bool = False) -> None:
        """See ``Wake.outbox``."""
        await self._wake(DISPATCH, ids, ahead=ahead)

    async def mailbox(self, mailbox_id: UUID) -> None:
        """See ``Wake.mailbox``."""
        await self._wake(READ_MAILBOX, [mailbox_id])
        await self._wake(READ_MAIL, [mailbox_id])

    async def later(self, row: UUID, seconds: float) -> None:
        """Wake an outbox row once its turn at the gate has come. Business deferrals stay in the database."""
        await self._wake(DISPATCH, [row], after_ms=int(seconds * 1000) + _JUST_AFTER_MS)

    async def _wake(self, job: str, ids: list[UUID], *, ahead: bool = False, after_ms: int = 0) -> None:
        if not ids:
            return
        now_ms = int(self._real_now().timestamp() * 1000) + after_ms
        # A wake for later has a name of its own: that of the job which asks for it goes when that job ends.
        bucket = f"later-{now_ms // 1000}" if after_ms else str(now_ms // 1000 // _ONCE_PER_SECONDS)
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS), self._queue.pipeline(transaction=True) as pipe:
                for woken in ids:
                    _put(pipe, f"{job}:{woken}:{bucket}", job, str(woken), now_ms - (_AHEAD_MS if ahead else 0))
                await pipe.execute()
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("wake lost, a sweep will find it", job=job, count=len(ids), error=type(error).__name__)


def _put(pipe: Pipeline, job_id: str, job: str, argument: str, now_ms: int) -> None:
    """What ``ArqRedis.enqueue_job`` writes, without its three round trips for each job: on the way of every request
    they took a fifth of its time. A job that is waiting or running already is left as it is."""
    written = serialize_job(job, (argument,), {}, None, now_ms, serializer=dumps)
    pipe.set(job_key_prefix + job_id, written, px=EXPIRES, nx=True)
    pipe.zadd(QUEUE, {job_id: now_ms}, nx=True)
