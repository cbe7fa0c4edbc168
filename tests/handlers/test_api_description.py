"""The description against the running service: whatever it allows is answered as it says, and never with a 500."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import booleans
from jsonschema_rs import Draft202012Validator, meta
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from service.handlers.openapi import document
from service.handlers.operations import DESCRIBED
from tests.handlers.house import KEYS, House, a_body


def _make_it_meant(case: schemathesis.Case[Any], reference: str) -> None:
    """Let the call reach what is really there, instead of ending at a reference or partnership nobody has."""
    case.query.pop("partnership", None)
    if "reference" in case.path_parameters:
        case.path_parameters["reference"] = reference
    if isinstance(case.body, dict) and "partnership" in case.body:
        case.body |= {"partnership": "lewisham", "meeting_type": "strategy"}


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


async def test_the_description_is_served_and_says_what_it_is(house: House) -> None:
    answer = await house.client.get("/api/openapi.json")
    said = await answer.json()
    assert (answer.status, said["openapi"]) == (200, "3.1.0")
    assert "prison" in said["components"]["schemas"]["ExclusionBody"]["properties"]["role"]["enum"]


def test_every_schema_is_a_schema_and_fits_the_example() -> None:
    schemas = document()["components"]["schemas"]
    for schema in schemas.values():
        meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema)
    whole: dict[str, Any] = {"$ref": "#/components/schemas/MeetingRequestBody", "components": {"schemas": schemas}}
    Draft202012Validator(whole).validate(a_body())


@pytest.mark.parametrize("operation", [each.id for each in DESCRIBED])
async def test_whatever_the_description_allows_is_answered_as_it_says(house: House, operation: str) -> None:
    schema = schemathesis.openapi.from_dict(document())
    base = str(house.client.make_url("/")).rstrip("/")
    found = schema.find_operation_by_id(operation)

    reference = await house.confirmed()

    @given(case=found.as_strategy(), meant=booleans())
    @settings(
        max_examples=16,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def play(case: schemathesis.Case[Any], meant: bool) -> None:
        if meant:
            _make_it_meant(case, reference)
        response = case.call(base_url=base, headers={"Authorization": f"Bearer {KEYS['eclipse']}"}, timeout=20)
        case.validate_response(response, checks=CHECKS)

    await asyncio.to_thread(play)
