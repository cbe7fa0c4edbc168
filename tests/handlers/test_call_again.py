"""A cancelled meeting that is needed after all: a new one linked to it, asked for with one press."""

from __future__ import annotations

from datetime import timedelta

import pytest

from service.domain.may_see import may_see
from service.workflow import restricting
from service.workflow.add_agency import MoreAsked, add_agency
from service.workflow.call_again import call_again
from service.workflow.errors import CannotFollowUpError
from service.workflow.meetings import cancel_meeting
from tests.handlers.house import House, a_body


async def cancelled(house: House) -> str:
    reference = await house.confirmed()
    await cancel_meeting(house.services, "lewisham", reference, reason="facts_now_clear", actor="staff:a")
    return reference


async def test_one_press_calls_it_anew_at_its_time_and_the_old_one_stays_cancelled(house: House) -> None:
    reference = await cancelled(house)
    assert f"/{reference}/again" in await (await house.client.get(f"/lewisham/meetings/{reference}")).text()
    page = await (await house.client.get(f"/lewisham/meetings/{reference}/again")).text()
    assert "The cancelled meeting stays cancelled" in page
    pressed = [await house.press(f"/lewisham/meetings/{reference}/again") for _ in range(2)]
    assert {answer.status for answer in pressed} == {303}
    (second,) = {answer.headers["Location"] for answer in pressed}
    rows = await house.rows(
        "SELECT m.reference, m.state, m.version, m.starts_at, f.reference AS old, f.state AS was, f.starts_at AS then "
        "FROM meetings m JOIN meetings f ON f.id = m.linked_meeting_id"
    )
    (row,) = [each for each in rows if each["old"] == reference]
    assert second.endswith(row["reference"])
    assert (row["state"], row["version"], row["was"]) == ("confirmed", 1, "cancelled")
    assert row["starts_at"] == row["then"]
    assert await house.count("audit_events WHERE action = 'planning:meeting:called_again'") == 1
    assert reference in await (await house.client.get(second)).text()
    assert await house.rows("SELECT id FROM answers") == []


async def test_a_time_that_is_past_is_chosen_anew_and_a_given_one_counts(house: House) -> None:
    reference = await cancelled(house)
    house.clock.at += timedelta(days=2)
    assert (await house.press(f"/lewisham/meetings/{reference}/again")).headers["Location"].endswith("/time")
    other = await cancelled(house)
    start = house.clock.at + timedelta(days=3)
    done = await house.call("POST", f"/api/v1/meetings/{other}/again", {"start": start.isoformat()})
    shown = await done.json()
    assert (done.status, shown["linked_reference"], shown["state"]) == (201, other, "confirmed")
    same = await (await house.call("POST", f"/api/v1/meetings/{other}/again", {})).json()
    assert same == shown


async def test_only_a_cancelled_meeting_is_called_again(house: House) -> None:
    reference = await house.confirmed()
    with pytest.raises(CannotFollowUpError):
        await call_again(house.services, "lewisham", reference, actor="staff:a")
    assert (await house.client.get(f"/lewisham/meetings/{reference}/again")).status == 409


async def test_the_new_meeting_of_a_restricted_case_is_restricted_from_its_first_instant(house: House) -> None:
    reference = await cancelled(house)
    await restricting.restrict_case(
        house.services, "lewisham", reference, [], reason="a colleague's child", actor="command:officer"
    )
    found = await call_again(house.services, "lewisham", reference, actor="command:officer")
    assert (await house.client.get(f"/lewisham/meetings/{found.reference}")).status == 404
    assert (await house.client.get(f"/lewisham/meetings/{reference}/again")).status == 404


async def test_an_agency_asked_for_one_child_alone_is_asked_for_no_more_in_the_new_meeting(house: House) -> None:
    sibling = {"ref": "C2", "birth_date": "2020-05-04", "name": "Bram Fennimore"}
    reference = await house.confirmed(children=[*a_body()["children"], sibling])
    for role, children in (("prevent_lead", ("C2",)), ("housing", ())):
        asked = MoreAsked(role, "decides", children=children)
        await add_agency(house.services, "lewisham", reference, asked, actor="staff:a")
    await cancel_meeting(house.services, "lewisham", reference, reason="facts_now_clear", actor="staff:a")
    again = await call_again(house.services, "lewisham", reference, actor="staff:a")
    found = await house.rows(
        "SELECT r.role, r.children, r.because FROM requirements r JOIN meetings m ON m.id = r.meeting_id "
        "WHERE m.reference = :reference AND r.role IN ('prevent_lead', 'housing') ORDER BY r.role",
        reference=again.reference,
    )
    assert [(row["role"], row["children"]) for row in found] == [("housing", []), ("prevent_lead", ["C2"])]
    seen = [may_see(row["role"], row["because"], row["children"], ["C1", "C2"], {}).children for row in found]
    assert seen == [("C1", "C2"), ("C2",)]
