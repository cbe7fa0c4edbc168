"""The worker process: arq around the scheduler's jobs, made to outlive Redis, deploys and bad minutes."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC
from functools import lru_cache
from uuid import UUID

import structlog
from arq.worker import Worker
from redis.exceptions import RedisError

from service import logs
from service.clock import real_now
from service.commands.compose import build_services, clock_of, engine_of, spare_start_up
from service.commands.outlook import graph_settings, limits_of
from service.outlook.adapter import GraphCalls, open_graph
from service.outlook.gate import Gate, GatedGraph
from service.outlook.render import warm
from service.redis_address import client_of
from service.scheduler.jobs import MACHINERY, cron_jobs, functions
from service.scheduler.machinery import Machinery
from service.scheduler.queue import EXPIRES, HEALTH, QUEUE, QueueWake, dumps, loads, open_queue
from service.settings import Settings

log = structlog.get_logger(__name__)

MAX_JOBS = 40
POLL_SECONDS = 0.03
# Jobs in progress stay in the queue's list, so what is read must exceed what all workers together may be running.
QUEUE_READ = 500
FINISH_SECONDS = 45
_REDIS_AGAIN_SECONDS = 1.0


@asynccontextmanager
async def open_machinery(settings: Settings) -> AsyncIterator[Machinery]:
    """Everything the jobs need, opened in one event loop and closed with it."""
    async with AsyncExitStack() as stack:
        engine = engine_of(settings)
        stack.push_async_callback(engine.dispose)
        queue = open_queue(settings.redis_url.get_secret_value())
        stack.push_async_callback(queue.aclose, close_connection_pool=True)
        redis = client_of(settings.redis_url.get_secret_value())
        stack.push_async_callback(redis.aclose)
        graph = await stack.enter_async_context(open_graph(graph_settings(settings)))
        gate, clock = Gate(redis, limits_of(settings)), clock_of(settings)

        @lru_cache(maxsize=256)
        def gated(mailbox_id: UUID) -> GraphCalls:
            return GatedGraph(graph, gate, str(mailbox_id))

        @lru_cache(maxsize=256)
        def ahead(mailbox_id: UUID) -> GraphCalls:
            return GatedGraph(graph, gate, str(mailbox_id), urgent=True)

        wake = QueueWake(queue, real_now)
        yield Machinery(
            services=build_services(settings, engine, wake),
            graph=gated,
            notification_url=settings.graph_notification_url,
            lifecycle_url=settings.graph_notification_url.replace("/graph/notifications", "/graph/lifecycle"),
            poll_seconds=settings.poll_seconds,
            business=clock.business,
            graph_now=clock.now if settings.graph_is_sandbox else real_now,
            reads_mail=settings.graph_read_mail,
            graph_for_codes=ahead,
            recipients_per_day=settings.graph_recipients_per_day,
            wake_later=wake.later,
        )


def make_worker(settings: Settings, machinery: Machinery) -> Worker:
    """One arq worker. It handles no signals: ``work`` does, so that a stop burns no job's try."""
    return Worker(
        functions=functions(),
        cron_jobs=cron_jobs(settings.sweep_seconds),
        queue_name=QUEUE,
        redis_pool=open_queue(settings.redis_url.get_secret_value()),
        job_serializer=dumps,
        job_deserializer=loads,
        max_jobs=MAX_JOBS,
        poll_delay=POLL_SECONDS,
        queue_read_limit=QUEUE_READ,
        keep_result=0,
        log_results=False,
        handle_signals=False,
        health_check_interval=15,
        # Of its own: arq deletes a shared key when any one worker stops.
        health_check_key=f"{HEALTH}{socket.gethostname()}:{id(machinery)}",
        timezone=UTC,
        expires_extra_ms=int(EXPIRES.total_seconds() * 1000),
        ctx={MACHINERY: machinery},
    )


async def work(settings: Settings, stop: asyncio.Event) -> None:
    """Open everything, and work until told to stop."""
    async with open_machinery(settings) as machinery:
        await warm()
        spare_start_up()
        log.info("worker ready")
        await keep_working(settings, machinery, stop)


async def keep_working(settings: Settings, machinery: Machinery, stop: asyncio.Event) -> None:
    """Work until told to stop. When Redis goes away, or another server of it leads, the worker is made anew until it is
    back; nothing is lost, because what is due stands in the database."""
    while not stop.is_set():
        worker = make_worker(settings, machinery)
        running, stopping = asyncio.ensure_future(worker.main()), asyncio.ensure_future(stop.wait())
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        await _wind_down(worker, running)
        stopping.cancel()
        if not stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _REDIS_AGAIN_SECONDS)


async def _wind_down(worker: Worker, running: asyncio.Future[None]) -> None:
    """Take no more jobs, let those under way finish, then close."""
    running.cancel()
    with suppress(asyncio.CancelledError):
        try:
            await running
        except (RedisError, OSError) as error:
            log.warning("redis is away, the worker starts again", error=type(error).__name__)
    tasks = list(worker.tasks.values())
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=FINISH_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    with suppress(RedisError, OSError):
        await worker.pool.aclose(close_connection_pool=True)


def run(settings: Settings) -> None:
    """Run the worker process until SIGTERM or SIGINT."""
    logs.set_up(settings.log_level, "worker")
    asyncio.run(_until_signalled(settings))


async def _until_signalled(settings: Settings) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await work(settings, stop)
    log.info("worker stopped")
