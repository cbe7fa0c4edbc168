"""Databases that a test hands back, and the engines on them: used again, since making one costs more than most tests.

``Databases`` is blocking, and has connections of its own: fixtures outside and inside an event loop use it alike.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import cache
from typing import Any, Self, TypeVar

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from service.embedded.databases import create_database, drop_database, execute
from service.embedded.postgres import PORT, ROLE, RunningPostgres
from service.store.tables import metadata

_T = TypeVar("_T")
# Deleted rows stay in their files until they are cleared away; then a new copy is quicker.
_USES = 60
_GROWTH = 8 * 2**20  # bytes
_MARK = """
CREATE SCHEMA used_again;
CREATE TABLE used_again.shape (changed text NOT NULL);
CREATE FUNCTION used_again.note() RETURNS event_trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO used_again.shape VALUES (tg_tag); END $$;
"""
# What the server notes of a table's size in one test would mislead it about the rows of the next.
_UNNOTED = 'ALTER TABLE public."{}" SET (autovacuum_enabled = off)'
_EMPTYING = "CREATE FUNCTION used_again.empty() RETURNS void LANGUAGE plpgsql AS $$ BEGIN {} END $$"
# First whoever the test left there has to go.
_LOOKED_AT = """
SELECT EXISTS (SELECT 1 FROM used_again.shape), pg_database_size(current_database()), (
  SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid())
"""
_WATCH = "CREATE EVENT TRIGGER used_again_note ON ddl_command_end EXECUTE FUNCTION used_again.note()"


# Foreign keys and triggers would only slow what is about to be empty; and one text is one way there and back.
_EMPTIED = "; ".join(
    [
        "SET session_replication_role = replica",
        *(f'DELETE FROM "{table.name}"' for table in metadata.sorted_tables),  # noqa: S608 - a table's own name
        "SET session_replication_role = origin",
    ]
)


@cache
def kept_engine(make: Callable[[str], AsyncEngine], address: str) -> AsyncEngine:
    """An engine that has compiled every statement it was ever asked for; the next test on its database has it too.

    Dispose of it after each use: it then opens connections of its own in the next event loop.
    """
    return make(address)


@asynccontextmanager
async def opened(address: str, make: Callable[[str], AsyncEngine] = create_async_engine) -> AsyncIterator[AsyncEngine]:
    """The engine on a database, without a connection before and after."""
    engine = kept_engine(make, address)
    try:
        yield engine
    finally:
        await engine.dispose()


def run_on(address: str, work: Callable[[AsyncEngine], Coroutine[Any, Any, None]]) -> None:
    """Do something to a database once; blocking, and nobody is connected to it afterwards."""

    async def done() -> None:
        async with opened(address) as engine:
            await work(engine)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, done()).result()


async def emptied(engine: AsyncEngine) -> None:
    """Delete every row of every table."""
    async with engine.connect() as conn:
        driver = (await conn.get_raw_connection()).driver_connection
        assert driver is not None
        await driver.execute(_EMPTIED)


class Databases:
    """Copies of one template, handed out one by one and taken back; to be entered with ``with``.

    A test that changed more than rows (a table's shape, a trigger, a right) leaves a mark by an event trigger;
    its copy is dropped. Rows that stand in the template are there again for the next test.

    One connection to each copy stays: its server process knows the tables already, and has planned what empties them.
    """

    def __init__(self, server: RunningPostgres, template: str) -> None:
        """`template` is not changed; nobody may be connected to it."""
        self._server = server
        self._made = f"{template}_again"
        self._numbers = itertools.count(1)
        self._free: list[tuple[str, int]] = []
        self._loop = asyncio.new_event_loop()
        self._kept: dict[str, asyncpg.Connection] = {}
        create_database(server, self._made, template)
        execute(server, _MARK, self._made)
        self._run(self._prepare())
        execute(server, _WATCH, self._made)
        self._size = self._run(self._measure())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self._kept):
            self._run(self._forget(name))
        self._loop.close()

    @contextmanager
    def one(self) -> Iterator[str]:
        """The address of a database that looks like the template."""
        name, uses = self._free.pop() if self._free else (self._new(), 0)
        yield self._server.url_for(name)
        if uses < _USES and self._emptied(name):
            self._free.append((name, uses + 1))
        else:
            self._run(self._forget(name))
            drop_database(self._server, name)

    def _new(self) -> str:
        name = f"{self._made}_{next(self._numbers)}"
        create_database(self._server, name, self._made)
        return name

    def _emptied(self, name: str) -> bool:
        # A test may have dropped it, stopped the server under it or locked its tables for good.
        with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
            return self._run(self._empty(name))
        return False

    async def _empty(self, name: str) -> bool:
        connection = self._kept.get(name)
        if connection is None or connection.is_closed():
            self._kept[name] = connection = await self._connect(name)
        changed, size, _ = await connection.fetchrow(_LOOKED_AT)
        if changed or size > self._size + _GROWTH:
            return False
        await connection.execute("SELECT used_again.empty()")
        return True

    async def _forget(self, name: str) -> None:
        if (connection := self._kept.pop(name, None)) is not None:
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
                await connection.close(timeout=5)

    async def _measure(self) -> int:
        connection = await self._connect(self._made)
        try:
            return int(await connection.fetchval("SELECT pg_database_size(current_database())"))
        finally:
            await connection.close(timeout=5)

    async def _prepare(self) -> None:
        """Keep the template's own rows aside; write the function that empties a copy and puts them back."""
        connection = await self._connect(self._made)
        statements = list[str]()
        try:
            found = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            for table in (row["tablename"] for row in found):
                await connection.execute(_UNNOTED.format(table))
                statements.append(f'DELETE FROM public."{table}";')  # noqa: S608 - a table's own name
                if await connection.fetchval(f'SELECT EXISTS (SELECT 1 FROM public."{table}")'):  # noqa: S608
                    await connection.execute(f'CREATE TABLE used_again."kept_{table}" AS TABLE public."{table}"')
                    statements.append(f'INSERT INTO public."{table}" TABLE used_again."kept_{table}";')
            await connection.execute(_EMPTYING.format("\n".join(statements)))
        finally:
            await connection.close(timeout=5)

    async def _connect(self, name: str) -> asyncpg.Connection:
        return await asyncpg.connect(
            host=str(self._server.sockets),
            port=PORT,
            user=ROLE,
            database=name,
            timeout=10,
            command_timeout=30,
            # Foreign keys and triggers would only slow what is about to be empty.
            server_settings={"session_replication_role": "replica"},
        )

    def _run(self, work: Coroutine[Any, Any, _T]) -> _T:
        # In a thread of its own, because another loop may be running in this one.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(self._loop.run_until_complete, work).result()
