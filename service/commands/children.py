"""Processes of the demo: started under a keeper, so that none outlives the launcher however it ends.

The keeper is the one the embedded engines have (``service/embedded/keeper.py``): it holds a pipe to us, and stops its
child when the pipe closes. Its order travels in its arguments, so secrets go into files and never into an environment.
"""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import service
from service.embedded import keeper
from service.embedded.launcher import KeptProcess, tail

_GRACE_SECONDS = 8.0
_COMMAND_SECONDS = 120.0
_POLL_SECONDS = 0.05
_STEADY = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "PYTHONPATH": str(Path(service.__file__).resolve().parent.parent),
    "PYTHONUNBUFFERED": "1",
    "PYTHONUTF8": "1",
    "TZ": "UTC",
}


class ChildFailedError(Exception):
    """A process could not start or ended at once; the message carries the tail of its log. Caught by the launcher."""


@dataclass(frozen=True, slots=True)
class Program:
    """One process: its name, what follows ``python -m``, its settings and its log."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path

    @property
    def command(self) -> list[str]:
        """The whole command."""
        return [sys.executable, "-m", *self.arguments]


def start(program: Program) -> KeptProcess:
    """Start a process under a keeper. Raises ChildFailedError."""
    order = {
        "command": program.command,
        "log": str(program.log),
        "stop_signal": int(signal.SIGTERM),
        "grace_seconds": _GRACE_SECONDS,
        "uid": None,
        "gid": None,
        "environment": {**_STEADY, **program.environment},
        "leftovers": [],
    }
    kept = subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-I", "-S", str(Path(keeper.__file__)), json.dumps(order)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # Ctrl-C is for the launcher, which then stops everything in order.
        start_new_session=True,
    )
    said = json.loads((kept.stdout.readline() if kept.stdout else b"") or b"{}")
    if "pid" not in said:
        kept.kill()
        kept.communicate()
        raise ChildFailedError(f"{program.name} could not be started: {said.get('error', 'its keeper ended at once')}")
    return KeptProcess(kept, int(said["pid"]), _GRACE_SECONDS)


def run_to_end(program: Program) -> None:
    """Run a command that ends by itself. Raises ChildFailedError unless it ends well."""
    with program.log.open("ab") as log:
        try:
            done = subprocess.run(  # noqa: S603 - our own command line
                program.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={**_STEADY, **program.environment},
                timeout=_COMMAND_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ChildFailedError(f"{program.name} took over {_COMMAND_SECONDS:.0f} s\n{tail(program.log)}") from None
    if done.returncode != 0:
        raise ChildFailedError(f"{program.name} ended with {done.returncode}\n{tail(program.log)}")


def wait_for_port(program: Program, process: KeptProcess, port: int, path: str, seconds: float) -> None:
    """Wait until a local address answers 200. Raises ChildFailedError when the process ends or takes too long."""
    deadline = time.monotonic() + seconds
    while not _answers(port, path):
        if not process.alive:
            raise ChildFailedError(f"{program.name} ended before it was ready\n{tail(program.log)}")
        if time.monotonic() > deadline:
            raise ChildFailedError(f"{program.name} was not ready after {seconds:.0f} s\n{tail(program.log)}")
        time.sleep(_POLL_SECONDS)


def wait_for_words(program: Program, process: KeptProcess, words: str, seconds: float) -> None:
    """Wait until a process has written some words to its log. Raises ChildFailedError as ``wait_for_port`` does."""
    deadline = time.monotonic() + seconds
    while not (program.log.exists() and words in program.log.read_text(encoding="utf-8", errors="replace")):
        if not process.alive:
            raise ChildFailedError(f"{program.name} ended before it was ready\n{tail(program.log)}")
        if time.monotonic() > deadline:
            raise ChildFailedError(f"{program.name} was not ready after {seconds:.0f} s\n{tail(program.log)}")
        time.sleep(_POLL_SECONDS)


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def free_ports(number: int) -> list[int]:
    """Ports that nobody listens on at this moment, all different."""
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_STREAM) for _ in range(number)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
    finally:
        for one in sockets:
            one.close()
