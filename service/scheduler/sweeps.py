"""Sweeps: find in the database what the queue lost, what has come due, and what has gone quiet.

arq wakes them in UTC every few seconds; which instant is "due" is decided here, in business time. A sweep holds no
lock: every row it finds is claimed on its own, so two sweeps at once do nothing twice.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from service.outlook.errors import GraphError
from service.outlook.gate import GateClosed
from service.scheduler.machinery import Machinery
from service.scheduler.parts import side_by_side
from service.store.changes import chases, disagreements, outbox, papers, tasks
from service.store.changes import mailboxes as changes
from service.store.queries import mailboxes
from service.store.queries.mailboxes import Mailbox
from service.workflow.chase import chase_due
from service.workflow.disagree import take_further
from service.workflow.exclude import replace_waiting
from service.workflow.minutes import remind_of_minutes

log = structlog.get_logger(__name__)
ACTOR = "scheduler"
LONGEST_PROBE_WAIT = timedelta(hours=1)
# A mailbox that answers at all answers in a second or two.
PROBE_SECONDS = 8.0


async def sweep_outbox(machinery: Machinery) -> list[UUID]:
    """Wake every outbox row that is due: new ones whose wake was lost, and those whose wait is over."""
    async with machinery.services.engine.connect() as conn:
        due = await outbox.due(conn, machinery.services.real_now())
    await machinery.services.wake.outbox(due)
    return due


async def sweep_chases(machinery: Machinery) -> int:
    """Deal with every chase whose time has come; returns how many. One that fails does not stop the others."""
    services = machinery.services
    async with services.engine.connect() as conn:
        due = await chases.due(conn, services.now())
    for chase_id, partnership, meeting_id in due:
        try:
            await services.wake.outbox(await chase_due(services, partnership, chase_id, meeting_id))
        except Exception as error:  # noqa: BLE001 - logged, counted by its staying due, and found by the next sweep
            log.error("chase failed", chase=str(chase_id), error=type(error).__name__)
    return len(due)


async def sweep_replacements(machinery: Machinery) -> int:
    """Call anew every meeting that was called off for it and has no new one yet; returns how many."""
    return await replace_waiting(machinery.services)


async def sweep_minutes(machinery: Machinery) -> int:
    """Remind of minutes that are due, or late; returns how many tasks that opened. One meeting stops no other's."""
    services, opened = machinery.services, 0
    async with services.engine.connect() as conn:
        wanted = await papers.minutes_wanted(conn, services.now())
    for each in wanted:
        try:
            opened += await remind_of_minutes(services, each)
        except Exception as error:  # noqa: BLE001 - logged, and found again by the next sweep
            log.error("no reminder of minutes", meeting=str(each.meeting_id), error=type(error).__name__)
    return opened


async def sweep_disagreements(machinery: Machinery) -> int:
    """Take each disagreement whose stage's time has run out to the next one; returns how many went."""
    services, moved = machinery.services, 0
    async with services.engine.connect() as conn:
        late = await disagreements.run_out(conn, services.now())
    for partnership, each in late:
        try:
            went = await take_further(services, partnership, each, actor=ACTOR, only_if_run_out=True)
            moved += went is not None
        except Exception as error:  # noqa: BLE001 - logged, and found again by the next sweep
            log.error("disagreement not taken further", disagreement=str(each), error=type(error).__name__)
    return moved


async def sweep_mailboxes(machinery: Machinery) -> list[UUID]:
    """Wake a read of every mailbox with an unread hint, and of every one not read for the polling interval."""
    services = machinery.services
    # Polling is about real minutes, but reads are stamped in business time: compare in business time.
    now = services.now()
    async with services.engine.connect() as conn:
        all_of_them = await mailboxes.every_mailbox(conn)
    quiet = machinery.business(timedelta(seconds=machinery.poll_seconds))
    wanted = [
        mailbox.id
        for mailbox in all_of_them
        if mailbox.state == "active"
        and (mailbox.read_wanted_at is not None or mailbox.read_at is None or now - mailbox.read_at >= quiet)
    ]
    for mailbox_id in wanted:
        await services.wake.mailbox(mailbox_id)
    return wanted


async def probe_stopped(machinery: Machinery) -> int:
    """Ask each stopped mailbox whether it works again; returns how many do. Its rows have lost nothing by waiting."""
    services = machinery.services
    async with services.engine.connect() as conn:
        all_of_them = await mailboxes.every_mailbox(conn)
    stopped = [each for each in all_of_them if each.state == "stopped" and _may_be_probed(each, services.now())]
    return sum(await side_by_side([_works_again(machinery, mailbox) for mailbox in stopped]))


async def _works_again(machinery: Machinery, mailbox: Mailbox) -> bool:
    services, graph = machinery.services, machinery.graph(mailbox.id)
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await graph.call("GET", "/users/{mailbox}/calendar", {"mailbox": mailbox.address})
    except (GraphError, GateClosed, TimeoutError) as error:
        log.warning("mailbox still stopped", mailbox=str(mailbox.id), why=str(error) or type(error).__name__)
        return False
    async with services.engine.begin() as conn:
        resumed = await changes.resume(conn, mailbox.partnership, mailbox.id, by=ACTOR, now=services.now())
        if resumed:
            await tasks.close_about(conn, mailbox.partnership, mailbox.id, by=ACTOR, now=services.now())
    return resumed


def _may_be_probed(mailbox: Mailbox, now: datetime) -> bool:
    """A mailbox may be readable although writing to it is refused: it resumes, and stops again at the next act. So
    each wait is as long as all that went before it, up to an hour; the first stop after a steady time waits for
    nothing."""
    if mailbox.stopped_at is None or mailbox.stopped_since is None:
        return True
    return now - mailbox.stopped_at >= min(mailbox.stopped_at - mailbox.stopped_since, LONGEST_PROBE_WAIT)
