"""Planning a meeting anew by the API: the difference first, then exactly that."""

from __future__ import annotations

from typing import Any

import pytest

from tests.handlers.house import House

ADVISER = {"circumstances": {"add": ["care_leaver_parent"]}}


async def told(house: House, reference: str, body: dict[str, Any], status: int = 200) -> dict[str, Any]:
    answer = await house.call("POST", f"/api/v1/meetings/{reference}/replan", body)
    assert answer.status == status, await answer.text()
    found: dict[str, Any] = await answer.json()
    return found


async def test_a_dry_run_shows_who_would_be_added_and_changes_nothing(house: House) -> None:
    reference = await house.confirmed()
    before = await house.count("audit_events")
    found = await told(house, reference, {**ADVISER, "dry_run": True})
    assert (found["done"], found["nothing_to_do"], found["version"]) == (False, False, 1)
    assert [(place["role"], place["invitation"]) for place in found["added"]] == [("personal_adviser", "no_inbox")]
    assert found["facts"] == [{"fact": "circumstances", "child": "", "added": ["care_leaver_parent"], "removed": []}]
    assert "Facts, circumstances: added a parent is a care leaver." in found["words"]
    assert await house.count("audit_events") == before


async def test_the_difference_that_was_seen_is_done_and_another_is_refused(house: House) -> None:
    reference = await house.confirmed()
    seen = (await told(house, reference, {**ADVISER, "dry_run": True}))["mark"]
    done = await told(house, reference, {**ADVISER, "seen": seen})
    assert (done["done"], done["mark"]) == (True, seen)
    refused = await told(house, reference, {"circumstances": {"remove": ["care_leaver_parent"]}, "seen": seen}, 409)
    assert refused["code"] == "different_now"
    again = await told(house, reference, ADVISER)
    assert (again["done"], again["nothing_to_do"]) == (False, True)
    assert again["words"] == ["Nothing changes: the same facts give the same plan."]


async def test_the_policy_in_force_is_looked_at_without_changing_anything(house: House) -> None:
    reference = await house.confirmed()
    answer = await house.call("GET", f"/api/v1/meetings/{reference}/replan")
    found = await answer.json()
    assert (answer.status, found["nothing_to_do"], found["policy"]) == (200, True, found["policy_before"])


async def test_a_child_that_leaves_its_school_loses_the_school_and_keeps_the_rest(house: House) -> None:
    reference = await house.confirmed()
    found = await told(house, reference, {"children": [{"ref": "C1", "age_band": "0-4", "on_school_roll": False}]})
    assert {place["role"] for place in found["withdrawn"]} >= {"school", "school_nurse"}
    assert {place["role"] for place in found["kept"]} >= {"social_worker", "police_child_protection"}
    assert [child["age_band"] for child in await house.rows("SELECT age_band FROM children")] == ["0-4"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"children": [{"ref": "C9"}]}, 422, "bad_facts"),
        ({"circumstances": {"add": ["neglect"], "remove": ["neglect"]}}, 422, "bad_facts"),
        ({"circumstances": {"add": ["rain"]}}, 422, "wrong_shape"),
        ({"clocks": [{"name": "received_at", "at": "2026-11-30T10:00:00Z"}]}, 422, "wrong_shape"),
        ({"facts": {}}, 422, "wrong_shape"),
    ],
    ids=["another child", "both", "no such circumstance", "no such clock", "no such field"],
)
async def test_a_change_that_cannot_be_is_refused(house: House, body: dict[str, Any], status: int, code: str) -> None:
    assert (await told(house, await house.confirmed(), body, status))["code"] == code


async def test_a_meeting_that_has_begun_is_history(house: House) -> None:
    reference = await house.confirmed()
    start = (await house.rows("SELECT starts_at FROM meetings"))[0]["starts_at"]
    house.clock.at = start
    assert (await told(house, reference, ADVISER, 409))["code"] == "cannot_replan"


async def test_only_who_may_arrange_may_replan_and_only_its_own_partnership_s(house: House) -> None:
    reference = await house.confirmed()
    path = f"/api/v1/meetings/{reference}/replan"
    assert (await house.call("POST", path, ADVISER, client="reader")).status == 403
    assert (await house.call("GET", path, client="reader")).status == 200
    assert (await house.call("GET", f"{path}?partnership=wirral", client="both")).status == 404
