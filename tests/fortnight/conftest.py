"""One town for all fortnights of a test run."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from service.embedded.valkey import RunningValkey
from tests.databases import opened
from tests.fortnight.town import Town, a_town


@pytest.fixture
async def town(database_url: str, valkey_server: RunningValkey) -> AsyncIterator[Town]:
    async with opened(database_url) as engine, a_town(engine, valkey_server.url) as made:
        yield made
