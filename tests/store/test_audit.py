"""The audit: chained by hash, appended with the change, and telling which event was tampered with."""

import asyncio
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from service.store.actions import Action
from service.store.chain import JSON, check_data, hash_of
from service.store.changes.audit import Event, append, first_in_chain, new_chain
from service.store.changes.bulk import write_rows
from service.store.ids import new_id
from service.store.queries.audit import Anchor, timeline, verify_chain
from service.store.tables import audit_events
from tests.store.store_world import LEWISHAM, NOW, WIRRAL, World

MEETING = UUID("019a4000-0000-7000-8000-000000000001")


def happened(number: int = 0, partnership: str = LEWISHAM, meeting_id: UUID | None = MEETING) -> Event:
    return Event(
        partnership,
        meeting_id,
        NOW + timedelta(microseconds=number),
        "staff:amy",
        Action.ANSWER_RECORDED,
        {"number": number, "words": "naïve – ✓", "list": [1, {"deep": None}], "on": True},
    )


async def chain_of(conn: AsyncConnection, length: int) -> Anchor:
    await append(conn, [happened(number) for number in range(length)])
    return (await verify_chain(conn, LEWISHAM, str(MEETING))).tail


def test_every_action_follows_the_grammar_and_is_named_once() -> None:
    values = [str(action) for action in Action]
    assert all(re.fullmatch(r"[a-z_]+:[a-z_]+:[a-z_]+", value) for value in values)
    assert len(set(values)) == len(Action.__members__)


async def test_events_are_numbered_and_read_back_in_order(world: World) -> None:
    await append(world.conn, [happened(0), happened(1)])
    await append(world.conn, [happened(2)])
    lines = await timeline(world.conn, LEWISHAM, MEETING)
    assert [(line.number, line.data["number"], line.actor, line.action) for line in lines] == [
        (number + 1, number, "staff:amy", "replies:answer:recorded") for number in range(3)
    ]


async def test_a_chain_that_nobody_touched_holds(world: World) -> None:
    await chain_of(world.conn, 12)
    check = await verify_chain(world.conn, LEWISHAM, str(MEETING))
    assert (check.holds, check.events, check.problem) == (True, 12, "")


async def test_an_empty_chain_holds_and_says_that_it_is_empty(world: World) -> None:
    check = await verify_chain(world.conn, LEWISHAM, "nothing here")
    assert (check.holds, check.events) == (True, 0)


async def test_a_meeting_and_its_partnership_have_chains_of_their_own(world: World) -> None:
    await append(world.conn, [happened(0), happened(1, meeting_id=None), happened(2)])
    meeting = await verify_chain(world.conn, LEWISHAM, str(MEETING))
    partnership = await verify_chain(world.conn, LEWISHAM, LEWISHAM)
    assert (meeting.events, partnership.events) == (2, 1)


async def test_rows_that_open_a_chain_continue_like_any_other(world: World) -> None:
    await write_rows(world.conn, [(audit_events, new_chain([happened(0), happened(1)]))])
    await append(world.conn, [happened(2)])
    assert (await verify_chain(world.conn, LEWISHAM, str(MEETING))).events == 3
    assert first_in_chain(happened())["number"] == 1


TAMPERINGS = {
    "action": "action = 'replies:answer:unmatched'",
    "actor": "actor = 'staff:bob'",
    "instant, by a microsecond": "at = at + interval '1 microsecond'",
    "data, one value": "data = jsonb_set(data, '{on}', 'false')",
    "data, a fraction for a whole number": "data = jsonb_set(data, '{list,0}', '1.0')",
    "data, a key more": """data = data || '{"more": 1}'""",
    "data, emptied": "data = '{}'",
    "hash": "hash = set_byte(hash, 7, get_byte(hash, 7) # 1)",
    "previous hash": "previous = set_byte(previous, 31, get_byte(previous, 31) # 128)",
    "meeting": "meeting_id = '019a4000-0000-7000-8000-000000000009'",
    "id": "id = '019a4000-0000-7000-8000-000000000009'",
    "partnership": "partnership_id = 'wirral'",
    "chain": "chain = 'elsewhere'",
    "number": "number = 99",
}


@pytest.mark.parametrize("change", TAMPERINGS.values(), ids=TAMPERINGS.keys())
@pytest.mark.parametrize("number", [1, 3])
async def test_a_change_of_any_column_is_found_at_its_number(world: World, change: str, number: int) -> None:
    await chain_of(world.conn, 5)
    await world.conn.execute(text(f"UPDATE audit_events SET {change} WHERE number = {number}"))  # noqa: S608
    check = await verify_chain(world.conn, LEWISHAM, str(MEETING))
    assert (check.holds, check.broken_at, check.events) == (False, number, number - 1)
    assert str(number) in check.problem


