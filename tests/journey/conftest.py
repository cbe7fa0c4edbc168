"""One whole world for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.journey.world import ONE_DESK, World, a_world


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
