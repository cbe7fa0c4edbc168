"""Valkey under our own launcher: private, written down, and strict about memory."""

import stat
from collections.abc import Callable
from pathlib import Path

import redis

from service.embedded.find import Source
from service.embedded.valkey import RunningValkey, valkey

Eventually = Callable[[Callable[[], bool]], bool]


def client_of(server: RunningValkey) -> redis.Redis:
    return redis.Redis.from_url(server.url)


def test_what_was_written_a_second_ago_survives_a_killed_server(
    folder: Path, source: Source, eventually: Eventually
) -> None:
    with valkey(folder / "data", source=source) as server:
        with client_of(server) as client:
            client.set("kept", "yes")
            # "everysec": the write is safe once nothing is waiting for the disk.
            assert eventually(lambda: client.info("persistence")["aof_pending_bio_fsync"] == 0)
        server.kill()
        server.start()
        with client_of(server) as client:
            assert client.get("kept") == b"yes"


def test_the_same_folder_serves_twice_in_a_row_even_with_spaces(folder: Path, source: Source) -> None:
    spaced = folder / "a folder, with 'quotes' and spaces" / ("y" * 100)
    with valkey(spaced, source=source) as server, client_of(server) as client:
        client.set("kept", "yes")
    with valkey(spaced, source=source) as server:
        with client_of(server) as client:
            assert client.get("kept") == b"yes"
        server.restart()
        with client_of(server) as client:
            assert client.get("kept") == b"yes"


def test_two_servers_run_side_by_side_and_share_nothing(folder: Path) -> None:
    with (
        valkey(folder / "one") as one,
        valkey(folder / "two") as two,
        client_of(one) as first,
        client_of(two) as second,
    ):
        first.set("only", "here")
        assert second.get("only") is None


def test_the_server_has_a_private_socket_no_port_and_refuses_when_memory_is_full(source: Source) -> None:
    with valkey(source=source) as server, client_of(server) as client:
        settings = client.config_get("*")
        assert settings["port"] == "0"
        assert settings["appendonly"] == "yes"
        assert settings["appendfsync"] == "everysec"
        assert settings["maxmemory-policy"] == "noeviction"
        assert stat.S_IMODE(server.socket.parent.stat().st_mode) == 0o700
        assert stat.S_IMODE(server.socket.stat().st_mode) == 0o700
        assert server.socket.stat().st_uid != 0


def test_numbered_databases_are_apart(valkey_server: RunningValkey) -> None:
    with (
        redis.Redis.from_url(valkey_server.url_for(1)) as one,
        redis.Redis.from_url(valkey_server.url_for(2)) as two,
    ):
        one.set("only", "here")
        assert two.get("only") is None
        one.flushdb()
