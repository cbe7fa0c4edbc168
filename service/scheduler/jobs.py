"""The jobs arq runs: thin, named, versioned. One may run twice or never; what it does stands in the database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import structlog
from arq import cron, func
from arq.cron import CronJob
from arq.worker import Function

from service.scheduler import sweeps
from service.scheduler.address_codes import keep_addresses
from service.scheduler.attendance import read_reports
from service.scheduler.comparing import compare_calendars
from service.scheduler.incoming import read_mail
from service.scheduler.machinery import Machinery
from service.scheduler.online_look import look_at_online
from service.scheduler.parts import OneAtATime, Part, PartsFailedError, run_parts
from service.scheduler.places import is_away, place_of
from service.scheduler.queue import DISPATCH, READ_MAIL, READ_MAILBOX
from service.scheduler.replies import read_mailbox
from service.scheduler.stumbles import dispatch_or_stumble
from service.scheduler.watching import TRY_SECONDS, keep_subscriptions
from service.store.changes import heartbeats
from service.workflow import long_imports
from service.workflow.policies_in_force import look_again
from service.workflow.seats import sweep_holds
from service.workflow.what_if import do_next

if TYPE_CHECKING:
    from arq.typing import WorkerCoroutine

log = structlog.get_logger(__name__)

MACHINERY = "machinery"
Context = dict[Any, Any]
# Longer than one Graph conversation with its own deadline; shorter than a lease, so that a stuck job frees its row.
JOB_SECONDS = 55
_MOST_TRIES = 50
_HEARTBEAT_SECONDS = 5.0


async def _dispatch(ctx: Context, row_id: str) -> None:
    machinery: Machinery = ctx[MACHINERY]
    freed = await dispatch_or_stumble(machinery, UUID(row_id))
    await machinery.services.wake.outbox(freed)
    if freed:
        # What tells the agencies has been woken: nothing waits for this.
        await _look(machinery, UUID(row_id))


async def _look(machinery: Machinery, row_id: UUID) -> None:
    try:
        await look_at_online(machinery, row_id)
    except Exception as error:  # noqa: BLE001 - the row has ended well; trying the job again would look at nothing
        log.error("online meeting not looked at", row=str(row_id), error=type(error).__name__, place=place_of(error))


async def _read_mailbox(ctx: Context, mailbox_id: str) -> None:
    try:
        await read_mailbox(ctx[MACHINERY], UUID(mailbox_id))
    except Exception as error:  # noqa: BLE001 - arq would log its text; the mailbox is read again at the next sweep
        log.error("mailbox not read", mailbox=mailbox_id, error=type(error).__name__, place=place_of(error))


async def _read_mail(ctx: Context, mailbox_id: str) -> None:
    try:
        await read_mail(ctx[MACHINERY], UUID(mailbox_id))
    except Exception as error:  # noqa: BLE001 - as above
        log.error("mail not read", mailbox=mailbox_id, error=type(error).__name__, place=place_of(error))


async def _holds(machinery: Machinery) -> None:
    await sweep_holds(machinery.services)


async def _policies(machinery: Machinery) -> None:
    await look_again(machinery.services)


# A job may take 55 seconds, so that a stuck one is ended by its own parts' times and says which part it was.
_DUE = (
    Part("chases", sweeps.sweep_chases, 18),
    Part("holds", _holds),
    Part("replacements", sweeps.sweep_replacements, 15),
    Part("outbox", sweeps.sweep_outbox),
    Part("mailboxes", sweeps.sweep_mailboxes),
)
_UPKEEP = (
    Part("policies", _policies),
    Part("minutes", sweeps.sweep_minutes),
    Part("disagreements", sweeps.sweep_disagreements),
    # What asks Outlook comes last.
    Part("stopped", sweeps.probe_stopped, sweeps.PROBE_SECONDS + 2),
    Part("subscriptions", keep_subscriptions, TRY_SECONDS + 2),
)


async def _due(machinery: Machinery) -> None:
    await run_parts(machinery, _DUE)


async def _upkeep(machinery: Machinery) -> None:
    await run_parts(machinery, _UPKEEP)


def _periodic(name: str, work: Callable[[Machinery], Awaitable[None]]) -> Callable[[Context], Awaitable[None]]:
    """A periodic job with its dead-man's switch: it writes down that it ran, and whether it ended well."""
    one = OneAtATime(work)

    async def run(ctx: Context) -> None:
        machinery: Machinery = ctx[MACHINERY]
        error: str | None = None
        try:
            if not await one(machinery):
                log.info("tick passed over, the run before goes on", job=name)
                return
        except PartsFailedError as failed:
            error = str(failed)
        except Exception as failed:  # noqa: BLE001 - the next tick tries again; the heartbeat tells that this one failed
            error = type(failed).__name__
            log.error("periodic job failed", job=name, error=error, place=place_of(failed))
        try:
            async with asyncio.timeout(_HEARTBEAT_SECONDS), machinery.services.engine.begin() as conn:
                await heartbeats.beat(conn, name, machinery.services.real_now(), error)
        except Exception as failed:  # noqa: BLE001 - a heartbeat that stops is what tells of it
            log.error("no heartbeat", job=name, error=type(failed).__name__, away=is_away(failed))

    run.__qualname__ = name
    return run


async def _compare(machinery: Machinery) -> None:
    await compare_calendars(machinery)


async def _who_was_there(machinery: Machinery) -> None:
    await read_reports(machinery)


async def _addresses(machinery: Machinery) -> None:
    await keep_addresses(machinery)


async def _what_if(machinery: Machinery) -> None:
    await do_next(machinery.services)


async def _imports(machinery: Machinery) -> None:
    await long_imports.do_next(machinery.services)


PERIODIC: dict[str, Callable[[Machinery], Awaitable[None]]] = {
    "v1.sweep": _due,
    "v1.upkeep": _upkeep,
    # It asks at every tick whether this morning's comparison has been made, because a missed tick never comes back.
    "v1.drift": _compare,
    "v1.attendance": _who_was_there,
    "v1.addresses": _addresses,
    "v1.what_if": _what_if,
    "v1.directory": _imports,
}
"""Every periodic job by its name; each has a heartbeat under that name. Pages warn of one that stops, so a
migration takes a retired job's row away."""


def functions() -> list[Function]:
    """The jobs woken by name. Results are not kept: arq would refuse the same id for as long as it keeps one."""
    return [
        func(_dispatch, name=DISPATCH, keep_result=0, timeout=JOB_SECONDS, max_tries=_MOST_TRIES),
        func(_read_mailbox, name=READ_MAILBOX, keep_result=0, timeout=JOB_SECONDS, max_tries=_MOST_TRIES),
        # A round of mail takes as long as all its mails; the calendar's answers do not wait for it.
        func(_read_mail, name=READ_MAIL, keep_result=0, timeout=JOB_SECONDS, max_tries=_MOST_TRIES),
    ]


def cron_jobs(sweep_seconds: int) -> list[CronJob]:
    """The periodic jobs. ``unique`` makes many workers run each tick once; if it fails, rows are still claimed once."""
    quick, slow = set(range(0, 60, sweep_seconds)), set(range(0, 60, max(5, sweep_seconds)))
    ticks = dict.fromkeys(PERIODIC, slow) | {"v1.sweep": quick}
    return [
        cron(
            cast("WorkerCoroutine", _periodic(name, work)),
            name=f"cron:{name}",
            second=ticks[name],
            unique=True,
            run_at_startup=True,
            keep_result=0,
            timeout=JOB_SECONDS,
        )
        for name, work in PERIODIC.items()
    ]
