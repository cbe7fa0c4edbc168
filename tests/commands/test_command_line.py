"""The command line as a whole: quick to start, plain in its refusals, and the same exit codes everywhere."""

import subprocess
import sys

import pytest

from tests.commands.commands_world import GROUPS, Convene

HEAVY = ("sqlalchemy", "aiohttp", "pydantic", "msgraph", "redis", "httpx", "alembic", "asyncpg", "holidays")


def test_the_help_waits_for_no_heavy_library() -> None:
    program = f"import sys, service.cli; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_python_dash_m_service_is_the_same_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "service", "--help"], capture_output=True, text=True, check=True, timeout=60
    )
    assert "strategy meeting" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("group", GROUPS)
def test_every_command_has_a_help_of_its_own(bare: Convene, group: str) -> None:
    assert "Usage" in bare.run(*group.split(), "--help").stdout


@pytest.mark.parametrize(
    "wrong",
    [
        ["meet"],
        ["policy", "explain"],
        ["report", "attendance", "--from", "2026-02-29", "--to", "2026-03-01"],
        ["report", "attendance", "--from", "1 March", "--to", "2026-03-01"],
        ["meeting", "confirm", "CV-7K3Q-9XHE", "--start", "2026-12-01T14:00"],
        ["answer", "CV-0000-0000", "--role", "gp", "--answer", "yes", "--by", "desk"],
        ["policy", "explain", "x.json", "--at", "teatime"],
        ["policy", "validate", "--on", "2026-13-01"],
    ],
)
def test_bad_usage_ends_with_2_and_prints_nothing_on_standard_output(bare: Convene, wrong: list[str]) -> None:
    assert bare.run(*wrong, code=2).stdout == ""


def test_missing_settings_are_refused_with_a_sentence_for_each(bare: Convene) -> None:
    said = bare.run("migrate", code=2).stderr
    assert "convene: CONVENE_DATABASE_URL: Field required." in said
    assert "convene: CONVENE_PARTNERSHIPS: Field required." in said
    assert "Traceback" not in said


@pytest.mark.parametrize("command", [["serve"], ["worker"], ["migrate"], ["directory", "check"], ["audit", "verify"]])
def test_a_wrong_setting_stops_every_process_before_it_starts(unprepared: Convene, command: list[str]) -> None:
    unprepared.set("DATABSE_URL", "postgresql://nowhere")
    said = unprepared.run(*command, code=2).stderr
    assert said == "convene: CONVENE_DATABSE_URL is not a setting of Convene; see docs/settings.md.\n"


@pytest.mark.parametrize(
    "command", [["migrate"], ["directory", "check", "-p", "wirral"], ["audit", "verify", "-p", "wirral"]]
)
def test_a_database_that_is_not_there_ends_with_3_and_keeps_its_password(
    unprepared: Convene, command: list[str]
) -> None:
    unprepared.set("DATABASE_URL", "postgresql+asyncpg://convene:hush-hush@127.0.0.1:1/convene")
    said = unprepared.run(*command, code=3).stderr
    assert said.startswith("convene: The database cannot be used (")
    assert "CONVENE_DATABASE_URL" in said
    assert "hush-hush" not in said


def test_a_database_without_tables_asks_for_the_migration(unprepared: Convene, empty_database_url: str) -> None:
    unprepared.set("DATABASE_URL", empty_database_url)
    said = unprepared.run("directory", "check", "-p", "lewisham", code=3).stderr
    assert "convene migrate" in said


def test_a_partnership_must_be_said_when_there_are_several(convene: Convene) -> None:
    assert "lewisham, wirral" in convene.run("directory", "check", code=2).stderr
    assert "no partnership 'lewisam'" in convene.run("directory", "check", "-p", "lewisam", code=2).stderr


def test_migrating_twice_changes_nothing_the_second_time(unprepared: Convene) -> None:
    first, second = unprepared.json("migrate"), unprepared.json("migrate")
    assert first["after"] == second["before"] == second["after"]
    assert second["partnerships"]["wirral"]["pack"] == "wirral"
    assert unprepared.json("audit", "verify", "-p", "lewisham")["events"] == 3


def test_a_database_is_brought_up_from_nothing(unprepared: Convene, empty_database_url: str) -> None:
    unprepared.set("DATABASE_URL", empty_database_url)
    assert unprepared.json("migrate")["before"] is None


def test_a_bad_pack_is_refused_before_the_database_is_touched(unprepared: Convene, empty_database_url: str) -> None:
    unprepared.set("DATABASE_URL", empty_database_url)
    unprepared.set(
        "PARTNERSHIPS",
        '{"kent": {"name": "Kent", "pack": "kent", "service_address": "x", '
        '"service_phone": "01632 960100", "organiser_mailboxes": ["m@kent.example"]}}',
    )
    assert "there is no pack 'kent'" in unprepared.run("migrate", code=2).stderr
    unprepared.set(
        "PARTNERSHIPS",
        '{"wirral": {"name": "Wirral", "pack": "wirral", "service_address": "x", '
        '"service_phone": "01632 960100", "organiser_mailboxes": ["m@wirral.example"]}}',
    )
    assert unprepared.json("migrate")["before"] is None
