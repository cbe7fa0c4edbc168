"""The launcher's processes: what cannot start says why, and nothing outlives the launcher."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from service.commands.children import ChildFailedError, Program, free_ports, run_to_end, start, wait_for_words
from service.commands.whole_service import RunFolder, run_folder
from service.demo.cases import all_cases, at
from service.demo.narrate import Narrator

LAUNCHER = """
import sys, time
from pathlib import Path
from service.commands.children import Program, start
kept = start(Program("sleeper", ("http.server", "0", "--bind", "127.0.0.1"), {}, Path(sys.argv[1]) / "sleeper.log"))
print(kept.pid, flush=True)
time.sleep(60)
"""


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    # A process that has ended but that nobody has waited for yet still has its number.
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z"


def test_free_ports_are_all_different() -> None:
    ports = free_ports(5)

    assert len(set(ports)) == 5


def test_a_command_that_fails_says_so_with_the_end_of_its_log(tmp_path: Path) -> None:
    program = Program("migrate", ("service", "no-such-command"), {}, tmp_path / "migrate.log")

    with pytest.raises(ChildFailedError, match=r"(?s)migrate ended with 2.*no-such-command"):
        run_to_end(program)


def test_a_process_that_ends_at_once_says_so_with_the_end_of_its_log(tmp_path: Path) -> None:
    program = Program("sandbox", ("service.sandbox", "--config", "missing.json"), {}, tmp_path / "sandbox.log")
    process = start(program)

    with pytest.raises(ChildFailedError, match=r"(?s)sandbox ended before it was ready.*missing\.json"):
        wait_for_words(program, process, "port", 20)
    process.stop()


def test_processes_end_when_the_launcher_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, str(tmp_path)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    ) as launcher:
        assert launcher.stdout is not None
        pid = int(launcher.stdout.readline())
        assert not _gone(pid)
        launcher.send_signal(signal.SIGKILL)

    deadline = time.monotonic() + 15
    while not _gone(pid):
        assert time.monotonic() < deadline, "the process outlived its launcher"
        time.sleep(0.05)


def test_a_run_leaves_nothing_behind_when_all_is_well() -> None:
    with run_folder() as folder:
        (folder.path / "web.log").write_text("ready")

    assert not folder.path.exists()


def _could_not_start(seen: list[RunFolder]) -> None:
    with run_folder() as folder:
        seen.append(folder)
        (folder.path / "web.log").write_text("refused")
        (folder.path / "sealing_keys.secret").write_text("secret")
        raise ChildFailedError("web ended")


def test_a_run_that_could_not_start_keeps_its_logs_and_no_secret() -> None:
    seen: list[RunFolder] = []
    with pytest.raises(ChildFailedError):
        _could_not_start(seen)

    folder = seen[0]
    try:
        assert [path.name for path in folder.path.iterdir()] == ["web.log"]
    finally:
        (folder.path / "web.log").unlink()
        folder.path.rmdir()


def test_without_a_terminal_the_story_is_plain_lines() -> None:
    written = io.StringIO()
    narrator = Narrator(Console(file=written, width=130))
    with narrator.day():
        narrator.passed(at("09:45"))
        narrator.say(at("09:45"), all_cases()[1], "midwifery said yes [in Outlook]")

    assert written.getvalue() == "09:45 Lewisham case 02: midwifery said yes [in Outlook]\n"
