"""One town for all fortnights of a test run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from service.embedded.databases import create_database, drop_database
from service.embedded.postgres import RunningPostgres
from service.embedded.valkey import RunningValkey
from tests.fortnight.town import Town, a_town


@pytest.fixture(scope="session")
def fortnight_database(postgres_server: RunningPostgres, template_database: str) -> Iterator[str]:
    """The address of the fortnights' database, migrated to head."""
    yield create_database(postgres_server, "fortnight", template_database)
    drop_database(postgres_server, "fortnight")


@pytest.fixture
async def town(fortnight_database: str, valkey_server: RunningValkey) -> AsyncIterator[Town]:
    engine = create_async_engine(fortnight_database)
    async with a_town(engine, valkey_server.url) as made:
        yield made
    await engine.dispose()
