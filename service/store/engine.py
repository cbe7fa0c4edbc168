"""The database engine: PostgreSQL through asyncpg, with limits so that no request can wait for ever."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import URL, event, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

STATEMENT_TIMEOUT_S: Final = 30
LOCK_TIMEOUT_S: Final = 10
IDLE_IN_TRANSACTION_TIMEOUT_S: Final = 60


def async_url(database_url: str) -> URL:
    """The address with the asyncpg driver named, whichever of the usual PostgreSQL spellings it came in.

    Raises:
        ValueError: it is not a PostgreSQL address. The message does not repeat the address, which may hold a password.
    """
    try:
        url = make_url(database_url)
    except Exception:  # noqa: BLE001 - SQLAlchemy's own message repeats the address
        raise ValueError("the database address cannot be read") from None
    if url.drivername not in {"postgres", "postgresql", "postgresql+asyncpg"}:
        raise ValueError("the database address must start with postgresql://")
    return url.set(drivername="postgresql+asyncpg")


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def make_engine(database_url: str, *, pool_size: int = 10) -> AsyncEngine:
    """An engine for one process. Close it with ``await engine.dispose()``.

    Sessions run in UTC. A statement may take 30 seconds, a lock 10, and an idle transaction is ended after 60.

    Raises:
        ValueError: not a PostgreSQL address.
    """
    engine = create_async_engine(
        async_url(database_url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=10,
        # The connection used last is the warmest: its statements are prepared, and its backend knows the tables.
        pool_use_lifo=True,
        pool_recycle=1800,
        # An error must not repeat the values of a statement: they hold what is about to be sealed.
        hide_parameters=True,
        json_serializer=_dumps,
        json_deserializer=json.loads,
        connect_args={
            "timeout": 10,
            # A half-open connection answers nothing; give up a little after the server would have.
            "command_timeout": STATEMENT_TIMEOUT_S + 5,
            "prepared_statement_cache_size": 500,
            "server_settings": {
                "application_name": "convene",
                "timezone": "UTC",
                "statement_timeout": f"{STATEMENT_TIMEOUT_S}s",
                "lock_timeout": f"{LOCK_TIMEOUT_S}s",
                "idle_in_transaction_session_timeout": f"{IDLE_IN_TRANSACTION_TIMEOUT_S}s",
                # Every query here is short; compiling one costs more than it saves.
                "jit": "off",
            },
        },
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def single_statements(engine: AsyncEngine) -> AsyncConnection:
    """A connection, to be entered with ``async with``, on which every statement is a transaction of its own.

    It saves the round trips of BEGIN and COMMIT where all that is written is written by one statement, such as
    ``changes.bulk.write_rows``. Never write twice on it: the first would stay if the second failed.
    """
    return _autocommitting(engine).connect()


@lru_cache(maxsize=4)
def _autocommitting(engine: AsyncEngine) -> AsyncEngine:
    # The same pool; a process has one engine, and telling each connection anew takes longer than the statement.
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def snapshot(engine: AsyncEngine) -> AsyncConnection:
    """A connection, to be entered with ``async with``, whose reads all see the records of one instant.

    For figures that are read in many statements: a meeting recorded between two of them changes neither.
    """
    return _repeating(engine).connect()


@lru_cache(maxsize=4)
def _repeating(engine: AsyncEngine) -> AsyncEngine:
    return engine.execution_options(isolation_level="REPEATABLE READ")


def _refuse_closed(dbapi_connection: Any, *_: object) -> None:
    """Swap a connection the server has closed, for instance at a restart, without asking the server each time.

    SQLAlchemy's own pre-ping takes three round trips at every checkout; asyncpg already knows.
    """
    if dbapi_connection.driver_connection.is_closed():
        raise DisconnectionError
