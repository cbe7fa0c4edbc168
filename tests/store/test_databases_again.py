"""What a test is given of a database that another test used: nothing of that test, everything of the template."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from sqlalchemy import text

from service.embedded.postgres import PORT, ROLE, RunningPostgres
from service.store import tables
from tests.databases import Databases, opened

_ROWS = "SELECT '{0}' AS name, count(*) AS n, md5(string_agg(t::text, '' ORDER BY t::text)) AS rows FROM {0} t"


async def rows_of(address: str) -> dict[str, tuple[int, str]]:
    """How many rows each table has, and a digest of all of them."""
    sql = " UNION ALL ".join(_ROWS.format(table.name) for table in tables.metadata.sorted_tables)
    async with opened(address) as engine, engine.connect() as conn:
        return {row["name"]: (row["n"], row["rows"]) for row in (await conn.execute(text(sql))).mappings()}


async def spoil(address: str, *statements: str) -> None:
    async with opened(address) as engine, engine.begin() as conn:
        for statement in statements:
            await conn.execute(text(statement))


async def test_rows_added_changed_or_deleted_are_as_the_template_has_them(furnished_databases: Databases) -> None:
    with furnished_databases.one() as first:
        before = await rows_of(first)
        assert before["inboxes"][0] == 5
        await spoil(
            first,
            "UPDATE inboxes SET name = name || '!'",
            "DELETE FROM staff",
            "INSERT INTO partnerships SELECT (jsonb_populate_record(p, jsonb_build_object('id', 'another'))).*"
            " FROM partnerships p LIMIT 1",
        )
        changed = await rows_of(first)
        assert [name for name in before if before[name] != changed[name]]
    with furnished_databases.one() as again:
        assert again == first
        assert await rows_of(again) == before


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE inboxes ADD COLUMN more text",
        "CREATE TABLE more (n int)",
        "DROP TABLE staff CASCADE",
        "CREATE RULE deaf AS ON DELETE TO staff DO INSTEAD NOTHING",
    ],
)
async def test_one_whose_shape_was_changed_is_given_to_nobody_again(databases: Databases, statement: str) -> None:
    with databases.one() as first:
        await spoil(first, statement)
    with databases.one() as other:
        assert other != first
        assert (await rows_of(other))["inboxes"][0] == 0


async def test_whoever_is_still_connected_and_holds_a_table_is_put_out(
    databases: Databases, postgres_server: RunningPostgres
) -> None:
    with databases.one() as first:
        name = first.partition("@/")[2].partition("?")[0]
        left = await asyncpg.connect(host=str(postgres_server.sockets), port=PORT, user=ROLE, database=name)
        transaction = left.transaction()
        await transaction.start()
        await left.execute("LOCK TABLE staff IN ACCESS EXCLUSIVE MODE")
    async with asyncio.timeout(10):
        with databases.one() as again:
            assert again == first
            assert (await rows_of(again))["staff"][0] == 0
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
        await left.execute("SELECT 1")
    left.terminate()
