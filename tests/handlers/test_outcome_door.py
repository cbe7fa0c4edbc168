"""The doors of what a meeting came to, and its part of the meeting's page."""

from __future__ import annotations

from datetime import timedelta

from tests.handlers.house import House


async def test_outcome_actions_and_reports_are_kept_shown_and_on_the_page(house: House) -> None:
    path = f"/api/v1/meetings/{await house.confirmed()}"
    house.clock.at += timedelta(days=1, hours=2)
    nothing = await (await house.call("GET", f"{path}/outcome")).json()
    assert (nothing["decided"], nothing["recorded_at"]) == ([], None)
    started = (house.clock.at - timedelta(hours=1)).isoformat()
    outcome = {"decided": ["section_47_enquiry"], "s47_started_at": started, "police": "joint"}
    refused = await house.call("POST", f"{path}/outcome", {**outcome, "decided": []})
    assert (refused.status, (await refused.json())["code"]) == (422, "bad_outcome")
    told = await house.call("POST", f"{path}/outcome", outcome)
    assert (told.status, (await told.json())["police"]) == (200, "joint")
    action = {"owner_role": "school_nurse", "what": "share the records", "due_on": "2026-11-02"}
    added = await house.call("POST", f"{path}/actions", action)
    assert (added.status, (await added.json())["actions"][0]["number"]) == (201, 1)
    report = {"role": "school_nurse", "received_at": started}
    received = await house.call("POST", f"{path}/reports", report)
    assert (received.status, (await received.json())["reports"][0]["in_time"]) == (200, None)
    page = await (await house.client.get(path.replace("/api/v1/", "/lewisham/"))).text()
    for said in (
        "The police investigate jointly",
        "share the records",
        "open, and its day has passed",
        "when it is due is not set by the partnership",
    ):
        assert said in page, said
    closed = await house.call("POST", f"{path}/actions/close", {"number": 1, "state": "done"})
    assert (closed.status, (await closed.json())["actions"][0]["state"]) == (200, "done")
    again = await house.call("POST", f"{path}/actions/close", {"number": 1, "state": "done"})
    assert (again.status, (await again.json())["code"]) == (404, "no_such_action")
    listed = (await (await house.call("GET", f"{path}/actions")).json())["actions"]
    assert [each["state"] for each in listed] == ["done"]
    assert len((await (await house.call("GET", f"{path}/reports")).json())["reports"]) == 1
