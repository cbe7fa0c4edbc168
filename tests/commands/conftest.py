"""The command line over a database of its own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from service.cli import app
from service.embedded.databases import create_database
from service.embedded.postgres import RunningPostgres
from service.store.engine import make_engine
from tests.commands.commands_world import DIRECTORIES, MAILBOXES, Convene, settings_for
from tests.databases import Databases, kept_engine


@pytest.fixture(scope="session", autouse=True)
def _commands_built_once() -> Iterator[None]:
    """The runner would build the tree of all commands again for each one it runs, which takes longer than most."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("typer.testing._get_command", cache(get_command))
        yield


@pytest.fixture(scope="session", autouse=True)
def _engines_kept() -> Iterator[None]:
    """Each command opens and closes its engine; what it compiles is what the next command on its database asks for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("service.commands.compose.make_engine", partial(kept_engine, make_engine))
        yield


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Convene:
    """The command line without any settings."""
    return Convene(monkeypatch, tmp_path)


@pytest.fixture
def unprepared(bare: Convene, database_url: str, redis_url: str) -> Convene:
    """Settings over a migrated database that holds nothing yet."""
    for name, value in settings_for(database_url, redis_url).items():
        bare.monkeypatch.setenv(name, value)
    return bare


@pytest.fixture(scope="session")
def prepared_databases(postgres_server: RunningPostgres, template_database: str) -> Iterator[Databases]:
    """Databases that hold both partnerships and both directories."""
    name = "prepared"
    environment = settings_for(create_database(postgres_server, name, template_database), "redis://127.0.0.1:1")
    known = ["--known-because", "made up for tests"]
    imports = [["directory", "import", str(DIRECTORIES / f"{each}.csv"), "-p", each, *known] for each in MAILBOXES]
    for command in (["migrate"], *imports):
        assert CliRunner().invoke(app, command, env=environment).exit_code == 0
    with Databases(postgres_server, name) as made:
        yield made


@pytest.fixture
def convene(bare: Convene, prepared_databases: Databases, redis_url: str) -> Iterator[Convene]:
    """Both partnerships there, both directories imported."""
    with prepared_databases.one() as address:
        for setting, value in settings_for(address, redis_url).items():
            bare.monkeypatch.setenv(setting, value)
        yield bare


@pytest.fixture
def held(convene: Convene) -> str:
    """A meeting that has begun: its reference."""
    reference = str(convene.take_in()["meeting_reference"])
    convene.turn_clock(hours=6)
    return reference
