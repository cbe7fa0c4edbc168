"""Engines for every test: one PostgreSQL and one Valkey per test process, a database for each test alone.

The schema is migrated once into a template; each test that asks for a database gets a copy of it, emptied for the next.
"""

import gc
import itertools
import os
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from functools import cache

import httpx
import pytest
import redis
from hypothesis import Phase, settings
from sqlalchemy.ext.asyncio import AsyncEngine

from service.embedded.databases import create_database, drop_database
from service.embedded.postgres import RunningPostgres, postgres
from service.embedded.valkey import RunningValkey, valkey
from tests.databases import Databases, opened, run_on

# No example has a time of its own to keep: on a busy machine that would fail a test that says nothing of time.
settings.register_profile("convene", deadline=None)
settings.load_profile("convene")
# For ``make mutants``: the same examples every time, and no search for the smallest one that tells a mutant apart.
settings.register_profile(
    "mutants", derandomize=True, database=None, deadline=None, phases=(Phase.explicit, Phase.generate)
)

# The files that take longest, the longest first. It is an order and no promise: one that is missing comes later.
LONGEST_FIRST = (
    "crash/test_kill_nine.py",
    "fortnight/test_fortnights_in_autumn.py",
    "fortnight/test_fortnights_in_spring.py",
    "journey/test_power_cut.py",
    "browser/test_every_page.py",
    "browser/test_every_state.py",
    "demo/test_demo_story.py",
    "browser/test_six_journeys.py",
    "browser/test_journeys.py",
    "journey/test_crash_points.py",
    "journey/test_never_undurable.py",
    "handlers/test_api_description.py",
    "handlers/test_any_form_any_text.py",
    "journey/test_never_lost_to_graph.py",
    "journey/test_changed_in_outlook.py",
    "journey/test_never_tells_a_stopped_inbox.py",
    "journey/test_calendar_mail.py",
    "workflow/test_report_pack.py",
    "store/test_scope.py",
    "store/test_migrations.py",
    "journey/test_never_two_events.py",
    "workflow/test_standard_report.py",
    "journey/test_crash_jobs.py",
    "journey/test_messages_per_person.py",
    "journey/test_meeting_machine.py",
    "journey/test_taken_out.py",
    "crash/test_duty_desk_at_every_wait.py",
    "handlers/test_looking_changes_nothing.py",
    "handlers/test_dip_pages.py",
    "browser/test_chair_journey.py",
    "browser/test_offices_journey.py",
    "bench/test_benches.py",
    "commands/test_simulate_command.py",
    "journey/test_many_workers.py",
    "embedded/test_engine_lifetime.py",
)

_TEMPLATE = "migrated"
_numbers = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--thorough`` tries every point where a crash is possible; without it every few of them."""
    parser.addoption("--thorough", action="store_true", help="try every crash point, as make soak does")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where processes share the tests, hand out the files that take longest first, then those with the most tests.

    A long one begun last would leave every other process without work.
    """
    if hasattr(config, "workerinput"):
        sizes = Counter(item.path for item in items)
        last = len(LONGEST_FIRST)
        place = {config.rootpath / "tests" / name: number for number, name in enumerate(LONGEST_FIRST)}
        items.sort(key=lambda item: (place.get(item.path, last), -sizes[item.path]))


def pytest_collection_finish() -> None:
    """Take what stands until the end (modules, the tests themselves) out of garbage collection: it is never garbage.

    What a test makes is looked through less often, too: most of it is still in use when Python would have looked.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


@pytest.fixture(scope="session")
def thorough(pytestconfig: pytest.Config) -> bool:
    """Whether every crash point is to be tried."""
    return bool(pytestconfig.getoption("--thorough"))


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):  # noqa: TID251 - removing, not reading
        if name.startswith("CONVENE_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session", autouse=True)
def _authorities_read_once() -> Iterator[None]:
    """Each of a test's HTTP clients would read the certificates of all authorities again, to speak plain HTTP then."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpx._transports.default.create_ssl_context", cache(httpx.create_ssl_context))
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[RunningPostgres]:
    """A PostgreSQL of this test process."""
    with postgres(durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[RunningValkey]:
    """A Valkey of this test process."""
    with valkey() as server:
        yield server


@pytest.fixture(scope="session")
def template_database(postgres_server: RunningPostgres) -> str:
    """Name of a database migrated to head, to be cloned; nobody may stay connected to it."""
    from service.store.migrate import upgrade  # noqa: PLC0415 - tests without a database do not wait for alembic

    upgrade(create_database(postgres_server, _TEMPLATE))
    return _TEMPLATE


@pytest.fixture
def empty_database_url(postgres_server: RunningPostgres) -> Iterator[str]:
    """Address of a database without any table."""
    name = f"empty_{next(_numbers)}"
    yield create_database(postgres_server, name)
    drop_database(postgres_server, name)


@pytest.fixture(scope="session")
def databases(postgres_server: RunningPostgres, template_database: str) -> Iterator[Databases]:
    """Databases migrated to head."""
    with Databases(postgres_server, template_database) as made:
        yield made


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """Address of a database with nothing in it, migrated to head."""
    with databases.one() as address:
        yield address


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on the fresh database, disposed of afterwards."""
    async with opened(database_url) as made:
        yield made


@pytest.fixture(scope="session")
def furnished_databases(postgres_server: RunningPostgres, template_database: str) -> Iterator[Databases]:
    """Databases that hold what a house of ``tests/handlers/house.py`` begins with."""
    from tests.handlers.house import furnished  # noqa: PLC0415 - tests without a house do not wait for the pages

    name = "furnished"
    run_on(create_database(postgres_server, name, template_database), furnished)
    with Databases(postgres_server, name) as made:
        yield made


@pytest.fixture
async def furnished_engine(furnished_databases: Databases) -> AsyncIterator[AsyncEngine]:
    """An engine on the database of a house."""
    with furnished_databases.one() as address:
        async with opened(address) as made:
            yield made


@pytest.fixture
def redis_url(valkey_server: RunningValkey) -> str:
    """Address of an empty Valkey database."""
    with redis.Redis.from_url(valkey_server.url) as client:
        client.flushall()
    return valkey_server.url
