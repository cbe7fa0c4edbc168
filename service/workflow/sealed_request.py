"""From a canonical request to its rows, with everything that identifies a person sealed on arrival.

One data key for each request: destroying its wrapped form erases every identity the request brought.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from service.domain.clock_starts import ClockStart, clock_instant
from service.domain.facts import RequestFacts, of_child
from service.domain.requests import Child, MeetingRequest, Person
from service.store import tables
from service.store.changes.bulk import Row, Rows
from service.store.ids import new_id
from service.store.sealing import DataKey, Keyring, seal

# These start with a day that is sealed with its child, so the plan alone may know them.
_SEALED_CLOCKS = frozenset({ClockStart.BIRTH, ClockStart.EXPECTED_DELIVERY})

_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class SealedRequest:
    """The rows of one request and the id they hang on."""

    request_id: UUID
    rows: Rows


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _identity_of_child(child: Child) -> bytes:
    return _json(
        name=child.name,
        birth_date=_iso(child.birth_date),
        expected_delivery_date=_iso(child.expected_delivery_date),
        nhs_number=child.nhs_number,
        address=child.address,
        school_urn=child.school_urn,
        early_years_urn=child.early_years_urn,
    )


def _identity_of_person(person: Person) -> bytes:
    return _json(
        names=list(person.names),
        aliases=list(person.aliases),
        birth_date=_iso(person.birth_date),
        address=person.address,
        works_for_role=person.works_for_role,
    )


def identities_of(request: MeetingRequest) -> list[dict[str, Any]]:
    """The identities of a request as they will be sealed, for a look before anything is written."""
    return [
        *(json.loads(_identity_of_child(child)) for child in request.children),
        *(json.loads(_identity_of_person(person)) for person in request.people),
    ]


def _free_words(request: MeetingRequest) -> bytes | None:
    """What the sender wrote in its own words: why an agency must not be told. Sealed, because it may name somebody."""
    if not request.exclusions:
        return None
    return _json(exclusions=[{"role": excluded.role, "reason": excluded.reason} for excluded in request.exclusions])


def _json(**values: object) -> bytes:
    return _COMPACT.encode(values).encode()


def facts_as_json(facts: RequestFacts) -> dict[str, Any]:
    """The derived facts as a row keeps them, for the record of why the rules fired as they did."""
    case = {name: sorted(value) if isinstance(value, frozenset) else value for name, value in facts.of_case().items()}
    children = [
        {"ref": child.ref}
        | {name: sorted(value) if isinstance(value, frozenset) else value for name, value in of_child(child).items()}
        for child in facts.children
    ]
    return {
        "case": case,
        "children": children,
        "excluded_roles": sorted(facts.excluded_roles),
        "initiating_sd_at": facts.initiating_sd_at.isoformat() if facts.initiating_sd_at else None,
        "last_sd_at": facts.last_sd_at.isoformat() if facts.last_sd_at else None,
        "clocks": {
            str(start): instant.isoformat()
            for start in ClockStart
            if start not in _SEALED_CLOCKS and (instant := clock_instant(start, facts)) is not None
        },
    }


def _child_row(request: MeetingRequest, facts: RequestFacts, index: int, ids: tuple[UUID, UUID], key: DataKey) -> Row:
    child, derived = request.children[index], facts.children[index]
    request_id, child_id = ids
    return {
        "id": child_id,
        "partnership_id": request.partnership,
        "request_id": request_id,
        "ref": child.ref,
        "age_band": str(derived.age_band),
        "on_school_roll": derived.on_school_roll,
        "flags": sorted(derived.flags),
        "sealed_identity": seal(key, "children", child_id, "sealed_identity", _identity_of_child(child)),
    }


def _person_row(request: MeetingRequest, person: Person, ids: tuple[UUID, UUID], key: DataKey) -> Row:
    request_id, person_id = ids
    return {
        "id": person_id,
        "partnership_id": request.partnership,
        "request_id": request_id,
        "ref": person.ref,
        "relation": person.relation,
        "ties": [{"child": tie.child_ref, "flags": sorted(tie.flags)} for tie in person.ties],
        "sealed_identity": seal(key, "people", person_id, "sealed_identity", _identity_of_person(person)),
    }


def sealed_request(
    request: MeetingRequest, facts: RequestFacts, *, fingerprint: bytes, keyring: Keyring, now: datetime
) -> SealedRequest:
    """The rows of a request, its children and its people. ``fingerprint`` is the SHA-256 of its content."""
    request_id = new_id(now)
    key, words = keyring.new_data_key(), _free_words(request)
    row = {
        "id": request_id,
        "partnership_id": request.partnership,
        "source": request.source,
        "source_ref": request.source_ref,
        "case_ref": request.case_ref,
        "meeting_type": request.meeting_type,
        "urgency": str(request.urgency),
        "concern_recorded_at": request.concern_recorded_at,
        "received_at": now,
        "facts": facts_as_json(facts),
        "fingerprint": fingerprint,
        "key_id": key.key_id,
        "wrapped_key": key.wrapped,
        "sealed_body": None if words is None else seal(key, "requests", request_id, "sealed_body", words),
    }
    children = [
        _child_row(request, facts, index, (request_id, new_id(now)), key) for index in range(len(request.children))
    ]
    people = [_person_row(request, person, (request_id, new_id(now)), key) for person in request.people]
    return SealedRequest(request_id, [(tables.requests, [row]), (tables.children, children), (tables.people, people)])
