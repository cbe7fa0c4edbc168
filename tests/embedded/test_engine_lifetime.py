"""Engines end with whoever started them, however that one ends."""

import json
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis

from service.embedded.engines import Engines, engines
from service.embedded.postgres import postgres

Eventually = Callable[[Callable[[], bool]], bool]
RunAsUser = Callable[[str], "subprocess.Popen[str]"]

_PARENT = """
import json, time
from service.embedded.engines import engines
with engines(durable=False, source={source!r}) as running:
    print(json.dumps({{
        "pids": [running.postgres.pid, running.valkey.pid],
        "folders": [str(running.postgres.sockets), str(running.valkey.socket.parent)],
    }}), flush=True)
    time.sleep(120)
"""

_ORDINARY = """
import os
from service.embedded.databases import execute
from service.embedded.engines import engines
assert os.geteuid() != 0
for turn in range(2):
    with engines(durable=False, source={source!r}) as running:
        execute(running.postgres, "CREATE EXTENSION btree_gist")
        running.postgres.kill()
        running.postgres.start()
        execute(running.postgres, "DROP EXTENSION btree_gist")
        running.valkey.restart()
print("well")
"""


def running(pid: int) -> bool:
    # A zombie waiting for a slow init has ended, too.
    said = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(said.strip()) and not said.strip().startswith("Z")


def start_parent(run_as_user: RunAsUser, source: str) -> tuple["subprocess.Popen[str]", dict[str, Any]]:
    parent = run_as_user(_PARENT.format(source=source))
    assert parent.stdout is not None
    return parent, json.loads(parent.stdout.readline())


@pytest.mark.parametrize(
    ("how", "source"), [(signal.SIGKILL, "any"), (signal.SIGTERM, "wheel")], ids=["kill -9", "terminate"]
)
def test_engines_and_their_folders_go_when_their_parent_is_killed(
    run_as_user: RunAsUser, source: str, how: signal.Signals, eventually: Eventually
) -> None:
    parent, said = start_parent(run_as_user, source)
    assert all(running(pid) for pid in said["pids"])
    parent.send_signal(how)
    parent.communicate()
    assert eventually(lambda: not any(running(pid) for pid in said["pids"]))
    assert eventually(lambda: not any(Path(folder).exists() for folder in said["folders"]))


def test_an_ordinary_user_can_run_both_engines_twice(run_as_user: RunAsUser, source: str) -> None:
    done = run_as_user(_ORDINARY.format(source=source))
    said, _ = done.communicate(timeout=60)
    assert (done.returncode, said.strip()) == (0, "well")


def test_an_engine_started_in_a_thread_outlives_the_thread() -> None:
    opened = postgres(durable=False)
    servers = []
    thread = threading.Thread(target=lambda: servers.append(opened.__enter__()))
    thread.start()
    thread.join()
    try:
        assert running(servers[0].pid)
    finally:
        opened.__exit__(None, None, None)


def test_nothing_is_left_behind_after_a_tidy_end() -> None:
    with engines(durable=False) as both:
        pids = [both.postgres.pid, both.valkey.pid]
        folders = [both.postgres.sockets, both.valkey.socket.parent]
    assert not any(running(pid) for pid in pids)
    assert not any(folder.exists() for folder in folders)


def test_both_engines_keep_what_they_were_given_in_one_folder(folder: Path) -> None:
    def seen(both: Engines) -> object:
        with redis.Redis.from_url(both.redis_url) as client:
            return client.incr("starts")

    with engines(folder, durable=False) as first:
        assert seen(first) == 1
    with engines(folder, durable=False) as second:
        assert seen(second) == 2
        assert "convene" in second.database_url
