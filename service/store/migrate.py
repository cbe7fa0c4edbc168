"""Migrations, run by the program itself: no ini file, one transaction, one runner at a time.

The functions are for the command line and for start-up. They block, and work with or without a running event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, text
from sqlalchemy.ext.asyncio import create_async_engine

from service.store.engine import async_url

# Any number, as long as nothing else in this database uses it: "convene" on a telephone.
LOCK: Final = 2668363
# A second runner waits this long for the first, then says so.
WAIT_FOR_OTHER_RUNNER: Final = "5min"

_Result = TypeVar("_Result")


def upgrade(database_url: str, revision: str = "head") -> None:
    """Bring the database to a revision. All or nothing; two runners at once do the work once.

    Raises:
        ValueError: not a PostgreSQL address.
        sqlalchemy.exc.SQLAlchemyError, OSError: the database refused or could not be reached.
    """
    _with_lock(database_url, lambda config: command.upgrade(config, revision))


def downgrade(database_url: str, revision: str) -> None:
    """Take the database back to a revision ("base" drops everything). Raises as ``upgrade``."""
    _with_lock(database_url, lambda config: command.downgrade(config, revision))


def current(database_url: str) -> str | None:
    """The revision the database stands at, or None before the first migration. Raises as ``upgrade``."""
    return _run(database_url, lambda connection: MigrationContext.configure(connection).get_current_revision())


def head() -> str:
    """The newest revision this program knows."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    if newest is None:
        raise LookupError("no migration was installed with the program")
    return newest


def _config() -> Config:
    config = Config()
    folder = str(Path(__file__).with_name("migrations"))
    # A folder's name may hold a percent sign, which the reader of options would take for a reference.
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _with_lock(database_url: str, act: Callable[[Config], None]) -> None:
    def locked(connection: Connection) -> None:
        connection.execute(text(f"SET LOCAL lock_timeout = '{WAIT_FOR_OTHER_RUNNER}'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        config = _config()
        config.attributes["connection"] = connection
        act(config)

    _run(database_url, locked)


def _run(database_url: str, act: Callable[[Connection], _Result]) -> _Result:
    async def main() -> _Result:
        engine = create_async_engine(async_url(database_url), poolclass=NullPool)
        try:
            async with engine.begin() as connection:
                return await connection.run_sync(act)
        finally:
            await engine.dispose()

    # Its own thread has no event loop yet, whoever calls.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, main()).result()
