"""The whole service on one machine against the sandbox: engines, sandbox, web and worker, each a process of its own.

The demo plays its story on it, and the crash tests kill its parts. Secrets are made for each run and live in files
only their owner can read; nothing listens beyond loopback.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import secrets
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
from service.demo.client import Stage
from service.demo.directories import directory_file
from service.embedded.engines import Engines, engines
from service.embedded.launcher import KeptProcess

PARTNERSHIPS = {
    "lewisham": ("Lewisham Safeguarding Children Partnership", "020 7946 0101"),
    "wirral": ("Wirral Safeguarding Children Partnership", "01632 960101"),
}
TENANT, APPLICATION, CLIENT = "00000000-0000-4000-8000-000000000001", "convene-demo", "case-systems"
RIGHTS = ["requests", "read", "arrange", "answer", "attendance", "report"]
_READY_SECONDS = 60.0
_SECRET = {
    "sealing_keys",
    "answer_link_secret",
    "graph_client_secret",
    "webhook_sources",
}


@dataclass(slots=True)
class WholeService:
    """Everything that runs. ``parts`` are the processes by name: sandbox, web, worker."""

    folder: Path
    engines: Engines
    clock: Clock
    web_port: int
    sandbox_port: int
    secret: Mapping[str, str]
    settings: dict[str, str] = field(default_factory=dict)
    parts: dict[str, KeptProcess] = field(default_factory=dict)

    @property
    def stage(self) -> Stage:
        """What the story needs to know of it."""
        return Stage(
            service_url=f"http://127.0.0.1:{self.web_port}",
            sandbox_url=f"http://127.0.0.1:{self.sandbox_port}",
            sandbox_token=self.secret["control_token"],
            api_key=self.secret["api_key"],
            senders={name: (source_of(name), self.secret[f"webhook_{name}"]) for name in PARTNERSHIPS},
            now=self.clock.now,
            real_now=real_now,
            speed=self.clock.speed,
        )

    def program(self, name: str) -> Program:
        """How one part is run."""
        arguments = {
            "sandbox": (
                *("service.sandbox", "--port", str(self.sandbox_port)),
                *("--config", str(self.folder / "sandbox.json")),
            ),
            "web": ("service", "serve"),
            "worker": ("service", "worker"),
        }[name]
        environment = {} if name == "sandbox" else self.settings
        return Program(name, arguments, environment, self.folder / f"{name}.log")

    def start(self, name: str) -> None:
        """Start one part; ``wait`` tells when it is ready. Raises ChildFailedError."""
        self.parts[name] = start(self.program(name))

    def wait(self, name: str) -> None:
        """Wait until a part is ready. Raises ChildFailedError, with the tail of its log."""
        program, process = self.program(name), self.parts[name]
        if name == "worker":
            wait_for_words(program, process, "worker ready", _READY_SECONDS)
            return
        port, path = (self.web_port, "/health/ready") if name == "web" else (self.sandbox_port, "/")
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
        self.settings = _settings(self)
        _write_private(self.folder / "sandbox.json", json.dumps(_sandbox_config(self)))


def source_of(partnership: str) -> str:
    """The name under which a partnership's case system sends its webhooks."""
    return f"{partnership}-case-system"


def organiser_of(partnership: str) -> str:
    """The mailbox that calls a partnership's meetings."""
    return f"strategy-meetings@{partnership}-council.example"


@contextlib.contextmanager
def whole_service(folder: Path, clock: Clock, keep: Path | None = None) -> Iterator[WholeService]:
    """Start the engines and prepare the database; the caller starts the parts. All of it stops at the end.

    ``folder`` takes logs and secrets; ``keep`` is a data folder that outlives the run. Raises ChildFailedError and
    what the engines raise.
    """
    web_port, sandbox_port = free_ports(2)
    with engines(keep, durable=keep is not None) as running:
        whole = WholeService(folder, running, clock, web_port, sandbox_port, _new_secrets())
        whole.set_clock(clock)
        try:
            _prepare(whole)
            yield whole
        finally:
            whole.stop_all()


