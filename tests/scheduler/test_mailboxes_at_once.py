"""Mailboxes that keep us waiting hold up no others, and one that fails is told once all were seen to."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest

from service.scheduler import parts
from service.scheduler.jobs import JOB_SECONDS
from service.scheduler.parts import MAILBOXES_AT_ONCE, PartsFailedError, each_mailbox


async def _one() -> int:
    return 1


async def _never() -> int:
    await asyncio.Event().wait()
    return 1


async def _broken() -> int:
    raise ValueError


async def test_what_all_of_them_came_to_is_counted() -> None:
    assert await each_mailbox([(uuid4(), _one) for _ in range(3 * MAILBOXES_AT_ONCE)]) == 3 * MAILBOXES_AT_ONCE
    assert await each_mailbox([]) == 0


async def test_slow_ones_and_a_broken_one_stop_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MAILBOX_SECONDS", 0.3)
    seen: list[int] = []

    async def well() -> int:
        seen.append(1)
        return 1

    works = [(uuid4(), _never) for _ in range(MAILBOXES_AT_ONCE - 1)] + [(uuid4(), well) for _ in range(40)]
    with pytest.raises(PartsFailedError) as failed:
        await each_mailbox([*works, (uuid4(), _broken)])
    assert len(seen) == 40
    assert {str(failed.value)} <= {
        "a mailbox: TimeoutError; a mailbox: ValueError",
        "a mailbox: ValueError; a mailbox: TimeoutError",
    }


async def test_nothing_is_begun_that_would_not_have_its_whole_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MAILBOX_SECONDS", 0.2)
    monkeypatch.setattr(parts, "BEGIN_SECONDS", 0.1)
    begun: set[UUID] = set()

    def slow(mailbox_id: UUID) -> tuple[UUID, object]:
        async def work() -> int:
            begun.add(mailbox_id)
            return await _never()

        return mailbox_id, work

    works = [slow(uuid4()) for _ in range(3 * MAILBOXES_AT_ONCE)]
    with pytest.raises(PartsFailedError):
        await each_mailbox(works)  # type: ignore[arg-type]
    assert len(begun) == MAILBOXES_AT_ONCE
    first = set(begun)
    for _ in range(40):
        with pytest.raises(PartsFailedError):
            await each_mailbox(works)  # type: ignore[arg-type]
        if begun - first:
            break
    assert begun - first, "another tick begins with others"


def test_one_mailbox_has_its_time_within_the_job() -> None:
    assert parts.BEGIN_SECONDS + parts.MAILBOX_SECONDS < JOB_SECONDS
