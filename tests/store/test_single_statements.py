"""A connection whose every statement is its own transaction, as intake uses it for its one read and its one write."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from service.store import tables
from service.store.changes.bulk import Row, Rows, write_rows
from service.store.engine import make_engine, single_statements
from service.store.queries import directory, mailboxes
from service.store.queries.planning import Known, known_for


def _partnership(name: str) -> Row:
    return {"id": name, "name": name, "pack": name, "service_address": "1 High Road", "service_phone": "020 7946 0000"}


async def _names(engine: AsyncEngine) -> list[str]:
    async with engine.connect() as conn:
        return list(await conn.scalars(select(tables.partnerships.c.id).order_by("id")))


async def test_what_one_statement_wrote_is_committed_when_it_returns(engine: AsyncEngine) -> None:
    async with single_statements(engine) as conn:
        await write_rows(conn, [(tables.partnerships, [_partnership("a"), _partnership("b")])])
        assert await _names(engine) == ["a", "b"]


async def test_a_statement_that_fails_leaves_nothing_of_any_of_its_tables(engine: AsyncEngine) -> None:
    mailbox = {"id": "01234567-89ab-7cde-8f01-23456789abcd", "partnership_id": "nobody", "address": "m@a.example"}
    async with single_statements(engine) as conn:
        rows: Rows = [(tables.partnerships, [_partnership("a")]), (tables.mailboxes, [mailbox | {"state": "active"}])]
        with pytest.raises(IntegrityError):
            await write_rows(conn, rows)
    assert await _names(engine) == []


async def test_the_connection_goes_back_to_ordinary_transactions(database_url: str) -> None:
    engine = make_engine(database_url, pool_size=1)
    async with single_statements(engine) as conn:
        await conn.execute(text("SELECT 1"))
    async with engine.connect() as conn:
        await write_rows(conn, [(tables.partnerships, [_partnership("a")])])
        await conn.rollback()
    assert await _names(engine) == []
    await engine.dispose()


async def test_planning_reads_the_same_directory_and_organiser_as_the_single_reads(engine: AsyncEngine) -> None:
    async with engine.begin() as conn:
        await write_rows(conn, [(tables.partnerships, [_partnership("a"), _partnership("b")])])
        assert await known_for(conn, "a", ["gp", "school"]) == Known([], None)
        for number, (owner, state) in enumerate([("a", "stopped"), ("a", "active"), ("b", "active")]):
            values = {"partnership_id": owner, "address": f"m{number}@a.example", "state": state}
            await conn.execute(
                tables.mailboxes.insert(), {"id": f"0000000{number}-89ab-7cde-8f01-23456789abcd"} | values
            )
        known = await known_for(conn, "a", ["gp", "school"])
        assert known == Known([], await mailboxes.organiser(conn, "a"))
        for number, (owner, active) in enumerate([("a", True), ("a", False), ("b", True), ("a", True)]):
            await conn.execute(
                tables.inboxes.insert().values(
                    id=f"1000000{number}-89ab-7cde-8f01-23456789abcd",
                    partnership_id=owner,
                    role="gp" if number else "school",
                    name=f"desk {number}",
                    address=f"d{number}@a.example",
                    phone="020 7946 0101",
                    hours="always",
                    active=active,
                    updated_at=text("now()"),
                )
            )
        known = await known_for(conn, "a", ["gp", "school"])
        assert len(known.inboxes) == 2
        assert known == Known(await directory.inboxes_for(conn, "a"), await mailboxes.organiser(conn, "a"))
        schools = await directory.inboxes_of_role(conn, "a", "school")
        assert (await known_for(conn, "a", ["school", "camhs"])).inboxes == schools
        assert await known_for(conn, "a", []) == Known([], known.organiser)
