"""Outlook is away while the workers are well: all jobs end well, and whoever looks is told that the answers are old."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.london import words
from service.handlers.staleness import stale_now
from service.scheduler.jobs import PERIODIC
from service.store.changes import heartbeats
from tests.journey.world import MAILBOX, World, a_request


async def all_jobs(world: World) -> None:
    """A minute of a worker: whatever Outlook does, its periodic jobs end well and their heartbeats say so."""
    world.clock.wait(timedelta(minutes=1))
    world.real.wait(timedelta(minutes=1))
    for name in ("v1.sweep", "v1.upkeep", "v1.drift"):
        await PERIODIC[name](world.machinery)
        async with world.engine.begin() as conn:
            await heartbeats.beat(conn, name, world.real.now(), None)
    await world.read()
    await world.read_mail()


async def warning(world: World) -> str:
    async with world.engine.connect() as conn:
        return await stale_now(world.services, conn, "lewisham")


@pytest.mark.parametrize("operation", ["*", "delta", "mail_delta"])
async def test_hours_in_which_outlook_cannot_be_read_are_told_and_the_telling_ends_with_them(
    small: World, operation: str
) -> None:
    await small.receive(a_request())
    assert "have not been read yet" in await warning(small) or "has not begun" in await warning(small)
    for _ in range(2):
        await all_jobs(small)
    assert await warning(small) == ""
    last = small.clock.now()
    await small.sandbox.control.fault(operation, "status", status=503, times=100_000)
    for _ in range(4):
        await all_jobs(small)
    assert await warning(small) == "", "a poll and three minutes are nothing unusual"
    await all_jobs(small)
    assert f"last read on {words(last)}" in await warning(small)
    assert "Phone whoever cannot wait" in await warning(small)
    await small.mended()
    await all_jobs(small)
    assert await warning(small) == ""


async def test_a_mailbox_that_was_stopped_is_told_of_while_it_organises_a_meeting_to_come(small: World) -> None:
    await small.receive(a_request())
    await small.settle()
    await all_jobs(small)
    await small.change("UPDATE mailboxes SET state = 'stopped', stopped_at = :now", now=small.clock.now())
    await small.sandbox.control.post("mailbox", address=MAILBOX, denied=True)
    for _ in range(5):
        await all_jobs(small)
    assert "last read on" in await warning(small)
    await small.change("UPDATE meetings SET state = 'cancelled'")
    assert await warning(small) == "", "it is nobody's any more"


async def test_where_mail_is_not_read_or_outlook_refuses_it_only_the_calendar_counts(small: World) -> None:
    await small.receive(a_request())
    await all_jobs(small)
    await small.change("UPDATE mailboxes SET mail_read_at = :then", then=small.clock.now() - timedelta(days=1))
    assert "last read on" in await warning(small)
    without = replace(small.services, reads_mail=False)
    async with small.engine.connect() as conn:
        assert await stale_now(without, conn, "lewisham") == ""
    await small.change("UPDATE mailboxes SET mail_watch_refused_at = :now", now=small.clock.now())
    assert await warning(small) == ""
