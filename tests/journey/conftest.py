"""One whole world for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.journey.world import World, a_world


@pytest.fixture
async def world(engine: AsyncEngine) -> AsyncIterator[World]:
    async with a_world(engine) as made:
        yield made
