"""One whole world for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from service.embedded.databases import create_database
from service.embedded.postgres import RunningPostgres
from tests.databases import Databases, run_on
from tests.journey.world import ONE_DESK, World, a_world, founded


@pytest.fixture(scope="session")
def founded_databases(postgres_server: RunningPostgres, template_database: str) -> Iterator[Databases]:
    """Databases that hold the partnership, the mailbox and the policy of every world."""
    name = "founded"
    run_on(create_database(postgres_server, name, template_database), founded)
    with Databases(postgres_server, name) as made:
        yield made


@pytest.fixture
def database_url(founded_databases: Databases) -> Iterator[str]:
    """The address of a database in which a world can begin; ``engine`` is on it."""
    with founded_databases.one() as address:
        yield address


@pytest.fixture
def journey_database(database_url: str) -> str:
    """The address of the database that ``engine`` is on."""
    return database_url


@pytest.fixture
async def world(engine: AsyncEngine) -> AsyncIterator[World]:
    async with a_world(engine) as made:
        yield made


@pytest.fixture
async def small(engine: AsyncEngine) -> AsyncIterator[World]:
    """A world whose directory knows one agency: a meeting is one event and one message."""
    async with a_world(engine, desks=ONE_DESK) as made:
        yield made
