"""One whole world for each test, in one database that is emptied before each: cloning one costs more than a journey."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from service.embedded.databases import create_database, drop_database
from service.embedded.postgres import RunningPostgres
from service.store.tables import metadata
from tests.journey.world import ONE_DESK, World, a_world

_EMPTIED = [text(f'DELETE FROM "{table.name}"') for table in reversed(metadata.sorted_tables)]  # noqa: S608


async def emptied(engine: AsyncEngine) -> None:
    """Delete every row of every table."""
    async with engine.begin() as conn:
        for statement in _EMPTIED:
            await conn.execute(statement)


@pytest.fixture(scope="session")
def journey_database(postgres_server: RunningPostgres, template_database: str) -> Iterator[str]:
    """The address of the journeys' database, migrated to head."""
    yield create_database(postgres_server, "journey", template_database)
    drop_database(postgres_server, "journey")


@pytest.fixture
async def engine(journey_database: str) -> AsyncIterator[AsyncEngine]:
    """An engine on the journeys' database, with nothing in it."""
    made = create_async_engine(journey_database)
    await emptied(made)
    yield made
    await made.dispose()


@pytest.fixture
async def world(engine: AsyncEngine) -> AsyncIterator[World]:
    async with a_world(engine) as made:
        yield made


@pytest.fixture
async def small(engine: AsyncEngine) -> AsyncIterator[World]:
    """A world whose directory knows one agency: a meeting is one event and one message."""
    async with a_world(engine, desks=ONE_DESK) as made:
        yield made
