"""The meeting that follows a discussion by phone: the same people, the pack's deadline, known to the same readers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from service.domain.calls import CallOutcome
from service.domain.deadlines import due
from service.domain.spans import Span, Unit
from service.store.queries.audit import verify_chain
from service.workflow import restricting
from service.workflow.calls import CallGiven, record_call
from service.workflow.errors import CannotFollowUpError, ErasedError
from service.workflow.follow_up import follow_up_at, plan_follow_up
from service.workflow.safe_route import StoppedPlace, stop_place
from tests.handlers.house import House

POLICE = "police_child_protection"


async def begun(house: House, **changes: Any) -> str:
    reference = await house.planned(urgency="immediate", **changes)
    given = CallGiven(CallOutcome.JOINED, house.clock.at, house.fresh("call"), role=POLICE)
    await record_call(house.services, "lewisham", reference, given, actor="staff:a")
    return reference


async def roles(house: House, reference: str) -> dict[str, str]:
    rows = await house.rows(
        "SELECT r.role, r.state FROM requirements r JOIN meetings m ON m.id = r.meeting_id WHERE m.reference = :x",
        x=reference,
    )
    return {row["role"]: row["state"] for row in rows}


async def test_one_press_plans_it_about_the_same_people_with_the_packs_deadline(house: House) -> None:
    reference = await begun(house)
    page = await (await house.client.get(f"/lewisham/meetings/{reference}/calls")).text()
    assert "Plan the follow-up strategy meeting" in page
    assert "5 working days from this discussion" in page
    pressed = [await house.press(f"/lewisham/meetings/{reference}/follow-up") for _ in range(2)]
    assert {answer.status for answer in pressed} == {303}
    (second,) = {answer.headers["Location"] for answer in pressed}
    assert second.endswith("/time")
    assert "The best starts" in await (await house.client.get(second)).text()
    found = await follow_up_at(house.services, "lewisham", reference)
    assert found.planned is not None
    expected = due(house.clock.at, Span(5, Unit.WORKING_DAYS), house.services.calendar)
    assert found.planned.deadline_at == expected == found.following.due_at
    rows = await house.rows(
        "SELECT m.meeting_type, q.urgency, q.case_ref, f.reference AS first FROM meetings m"
        " JOIN requests q ON q.id = m.request_id JOIN meetings f ON f.id = m.linked_meeting_id"
    )
    assert rows == [
        {"meeting_type": "strategy_followup", "urgency": "standard", "case_ref": "LCS-1001", "first": reference}
    ]
    assert set(await roles(house, reference)) <= set(await roles(house, found.planned.reference))
    assert await house.count("children") == 2
    keys = await house.rows("SELECT DISTINCT wrapped_key FROM requests")
    assert len(keys) == 2, "each request has a key of its own"
    assert await house.count("tasks WHERE kind = 'separate_meeting' AND state = 'open'") == 0
    assert await house.count("audit_events WHERE action = 'planning:follow_up:planned'") == 1
    page = await (await house.client.get(f"/lewisham/meetings/{reference}/calls")).text()
    assert found.planned.reference in page
    assert "Plan the follow-up" not in page
    async with house.engine.connect() as conn:
        for row in await house.rows("SELECT DISTINCT chain FROM audit_events"):
            assert (await verify_chain(conn, "lewisham", row["chain"])).holds


async def test_where_the_pack_has_no_figure_it_says_so(house: House) -> None:
    reference = await begun(house, meeting_type="strategy_missing", missing_since=house.clock.at.isoformat())
    answer = await house.call("GET", f"/api/v1/meetings/{reference}/follow-up")
    shown = await answer.json()
    assert (shown["meeting_type"], shown["due_words"], shown["due_at"]) == (
        "strategy_review",
        "not set by the partnership",
        None,
    )
    page = await (await house.client.get(f"/lewisham/meetings/{reference}/calls")).text()
    assert "By when it must be held: not set by the partnership." in page
    start = (house.clock.at + timedelta(days=2)).isoformat()
    answer = await house.call("POST", f"/api/v1/meetings/{reference}/follow-up", {"start": start})
    shown = await answer.json()
    assert (answer.status, shown["state"]) == (201, "confirmed")
    assert await house.count("invitations") > 0


async def test_a_restricted_case_is_known_to_the_same_readers_and_to_nobody_else(house: House) -> None:
    reference = await begun(house)
    me = f"staff:{(await house.sign_in('officer', 'chair'))['lewisham']}"
    await restricting.restrict_case(
        house.services, "lewisham", reference, [me], reason="a colleague's child", actor="command:officer"
    )
    found = await plan_follow_up(house.services, "lewisham", reference, actor=me)
    assert found.planned is not None
    second = found.planned.reference
    assert (await house.client.get(f"/lewisham/meetings/{second}")).status == 200
    await house.sign_in("officer", "chair")
    for hidden in (reference, second):
        assert (await house.client.get(f"/lewisham/meetings/{hidden}")).status == 404
    assert second not in await (await house.client.get("/lewisham/worklist")).text()


async def test_an_inbox_stopped_at_the_first_is_stopped_at_the_second(house: House) -> None:
    reference = await house.confirmed(urgency="immediate", start=house.clock.at + timedelta(hours=1))
    await stop_place(house.services, "lewisham", reference, StoppedPlace("school_nurse", "", ""), actor="staff:a")
    house.clock.at += timedelta(hours=2)
    found = await plan_follow_up(house.services, "lewisham", reference, actor="staff:a")
    assert found.planned is not None
    assert (await roles(house, found.planned.reference))["school_nurse"] == "stopped"


async def test_what_cannot_be_followed_is_refused_with_its_reason(house: House) -> None:
    planned = await house.planned(urgency="immediate")
    with pytest.raises(CannotFollowUpError, match="not begun"):
        await plan_follow_up(house.services, "lewisham", planned, actor="staff:a")
    reference = await begun(house)
    await house.call("POST", f"/api/v1/meetings/{reference}/cancel", {"reason": "made_in_error"})
    with pytest.raises(CannotFollowUpError, match="called off"):
        await plan_follow_up(house.services, "lewisham", reference, actor="staff:a")
    erased = await begun(house)
    async with house.engine.begin() as conn:
        await conn.exec_driver_sql("UPDATE requests SET wrapped_key = NULL")
    with pytest.raises(ErasedError):
        await plan_follow_up(house.services, "lewisham", erased, actor="staff:a")
    assert await house.count("meetings WHERE linked_meeting_id IS NOT NULL") == 0


async def test_a_crash_after_it_was_taken_in_is_mended_by_the_next_press(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = await begun(house)

    async def killed(*_: object, **__: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr("service.workflow.follow_up._noted", killed)
        with pytest.raises(ConnectionError):
            await plan_follow_up(house.services, "lewisham", reference, actor="staff:a")
    assert await house.count("audit_events WHERE action = 'planning:follow_up:planned'") == 0
    for _ in range(2):
        found = await plan_follow_up(house.services, "lewisham", reference, actor="staff:a")
    assert found.planned is not None
    assert await house.count("meetings") == 2
    assert await house.count("audit_events WHERE action = 'planning:follow_up:planned'") == 1