@pytest.mark.parametrize("number", [1, 2, 4])
async def test_a_removed_row_is_named(world: World, number: int) -> None:
    await chain_of(world.conn, 5)
    await world.conn.execute(text("DELETE FROM audit_events WHERE number = :number"), {"number": number})
    check = await verify_chain(world.conn, LEWISHAM, str(MEETING))
    assert (check.broken_at, check.problem) == (number, f"event {number} is missing")


async def test_two_swapped_rows_are_found_at_the_first_of_them(world: World) -> None:
    await chain_of(world.conn, 5)
    for old, new in ((2, -1), (4, 2), (-1, 4)):
        await world.conn.execute(text(f"UPDATE audit_events SET number = {new} WHERE number = {old}"))  # noqa: S608
    assert (await verify_chain(world.conn, LEWISHAM, str(MEETING))).broken_at == 2


async def test_a_rewritten_row_with_a_hash_that_fits_breaks_the_next_one(world: World) -> None:
    await chain_of(world.conn, 5)
    row: dict[str, Any] = dict(
        (await world.conn.execute(audit_events.select().where(audit_events.c.number == 3))).mappings().one()
    )
    row["actor"] = "staff:bob"
    forged = audit_events.update().where(audit_events.c.number == 3)
    await world.conn.execute(forged.values(actor="staff:bob", hash=hash_of(row)))
    check = await verify_chain(world.conn, LEWISHAM, str(MEETING))
    assert (check.broken_at, check.problem) == (4, "event 4 does not follow event 3")


async def test_a_cut_off_end_and_a_rewritten_chain_are_found_by_an_anchor(world: World) -> None:
    anchor = await chain_of(world.conn, 5)
    await world.conn.execute(text("DELETE FROM audit_events WHERE number = 5"))
    assert (await verify_chain(world.conn, LEWISHAM, str(MEETING))).holds
    assert (await verify_chain(world.conn, LEWISHAM, str(MEETING), anchor)).broken_at == 5
    await append(world.conn, [happened(77)])
    assert (await verify_chain(world.conn, LEWISHAM, str(MEETING), anchor)).problem.endswith("was anchored")


async def test_another_partnership_sees_neither_timeline_nor_chain(world: World) -> None:
    await chain_of(world.conn, 3)
    assert await timeline(world.conn, WIRRAL, MEETING) == []
    assert (await verify_chain(world.conn, WIRRAL, str(MEETING))).events == 0


async def test_events_of_a_transaction_that_fails_are_gone_with_it(engine: AsyncEngine, kept_world: World) -> None:
    async def fail() -> None:
        async with engine.begin() as conn:
            await append(conn, [happened()])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    async with engine.connect() as conn:
        assert await timeline(conn, LEWISHAM, MEETING) == []


async def test_many_at_once_append_to_one_chain_without_a_gap(engine: AsyncEngine, kept_world: World) -> None:
    async def one(number: int) -> None:
        async with engine.begin() as conn:
            await append(conn, [happened(number), happened(number, meeting_id=None)])

    await asyncio.gather(*(one(number) for number in range(30)))
    async with engine.connect() as conn:
        assert (await verify_chain(conn, LEWISHAM, str(MEETING))).events == 30
        assert (await verify_chain(conn, LEWISHAM, LEWISHAM)).events == 30


@pytest.mark.parametrize("count", [1, 50])
async def test_appending_takes_one_insert_however_many_events_there_are(world: World, count: int) -> None:
    said: list[str] = []
    event.listen(world.conn.sync_connection, "before_cursor_execute", lambda *given: said.append(given[2]))
    await append(world.conn, [happened(number) for number in range(count)])
    assert [statement.split()[0] for statement in said] == ["SELECT", "SELECT", "WITH"]


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="\0")), json_values, max_size=4))
async def test_whatever_data_are_allowed_come_back_with_the_same_hash(world: World, data: dict[str, JSON]) -> None:
    meeting_id = new_id(NOW)
    await append(world.conn, [Event(LEWISHAM, meeting_id, NOW, "staff:amy", Action.TASK_OPENED, data)])
    assert (await verify_chain(world.conn, LEWISHAM, str(meeting_id))).events == 1


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"n": 0.5}, TypeError),
        ({1: "n"}, TypeError),
        ({"n": NOW}, TypeError),
        ({"n": "a\0b"}, ValueError),
        ({"n": ["\ud800"]}, ValueError),
    ],
    ids=["fraction", "key that is a number", "instant", "NUL", "half a surrogate pair"],
)
def test_data_a_hash_could_not_hold_on_to_are_refused(data: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        check_data(data)
