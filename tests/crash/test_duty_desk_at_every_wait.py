"""Whoever phones, plans what follows, hands over or changes the chair is killed at every wait, and presses again.

The press is the same one, as a browser sends it again. Killed is the coroutine, at each place where it waits.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from service.domain.calls import CallOutcome
from service.store.queries.audit import verify_chain
from service.workflow.calls import CallGiven, record_call
from service.workflow.chairs import change_chair, import_chairs
from service.workflow.chairs_file import ChairEntry
from service.workflow.follow_up import plan_follow_up
from service.workflow.handover import hand_over
from service.workflow.not_held import NotHeldGiven, record_not_held
from tests.handlers.house import House, a_house
from tests.journey.crashing import crash_at, waits_of

POLICE = "police_child_protection"
Act = Callable[[House, str], Coroutine[Any, Any, object]]

OF_THE_MEETING = "SELECT count(*) AS n FROM {} t JOIN meetings m ON m.id = t.meeting_id WHERE m.reference = :x"


@pytest.fixture
async def house(furnished_engine: AsyncEngine, redis_url: str) -> AsyncIterator[House]:
    async with a_house(furnished_engine, redis_url) as made:
        await import_chairs(made.services, "lewisham", [ChairEntry("Ben Castle", "always")], actor="command:amy")
        yield made


async def planned(house: House) -> str:
    return await house.planned(urgency="immediate", chair="Ada Okafor")


async def begun(house: House) -> str:
    reference = await planned(house)
    await joins(house, reference)
    return reference


def joins(house: House, reference: str) -> Coroutine[Any, Any, object]:
    given = CallGiven(CallOutcome.JOINED, house.clock.at, f"{reference}:joined", role=POLICE, spoke_to="Sgt Whitlock")
    return record_call(house.services, "lewisham", reference, given, actor="staff:a")


def follows(house: House, reference: str) -> Coroutine[Any, Any, object]:
    return plan_follow_up(house.services, "lewisham", reference, actor="staff:a")


def hands_over(house: House, reference: str) -> Coroutine[Any, Any, object]:
    return hand_over(house.services, "lewisham", natural_key=f"staff:a:{reference}", actor="staff:a")


def is_not_held(house: House, reference: str) -> Coroutine[Any, Any, object]:
    given = NotHeldGiven("nobody_answered", "The child stays on the ward.", "team_manager", f"{reference}:today")
    return record_not_held(house.services, "lewisham", reference, given, actor="staff:a")


def is_chaired(house: House, reference: str) -> Coroutine[Any, Any, object]:
    return change_chair(house.services, "lewisham", reference, reason="She is ill.", actor="staff:a", to="Ben Castle")


async def number(house: House, sql: str, reference: str) -> int:
    return int((await house.rows(sql, x=reference))[0]["n"])


async def begun_once(house: House, reference: str) -> None:
    for table in ("calls", "attendances"):
        assert await number(house, OF_THE_MEETING.format(table), reference) == 1, table
    (meeting,) = await house.rows("SELECT state, version FROM meetings WHERE reference = :x", x=reference)
    assert meeting == {"state": "confirmed", "version": 1}
    for action in ("calling:call:made", "planning:meeting:confirmed", "attendance:row:proposed"):
        assert await events(house, reference, action) == 1, action


async def events(house: House, reference: str, action: str) -> int:
    sql = (
        "SELECT count(*) AS n FROM audit_events e JOIN meetings m ON m.id = e.meeting_id"
        " WHERE m.reference = :x AND e.action = :action"
    )
    return int((await house.rows(sql, x=reference, action=action))[0]["n"])


async def followed_once(house: House, reference: str) -> None:
    sql = "SELECT count(*) AS n FROM meetings s JOIN meetings m ON m.id = s.linked_meeting_id WHERE m.reference = :x"
    assert await number(house, sql, reference) == 1
    assert await events(house, reference, "planning:follow_up:planned") == 1
    asked = "SELECT count(*) AS n FROM requests WHERE source_ref = 'follow-up/' || :x"
    assert await number(house, asked, reference) == 1


async def handed_over_once(house: House, reference: str) -> None:
    sql = "SELECT count(*) AS n FROM handovers WHERE natural_key = 'staff:a:' || :x"
    assert await number(house, sql, reference) == 1
    assert await house.count("handovers") == await house.count(
        "audit_events WHERE action = 'planning:night:handed_over'"
    )


async def kept_once(house: House, reference: str) -> None:
    assert await number(house, OF_THE_MEETING.format("not_held"), reference) == 1
    tasks = OF_THE_MEETING.format("tasks") + " AND t.kind = 'not_held'"
    assert await number(house, tasks, reference) == 1
    assert await events(house, reference, "planning:day:put_off") == 1


async def chaired_once(house: House, reference: str) -> None:
    (meeting,) = await house.rows("SELECT chair FROM meetings WHERE reference = :x", x=reference)
    assert meeting == {"chair": "Ben Castle"}
    assert await events(house, reference, "planning:chair:changed") == 1


ACTS: dict[str, tuple[Callable[[House], Awaitable[str]], Act, Callable[[House, str], Awaitable[None]]]] = {
    "the first agency joins": (planned, joins, begun_once),
    "what follows is planned": (begun, follows, followed_once),
    "the night is handed over": (planned, hands_over, handed_over_once),
    "it could not be held": (planned, is_not_held, kept_once),
    "somebody else chairs": (planned, is_chaired, chaired_once),
}
# Every third wait is enough: what lies between is one statement on its way.
STRIDE = 3


# Every wait takes minutes on a busy machine.
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", ACTS)
async def test_a_press_that_was_killed_anywhere_is_done_once_when_it_is_sent_again(house: House, name: str) -> None:
    stage, act, done_once = ACTS[name]
    waits = 0
    # The first run also opens connections and reads the policy; the second waits as often as the ones to come.
    for _ in range(2):
        reference = await stage(house)
        waits = await waits_of(act(house, reference))
        await done_once(house, reference)
    killed = 0
    for wait in range(1, waits + 1, STRIDE):
        reference = await stage(house)
        killed += await crash_at(act(house, reference), wait)
        await act(house, reference)
        await act(house, reference)
        await done_once(house, reference)
    assert killed >= waits // STRIDE * 0.8, f"killed at {killed} of {waits} waits"
    async with house.engine.connect() as conn:
        for row in await house.rows("SELECT DISTINCT chain FROM audit_events"):
            assert (await verify_chain(conn, "lewisham", row["chain"])).holds
