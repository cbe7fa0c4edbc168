"""One running house for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.handlers.house import House, a_house


@pytest.fixture
async def house(engine: AsyncEngine) -> AsyncIterator[House]:
    async with a_house(engine) as made:
        yield made
