"""The container files: linted, parsed, and without the usual ways to be unsafe."""

import base64
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "deploy/compose.yaml").read_text())
DOCKERFILE = (PROJECT / "Dockerfile").read_text()
SERVICES = sorted(COMPOSE["services"])


def test_the_dockerfile_passes_its_linter() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, PROJECT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_runs_as_a_numbered_user_and_installs_by_hash() -> None:
    assert re.findall(r"^USER (.+)$", DOCKERFILE, re.M) == ["10001:10001"]
    assert "--require-hashes -r requirements/runtime.txt" in DOCKERFILE
    assert "npm ci --ignore-scripts" in DOCKERFILE


def test_every_file_the_image_copies_exists_and_is_let_through() -> None:
    allowed = [line[1:] for line in (PROJECT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for copied in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.M):
        for source in copied.split()[:-1]:
            assert (PROJECT / source).exists(), source
            assert any(source == root or source.startswith(root + "/") for root in allowed), source


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_has_no_privileges_to_lose(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "privileged" not in service
    assert service.get("user", "10001") not in {"root", "0"}


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "migrate"])
def test_a_container_that_stays_says_whether_it_is_well(name: str) -> None:
    assert COMPOSE["services"][name]["healthcheck"]["test"]


def test_only_the_pages_are_published_and_only_on_loopback() -> None:
    published = {name: service["ports"] for name, service in COMPOSE["services"].items() if "ports" in service}
    assert published == {"web": ["127.0.0.1:8080:8080"]}
    assert COMPOSE["networks"]["records"] == {"internal": True}
    assert COMPOSE["services"]["postgres"]["networks"] == COMPOSE["services"]["valkey"]["networks"] == ["records"]


def test_web_and_worker_wait_for_the_migrations_and_the_engines() -> None:
    for name in ("web", "worker"):
        waits = {other: how["condition"] for other, how in COMPOSE["services"][name]["depends_on"].items()}
        assert waits == {
            "migrate": "service_completed_successfully",
            "postgres": "service_healthy",
            "valkey": "service_healthy",
        }


def test_secrets_are_files_and_each_one_used_is_declared() -> None:
    declared = COMPOSE["secrets"]
    assert all(set(entry) == {"file"} for entry in declared.values())
    used = {secret for service in COMPOSE["services"].values() for secret in service["secrets"]}
    assert used == set(declared)
    for service in COMPOSE["services"].values():
        for setting, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|SECRET|_KEYS|(DATABASE|REDIS)_URL", setting):
                assert setting.endswith("_FILE"), setting
                assert value.removeprefix("/run/secrets/") in service["secrets"], setting


def test_every_setting_named_for_the_containers_is_one_of_ours() -> None:
    from service.settings import Settings  # noqa: PLC0415 - read beside the claim it supports

    for name in ("web", "worker", "migrate"):
        for setting in COMPOSE["services"][name]["environment"]:
            field = setting.removeprefix("CONVENE_").removesuffix("_FILE").lower()
            assert field in Settings.model_fields, setting


def test_secrets_are_made_once_in_a_closed_folder_and_fit_together(tmp_path: Path) -> None:
    script = Path(shutil.copy2(PROJECT / "deploy/make-secrets", tmp_path))
    said = _made_by(script)
    secrets = tmp_path / "secrets"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    made = {path.name: path.read_text() for path in secrets.iterdir()}
    missing = {Path(entry["file"]).name for entry in COMPOSE["secrets"].values()} - set(made)
    assert missing == {"graph_client_secret", "sign_in_client_secret", "partnerships"}
    assert all(name in said for name in missing)
    assert made["database_password"] in made["database_url"]
    assert f"requirepass {made['valkey_password']}\n" in made["valkey_config"]
    assert made["valkey_password"] in made["redis_url"]
    assert len(base64.b64decode(json.loads(made["sealing_keys"])["first"])) == 32
    assert len(made["answer_link_secret"]) >= 32
    _made_by(script)
    assert {path.name: path.read_text() for path in secrets.iterdir()} == made


def _made_by(script: Path) -> str:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.defpath])
    return subprocess.run([script], capture_output=True, text=True, check=True, env={"PATH": path}).stdout
