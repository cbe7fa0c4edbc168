"""The settings of a whole service on one machine: made anew for each run, secrets in files of their own."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from service.clock import Clock

PARTNERSHIPS = {
    "lewisham": ("Lewisham Safeguarding Children Partnership", "020 7946 0101"),
    "wirral": ("Wirral Safeguarding Children Partnership", "01632 960101"),
}
TENANT, APPLICATION, CLIENT = "00000000-0000-4000-8000-000000000001", "convene-demo", "case-systems"
STAFF_APPLICATION = "convene-staff"
# People to sign in as at the sandbox. All are invented.
PEOPLE: Mapping[str, tuple[str, ...]] = {
    "Ada Officer": ("lewisham.officer",),
    "Ben Chair": ("lewisham.chair",),
    "Cora Officer": ("wirral.officer",),
    "Dev Chair": ("wirral.chair",),
    "Esme Manager": ("lewisham.manager", "wirral.manager"),
    "Finn Emergency": ("lewisham.emergency_duty", "wirral.emergency_duty"),
    "Gwen Analyst": ("lewisham.analyst", "wirral.analyst"),
    "Hari Auditor": ("lewisham.auditor", "wirral.auditor"),
    "Isla Scrutineer": ("lewisham.scrutineer", "wirral.scrutineer"),
    "Jo Administrator": ("lewisham.administrator", "wirral.administrator"),
    "Lena Policy": ("lewisham.policy_owner", "wirral.policy_owner"),
    "Max Requester": ("lewisham.requester",),
    "Kit Nobody": (),
}
RIGHTS = ["requests", "read", "arrange", "answer", "attendance", "report"]
_SECRET = {
    "sealing_keys",
    "answer_link_secret",
    "graph_client_secret",
    "sign_in_client_secret",
    "webhook_sources",
}


@dataclass(frozen=True, slots=True)
class Ground:
    """What stays the same for one run: where it keeps things, its engines' addresses, its ports, its secrets."""

    folder: Path
    database_url: str
    redis_url: str
    web_port: int
    sandbox_port: int
    secret: Mapping[str, str] = field(repr=False)

    @property
    def web_url(self) -> str:
        """The service's address."""
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def sandbox_url(self) -> str:
        """The sandbox's address."""
        return f"http://127.0.0.1:{self.sandbox_port}"


def source_of(partnership: str) -> str:
    """The name under which a partnership's case system sends its webhooks."""
    return f"{partnership}-case-system"


def organiser_of(partnership: str) -> str:
    """The mailbox that calls a partnership's meetings."""
    return f"strategy-meetings@{partnership}-council.example"


def new_secrets() -> dict[str, str]:
    """Fresh secrets for one run, by name."""
    return {
        "sealing_key": base64.b64encode(secrets.token_bytes(32)).decode(),
        "answer_link": secrets.token_urlsafe(48),
        "graph_client": secrets.token_urlsafe(32),
        "sign_in_client": secrets.token_urlsafe(32),
        "control_token": secrets.token_urlsafe(32),
        "api_key": secrets.token_urlsafe(32),
        **{f"webhook_{name}": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode() for name in PARTNERSHIPS},
    }


def settings_of(ground: Ground, clock: Clock) -> dict[str, str]:
    """The environment of web and worker. Secrets are named by file, because a keeper's order can be seen."""
    sandbox, web, secret = ground.sandbox_url, ground.web_url, ground.secret
    values: dict[str, object] = {
        "database_url": ground.database_url,
        "redis_url": ground.redis_url,
        "sealing_keys": {"demo": secret["sealing_key"]},
        "sealing_key_current": "demo",
        "answer_link_secret": secret["answer_link"],
        "public_url": web,
        "partnerships": {name: _partnership(name) for name in PARTNERSHIPS},
        "webhook_sources": {
            source_of(name): {"partnership": name, "secrets": [secret[f"webhook_{name}"]]} for name in PARTNERSHIPS
        },
        "api_clients": {
            CLIENT: {
                "key_sha256": hashlib.sha256(secret["api_key"].encode()).hexdigest(),
                "partnerships": list(PARTNERSHIPS),
                "may": RIGHTS,
            }
        },
        "sign_in_authority": sandbox,
        "sign_in_tenant_id": TENANT,
        "sign_in_client_id": STAFF_APPLICATION,
        "sign_in_client_secret": secret["sign_in_client"],
        "graph_url": f"{sandbox}/v1.0",
        "graph_authority": sandbox,
        "graph_tenant_id": TENANT,
        "graph_client_id": APPLICATION,
        "graph_client_secret": secret["graph_client"],
        "graph_is_sandbox": "true",
        "graph_messages_per_minute": "1000000",
        "graph_requests_per_10_minutes": "1000000",
        "graph_notification_url": f"{web}/graph/notifications",
        "bind_port": str(ground.web_port),
        "sweep_seconds": "1",
        "poll_seconds": "2",
    }
    if clock.epoch and clock.started:
        values["clock_epoch"], values["clock_started"] = clock.epoch.isoformat(), clock.started.isoformat()
        values["clock_speed"] = str(clock.speed)
    return {f"CONVENE_{name.upper()}": text for name, text in _as_text(ground.folder, values)}


def _as_text(folder: Path, values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        text = value if isinstance(value, str) else json.dumps(value)
        if name in _SECRET:
            write_private(folder / f"{name}.secret", text)
            yield f"{name}_file", str(folder / f"{name}.secret")
        else:
            yield name, text


def _partnership(name: str) -> dict[str, object]:
    title, phone = PARTNERSHIPS[name]
    return {
        "name": title,
        "pack": name,
        "service_address": f"Strategy meetings team, {name.capitalize()} Council, 1 Imaginary Square",
        "service_phone": phone,
        "organiser_mailboxes": [organiser_of(name)],
    }


def write_sandbox_config(ground: Ground, clock: Clock) -> None:
    """Write the sandbox's configuration file."""
    config: dict[str, object] = {
        "tenant_id": TENANT,
        "client_id": APPLICATION,
        "client_secret": ground.secret["graph_client"],
        "mailboxes": [organiser_of(name) for name in PARTNERSHIPS],
        "control_token": ground.secret["control_token"],
        "requests_per_10_minutes": 1_000_000,
        "sign_in": {
            "client_id": STAFF_APPLICATION,
            "client_secret": ground.secret["sign_in_client"],
            "redirect_uris": [f"{ground.web_url}/sign-in/return"],
            "people": [{"name": name, "roles": list(roles)} for name, roles in PEOPLE.items()],
        },
    }
    if clock.epoch and clock.started:
        config |= {
            "epoch": clock.epoch.isoformat(),
            "started": clock.started.isoformat(),
            "speed": clock.speed,
        }
    write_private(ground.folder / "sandbox.json", json.dumps(config))


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read."""
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
