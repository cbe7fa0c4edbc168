"""The whole demo as a person runs it: a process of its own, watched from outside."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "service", "demo"]


@pytest.mark.timeout(240)
def test_story_ends_well() -> None:
    done = subprocess.run(
        [*COMMAND, "--once"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )

    assert done.returncode == 0, done.stdout[-6000:]
    assert re.search(r"All \d+ expectations held", done.stdout)
    assert "Lewisham: attendance by agency" in done.stdout
    assert "/wirral/worklist" in done.stdout
    assert not _logs(done.stdout).exists()


@pytest.fixture
def _ctrl_c_is_heard() -> Iterator[None]:
    """A shell without job control starts its background jobs deaf to Ctrl-C, and their children inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.timeout(120)
@pytest.mark.usefixtures("_ctrl_c_is_heard")
def test_ctrl_c_stops_everything_it_started() -> None:
    with subprocess.Popen(
        COMMAND, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as demo:
        assert demo.stdout is not None
        said = ""
        for line in demo.stdout:
            said += line
            if "case 02" in line:
                break
        demo.send_signal(signal.SIGINT)
        said += demo.stdout.read()

    assert demo.returncode == 130, said[-3000:]
    assert "Traceback" not in said
    logs = _logs(said)
    assert not logs.exists()
    assert _mentioning(str(logs)) == []


def _logs(said: str) -> Path:
    found = re.search(r"Logs are in (\S+)", said)
    assert found, said[-3000:]
    return Path(found[1])


def _mentioning(folder: str) -> list[str]:
    """The command lines of processes that still use the run's folder; only Linux shows any."""
    lines = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if folder in line:
            lines.append(line)
    return lines
