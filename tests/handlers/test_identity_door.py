"""POST …/identity: who a meeting is about; and a refusal that nobody can tell from a reference nobody knows."""

from __future__ import annotations

import json

import pytest

from service.domain.references import make_reference
from tests.handlers.house import House

ASKED = {"role": "health_practitioner", "name": "Asha Okoro", "reason": "called back"}
UNKNOWN = make_reference(bytes(16))


async def test_an_agency_is_told_whom_its_rules_need(house: House) -> None:
    reference = await house.confirmed()
    told = await house.call("POST", f"/api/v1/meetings/{reference}/identity", ASKED)
    assert (told.status, told.headers["Cache-Control"]) == (200, "no-store")
    said = await told.json()
    assert said["children"][0]["identity"]["name"] == "Keziah Fennimore"
    assert said["people"][0]["identity"]["names"] == ["Rosalind Fennimore"]


@pytest.mark.parametrize(
    "changes",
    [{"name": "Rosalind Fennimore"}, {"role": "prison"}, {"slot": "another"}],
    ids=["the mother", "not asked", "no such place"],
)
async def test_a_refusal_is_byte_for_byte_that_of_a_reference_nobody_knows(
    house: House, changes: dict[str, str]
) -> None:
    reference = await house.confirmed()
    body = ASKED | changes
    refused = await house.call("POST", f"/api/v1/meetings/{reference}/identity", body)
    unknown = await house.call("POST", f"/api/v1/meetings/{UNKNOWN}/identity", body)

    def shape(text: str, asked: str) -> str:
        document = json.loads(text)
        del document["correlation_id"]
        return json.dumps(document).replace(asked, "REFERENCE")

    assert (refused.status, shape(await refused.text(), reference)) == (
        unknown.status,
        shape(await unknown.text(), UNKNOWN),
    )
    assert refused.status == 404
    varying = {"X-Correlation-ID", "Date"}
    assert {name: value for name, value in refused.headers.items() if name not in varying} == {
        name: value for name, value in unknown.headers.items() if name not in varying
    }


async def test_the_right_to_read_is_no_right_to_be_told(house: House) -> None:
    reference = await house.confirmed()
    refused = await house.call("POST", f"/api/v1/meetings/{reference}/identity", ASKED, client="reader")
    assert refused.status == 403
