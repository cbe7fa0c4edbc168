"""The engine's promises: time zone, limits, and a pool that outlives a restart of the server."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from service.store.engine import async_url, make_engine


async def test_sessions_run_in_utc_with_limits(database_url: str) -> None:
    engine = make_engine(database_url)
    async with engine.connect() as conn:
        shown = {
            name: await conn.scalar(text(f"SHOW {name}"))
            for name in ("timezone", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        }
        instant = await conn.scalar(text("SELECT timestamptz '2026-10-25 01:30:00 Europe/London'"))
    await engine.dispose()
    assert shown == {
        "timezone": "UTC",
        "statement_timeout": "30s",
        "lock_timeout": "10s",
        "idle_in_transaction_session_timeout": "1min",
    }
    assert instant == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


async def test_a_connection_the_server_closed_is_replaced_unseen(database_url: str) -> None:
    engine = make_engine(database_url, pool_size=2)
    async with engine.connect() as first, engine.connect() as second:
        victim = await first.scalar(text("SELECT pg_backend_pid()"))
        with pytest.raises(DBAPIError):
            # Ends this very session, as a restart of the server would end all of them.
            await first.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        await second.scalar(text("SELECT 1"))
    async with engine.connect() as conn:
        assert await conn.scalar(text("SELECT pg_backend_pid()")) != victim
    await engine.dispose()


async def test_idle_connections_the_server_closed_are_replaced_unseen(empty_database_url: str) -> None:
    engine = make_engine(empty_database_url, pool_size=3)
    connections = [await engine.connect() for _ in range(3)]
    for conn in connections:
        await conn.scalar(text("SELECT 1"))
        await conn.close()
    other = make_engine(empty_database_url, pool_size=1)
    async with other.connect() as conn:
        ended = text(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        assert await conn.scalar(ended) == 3
    await other.dispose()
    async with engine.connect() as conn:
        assert await conn.scalar(text("SELECT 1")) == 1
    await engine.dispose()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_every_usual_spelling_of_an_address_is_taken(scheme: str) -> None:
    assert async_url(f"{scheme}://user@/records?host=/run/pg").drivername == "postgresql+asyncpg"
