"""From a stored request back to the facts its rules saw: the inverse of ``sealed_request.facts_as_json``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from service.domain.facts import FACTS, AgeBand, ChildFacts, FactValue, RequestFacts, Urgency

_KNOWN = frozenset(field.name for field in fields(RequestFacts))
# How the stored clocks are called, and the fact each instant was read from.
_CLOCKS: Mapping[str, str] = {
    "action_taken": "action_taken_at",
    "decision": "decided_at",
    "missing_since": "missing_since",
    "initiating_sd": "initiating_sd_at",
    "last_sd": "last_sd_at",
    "icpc": "icpc_at",
    "previous_review": "previous_review_at",
    "written_notification": "written_notification_at",
    "lado_referral": "lado_referral_at",
}


def facts_from_json(stored: Mapping[str, Any], concern_recorded_at: datetime) -> RequestFacts:
    """The facts of a request from its row. A clock that starts with a birth is sealed, so it comes back unknown.

    Raises:
        KeyError, ValueError: the row was not written by ``facts_as_json``.
    """
    case = stored["case"]
    return RequestFacts(
        meeting_type=case["meeting_type"],
        urgency=Urgency(case["urgency"]),
        concern_recorded_at=concern_recorded_at,
        children=tuple(_child(child) for child in stored["children"]),
        circumstances=frozenset(case["circumstances"]),
        involved_roles=frozenset(case["involved_roles"]),
        excluded_roles=frozenset(stored["excluded_roles"]),
        led_roles=frozenset(case.get("led_roles", ())),
        referrer_role=case["referrer_role"] or None,
        came_through=case.get("came_through", ""),
        extra={name: _value(value) for name, value in case.items() if name not in FACTS},
        **dict(_instants(stored)),
    )


def _child(child: Mapping[str, Any]) -> ChildFacts:
    return ChildFacts(
        ref=child["ref"],
        age_band=AgeBand(child["age_band"]),
        on_school_roll=child["on_school_roll"],
        flags=frozenset(child["child_flags"]),
    )


def _value(value: Any) -> FactValue:
    found: FactValue = frozenset(value) if isinstance(value, list) else value
    return found


def _instants(stored: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    clocks = {_CLOCKS[name]: text for name, text in stored.get("clocks", {}).items() if name in _CLOCKS}
    first = {name: stored.get(name) for name in ("initiating_sd_at", "last_sd_at")}
    for name, text in {**first, **clocks}.items():
        if text and name in _KNOWN:
            yield name, datetime.fromisoformat(text)
