"""What both engines share: private folders, copies for the unprivileged user, a lock, a kept process.

Sockets live in a short folder only their owner can enter, because a socket path has a limit of about
100 bytes whatever the data folder is called, and because the folder's mode is what keeps other users out.
"""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from service.embedded import keeper as keeper_script
from service.embedded.account import Account, first_closed, give
from service.embedded.errors import EngineFailedError, FolderBusyError, FolderClosedError

# The engines see none of our environment: no secrets, no PG* settings, and one locale everywhere.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}

_LONGEST_TEMPORARY = 60
_TAIL_LINES = 20
_BUSY_SECONDS = 15.0
_POLL_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Order:
    """How one engine is run: its command, its log, the signal that stops it and what it leaves behind."""

    command: tuple[str, ...]
    log: Path
    stop_signal: signal.Signals
    grace_seconds: float
    account: Account | None
    leftovers: tuple[Path, ...] = ()


class KeptProcess:
    """One engine under its keeper (see keeper.py); made by `start_kept`."""

    def __init__(self, keeper: "subprocess.Popen[bytes]", pid: int, grace_seconds: float) -> None:
        self._keeper = keeper
        self._grace_seconds = grace_seconds
        self.pid = pid

    @property
    def alive(self) -> bool:
        """Whether the engine has not ended yet."""
        return self._keeper.poll() is None

    def stop(self) -> None:
        """Ask the engine to stop and wait until it has; does nothing when it has ended already."""
        stdin = self._keeper.stdin
        if stdin is not None and not stdin.closed:
            with contextlib.suppress(BrokenPipeError):
                stdin.write(b"stop\n")
                stdin.flush()
        self._wait()

    def kill(self) -> None:
        """Send SIGKILL to the engine and wait until it is gone."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        self._wait()

    def _wait(self) -> None:
        self._keeper.wait(self._grace_seconds + 10)
        for pipe in (self._keeper.stdin, self._keeper.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


def start_kept(order: Order, held: int) -> KeptProcess:
    """Start an engine under a keeper that also inherits the lock `held`; raises EngineFailedError."""
    words = {
        "command": order.command,
        "log": str(order.log),
        "stop_signal": int(order.stop_signal),
        "grace_seconds": order.grace_seconds,
        "uid": order.account.uid if order.account else None,
        "gid": order.account.gid if order.account else None,
        "environment": ENVIRONMENT,
        "leftovers": [str(folder) for folder in order.leftovers],
    }
    script = Path(keeper_script.__file__)
    keeper = subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-I", "-S", str(script), json.dumps(words)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for us; we then stop the engines in order
        pass_fds=(held,),
    )
    line = keeper.stdout.readline() if keeper.stdout else b""
    said = json.loads(line or b"{}")
    if "pid" not in said:
        keeper.kill()
        keeper.communicate()
        why = said.get("error", "its keeper ended at once")
        raise EngineFailedError(f"{order.command[0]} could not be started: {why}")
    return KeptProcess(keeper, int(said["pid"]), order.grace_seconds)


def wait_ready(process: KeptProcess, ready: Callable[[], bool], seconds: float, log: Path, name: str) -> None:
    """Poll `ready` until it holds; raises EngineFailedError, with the log's tail, when it ends or takes too long."""
    deadline = time.monotonic() + seconds
    while not ready():
        if not process.alive:
            process.kill()
            raise EngineFailedError(f"{name} ended before it was ready\n{tail(log)}")
        if time.monotonic() > deadline:
            process.kill()
            raise EngineFailedError(f"{name} was not ready after {seconds:.0f} s\n{tail(log)}")
        time.sleep(_POLL_SECONDS)


def tail(log: Path) -> str:
    """Return the last lines of a log, or a word saying there is none."""
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        return "(no log)"
    return "\n".join(lines[-_TAIL_LINES:]) or "(the log is empty)"


def run_once(command: tuple[str, ...], account: Account | None, held: int, seconds: float = 120) -> None:
    """Run a preparing command as the engine's user; raises EngineFailedError with what it said."""
    try:
        done = subprocess.run(  # noqa: S603 - a program found by find.py
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=ENVIRONMENT,
            timeout=seconds,
            check=False,
            pass_fds=(held,),
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise EngineFailedError(f"{command[0]} could not be run: {error}") from error
    if done.returncode != 0:
        raise EngineFailedError(f"{command[0]} failed:\n{done.stdout.decode(errors='replace').strip()}")


@contextlib.contextmanager
def private_folder(word: str, account: Account | None) -> Iterator[Path]:
    """Make a short temporary folder, mode 0700, owned by `account`; it is removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix=f"convene-{word}-", dir=_temporary(account)))
    try:
        give(folder, account)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _temporary(account: Account | None) -> Path:
    usual = Path(tempfile.gettempdir()).resolve()
    if len(os.fsencode(usual)) <= _LONGEST_TEMPORARY and first_closed(usual, account) is None:
        return usual
    return Path("/tmp").resolve()  # noqa: S108 - a private folder is made inside it


def usable_copy(program: Path, packages: tuple[Path, ...], account: Account | None, into: Path) -> Path:
    """Return `program` where `account` can run it: itself, or inside a copy of `packages` under `into`."""
    if not packages or first_closed(program, account) is None:
        return program
    for package in packages:
        if package.is_dir():
            shutil.copytree(package, into / package.name, symlinks=True)
        else:
            shutil.copy2(package, into / package.name)
    _open_for_reading(into)
    return into / program.relative_to(packages[0].parent)


def _open_for_reading(made: Path) -> None:
    # Only ever called on a copy we have just made inside a private folder.
    for path in [made, *made.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode
            runs = path.is_dir() or mode & stat.S_IXUSR
            path.chmod(0o755 if runs else 0o644)


def make_folder(folder: Path, account: Account | None) -> Path:
    """Return `folder`, made for `account` with mode 0700 if it was missing; raises FolderClosedError."""
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True)
        give(folder, account)
    closed = first_closed(folder, account)
    if closed is not None:
        who = account.name if account else "this user"
        raise FolderClosedError(
            f"{folder} cannot be reached by {who}, the user the engines run as: {closed} is closed to it. "
            "Choose a data folder outside it, such as one under the temporary folder"
        )
    return folder.resolve()


@contextlib.contextmanager
def folder_lock(folder: Path) -> Iterator[int]:
    """Hold the folder's lock while starting; whoever inherits the descriptor goes on holding it.

    Waits a little, because an engine whose parent was killed needs a moment to stop. Raises FolderBusyError.
    """
    with (folder / "in-use").open("a") as lock:
        deadline = time.monotonic() + _BUSY_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise FolderBusyError(f"{folder} is in use by another launcher") from None
                time.sleep(0.05)
        yield lock.fileno()
