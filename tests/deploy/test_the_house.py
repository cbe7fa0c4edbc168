"""The Makefile, the lock files and the run script, as far as they can be checked without running them."""

import re
import shutil
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
    for target in ("setup", "assets", "demo", "test", "check", "bench", "mutants", "fmt", "clean", "lock"):
        assert f"make {target} " in said


def test_no_target_depends_on_where_the_folder_is() -> None:
    assert not re.search(r"CURDIR|\$\(PWD\)|abspath|realpath", MAKEFILE)
    assert "activate" not in MAKEFILE


@pytest.mark.parametrize("name", ["runtime", "embedded", "dev", "mutants"])
def test_every_locked_package_has_hashes_and_no_address(name: str) -> None:
    text = (PROJECT / "requirements" / f"{name}.txt").read_text()
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.M)[1:]
    assert [entry.split("\n")[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert not re.search(r"https?://|--index-url|--find-links|file:", text)


def test_the_lock_files_agree_so_that_one_environment_serves_all() -> None:
    assert locked("runtime") <= locked("embedded") <= locked("dev") <= locked("mutants")


def test_the_run_script_is_runnable_and_calls_the_test_command() -> None:
    script = PROJECT / ".ci/run"
    assert script.stat().st_mode & 0o100
    assert "make test" in script.read_text()


@pytest.mark.parametrize(
    ("recipe", "passes"),
    [
        pytest.param("echo '12 passed in 3.21s'", True, id="all passed"),
        pytest.param("echo '===== 12 passed in 73.21s (0:01:13) ====='", True, id="all passed, the longer words"),
        pytest.param("echo '12 passed in 3.21s'; false", False, id="the command failed"),
        pytest.param("echo '1 failed, 11 passed in 3.21s'", False, id="a failure"),
        pytest.param("echo '11 passed, 1 skipped in 3.21s'", False, id="a test was skipped"),
        pytest.param("echo '11 passed, 1 error in 3.21s'", False, id="an error"),
        pytest.param("echo 'no tests ran in 0.01s'", False, id="no tests"),
        pytest.param("true", False, id="nothing said"),
        pytest.param("touch left-behind; echo '12 passed in 3.21s'", False, id="a dirty tree"),
    ],
)
def test_the_run_script_passes_only_a_clean_and_complete_run(recipe: str, *, passes: bool, tmp_path: Path) -> None:
    clone = tmp_path / "a clone"
    (clone / ".ci").mkdir(parents=True)
    shutil.copy2(PROJECT / ".ci/run", clone / ".ci/run")
    (clone / "Makefile").write_text(f"test:\n\t@{recipe}\n")
    git = ["git", "-C", str(clone), "-c", "user.name=Example", "-c", "user.email=example@convene.example"]
    git += ["-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "as cloned"]):
        subprocess.run([*git, *words], check=True)
    done = subprocess.run([clone / ".ci/run"], cwd="/", capture_output=True, text=True, check=False)
    assert (done.returncode == 0) is passes, done.stderr
    if passes:
        assert " passed in " in done.stdout.splitlines()[-1]
