"""Every parameter of the API, by the name the operations call it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.domain.attendance import Denominator
from service.domain.facts import CIRCUMSTANCES, AgeBand
from service.handlers import api_clashes, api_proposals, api_slots
from service.handlers.schemas import TEAM
from service.workflow.report import By


def _parameter(name: str, where: str, description: str, schema: dict[str, Any], *, required: bool) -> dict[str, Any]:
    return {"name": name, "in": where, "description": description, "required": required, "schema": schema}


_TEXT: dict[str, Any] = {"type": "string"}
_YES_NO: dict[str, Any] = {"type": "string", "enum": ["yes", "no"]}
_DAY: dict[str, Any] = {"type": "string", "format": "date"}

PARAMETERS: Mapping[str, dict[str, Any]] = {
    "partnership": _parameter(
        "partnership", "query", "Which partnership; needed unless the client has exactly one.", _TEXT, required=False
    ),
    "reference": _parameter(
        "reference", "path", "The meeting's reference, such as CV-7K3Q-9XHD.", _TEXT, required=True
    ),
    "id": _parameter("id", "path", "The request's id.", {"type": "string", "format": "uuid"}, required=True),
    "disagreement": _parameter(
        "disagreement",
        "path",
        "The disagreement's id, as the list has it.",
        {"type": "string", "format": "uuid"},
        required=True,
    ),
    "mail": _parameter(
        "mail", "path", "The mail's id, as the list has it.", {"type": "string", "format": "uuid"}, required=True
    ),
    "all": _parameter(
        "all",
        "query",
        "Whether mail that is settled is listed too.",
        {"type": "string", "enum": ["yes"]},
        required=False,
    ),
    "inbox": _parameter(
        "inbox", "path", "The inbox's id, as the directory has it.", {"type": "string", "format": "uuid"}, required=True
    ),
    "check": _parameter(
        "check",
        "path",
        "The id of an address that waits, as the directory has it.",
        {"type": "string", "format": "uuid"},
        required=True,
    ),
    "allowed": _parameter(
        "allowed",
        "path",
        "The id of what was allowed, as the list has it.",
        {"type": "string", "format": "uuid"},
        required=True,
    ),
    "key": _parameter(
        "Idempotency-Key",
        "header",
        "New for each request; the same when the same request is sent again.",
        {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,200}$"},
        required=True,
    ),
    "optional_key": _parameter(
        "Idempotency-Key",
        "header",
        "The same when the same answer is sent again; without it the content decides.",
        {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,200}$"},
        required=False,
    ),
    "from": _parameter("from", "query", "First London day; this month's first if left out.", _DAY, required=False),
    "to": _parameter("to", "query", "Last London day, counted too; today if left out.", _DAY, required=False),
    "by": _parameter(
        "by", "query", "What a line stands for.", {"type": "string", "enum": [str(by) for by in By]}, required=False
    ),
    "denominator": _parameter(
        "denominator",
        "query",
        "Out of what a percentage is counted.",
        {"type": "string", "enum": [str(each) for each in Denominator]},
        required=False,
    ),
    "if_no": _parameter(
        "if_no", "query", "A role: the quorum as it would stand if this agency said no.", _TEXT, required=False
    ),
    "days": _parameter(
        "days",
        "query",
        "How many days ahead; seven if left out.",
        {"type": "integer", "minimum": 1, "maximum": api_clashes.MOST_DAYS},
        required=False,
    ),
    "with": _parameter(
        "with",
        "query",
        "The references of the meetings that follow this one, in their order, between commas.",
        _TEXT,
        required=True,
    ),
    "minutes": _parameter(
        "minutes",
        "query",
        "How long it lasts; as long as it is now, or an hour, if left out.",
        {"type": "integer", "minimum": api_slots.SHORTEST_MINUTES, "maximum": api_slots.LONGEST_MINUTES},
        required=False,
    ),
    "sitting": _parameter(
        "sitting",
        "query",
        "Which sitting of an adjourned meeting; the first if left out.",
        {"type": "integer", "minimum": 1, "maximum": api_proposals.MOST_SITTINGS},
        required=False,
    ),
    "format": _parameter(
        "format", "query", "JSON, or a CSV file.", {"type": "string", "enum": ["json", "csv"]}, required=False
    ),
    "any_format": _parameter(
        "format",
        "query",
        "JSON, or a file.",
        {"type": "string", "enum": ["json", "csv", "xlsx", "html"]},
        required=False,
    ),
    "circumstance": _parameter(
        "circumstance",
        "query",
        "Only meetings whose request named it.",
        {"type": "string", "enum": sorted(CIRCUMSTANCES)},
        required=False,
    ),
    "age_band": _parameter(
        "age_band",
        "query",
        "Only meetings about a child of it.",
        {"type": "string", "enum": [str(band) for band in AgeBand]},
        required=False,
    ),
    "unborn": _parameter(
        "unborn", "query", "Only meetings about an unborn child, or about none.", _YES_NO, required=False
    ),
    "team": _parameter(
        "team", "query", "Only this team's cases.", {"type": "string", "pattern": f"^{TEAM.pattern}$"}, required=False
    ),
    "publishable": _parameter("publishable", "query", "Hide numbers under 5.", _YES_NO, required=False),
}
