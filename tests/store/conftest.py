"""Databases for the tests of the store: one that every test rolls back, and a fresh one for tests that commit."""

from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from service.embedded.databases import create_database, drop_database
from service.embedded.postgres import RunningPostgres
from service.store.engine import make_engine
from service.store.sealing import Keyring
from tests.databases import opened
from tests.store.store_world import LEWISHAM, WIRRAL, World


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """A fresh database, for tests that commit."""
    async with opened(database_url, make_engine) as made:
        yield made


@pytest.fixture
def keyring() -> Keyring:
    return Keyring({"test": b"\x07" * 32}, "test")


@pytest.fixture(scope="session")
def rolled_back_url(postgres_server: RunningPostgres, template_database: str) -> Iterator[str]:
    yield create_database(postgres_server, "rolled_back", template_database)
    drop_database(postgres_server, "rolled_back")


@pytest.fixture
async def conn(rolled_back_url: str) -> AsyncIterator[AsyncConnection]:
    """One open transaction, of which nothing is kept."""
    async with opened(rolled_back_url, make_engine) as engine, engine.connect() as connection:
        await connection.begin()
        yield connection


@pytest.fixture
async def world(conn: AsyncConnection, keyring: Keyring) -> World:
    """Lewisham and Wirral, empty but for a policy each; nothing is kept."""
    return await _two_partnerships(conn, keyring)


@pytest.fixture
async def kept_world(engine: AsyncEngine, keyring: Keyring) -> AsyncIterator[World]:
    """The same, committed to a database of its own."""
    async with engine.connect() as connection:
        made = await _two_partnerships(connection, keyring)
        await connection.commit()
        yield made


async def _two_partnerships(conn: AsyncConnection, keyring: Keyring) -> World:
    made = World(conn, keyring)
    await made.partnership(LEWISHAM)
    await made.partnership(WIRRAL)
    return made
