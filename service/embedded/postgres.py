"""PostgreSQL on a private socket, for one machine.

There is no TCP port and no password. Authentication is `peer` through a user map: the kernel tells the
server which user is at the other end of the socket, and only the user that started it may enter, as the
role `convene`. That is stronger than a password kept in a file, leaves no secret in a process list or a
log, and works although the server itself runs as another user.
"""

import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from service.embedded.account import Account, engine_account, give, own_name
from service.embedded.errors import EngineFailedError
from service.embedded.find import Source, find_postgres
from service.embedded.launcher import (
    KeptProcess,
    Order,
    folder_lock,
    make_folder,
    private_folder,
    run_once,
    start_kept,
    usable_copy,
    wait_ready,
)
from service.embedded.running import RunningEngine

ROLE = "convene"
PORT = 5432  # names the socket file; nothing listens on the network
_READY_SECONDS = 60.0
_ORPHANS_SECONDS = 20.0
_STATUS_LINE = 7  # of postmaster.pid: what pg_ctl reads to know that the server takes connections


@dataclass(frozen=True, slots=True)
class _Place:
    programs: Path
    cluster: Path
    sockets: Path
    log: Path
    account: Account | None
    leftovers: tuple[Path, ...]
    settings: tuple[str, ...]


class RunningPostgres(RunningEngine):
    """A running server; made by `postgres`."""

    name = "PostgreSQL"

    def __init__(self, place: _Place) -> None:
        self._place = place
        super().__init__()

    @property
    def url(self) -> str:
        """SQLAlchemy address of the maintenance database."""
        return self.url_for("postgres")

    @property
    def sockets(self) -> Path:
        """The private folder that holds the socket."""
        return self._place.sockets

    @property
    def log(self) -> Path:
        """The server's log."""
        return self._place.log

    def url_for(self, database: str) -> str:
        """SQLAlchemy address of `database`."""
        return f"postgresql+asyncpg://{ROLE}@/{database}?host={quote(str(self._place.sockets))}&port={PORT}"

    def _launch(self) -> KeptProcess:
        return _start(self._place)


@contextlib.contextmanager
def postgres(
    data_dir: Path | None = None,
    *,
    durable: bool = True,
    source: Source = "any",
    max_connections: int = 200,
) -> Iterator[RunningPostgres]:
    """Run PostgreSQL on `data_dir` (kept) or on a temporary folder (None), and stop it at the end.

    `durable=False` turns fsync off, for tests only: data survive kill -9 of the server, not of the machine.
    As root every folder on the way to `data_dir` must be open to the unprivileged user. Raises
    EngineMissingError, EngineFailedError, FolderClosedError or FolderBusyError.
    """
    account = engine_account()
    found = find_postgres(source, account)
    with private_folder("pg", account) as private, private_folder("bin", account) as copies:
        data = make_folder(data_dir or private / "data", account)
        initdb = usable_copy(found.folder / "initdb", found.packages, account, copies)
        with folder_lock(data) as held:
            cluster = _make_cluster(initdb, data, account, held, durable=durable)
        place = _Place(
            programs=initdb.parent,
            cluster=cluster,
            sockets=private,
            log=data / "server.log",
            account=account,
            leftovers=(private, copies),
            settings=_settings(private, max_connections, durable=durable),
        )
        running = RunningPostgres(place)
        try:
            yield running
        finally:
            running.stop()


def _make_cluster(initdb: Path, data: Path, account: Account | None, held: int, *, durable: bool) -> Path:
    cluster = data / "cluster"
    if not cluster.exists():
        # Made beside and then renamed: an interrupted initdb is never taken for a database.
        unfinished = data / "cluster.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        give(unfinished, account)
        command = [str(initdb), "-D", str(unfinished), "-U", ROLE, "--encoding=UTF8", "--locale=C"]
        command += ["--auth-local=peer", "--auth-host=reject"]
        run_once(tuple(command if durable else [*command, "--no-sync"]), account, held)
        unfinished.rename(cluster)
    return cluster


def _settings(sockets: Path, max_connections: int, *, durable: bool) -> tuple[str, ...]:
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700",
        "port": str(PORT),
        "max_connections": str(max_connections),
        "timezone": "UTC",
        "log_timezone": "UTC",
        "logging_collector": "off",
        "log_destination": "stderr",
        # A statement, or the row it tripped over, can carry what must not be in a log.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }
    if not durable:
        # Commits still reach the kernel at once, so a killed server loses nothing; only a lost machine would.
        settings |= {"fsync": "off", "full_page_writes": "off"}
    return tuple(word for name, value in settings.items() for word in ("-c", f"{name}={value}"))


def _start(place: _Place) -> KeptProcess:
    _write_access(place.cluster)
    deadline = time.monotonic() + _ORPHANS_SECONDS
    with folder_lock(place.cluster.parent) as held:
        while True:
            _forget_stale_pid(place.cluster)
            begins = place.log.stat().st_size if place.log.exists() else 0
            try:
                return _start_once(place, held)
            except EngineFailedError:
                # After kill -9 the old server's children need a moment to notice and let go of the memory.
                if time.monotonic() > deadline or not _orphans_remain(place.log, begins):
                    raise
                time.sleep(0.1)


def _start_once(place: _Place, held: int) -> KeptProcess:
    command = (str(place.programs / "postgres"), "-D", str(place.cluster), *place.settings)
    # SIGINT is PostgreSQL's "fast" stop: it ends the sessions and writes a checkpoint.
    process = start_kept(Order(command, place.log, signal.SIGINT, 30.0, place.account, place.leftovers), held)
    status = place.cluster / "postmaster.pid"

    def ready() -> bool:
        lines = _lines(status)
        return (
            len(lines) > _STATUS_LINE
            and lines[0].strip() == str(process.pid)
            and lines[_STATUS_LINE].strip() == "ready"
        )

    wait_ready(process, ready, _READY_SECONDS, place.log, "PostgreSQL")
    return process


def _write_access(cluster: Path) -> None:
    try:
        user = own_name()
    except KeyError:
        raise EngineFailedError(f"user id {os.geteuid()} has no name on this system, which PostgreSQL needs") from None
    (cluster / "pg_hba.conf").write_text("local all all peer map=starter\n")
    (cluster / "pg_ident.conf").write_text(f'starter "{user}" {ROLE}\n')


def _orphans_remain(log: Path, begins: int) -> bool:
    with log.open("rb") as written:
        written.seek(begins)
        return b"pre-existing shared memory block" in written.read()


def _forget_stale_pid(cluster: Path) -> None:
    """Remove a pid file whose number now belongs to some other process.

    PostgreSQL itself recovers from a pid that no longer exists, but refuses to start when the number
    was given to another process of the same user, which happens in containers. We hold the
    folder's lock, and on Linux every process of a server works inside its cluster: if none does,
    nobody uses it. Elsewhere the decision is left to PostgreSQL.
    """
    status = cluster / "postmaster.pid"
    if not sys.platform.startswith("linux") or not status.exists():
        return
    for process in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if process.samefile(cluster):
                return
    status.unlink(missing_ok=True)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []
