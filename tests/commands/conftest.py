"""The command line over a database of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli import app
from service.embedded.databases import create_database, drop_database
from service.embedded.postgres import RunningPostgres
from tests.commands.commands_world import DIRECTORIES, MAILBOXES, Convene, settings_for

_numbers = itertools.count(1)


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
def prepared_template(postgres_server: RunningPostgres, template_database: str) -> str:
    """Name of a database that holds both partnerships and both directories, to be cloned."""
    name = "prepared"
    environment = settings_for(create_database(postgres_server, name, template_database), "redis://127.0.0.1:1")
    imports = [["directory", "import", str(DIRECTORIES / f"{each}.csv"), "-p", each] for each in MAILBOXES]
    for command in (["migrate"], *imports):
        assert CliRunner().invoke(app, command, env=environment).exit_code == 0
    return name


@pytest.fixture
def convene(
    bare: Convene, postgres_server: RunningPostgres, prepared_template: str, redis_url: str
) -> Iterator[Convene]:
    """Both partnerships there, both directories imported."""
    name = f"commands_{next(_numbers)}"
    for setting, value in settings_for(create_database(postgres_server, name, prepared_template), redis_url).items():
        bare.monkeypatch.setenv(setting, value)
    yield bare
    drop_database(postgres_server, name)


@pytest.fixture
def held(convene: Convene) -> str:
    """A meeting that has begun: its reference."""
    reference = str(convene.take_in()["meeting_reference"])
    convene.turn_clock(hours=6)
    return reference
