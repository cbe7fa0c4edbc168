"""Starts the service's own processes as an administrator would, on loopback, and stops them again."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

PATIENCE_SECONDS = 60.0


class NotStartedError(Exception):
    """A process ended or stayed silent; the words are the end of its log."""


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextlib.contextmanager
def running(command: str, log: Path, environment: Mapping[str, str], *arguments: str) -> Iterator[Callable[[], None]]:
    """Run ``python -m service COMMAND`` until the block ends. The value raises NotStartedError once it has ended."""
    with log.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "service", command, *arguments],
            env={"PATH": os.defpath, **environment},
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
        )

    def still_there() -> None:
        if process.poll() is not None:
            raise NotStartedError(f"{command} ended with {process.returncode}: {log.read_text()[-2000:]}")

    try:
        yield still_there
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()


def wait_for_words(words: str, log: Path, still_there: Callable[[], None]) -> str:
    """The first line of a log that holds these words.

    Raises:
        NotStartedError: the process ended, or did not say so in a minute.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        for line in log.read_text().splitlines():
            if words in line:
                return line
        still_there()
        time.sleep(0.05)
    raise NotStartedError(f"no {words!r} in: {log.read_text()[-2000:]}")


@contextlib.contextmanager
def sandbox(folder: Path, settings: Mapping[str, object]) -> Iterator[str]:
    """The pretend Microsoft 365 in a process of its own; the value is its address."""
    config, log = folder / "sandbox.json", folder / "sandbox.log"
    config.write_text(json.dumps(settings))
    with running("sandbox", log, {}, "--config", str(config)) as still_there:
        port = json.loads(wait_for_words('"port"', log, still_there))["port"]
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def web_and_worker(folder: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """A web process and a worker, both ready to work."""
    web, worker = folder / "web.log", folder / "worker.log"
    with running("serve", web, environment) as web_there, running("worker", worker, environment) as worker_there:
        wait_for_words("web ready", web, web_there)
        wait_for_words("worker ready", worker, worker_there)
        yield
