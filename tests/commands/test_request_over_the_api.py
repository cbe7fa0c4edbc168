"""``convene serve`` answers, and ``convene request --via api`` sends to it."""

import hashlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.commands.commands_world import Convene

KEY = "a-client-key-for-tests"
_STARTS_WITHIN = 60.0


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/live", timeout=2, trust_env=False).status_code == 200
    except httpx.RequestError:
        return False


@pytest.fixture
def address(convene: Convene) -> Iterator[str]:
    """A web process over the test's database: its address."""
    port = free_port()
    client = {"key_sha256": hashlib.sha256(KEY.encode()).hexdigest(), "partnerships": ["lewisham"], "may": ["requests"]}
    convene.set("API_CLIENTS", json.dumps({"casework": client}))
    convene.set("BIND_PORT", str(port))
    convene.set("LOG_LEVEL", "error")
    url, folder = f"http://127.0.0.1:{port}", Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-m", "service", "serve"], cwd=folder) as process:
        deadline = time.monotonic() + _STARTS_WITHIN
        while not answers(url):
            assert process.poll() is None, "the web process ended"
            assert time.monotonic() < deadline, "the web process did not answer"
            time.sleep(0.05)
        yield url
        process.terminate()


def test_a_request_goes_in_over_the_api_once_and_a_stranger_does_not(convene: Convene, address: str) -> None:
    via = ("--via", "api", "--url", address, "--token-file", convene.file("token", KEY + os.linesep))
    first = convene.json("request", convene.request(), *via)
    again = convene.json("request", convene.request(), *via)
    assert first["replayed"] is False
    assert again == first | {"replayed": True}
    other = convene.request(urgency="immediate")
    assert first["meeting_reference"] in convene.run("request", other, *via, code=1).stderr
    faulty = convene.run("request", convene.request("S47-2", urgency="soonish"), *via, code=2).stderr
    assert "/urgency" in faulty
    stranger = (*via[:-1], convene.file("other", "somebody-elses-key"))
    assert "bearer token" in convene.run("request", convene.request(), *stranger, code=2).stderr
