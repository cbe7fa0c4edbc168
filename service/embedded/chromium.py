"""Finds the Chromium that the tests drive: `python -m service.embedded.chromium` makes sure there is one.

The system's own comes first; as root on Debian or Ubuntu apt brings it; else Playwright installs its own, which needs
the wider internet and not just a package registry.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from service.embedded.errors import EngineMissingError

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
_SECONDS = 900


def find() -> str:
    """The path of a Chromium that can be run.

    Raises:
        EngineMissingError: there is none yet.
    """
    for found in _candidates():
        return found
    raise EngineMissingError("no Chromium was found; run: python -m service.embedded.chromium")


def _candidates() -> Iterator[str]:
    yield from (path for name in _NAMES if (path := shutil.which(name)))
    if _MAC.is_file():
        yield str(_MAC)
    # Where Playwright keeps the browsers it has installed.
    caches = (Path.home() / ".cache/ms-playwright", Path.home() / "Library/Caches/ms-playwright")
    for cache in caches:
        yield from (str(each) for each in sorted(cache.glob("chromium-*/chrome-*/chrome"), reverse=True))
        yield from (
            str(each) for each in sorted(cache.glob("chromium-*/chrome-*/*.app/Contents/MacOS/*"), reverse=True)
        )


def ensure(run: Callable[[list[str]], int]) -> str:
    """The path of a Chromium, installed where there was none. ``run`` runs a command and returns its exit code.

    Raises:
        EngineMissingError: it could not be installed.
    """
    try:
        return find()
    except EngineMissingError:
        for command in _commands():
            if run(command) != 0:
                break
    try:
        return find()
    except EngineMissingError:
        raise EngineMissingError(
            "Chromium is needed for the tests and could not be installed. Install it by hand, "
            "for example as root: apt-get install chromium"
        ) from None


def _commands() -> list[list[str]]:
    if os.geteuid() == 0 and shutil.which("apt-get"):
        return [
            ["apt-get", "update", "-qq"],
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
        ]
    return [[sys.executable, "-m", "playwright", "install", "chromium"]]


def _run(command: list[str]) -> int:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}  # noqa: TID251 - handed on, not read
    try:
        return subprocess.run(  # noqa: S603 - fixed words
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=environment, timeout=_SECONDS, check=False
        ).returncode
    except (OSError, subprocess.TimeoutExpired):
        return 1


def main() -> int:
    """Make sure there is one; the exit code is 1, with a sentence on standard error, when there is not."""
    try:
        ensure(_run)
    except EngineMissingError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
