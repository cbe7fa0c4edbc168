"""Is this process alive, can it work, and the figures a monitoring system reads. No identity, no reference."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiohttp import web

from service.handlers.keys import READY_CHECKS, SERVICES, ReadyCheck
from service.handlers.logs import Log, log
from service.handlers.metrics import METRICS, Metrics
from service.store.queries.health import Backlog, Heartbeat, every_heartbeat, whole_backlog

_CHECK_SECONDS = 3


async def live(_: web.Request) -> web.Response:
    """GET /health/live: this process answers."""
    return web.json_response({"status": "live"})


async def _passes(check: ReadyCheck) -> bool:
    name, run = check
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            await run()
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a part, the answer is "not ready"
        log.warning(Log.NOT_READY, check=name, error=type(error).__name__)
        return False
    return True


async def ready(request: web.Request) -> web.Response:
    """GET /health/ready: 200 when every part this process needs answers, else 503 naming the parts that do not."""
    checks = request.app[READY_CHECKS]
    passed = await asyncio.gather(*(_passes(check) for check in checks))
    words = {name: "pass" if ok else "fail" for (name, _), ok in zip(checks, passed, strict=True)}
    whole = all(passed)
    return web.json_response(
        {"status": "ready" if whole else "not_ready", "checks": words}, status=200 if whole else 503
    )


async def metrics(request: web.Request) -> web.Response:
    """GET /metrics: this process's counters, and what waits in the records."""
    services, figures = request.app[SERVICES], request.app[METRICS]
    try:
        async with asyncio.timeout(_CHECK_SECONDS), services.engine.connect() as conn:
            _show(figures, await whole_backlog(conn, services.now(), services.real_now()))
            _show_jobs(figures, await every_heartbeat(conn))
    except Exception as error:  # noqa: BLE001 - without the records the process's own counters are still worth having
        log.warning(Log.NOT_READY, check="records", error=type(error).__name__)
        figures.records.clear()
        figures.jobs.clear()
    return figures.exposition()


def _show(figures: Metrics, backlog: Backlog) -> None:
    figures.records.clear()
    for (partnership, state), count in backlog.outbox.items():
        figures.records.labels(partnership, "outbox", state).set(count)
    for kind, state, counts in (
        ("chase", "due", backlog.chases_due),
        ("task", "open", backlog.tasks_open),
        ("held_item", "open", backlog.held_open),
        ("mailbox", "stopped", backlog.mailboxes_stopped),
        ("glass", "broken", backlog.glass_broken),
    ):
        for partnership, count in counts.items():
            figures.records.labels(partnership, kind, state).set(count)


def _show_jobs(figures: Metrics, beats: Sequence[Heartbeat]) -> None:
    figures.jobs.clear()
    for beat in beats:
        figures.jobs.labels(beat.job).set(beat.last_success_at.timestamp() if beat.last_success_at else 0)
