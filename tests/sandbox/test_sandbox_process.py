"""The sandbox as a process of its own, its configuration, and its clock."""

import json
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from service.sandbox.__main__ import main
from service.sandbox.clock import Clock, graph_instant, real_now
from service.sandbox.config import SandboxConfig

RAW: dict[str, Any] = {
    "tenant_id": "t",
    "client_id": "c",
    "client_secret": "s",
    "mailboxes": ["meetings@council.example"],
    "control_token": "k",
}


def test_the_process_says_its_port_serves_and_ends_when_told(tmp_path: Path) -> None:
    config = tmp_path / "sandbox.json"
    config.write_text(json.dumps(RAW))
    command = [sys.executable, "-m", "service.sandbox", "--port", "0", "--config", str(config)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())["port"]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=5) as answer:
            assert json.load(answer) == {"status": "up"}
        taken = [*command[:4], str(port), *command[5:]]
        second = subprocess.run(taken, capture_output=True, text=True, timeout=30, check=False)
        assert (second.returncode, second.stdout) == (2, "")
        assert f"cannot listen on 127.0.0.1 port {port}" in second.stderr
        process.terminate()
        assert process.wait(10) == 0


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "council.example"])  # noqa: S104
def test_it_listens_on_loopback_only(tmp_path: Path, host: str, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "sandbox.json"
    config.write_text(json.dumps(RAW))
    assert main(["--host", host, "--config", str(config)]) == 2
    assert capsys.readouterr().err.startswith("sandbox: ")


BAD: list[tuple[str, str]] = [
    ("[]", "must be a JSON object"),
    ("{", "Expecting property name"),
    (json.dumps({**RAW, "colour": 1}), "unknown settings: colour"),
    (json.dumps({**RAW, "mailboxes": []}), "at least one organiser mailbox"),
    (json.dumps({**RAW, "client_secret": ""}), "client_secret must not be empty"),
    (json.dumps({**RAW, "speed": 0}), "speed must be above zero"),
    (json.dumps({**RAW, "epoch": "2026-12-01T09:00:00"}), "epoch must carry a UTC offset"),
    (json.dumps({"tenant_id": "t"}), "missing"),
]


@pytest.mark.parametrize(("text", "sentence"), BAD)
def test_a_configuration_that_cannot_work_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        SandboxConfig.from_json(text)


def test_a_configuration_shows_no_secret() -> None:
    config = SandboxConfig.from_json(json.dumps({**RAW, "client_secret": "hush", "control_token": "quiet"}))
    assert "hush" not in repr(config)
    assert "quiet" not in repr(config)


def test_business_time_starts_at_the_epoch_and_passes_at_its_speed() -> None:
    epoch = datetime(2026, 12, 1, 9, tzinfo=timezone(timedelta(hours=1)))
    started = real_now() - timedelta(seconds=10)
    now = Clock(epoch, started, 360.0).now()
    assert timedelta(hours=1) <= now - epoch < timedelta(hours=1, minutes=10)
    assert now.tzinfo is UTC


def test_without_an_epoch_time_is_real() -> None:
    before = real_now()
    assert before <= Clock().now() <= real_now()


def test_an_instant_is_written_as_graph_writes_it() -> None:
    assert graph_instant(datetime(2026, 7, 1, 10, 0, 0, 1, tzinfo=UTC)) == "2026-07-01T10:00:00.0000010Z"
    assert graph_instant(None) == "0001-01-01T00:00:00Z"
