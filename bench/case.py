"""What is sent and what it meets: Lewisham with a realistic directory, one canonical request, and a signed delivery.

Everybody and every address here is made up.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from service.clock import real_now
from service.commands.compose import command_services, establish
from service.settings import Settings, load
from service.store import tables
from service.store.ids import new_id

PARTNERSHIP = "lewisham"
SOURCE = "bench"
MAILBOX = "meetings@lewisham.example"
KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()
TENANT = {"tenant_id": "tenant", "client_id": "convene", "client_secret": "a secret of the bench only"}

_ALWAYS, _OFFICE, _SCHOOL = "always", "Mon-Fri 09:00-17:00", "Mon-Fri 08:30-16:00"
# Each role with the place it serves and its hours: the directory of a borough with two schools and two nurseries.
DIRECTORY: tuple[tuple[str, str, str], ...] = (
    ("social_worker", "", _ALWAYS),
    ("team_manager", "", _OFFICE),
    ("service_manager", "", _OFFICE),
    ("lcpp", "", _OFFICE),
    ("police_child_protection", "", _ALWAYS),
    ("online_police_unit", "", _OFFICE),
    ("health_practitioner", "", _OFFICE),
    ("macpt_health_lead", "", _OFFICE),
    ("designated_nurse", "", _OFFICE),
    ("health_visitor", "", _OFFICE),
    ("midwifery", "", _ALWAYS),
    ("school_nurse", "", _OFFICE),
    ("gp", "", _OFFICE),
    ("camhs", "", _OFFICE),
    ("paediatrician", "", _ALWAYS),
    ("school", "900101", _SCHOOL),
    ("school", "900102", _SCHOOL),
    ("early_years", "EY900201", _SCHOOL),
    ("early_years", "EY900202", _SCHOOL),
    ("education_lead", "", _OFFICE),
    ("probation", "", _OFFICE),
    ("adult_domestic_abuse_service", "", _OFFICE),
    ("substance_misuse_service", "", _OFFICE),
    ("housing", "", _OFFICE),
    ("family_help_lead", "", _OFFICE),
)


def settings_for(database_url: str, redis_url: str, **more: str) -> Settings:
    """The settings of one process of the bench."""
    return load(environment(database_url, redis_url, **more))


def environment(database_url: str, redis_url: str, **more: str) -> dict[str, str]:
    """The same as environment variables, for a process of its own; ``more`` names settings in lower case."""
    partnership = {
        "name": "Lewisham Safeguarding Children Partnership",
        "pack": "lewisham",
        "service_address": "1 High Road, Nowhereton",
        "service_phone": "020 7946 0000",
        "organiser_mailboxes": [MAILBOX],
    }
    values = {
        "database_url": database_url,
        "redis_url": redis_url,
        "sealing_keys": json.dumps({"k1": base64.b64encode(KEY).decode()}),
        "sealing_key_current": "k1",
        "answer_link_secret": "signs the links of the bench only",
        "partnerships": json.dumps({PARTNERSHIP: partnership}),
        "webhook_sources": json.dumps({SOURCE: {"partnership": PARTNERSHIP, "secrets": [SECRET]}}),
        **more,
    }
    return {f"CONVENE_{name.upper()}": value for name, value in values.items()}


async def furnish(settings: Settings) -> None:
    """Fill a migrated database with the partnership, its mailbox, its policy and its directory."""
    async with command_services(settings) as services:
        await establish(settings, services)
        await _fill_directory(services.engine)


async def _fill_directory(engine: AsyncEngine) -> None:
    now = real_now()
    rows = [
        {
            "id": new_id(now),
            "partnership_id": PARTNERSHIP,
            "role": role,
            "place": place,
            "name": f"{role.replace('_', ' ').capitalize()} {place}, duty desk".replace(" ,", ","),
            "address": f"{role.replace('_', '.')}{place.lower()}@agency.example",
            "phone": "020 7946 0101",
            "hours": hours,
            "escalation_name": "Duty manager",
            "escalation_address": f"manager.{role.replace('_', '.')}{place.lower()}@agency.example",
            "updated_at": now,
        }
        for role, place, hours in DIRECTORY
    ]
    async with engine.begin() as conn:
        await conn.execute(tables.inboxes.insert(), rows)


def request_body(now: datetime, *, start: datetime | None = None) -> dict[str, Any]:
    """Two children of a family, their parents, and ten agencies to ask. Without ``start`` no time is agreed yet."""
    child_ties = [{"child_ref": ref, "flags": ["parental_responsibility", "lives_with"]} for ref in ("C-1", "C-2")]
    wishes: dict[str, Any] = {"minutes": 60, "mode": "online"}
    return {
        "partnership": PARTNERSHIP,
        "meeting_type": "strategy",
        "source": SOURCE,
        "source_ref": _SOURCE_REF,
        "case_ref": "LSM-2101",
        "concern_recorded_at": (now - timedelta(hours=1)).isoformat(timespec="seconds"),
        "urgency": "standard",
        "children": [
            {
                "ref": "C-1",
                "birth_date": _years_ago(now, 3),
                "name": "Tansy Storybook",
                "nhs_number": "9990000018",
                "address": "1 Imaginary Row, Nowhereton ZZ99 1AA",
                "early_years_urn": "EY900201",
            },
            {
                "ref": "C-2",
                "birth_date": _years_ago(now, 7),
                "name": "Orrin Storybook",
                "nhs_number": "9990000026",
                "address": "1 Imaginary Row, Nowhereton ZZ99 1AA",
                "school_urn": "900101",
            },
        ],
        "people": [
            {"ref": "P-1", "relation": "mother", "names": ["Marlo Storybook"], "ties": child_ties},
            {
                "ref": "P-2",
                "relation": "father",
                "names": ["Wren Fable"],
                "aliases": ["W. Storybook"],
                "address": "2 Imaginary Row, Nowhereton ZZ99 1AA",
                "ties": [{"child_ref": "C-2", "flags": ["parental_responsibility"]}],
            },
        ],
        "circumstances": ["home_conditions", "neglect"],
        "involved_roles": ["family_help_lead"],
        "referrer_role": "school",
        "chair": "LCPP duty desk",
        "wishes": wishes | ({"start": start.isoformat(timespec="seconds")} if start else {}),
    }


_SOURCE_REF = "THE-SOURCE-REF"


def _years_ago(now: datetime, years: int) -> str:
    return (now.date() - timedelta(days=365 * years + 100)).isoformat()


def next_meeting_time(now: datetime) -> datetime:
    """A start for which an agency still has notice and chases: a little over a week ahead."""
    return (now + timedelta(days=8)).replace(minute=0, second=0, microsecond=0)


class Sender:
    """Makes signed deliveries that all differ in their id and their source reference."""

    def __init__(self, now: datetime, prefix: str, *, agreed_start: bool) -> None:
        start = next_meeting_time(now) if agreed_start else None
        body = request_body(now, start=start)
        envelope = {"type": "meeting.requested", "timestamp": now.isoformat(timespec="seconds"), "data": body}
        before, _, after = json.dumps(envelope).partition(_SOURCE_REF)
        self._before, self._after = before.encode(), after.encode()
        self._prefix = prefix
        self._made = 0

    def next(self, seconds: int) -> tuple[Mapping[str, str], bytes]:
        """The headers and the body of one more delivery, signed at this Unix time."""
        self._made += 1
        name = f"{self._prefix}-{self._made}"
        body = self._before + name.encode() + self._after
        mac = hmac.digest(KEY, f"{name}.{seconds}.".encode() + body, hashlib.sha256)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": str(seconds),
            "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
        }
        return headers, body