def _prepare(whole: WholeService) -> None:
    run_to_end(Program("migrate", ("service", "migrate"), whole.settings, whole.folder / "migrate.log"))
    for name in PARTNERSHIPS:
        arguments = ("service", "directory", "import", str(directory_file(name)), "--partnership", name)
        run_to_end(Program(f"directory of {name}", arguments, whole.settings, whole.folder / "directory.log"))


def _new_secrets() -> dict[str, str]:
    return {
        "sealing_key": base64.b64encode(secrets.token_bytes(32)).decode(),
        "answer_link": secrets.token_urlsafe(48),
        "graph_client": secrets.token_urlsafe(32),
        "control_token": secrets.token_urlsafe(32),
        "api_key": secrets.token_urlsafe(32),
        **{f"webhook_{name}": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode() for name in PARTNERSHIPS},
    }


def _settings(whole: WholeService) -> dict[str, str]:
    """The environment of web and worker. Secrets are named by file, because a keeper's order can be seen."""
    sandbox, web = f"http://127.0.0.1:{whole.sandbox_port}", f"http://127.0.0.1:{whole.web_port}"
    clock, secret = whole.clock, whole.secret
    values: dict[str, object] = {
        "database_url": whole.engines.database_url,
        "redis_url": whole.engines.redis_url,
        "sealing_keys": {"demo": secret["sealing_key"]},
        "sealing_key_current": "demo",
        "answer_link_secret": secret["answer_link"],
        "public_url": web,
        "partnerships": {name: _partnership(name) for name in PARTNERSHIPS},
        "webhook_sources": {
            source_of(name): {"partnership": name, "secrets": [secret[f"webhook_{name}"]]} for name in PARTNERSHIPS
        },
        "api_clients": {
            CLIENT: {
                "key_sha256": hashlib.sha256(secret["api_key"].encode()).hexdigest(),
                "partnerships": list(PARTNERSHIPS),
                "may": RIGHTS,
            }
        },
        "graph_url": f"{sandbox}/v1.0",
        "graph_authority": sandbox,
        "graph_tenant_id": TENANT,
        "graph_client_id": APPLICATION,
        "graph_client_secret": secret["graph_client"],
        "graph_is_sandbox": "true",
        "graph_messages_per_minute": "1000000",
        "graph_requests_per_10_minutes": "1000000",
        "graph_notification_url": f"{web}/graph/notifications",
        "bind_port": str(whole.web_port),
        "sweep_seconds": "1",
        "poll_seconds": "2",
    }
    if clock.epoch and clock.started:
        values["clock_epoch"], values["clock_started"] = clock.epoch.isoformat(), clock.started.isoformat()
        values["clock_speed"] = str(clock.speed)
    return {f"CONVENE_{name.upper()}": text for name, text in _as_text(whole.folder, values)}


def _as_text(folder: Path, values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        text = value if isinstance(value, str) else json.dumps(value)
        if name in _SECRET:
            _write_private(folder / f"{name}.secret", text)
            yield f"{name}_file", str(folder / f"{name}.secret")
        else:
            yield name, text


def _partnership(name: str) -> dict[str, object]:
    title, phone = PARTNERSHIPS[name]
    return {
        "name": title,
        "pack": name,
        "service_address": f"Strategy meetings team, {name.capitalize()} Council, 1 Imaginary Square",
        "service_phone": phone,
        "organiser_mailboxes": [organiser_of(name)],
    }


def _sandbox_config(whole: WholeService) -> dict[str, object]:
    config: dict[str, object] = {
        "tenant_id": TENANT,
        "client_id": APPLICATION,
        "client_secret": whole.secret["graph_client"],
        "mailboxes": [organiser_of(name) for name in PARTNERSHIPS],
        "control_token": whole.secret["control_token"],
        "requests_per_10_minutes": 1_000_000,
    }
    if whole.clock.epoch and whole.clock.started:
        config |= {
            "epoch": whole.clock.epoch.isoformat(),
            "started": whole.clock.started.isoformat(),
            "speed": whole.clock.speed,
        }
    return config


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


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
