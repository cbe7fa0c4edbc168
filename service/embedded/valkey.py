"""Valkey (or Redis) on a private socket, for one machine: no port, every write in an append-only file."""

import contextlib
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from service.embedded.account import Account, engine_account
from service.embedded.find import Source, find_valkey
from service.embedded.launcher import (
    KeptProcess,
    Order,
    folder_lock,
    make_folder,
    private_folder,
    start_kept,
    usable_copy,
    wait_ready,
)
from service.embedded.running import RunningEngine

_READY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class _Place:
    program: Path
    data: Path
    socket: Path
    log: Path
    account: Account | None
    leftovers: tuple[Path, ...]


class RunningValkey(RunningEngine):
    """A running server; made by `valkey`."""

    name = "Valkey"

    def __init__(self, place: _Place) -> None:
        self._place = place
        super().__init__()

    @property
    def url(self) -> str:
        """redis-py address of database 0."""
        return self.url_for(0)

    @property
    def socket(self) -> Path:
        """The socket file."""
        return self._place.socket

    @property
    def log(self) -> Path:
        """The server's log."""
        return self._place.log

    def url_for(self, number: int) -> str:
        """redis-py address of database `number`, 0 to 15."""
        return f"unix://{self._place.socket}?db={number}"

    def _launch(self) -> KeptProcess:
        return _start(self._place)


@contextlib.contextmanager
def valkey(data_dir: Path | None = None, *, source: Source = "any") -> Iterator[RunningValkey]:
    """Run Valkey on `data_dir` (kept) or on a temporary folder (None), and stop it at the end.

    Raises EngineMissingError, EngineFailedError, FolderClosedError or FolderBusyError.
    """
    account = engine_account()
    program, packages = find_valkey(source, account)
    with private_folder("vk", account) as private, private_folder("bin", account) as copies:
        data = make_folder(data_dir or private / "data", account)
        place = _Place(
            program=usable_copy(program, packages, account, copies),
            data=data,
            socket=private / "valkey.sock",
            log=data / "server.log",
            account=account,
            leftovers=(private, copies),
        )
        running = RunningValkey(place)
        try:
            yield running
        finally:
            running.stop()


def _start(place: _Place) -> KeptProcess:
    settings = {
        "port": "0",
        "unixsocket": str(place.socket),
        "unixsocketperm": "700",
        "dir": str(place.data),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "logfile": "",
    }
    command = [str(place.program)]
    for name, value in settings.items():
        command += [f"--{name}", value]
    order = Order(tuple(command), place.log, signal.SIGTERM, 10.0, place.account, place.leftovers)
    with folder_lock(place.data) as held:
        process = start_kept(order, held)
    wait_ready(process, lambda: _answers(place.socket), _READY_SECONDS, place.log, "Valkey")
    return process


def _answers(path: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(1.0)
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(64).startswith(b"+PONG")
    except OSError:
        return False
