"""The Makefile, the lock files and the run script, as far as they can be checked without running them."""

import re
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
MAKEFILE = (PROJECT / "Makefile").read_text()


def locked(name: str) -> set[str]:
    text = (PROJECT / "requirements" / f"{name}.txt").read_text()
    return set(re.findall(r"^([a-z0-9][^ ;\\]*)", text, re.M))


def test_help_names_every_target_a_person_may_call() -> None:
    said = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout
    for target in ("setup", "assets", "demo", "test", "check", "bench", "fmt", "clean", "lock"):
        assert f"make {target} " in said


def test_no_target_depends_on_where_the_folder_is() -> None:
    assert not re.search(r"CURDIR|\$\(PWD\)|abspath|realpath", MAKEFILE)
    assert "activate" not in MAKEFILE


@pytest.mark.parametrize("name", ["runtime", "embedded", "dev"])
def test_every_locked_package_has_hashes_and_no_address(name: str) -> None:
    text = (PROJECT / "requirements" / f"{name}.txt").read_text()
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.M)[1:]
    assert [entry.split("\n")[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert not re.search(r"https?://|--index-url|--find-links|file:", text)


def test_the_lock_files_agree_so_that_one_environment_serves_all() -> None:
    assert locked("runtime") <= locked("embedded") <= locked("dev")


def test_the_run_script_is_runnable_and_calls_the_test_command() -> None:
    script = PROJECT / ".ci/run"
    assert script.stat().st_mode & 0o100
    assert "make test" in script.read_text()
    subprocess.run(["bash", "-n", script], check=True)
