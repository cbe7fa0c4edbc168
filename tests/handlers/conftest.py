"""One running house for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.handlers.house import House, a_house


@pytest.fixture
async def house(furnished_engine: AsyncEngine, redis_url: str) -> AsyncIterator[House]:
    async with a_house(furnished_engine, redis_url) as made:
        yield made
