"""Graph may fail in any way, for hours: when it is back, everything leaves, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from service.scheduler.sweeps import probe_stopped
from tests.journey.acts import ACTS, create, done_once
from tests.journey.world import MAILBOX, World

# A one-time code that is late is not sent at all (``test_never_opened_to_the_wrong``).
LASTING = [act for act in ACTS if act != "code"]

OUTAGE = timedelta(hours=3)
ALWAYS = 100_000
FAULTS: dict[str, dict[str, Any]] = {
    "busy": {"kind": "status", "status": 503},
    "broken": {"kind": "status", "status": 500},
    "silent gateway": {"kind": "status", "status": 504},
    "page of a gateway": {"kind": "html"},
    "dropped": {"kind": "drop_before"},
    "throttled for long": {"kind": "status", "status": 429, "retry_after": "900"},
    "throttled with an odd date": {"kind": "status", "status": 429, "retry_after": "soon"},
}


async def _outage(world: World, length: timedelta = OUTAGE) -> int:
    """Real time passes from try to try; returns how many tries there were."""
    until, tries = world.real.now() + length, 0
    while world.real.now() < until:
        tries += await world.pump()
        (following,) = await world.rows(
            "SELECT min(next_try_at) AS at FROM outbox WHERE state IN ('waiting', 'frozen') AND next_try_at > :now",
            now=world.real.now(),
        )
        world.real.pass_to(min(following["at"] or until, until))
    return tries


@pytest.mark.parametrize("act", LASTING)
async def test_hours_of_faults_delay_an_act_and_neither_lose_nor_double_it(small: World, act: str) -> None:
    staged, _ = ACTS[act]
    for name, fault in FAULTS.items() if act in {"create", "message"} else list(FAULTS.items())[::3]:
        await small.sandbox.control.post("reset")
        received, expected = await staged(small)
        await small.sandbox.control.post("faults", operation="*", times=ALWAYS, **fault)
        tries = await _outage(small, timedelta(hours=1))
        assert 3 <= tries <= 200, f"{name}: {tries} tries in an hour"
        assert await small.rows("SELECT kind FROM outbox WHERE state = 'exhausted'") == [], name
        await small.mended()
        await small.settle()
        await done_once(small, received, expected, f"{act} through {name}")
    assert await small.chains_hold()


@pytest.mark.parametrize("act", LASTING)
async def test_every_reply_of_one_whole_hour_may_be_lost(small: World, act: str) -> None:
    """Everything is done and nothing is heard of it: the worst an ambiguous answer can be."""
    staged, _ = ACTS[act]
    received, expected = await staged(small)
    await small.sandbox.control.post("faults", operation="*", kind="lose_reply_after_commit", times=ALWAYS)
    await _outage(small, timedelta(minutes=20))
    await small.mended()
    await small.settle()
    await done_once(small, received, expected, act)


@pytest.mark.parametrize("fault", [{"status": 401}, {"status": 403}])
async def test_a_refused_mailbox_stops_once_loudly_and_loses_nothing(small: World, fault: dict[str, int]) -> None:
    received, expected = await create(small)
    await small.sandbox.control.post("faults", operation="*", kind="status", times=ALWAYS, **fault)
    await _outage(small, timedelta(minutes=30))
    assert (await small.one("SELECT state FROM mailboxes"))["state"] == "stopped"
    (task,) = await small.rows("SELECT owner FROM tasks WHERE kind = 'mailbox_stopped'")
    assert task["owner"] == "administrator"
    (row,) = await small.rows("SELECT attempts FROM outbox WHERE kind = 'create_event'")
    assert row["attempts"] <= 2, "waiting for a person burns no tries"
    assert await probe_stopped(small.machinery) == 0
    await small.mended()
    assert await probe_stopped(small.machinery) == 1
    await small.settle()
    await done_once(small, received, expected, "after the mailbox came back")


async def test_a_mailbox_that_is_denied_and_allowed_again_carries_on(small: World) -> None:
    received, expected = await create(small)
    await small.sandbox.control.post("mailbox", address=MAILBOX, denied=True)
    await small.pump()
    assert await small.tasks() >= {"mailbox_stopped"}
    await small.sandbox.control.post("mailbox", address=MAILBOX, denied=False)
    await probe_stopped(small.machinery)
    await small.settle()
    await done_once(small, received, expected, "after the mailbox was allowed again")


async def test_tokens_revoked_under_way_cost_one_more_call_and_no_try(small: World) -> None:
    received, expected = await create(small)
    await small.sandbox.control.post("tokens/revoke")
    await small.pump()
    await small.sandbox.control.post("tokens/revoke")
    await small.pump()
    await done_once(small, received, expected, "after two revocations")
    assert {row["attempts"] for row in await small.rows("SELECT attempts FROM outbox")} == {1}


async def test_answers_are_read_after_an_outage_and_after_a_lost_place(small: World) -> None:
    received, _ = await create(small)
    await small.settle()
    assert await small.read() == 0
    await small.says("social.worker@lewisham.example", received, "tentative")
    await small.sandbox.control.fault("delta", "status", status=503, times=2)
    assert [await small.read(), await small.read(), await small.read()] == [0, 0, 1]
    await small.says("social.worker@lewisham.example", received, "accept")
    await small.sandbox.control.post("resync", mailbox=MAILBOX)
    assert await small.read() == 1
    assert [row["answer"] for row in await small.rows("SELECT answer FROM answers ORDER BY answered_at, id")] == [
        "maybe",
        "yes",
    ]
