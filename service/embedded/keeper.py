"""A process of its own between us and one engine, so that the engine never outlives us.

Run as a script (`python -I -S keeper.py ORDER`), standard library only. It starts the engine, says
`{"pid": …}` on its standard output, and then waits for the first of:

* the word "stop" on its standard input: the engine is asked to stop, its folders are left alone;
* the end of its standard input, which the kernel brings about however its parent dies, kill -9
  included: the engine is stopped and the temporary folders are removed;
* the engine's own end.

A pipe is used rather than the kernel's parent-death signal alone because that signal follows the
*thread* that started the child and does not exist on macOS. The signal is kept as a second line, for
the case that this very process is killed.
"""

import contextlib
import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

_PR_SET_PDEATHSIG = 1


def _dies_with(parent: int, stop_signal: int) -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)

    def prepare() -> None:
        # Runs after the change of user, which would have cleared the setting.
        libc.prctl(_PR_SET_PDEATHSIG, stop_signal, 0, 0, 0)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)

    return prepare


def _start(order: dict[str, Any]) -> "subprocess.Popen[bytes]":
    account: dict[str, Any] = {}
    if order["uid"] is not None:
        account = {"user": order["uid"], "group": order["gid"], "extra_groups": []}
    with open(order["log"], "ab") as log:  # noqa: PTH123 - one import fewer at start
        return subprocess.Popen(  # noqa: S603 - the command comes from our own launcher
            order["command"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=order["environment"],
            preexec_fn=_dies_with(os.getpid(), order["stop_signal"]),  # noqa: PLW1509 - single-threaded here
            **account,
        )


def _say(**words: object) -> None:
    with contextlib.suppress(BrokenPipeError):
        os.write(1, (json.dumps(words) + "\n").encode())


def _stop(engine: "subprocess.Popen[bytes]", order: dict[str, Any]) -> None:
    engine.send_signal(order["stop_signal"])
    try:
        engine.wait(order["grace_seconds"])
    except subprocess.TimeoutExpired:
        engine.kill()
        engine.wait()


def _watch(engine: "subprocess.Popen[bytes]", order: dict[str, Any], woken: int) -> None:
    while engine.poll() is None:
        ready, _, _ = select.select([0, woken], [], [])
        if woken in ready:
            os.read(woken, 512)
        if 0 in ready:
            word = os.read(0, 512)
            _stop(engine, order)
            if not word:
                for folder in order["leftovers"]:
                    shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Obey the order in the first argument; the exit code is 0 unless the engine could not be started."""
    order = json.loads(sys.argv[1])
    for unwanted in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        # An empty handler rather than "ignore": the engine would inherit the latter.
        signal.signal(unwanted, lambda *_: None)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    try:
        engine = _start(order)
    except (OSError, subprocess.SubprocessError) as error:
        _say(error=str(error))
        return 1
    _say(pid=engine.pid)
    _watch(engine, order, woken)
    return 0


if __name__ == "__main__":
    sys.exit(main())
