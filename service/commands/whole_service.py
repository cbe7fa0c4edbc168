"""The whole service on one machine against the sandbox: engines, sandbox, web and worker, each a process of its own.

The demo plays its story on it, and the crash tests kill its parts. Secrets are made for each run and live in files
only their owner can read; nothing listens beyond loopback.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from service.clock import Clock, real_now
from service.commands.children import (
    ChildFailedError,
    Program,
    free_ports,
    run_to_end,
    start,
    wait_for_port,
    wait_for_words,
)
from service.commands.whole_settings import (
    PARTNERSHIPS,
    Ground,
    new_secrets,
    settings_of,
    source_of,
    write_sandbox_config,
)
from service.demo.client import Stage
from service.demo.directories import directory_file
from service.embedded.engines import Engines, engines
from service.embedded.launcher import KeptProcess

_READY_SECONDS = 60.0


@dataclass(slots=True)
class WholeService:
    """Everything that runs. ``parts`` are the processes by name: sandbox, web, worker."""

    ground: Ground
    engines: Engines
    clock: Clock
    more_settings: Mapping[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    parts: dict[str, KeptProcess] = field(default_factory=dict)

    @property
    def stage(self) -> Stage:
        """What the story needs to know of it."""
        return Stage(
            service_url=self.ground.web_url,
            sandbox_url=self.ground.sandbox_url,
            sandbox_token=self.ground.secret["control_token"],
            api_key=self.ground.secret["api_key"],
            senders={name: (source_of(name), self.ground.secret[f"webhook_{name}"]) for name in PARTNERSHIPS},
            now=self.clock.now,
            real_now=real_now,
            speed=self.clock.speed,
        )

    def program(self, name: str) -> Program:
        """How one part is run."""
        arguments = {
            "sandbox": (
                *("service.sandbox", "--port", str(self.ground.sandbox_port)),
                *("--config", str(self.ground.folder / "sandbox.json")),
            ),
            "web": ("service", "serve"),
            "worker": ("service", "worker"),
        }[name]
        environment = {} if name == "sandbox" else self.settings
        return Program(name, arguments, environment, self.ground.folder / f"{name}.log")

    def start(self, name: str) -> None:
        """Start one part; ``wait`` tells when it is ready. Raises ChildFailedError."""
        self.parts[name] = start(self.program(name))

    def wait(self, name: str) -> None:
        """Wait until a part is ready. Raises ChildFailedError, with the tail of its log."""
        program, process = self.program(name), self.parts[name]
        if name == "worker":
            wait_for_words(program, process, "worker ready", _READY_SECONDS)
            return
        port, path = (self.ground.web_port, "/health/ready") if name == "web" else (self.ground.sandbox_port, "/")
        wait_for_port(program, process, port, path, _READY_SECONDS)

    def kill(self, name: str) -> None:
        """End one part by SIGKILL, as a crash would."""
        self.parts[name].kill()

    def start_all(self) -> None:
        """Start every part and wait until all are ready. Raises ChildFailedError."""
        self.start("sandbox")
        self.wait("sandbox")
        for name in ("web", "worker"):
            self.start(name)
        for name in ("web", "worker"):
            self.wait(name)

    def stop_all(self) -> None:
        """Stop every part in an orderly way, the sandbox last: the others still speak to it."""
        for name in ("web", "worker", "sandbox"):
            if name in self.parts:
                self.parts.pop(name).stop()

    def set_clock(self, clock: Clock) -> None:
        """Give every part that starts from now on this clock."""
        self.clock = clock
        self.settings = {**settings_of(self.ground, clock), **self.more_settings}
        write_sandbox_config(self.ground, clock)


@contextlib.contextmanager
def whole_service(
    folder: Path, clock: Clock, keep: Path | None = None, settings: Mapping[str, str] | None = None
) -> Iterator[WholeService]:
    """Start the engines and prepare the database; the caller starts the parts. All of it stops at the end.

    ``folder`` takes logs and secrets; ``keep`` is a data folder that outlives the run; ``settings`` are more of the
    environment of web and worker. Raises ChildFailedError and what the engines raise.
    """
    web_port, sandbox_port = free_ports(2)
    with engines(keep, durable=keep is not None) as running:
        ground = Ground(folder, running.database_url, running.redis_url, web_port, sandbox_port, new_secrets())
        whole = WholeService(ground, running, clock, settings or {})
        whole.set_clock(clock)
        try:
            _prepare(whole)
            yield whole
        finally:
            whole.stop_all()


def _prepare(whole: WholeService) -> None:
    run_to_end(Program("migrate", ("service", "migrate"), whole.settings, whole.ground.folder / "migrate.log"))
    for name in PARTNERSHIPS:
        file = ("service", "directory", "import", str(directory_file(name)), "--partnership", name)
        # Agencies that do not exist read their mail in the sandbox alone.
        arguments = (*file, "--known-because", "made-up agencies, whose inboxes the sandbox keeps")
        run_to_end(Program(f"directory of {name}", arguments, whole.settings, whole.ground.folder / "directory.log"))


def starting_in(epoch: datetime, speed: float, seconds: float) -> Clock:
    """A clock that reaches ``epoch`` this many real seconds from now."""
    return Clock(epoch, real_now() + timedelta(seconds=seconds), speed)


@dataclass(slots=True)
class RunFolder:
    """A private folder for one run's logs and secrets. ``wanted`` keeps it: something went wrong, see the logs."""

    path: Path
    wanted: bool = False


@contextlib.contextmanager
def run_folder() -> Iterator[RunFolder]:
    """Make the folder, and remove it at the end unless it is wanted; its secrets are removed always."""
    folder = RunFolder(Path(tempfile.mkdtemp(prefix="convene-demo-")))
    try:
        yield folder
    except ChildFailedError:
        folder.wanted = True
        raise
    finally:
        if folder.wanted:
            for secret in [*folder.path.glob("*.secret"), folder.path / "sandbox.json"]:
                secret.unlink(missing_ok=True)
        else:
            shutil.rmtree(folder.path, ignore_errors=True)
