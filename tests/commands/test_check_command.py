"""``convene check``: each line passes or fails with its mend, against real engines and the sandbox."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import redis

from service.commands.compose import command_services
from service.scheduler.queue import HEALTH
from service.settings import load
from tests.commands.commands_world import MAILBOXES, Convene

TENANT, APPLICATION = "00000000-0000-4000-8000-000000000001", "convene-tests"


@pytest.fixture(scope="module")
def graph_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The sandbox as the command starts it: its port."""
    config = tmp_path_factory.mktemp("sandbox") / "sandbox.json"
    tenant = {
        "tenant_id": TENANT,
        "client_id": APPLICATION,
        "client_secret": "a-secret",
        "mailboxes": list(MAILBOXES.values()),
        "control_token": "control",
    }
    config.write_text(json.dumps(tenant), encoding="utf-8")
    command = [sys.executable, "-m", "service", "sandbox", "--config", str(config)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as process:
        assert process.stdout is not None
        yield int(json.loads(process.stdout.readline())["port"])
        process.terminate()


@pytest.fixture
def whole(convene: Convene, graph_port: int) -> Convene:
    """Settings with which everything is there."""
    convene.set("GRAPH_URL", f"http://127.0.0.1:{graph_port}/v1.0")
    convene.set("GRAPH_AUTHORITY", f"http://127.0.0.1:{graph_port}")
    convene.set("GRAPH_TENANT_ID", TENANT)
    convene.set("GRAPH_CLIENT_ID", APPLICATION)
    convene.set("GRAPH_CLIENT_SECRET", "a-secret")
    return convene


@pytest.fixture
def strict_redis(redis_url: str) -> Iterator[redis.Redis]:
    """The test server's Valkey, with the eviction policy put back afterwards."""
    with redis.Redis.from_url(redis_url) as client:
        before = dict(client.config_get("maxmemory-policy"))
        client.config_set("maxmemory-policy", "noeviction")
        yield client
        client.config_set("maxmemory-policy", str(before["maxmemory-policy"]))


def failures(convene: Convene) -> dict[str, dict[str, Any]]:
    told = convene.json("check", code=1)
    assert told["ok"] is False
    return {line["name"]: line for line in told["checks"] if not line["ok"]}


def test_with_everything_there_every_line_passes(whole: Convene, strict_redis: redis.Redis) -> None:
    told = whole.json("check")
    assert told["ok"] is True
    names = {line["name"] for line in told["checks"]}
    assert {"settings", "sealing keys", "policy of lewisham", "tables", "Redis on disk", "Graph"} <= names
    assert {"periodic jobs", "online meetings of lewisham", "online meetings of wirral"} <= names
    assert {f"mailbox {address}" for address in MAILBOXES.values()} <= names
    assert "pass" in whole.run("check").stdout


def test_wrong_settings_are_all_that_is_told(bare: Convene) -> None:
    bare.set("SWEEP_SECONDS", "never")
    failed = bare.json("check", code=1)["checks"]
    assert {line["name"] for line in failed} == {"settings"}
    assert any("CONVENE_SWEEP_SECONDS" in line["words"] for line in failed)
    assert any("CONVENE_DATABASE_URL" in line["words"] for line in failed)


@pytest.mark.parametrize(
    ("setting", "value", "line", "mend"),
    [
        ("SEALING_KEYS", '{"first": "c2hvcnQ="}', "sealing keys", "Make a key"),
        ("DATABASE_URL", "postgresql+asyncpg://c:hush-hush@127.0.0.1:1/c", "database", "CONVENE_DATABASE_URL"),
        ("DATABASE_URL", "mysql://c:hush-hush@127.0.0.1/c", "database", "CONVENE_DATABASE_URL"),
        ("REDIS_URL", "redis://:hush-hush@127.0.0.1:1", "Redis", "CONVENE_REDIS_URL"),
        ("REDIS_URL", "redis://hush-hush:port", "Redis", "CONVENE_REDIS_URL"),
        ("GRAPH_CLIENT_SECRET", "hush-hush", "Graph", "has it expired?"),
        ("GRAPH_URL", "http://127.0.0.1:1/v1.0", "Graph", "CONVENE_GRAPH_URL"),
        ("GRAPH_URL", "http://graph.example/v1.0", "Graph", "CONVENE_GRAPH_URL"),
    ],
)
def test_each_thing_that_is_wrong_has_its_own_line_and_mend(
    whole: Convene, strict_redis: redis.Redis, setting: str, value: str, line: str, mend: str
) -> None:
    whole.set(setting, value)
    found = failures(whole)
    assert set(found) == {line}
    assert mend in found[line]["mend"]
    assert "hush-hush" not in json.dumps(found)


def test_a_mailbox_that_cannot_be_read_is_named(whole: Convene, strict_redis: redis.Redis) -> None:
    wirral = {
        "name": "Wirral",
        "pack": "wirral",
        "service_address": "x",
        "service_phone": "01632 960100",
        "organiser_mailboxes": ["meetings@wirral.example", "gone@wirral.example"],
    }
    whole.set("PARTNERSHIPS", json.dumps({"wirral": wirral}))
    found = failures(whole)
    assert set(found) == {"records of wirral", "mailbox gone@wirral.example"}
    assert "convene migrate" in found["records of wirral"]["mend"]
    assert "Calendars.ReadWrite" in found["mailbox gone@wirral.example"]["mend"]


def test_a_database_behind_its_program_asks_for_the_migration(
    whole: Convene, strict_redis: redis.Redis, empty_database_url: str
) -> None:
    whole.set("DATABASE_URL", empty_database_url)
    assert failures(whole)["tables"]["mend"] == "Run: convene migrate"


def test_the_workers_at_the_queue_are_named(whole: Convene, strict_redis: redis.Redis) -> None:
    def said() -> str:
        return str(next(line["words"] for line in whole.json("check")["checks"] if line["name"] == "workers"))

    assert said() == "none at the queue just now"
    strict_redis.set(f"{HEALTH}one.example:12345", "as arq writes it", ex=16)
    assert said() == "1 at the queue: one.example"


def test_a_queue_that_may_forget_leases_fails(whole: Convene, strict_redis: redis.Redis) -> None:
    strict_redis.config_set("maxmemory-policy", "allkeys-lru")
    assert failures(whole)["Redis memory"]["mend"] == "Set maxmemory-policy to noeviction."


async def test_a_bank_holiday_announced_by_a_setting_is_no_working_day_of_the_service(convene: Convene) -> None:
    holiday = date(2027, 6, 4)
    async with command_services(load()) as services:
        assert services.calendar.is_working_day(holiday)
    convene.set("ANNOUNCED_BANK_HOLIDAYS", '["2027-06-04"]')
    async with command_services(load()) as services:
        assert not services.calendar.is_working_day(holiday)
