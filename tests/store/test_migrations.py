"""Migrations: up, down, and no difference between what they make and what the code expects."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from service.store import migrate
from service.store.engine import make_engine
from service.store.tables import metadata


async def tables_of(database_url: str) -> set[str]:
    engine = make_engine(database_url, pool_size=1)
    try:
        async with engine.connect() as conn:
            names: list[str] = await conn.run_sync(lambda sync: inspect(sync).get_table_names())
    finally:
        await engine.dispose()
    return set(names) - {"alembic_version"}


async def test_migrations_go_up_from_empty_and_down_to_empty_twice(empty_database_url: str) -> None:
    assert migrate.current(empty_database_url) is None
    for _ in range(2):
        migrate.upgrade(empty_database_url)
        assert migrate.current(empty_database_url) == migrate.head()
        assert await tables_of(empty_database_url) == set(metadata.tables)
        migrate.downgrade(empty_database_url, "base")
        assert migrate.current(empty_database_url) is None
        assert await tables_of(empty_database_url) == set()


def test_each_migration_alone_goes_up_down_and_up_again(empty_database_url: str) -> None:
    revisions = [script.revision for script in ScriptDirectory.from_config(migrate._config()).walk_revisions()]
    for revision in reversed(revisions):
        migrate.upgrade(empty_database_url, revision)
        migrate.downgrade(empty_database_url, "-1")
        migrate.upgrade(empty_database_url, revision)
        assert migrate.current(empty_database_url) == revision


async def test_the_migrated_database_is_what_the_tables_say(database_url: str) -> None:
    def differences(sync: Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(sync, opts=options), metadata))

    engine = make_engine(database_url, pool_size=1)
    async with engine.connect() as conn:
        assert await conn.run_sync(differences) == []
    await engine.dispose()


async def test_every_check_constraint_of_the_tables_is_in_the_database(database_url: str) -> None:
    """Alembic does not compare check constraints, so this does."""
    engine = make_engine(database_url, pool_size=1)
    async with engine.connect() as conn:
        found = set((await conn.execute(text("SELECT conname FROM pg_constraint WHERE contype = 'c'"))).scalars())
    await engine.dispose()
    wanted = {
        f"ck_{table.name}_{check.name}" if not str(check.name).startswith("ck_") else str(check.name)
        for table in metadata.tables.values()
        for check in table.constraints
        if check.__visit_name__ == "check_constraint"
    }
    assert wanted <= found


async def test_the_extension_for_exclusion_constraints_is_there(database_url: str) -> None:
    engine = make_engine(database_url, pool_size=1)
    async with engine.connect() as conn:
        found = await conn.scalar(text("SELECT count(*) FROM pg_extension WHERE extname = 'btree_gist'"))
    await engine.dispose()
    assert found == 1


def test_two_runners_at_once_do_the_work_once(empty_database_url: str) -> None:
    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(migrate.upgrade, empty_database_url) for _ in range(2)]:
            done.result()
    assert migrate.current(empty_database_url) == migrate.head()


async def test_a_migration_can_be_run_while_an_event_loop_runs(empty_database_url: str) -> None:
    migrate.upgrade(empty_database_url)
    assert migrate.current(empty_database_url) == migrate.head()


@pytest.mark.parametrize("address", ["mysql://u:hidden@h/db", "not an address hidden", "sqlite:///hidden"])
def test_a_wrong_address_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(ValueError, match="database address") as refused:
        make_engine(address)
    assert "hidden" not in str(refused.value)
