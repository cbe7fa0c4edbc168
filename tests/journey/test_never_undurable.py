"""Accepted means durable: what was answered is committed, what was not is not there, and asking again is safe."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from service.domain.answers import Answer, Way
from service.domain.requests import Wishes
from service.store.changes import audit
from service.workflow.deliveries import Received
from service.workflow.meetings import NewTime, cancel_meeting, confirm_meeting, move_meeting
from service.workflow.reply import GivenAnswer, record_answer
from tests.journey.acts import START
from tests.journey.crashing import crash_at, waits_of
from tests.journey.world import World, a_request, reference_of

Work = Callable[[World, Received], Coroutine[Any, Any, object]]


def confirm(world: World, received: Received) -> Coroutine[Any, Any, object]:
    return confirm_meeting(world.services, "lewisham", reference_of(received), NewTime(START), actor="officer")


def move(world: World, received: Received) -> Coroutine[Any, Any, object]:
    return move_meeting(
        world.services, "lewisham", reference_of(received), NewTime(START + timedelta(hours=2)), actor="officer"
    )


def cancel(world: World, received: Received) -> Coroutine[Any, Any, object]:
    reference = reference_of(received)
    return cancel_meeting(world.services, "lewisham", reference, reason="made_in_error", actor="officer")


def answer(world: World, received: Received) -> Coroutine[Any, Any, object]:
    given = GivenAnswer(Answer.YES, Way.PAGE, world.clock.now(), "k", role="social_worker", comment="on my way")
    return record_answer(world.services, "lewisham", reference_of(received), given, actor="page")


# What it does, whether the meeting has a time before, and the event that tells of it.
WORK: dict[str, tuple[Work, bool, str]] = {
    "confirm": (confirm, False, "planning:meeting:confirmed"),
    "move": (move, True, "planning:meeting:moved"),
    "cancel": (cancel, True, "planning:meeting:cancelled"),
    "answer": (answer, True, "replies:answer:recorded"),
}


async def all_of_it(world: World) -> dict[str, str]:
    """Every row of every table, as text."""
    names = await world.rows("SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'")
    async with world.engine.connect() as conn:
        return {
            row["name"]: repr(sorted(map(repr, (await conn.execute(text(f'SELECT * FROM "{row["name"]}"'))).all())))  # noqa: S608
            for row in names
        }


class Looking:
    """Looks, at the moment of waking, whether what it is woken for can be seen by others."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.seen: list[int] = []

    async def outbox(self, ids: list[UUID], *, ahead: bool = False) -> None:
        found = await self.world.rows("SELECT id FROM outbox WHERE id = ANY(:ids)", ids=ids)
        self.seen.append(len(found) - len(ids))

    async def mailbox(self, mailbox_id: UUID) -> None:
        raise AssertionError("nothing here reads a mailbox")


async def test_nobody_is_woken_before_the_commit(small: World) -> None:
    looking = Looking(small)
    small.services = replace(small.services, wake=looking)
    received = await small.receive(a_request())
    await move(small, received)
    await cancel(small, received)
    assert looking.seen == [0, 0, 0]


async def test_a_delivery_killed_at_any_wait_is_whole_or_absent_and_can_be_sent_again(small: World) -> None:
    request = a_request()
    waits = await waits_of(small.receive(request, "msg_0"))
    for wait in range(1, waits + 1):
        key = f"msg_{wait}"
        again = replace(request, source_ref=key)
        await crash_at(small.receive(again, key), wait)
        kept = await small.one("SELECT count(*) AS n FROM idempotency_keys WHERE key = :key", key=key)
        received = await small.receive(again, key)
        assert received.replayed == bool(kept["n"]), f"killed at wait {wait} of {waits}"
        counted = await small.one("SELECT count(*) AS n FROM requests WHERE source_ref = :key", key=key)
        assert counted["n"] == 1
    meetings = await small.one("SELECT count(*) AS n FROM meetings")
    assert meetings["n"] == waits + 1
    assert await small.chains_hold()


@pytest.mark.parametrize("name", WORK)
async def test_an_act_killed_at_any_wait_is_done_or_undone_and_never_half(small: World, name: str) -> None:
    work, confirmed, action = WORK[name]
    wishes = Wishes(start=START) if confirmed else Wishes()
    received = await small.receive(a_request(wishes=wishes))
    waits = await waits_of(work(small, received))
    for wait in range(1, waits + 1):
        received = await small.receive(a_request(wishes=wishes))
        before = await all_of_it(small)
        await crash_at(work(small, received), wait)
        told = await small.rows(
            "SELECT e.id FROM audit_events e JOIN meetings m ON m.id = e.meeting_id "
            "WHERE m.reference = :reference AND e.action = :action",
            reference=reference_of(received),
            action=action,
        )
        changed = (await all_of_it(small)) != before
        assert len(told) == (1 if changed else 0), f"killed at wait {wait} of {waits}"
    assert await small.chains_hold()
    unheard = await small.rows(
        "SELECT m.version FROM meetings m WHERE m.version > 0 AND NOT EXISTS "
        "(SELECT 1 FROM outbox o WHERE o.meeting_id = m.id AND o.version = m.version)"
    )
    assert unheard == [], "a confirmed version always has its intents"


@pytest.mark.parametrize("name", ["receive", *WORK])
async def test_without_its_audit_event_no_change_is_made(
    small: World, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> list[dict[str, Any]]:
        raise RuntimeError("the audit cannot be written")

    work, confirmed, _ = WORK.get(name, (move, True, ""))
    received = await small.receive(a_request(wishes=Wishes(start=START) if confirmed else Wishes()))
    woken, before = list(small.wake.rows), await all_of_it(small)
    monkeypatch.setattr(audit, "_rows", refuse)
    doing: Awaitable[object] = small.receive(a_request()) if name == "receive" else work(small, received)
    with pytest.raises(RuntimeError, match="the audit cannot be written"):
        await doing
    assert await all_of_it(small) == before
    assert small.wake.rows == woken


async def test_a_refused_commit_is_an_error_and_not_an_answer(small: World) -> None:
    await small.change(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the disk is full' USING ERRCODE = 'disk_full'; END $$"
    )
    await small.change(
        "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON meetings DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    try:
        with pytest.raises(Exception, match="the disk is full"):
            await small.receive(a_request())
        assert small.wake.rows == []
        assert await small.rows("SELECT id FROM requests") == []
    finally:
        await small.change("DROP FUNCTION refuse() CASCADE")
