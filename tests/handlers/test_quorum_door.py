"""Whether enough are coming: read-only, by answers before the meeting and by attendance after it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.handlers.house import House


async def told(house: House, reference: str, query: str = "") -> dict[str, Any]:
    answer = await house.call("GET", f"/api/v1/meetings/{reference}/quorum{query}")
    assert answer.status == 200, await answer.text()
    found: dict[str, Any] = await answer.json()
    return found


async def says(house: House, reference: str, role: str, answer: str) -> None:
    body = {"role": role, "answer": answer}
    assert (await house.call("POST", f"/api/v1/meetings/{reference}/answers", body)).status == 201


async def test_an_unset_quorum_is_null_and_the_national_least_stands_beside_it(house: House) -> None:
    reference = await house.confirmed()
    await says(house, reference, "lcpp", "yes")
    await says(house, reference, "health_practitioner", "maybe")
    found = await told(house, reference)
    assert (found["quorum"]["met"], found["rule"]) == (None, "not set by the partnership")
    assert found["national_least"]["met"] is False
    assert found["national_least"]["missing"] == ["police", "health"]
    assert (found["coming"], found["maybe"], found["counted_by"]) == (["lcpp"], ["health_practitioner"], "answers")


async def test_a_no_is_tried_without_being_given(house: House) -> None:
    reference = await house.confirmed()
    for role in ("lcpp", "police_child_protection", "health_practitioner"):
        await says(house, reference, role, "yes")
    before = await house.count("answers")
    found = await told(house, reference, "?if_no=police_child_protection")
    assert (found["national_least"]["met"], found["national_least"]["missing"]) == (False, ["police"])
    now = (await told(house, reference))["national_least"]
    assert (now["met"], "police_child_protection" in now["lost_by"]) == (True, True)
    assert await house.count("answers") == before


async def test_a_role_that_is_not_asked_is_404_and_so_is_another_partnerships_meeting(house: House) -> None:
    reference = await house.confirmed()
    path = f"/api/v1/meetings/{reference}/quorum"
    assert (await house.call("GET", f"{path}?if_no=prison")).status == 404
    assert (await house.call("GET", f"{path}?partnership=wirral", client="both")).status == 404


async def test_after_the_meeting_those_who_came_are_counted_whatever_they_had_said(house: House) -> None:
    reference = await house.confirmed()
    await says(house, reference, "lcpp", "no")
    await says(house, reference, "police_child_protection", "yes")
    house.clock.at += timedelta(days=1, hours=2)
    rows = [
        {"role": "lcpp", "outcome": "attended"},
        {"role": "police_child_protection", "outcome": "no_answer"},
        {"role": "health_practitioner", "outcome": "represented"},
    ]
    recorded = await house.call("POST", f"/api/v1/meetings/{reference}/attendance", {"agencies": rows})
    assert recorded.status == 200, await recorded.text()
    found = await told(house, reference)
    assert (found["counted_by"], found["coming"]) == ("attendance", ["health_practitioner", "lcpp"])
    assert found["national_least"]["missing"] == ["police"]
    assert "did not come" in " ".join(found["words"])


async def test_why_it_goes_on_without_everyone_is_kept_and_shown_with_who_said_so(house: House) -> None:
    reference = await house.confirmed()
    path = f"/api/v1/meetings/{reference}"
    said = await house.call("POST", f"{path}/quorum", {"reason": "the risk is now"})
    assert (said.status, (await said.json())["national_least"]["met"]) == (200, False)
    assert (await (await house.call("GET", path)).json())["inquorate_reason"] == "the risk is now"
    page = await (await house.client.get(f"/lewisham/meetings/{reference}")).text()
    assert "Went on without everyone because" in page
    assert (await house.call("POST", f"{path}/quorum", {"reason": ""})).status == 422
    assert (await house.call("POST", f"{path}/quorum", {"reason": "x"}, client="reader")).status == 403
