"""The command line as tests run it: in this process, over a database of its own, with a clock that can be turned."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from service.cli import app
from service.clock import real_now

# A Tuesday in December: London keeps Greenwich time.
MORNING = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
MAILBOXES = {"lewisham": "meetings@lewisham.example", "wirral": "meetings@wirral.example"}
DIRECTORIES = Path("service/demo/directories").resolve()


def settings_for(database_url: str, redis_url: str) -> dict[str, str]:
    """The environment of a whole service against a sandbox, with its clock at ``MORNING``."""
    partnerships = {
        name: {
            "name": name.title(),
            "pack": name,
            "service_address": f"Strategy Meetings, {name.title()}",
            "service_phone": "01632 960100",
            "organiser_mailboxes": [address],
        }
        for name, address in MAILBOXES.items()
    }
    return {
        "CONVENE_DATABASE_URL": database_url,
        "CONVENE_REDIS_URL": redis_url,
        "CONVENE_SEALING_KEYS": json.dumps({"first": base64.b64encode(b"\x05" * 32).decode()}),
        "CONVENE_SEALING_KEY_CURRENT": "first",
        "CONVENE_ANSWER_LINK_SECRET": "a-secret-for-tests-of-32-characters",
        "CONVENE_PARTNERSHIPS": json.dumps(partnerships),
        "CONVENE_GRAPH_IS_SANDBOX": "true",
        "CONVENE_CLOCK_EPOCH": MORNING.isoformat(),
        "CONVENE_CLOCK_STARTED": real_now().isoformat(),
    }


@dataclass
class Convene:
    """Runs commands in this process and reads what they printed."""

    monkeypatch: pytest.MonkeyPatch
    folder: Path
    at: datetime = MORNING
    runner: CliRunner = field(default_factory=CliRunner)

    def run(self, *arguments: str, code: int = 0) -> Result:
        found = self.runner.invoke(app, list(arguments), catch_exceptions=False)
        assert found.exit_code == code, f"{found.exit_code}: {found.stdout}\n{found.stderr}"
        return found

    def json(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self.run(*arguments, "--json", code=code).stdout)

    def set(self, name: str, value: str) -> None:
        self.monkeypatch.setenv(f"CONVENE_{name}", value)

    def turn_clock(self, **length: int) -> None:
        """Let business time pass."""
        self.at += timedelta(**length)
        self.set("CLOCK_EPOCH", self.at.isoformat())
        self.set("CLOCK_STARTED", real_now().isoformat())

    def file(self, name: str, content: object) -> str:
        path = self.folder / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return str(path)

    def request(self, reference: str = "S47-1", **changes: Any) -> str:
        """A file with a request for a Lewisham child of school age, agreed for two in the afternoon."""
        body = {
            "partnership": "lewisham",
            "meeting_type": "strategy",
            "source": "casework",
            "source_ref": reference,
            "case_ref": f"CASE-{reference}",
            "concern_recorded_at": "2026-12-01T08:30:00+00:00",
            "urgency": "standard",
            "children": [
                {"ref": "child-1", "birth_date": "2017-03-04", "name": "Quill Unreal", "school_urn": "900101"}
            ],
            "circumstances": ["neglect"],
            "wishes": {"start": "2026-12-01T14:00:00+00:00", "minutes": 60},
        }
        return self.file(f"{reference}.json", body | changes)

    def take_in(self, reference: str = "S47-1", **changes: Any) -> Any:
        return self.json("request", self.request(reference, **changes))


GROUPS = (
    "serve",
    "worker",
    "sandbox",
    "demo",
    "migrate",
    "check",
    "request",
    "answer",
    "meeting confirm",
    "meeting slots",
    "meeting calls",
    "meeting follow-up",
    "meeting not-held",
    "meeting hold",
    "meeting clashes",
    "meeting together",
    "meeting dissent further",
    "meeting dissent list",
    "meeting dissent open",
    "meeting dissent raise",
    "meeting dissent settle",
    "meeting decisions agree",
    "meeting decisions list",
    "meeting decisions open",
    "meeting minutes agree",
    "meeting minutes issue",
    "meeting minutes list",
    "meeting minutes open",
    "meeting move",
    "meeting cancel",
    "meeting calendar-file",
    "attendance record",
    "attendance confirm",
    "attendance proposal",
    "mail list",
    "mail read",
    "mail settle",
    "mail move",
    "drift list",
    "meeting call-again",
    "meeting add-agency",
    "meeting add-now",
    "meeting remove-now",
    "meeting exclude",
    "meeting withdraw-agency",
    "drift adopt",
    "drift restore",
    "drift compare",
    "report attendance",
    "slots",
    "simulate",
    "handover",
    "meeting chair",
    "chairs import",
    "chairs list",
    "chairs away",
    "staff list",
    "staff stop",
    "staff admit",
    "policy explain",
    "policy validate",
    "policy replay",
    "directory import",
    "directory check",
    "directory list",
    "directory change",
    "directory unverified",
    "directory confirm",
    "directory drop",
    "desk import",
    "desk list",
    "calendar import",
    "calendar list",
    "audit verify",
    "bundle export",
    "bundle verify",
)
