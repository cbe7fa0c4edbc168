"""Databases inside a running server: made, cloned from a template, dropped. Blocking."""

import asyncio
import contextlib
import re
from concurrent.futures import ThreadPoolExecutor

import asyncpg

from service.embedded.postgres import PORT, ROLE, RunningPostgres

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


def create_database(server: RunningPostgres, name: str, template: str | None = None, *, exist_ok: bool = False) -> str:
    """Create database `name`, a copy of `template` if given, and return its SQLAlchemy address.

    Nobody may be connected to the template meanwhile. `exist_ok` keeps a database of that name. Raises
    ValueError for a name that is not lower-case letters, digits and underscores, and asyncpg.PostgresError
    for what the server refuses.
    """
    # Copying the template's files costs a third of the default, which writes every block through the log.
    copied = f' TEMPLATE "{_checked(template)}" STRATEGY FILE_COPY' if template else ""
    with contextlib.suppress(asyncpg.DuplicateDatabaseError) if exist_ok else contextlib.nullcontext():
        execute(server, f'CREATE DATABASE "{_checked(name)}"{copied}')
    return server.url_for(name)


def drop_database(server: RunningPostgres, name: str) -> None:
    """Drop database `name` if it exists, ending the sessions that are still open on it."""
    execute(server, f'DROP DATABASE IF EXISTS "{_checked(name)}" WITH (FORCE)')


def execute(server: RunningPostgres, statement: str, database: str = "postgres") -> None:
    """Run one statement, outside a transaction, on `database`."""
    # A thread of its own, so that it also works where an event loop is already running.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, _execute(server, statement, database)).result()


async def _execute(server: RunningPostgres, statement: str, database: str) -> None:
    connection = await asyncpg.connect(host=str(server.sockets), port=PORT, user=ROLE, database=database)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a database name: {name!r}")
    return name
