"""The medical a meeting decides on: its reason, its appointment, its own attendance, never the meeting's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.handlers.house import House
from tests.handlers.test_page_checks import check

NOT_NEEDED = {
    "needed": False,
    "reason_code": "already_examined",
    "reason": "The hospital examined the child on Monday.",
}


async def medical(house: House, reference: str, body: object = None, path: str = "") -> tuple[int, dict[str, Any]]:
    method = "GET" if body is None else "POST"
    answer = await house.call(method, f"/api/v1/meetings/{reference}/medical{path}", body)
    return answer.status, await answer.json()


async def booked(house: House, reference: str, hours: int = 3) -> dict[str, Any]:
    body = {"needed": True, "starts_at": (house.clock.at + timedelta(hours=hours)).isoformat(), "place": "Ward 4"}
    status, shown = await medical(house, reference, body)
    assert status == 200, shown
    return shown


async def test_it_is_undecided_until_somebody_decides(house: House) -> None:
    reference = await house.confirmed()
    assert (await medical(house, reference))[1]["state"] is None
    assert (await booked(house, reference))["state"] == "booked"


async def test_none_needed_takes_a_reason_of_the_list_and_a_sentence(house: House) -> None:
    reference = await house.confirmed()
    for short in ({"reason": ""}, {"reason_code": "because_so"}, {"reason_code": None}):
        status, problem = await medical(house, reference, NOT_NEEDED | short)
        assert (status, problem["code"]) == (422, "bad_reason"), short
    status, shown = await medical(house, reference, NOT_NEEDED)
    assert (status, shown["state"], shown["reason_code"]) == (200, "not_needed", "already_examined")
    (event,) = await house.rows("SELECT data FROM audit_events WHERE action = 'medical:decision:recorded'")
    assert event["data"] == {"needed": False, "reason_code": "already_examined"}


async def test_words_that_name_somebody_are_not_kept(house: House) -> None:
    reference = await house.confirmed()
    named = NOT_NEEDED | {"reason": "Keziah Fennimore was seen on Monday."}
    assert (await medical(house, reference, named))[1]["code"] == "bad_reason"
    at_home = {"needed": True, "starts_at": (house.clock.at + timedelta(hours=3)).isoformat(), "place": "3 Elm Row"}
    assert (await medical(house, reference, at_home))[1]["code"] == "bad_reason"
    assert await house.count("medicals") == 0


async def test_doctor_and_social_worker_are_to_be_told_of_each_time_anew(house: House) -> None:
    reference = await house.confirmed()
    await booked(house, reference)
    await booked(house, reference, hours=5)
    rows = await house.rows("SELECT detail, state FROM tasks WHERE kind = 'tell_of_medical' ORDER BY created_at, key")
    assert sorted(row["state"] for row in rows) == ["dropped", "dropped", "open", "open"]
    told = [row["detail"] for row in rows if row["state"] == "open"]
    assert any("the social worker" in detail for detail in told)
    assert any("the examining doctor" in detail for detail in told)
    await medical(house, reference, NOT_NEEDED)
    assert await house.count("tasks WHERE kind = 'tell_of_medical' AND state = 'open'") == 0


async def test_its_attendance_is_its_own_and_the_social_worker_s_is_in_it(house: House) -> None:
    reference = await house.confirmed()
    await booked(house, reference)
    came = {"people": [{"who": "social_worker", "came": True}, {"who": "child", "came": False}]}
    assert (await medical(house, reference, came, "/attendance"))[0] == 422
    house.clock.at += timedelta(hours=4)
    status, shown = await medical(house, reference, came, "/attendance")
    assert (status, shown["state"]) == (200, "held")
    assert {each["who"]: each["came"] for each in shown["came"]} == {"social_worker": True, "child": False}
    assert await house.count("attendances") == 0
    _, corrected = await medical(house, reference, {"people": [{"who": "child", "came": True}]}, "/attendance")
    assert {each["who"]: each["came"] for each in corrected["came"]} == {"social_worker": True, "child": True}
    events = await house.rows(
        "SELECT data FROM audit_events WHERE action = 'medical:attendance:recorded' ORDER BY number"
    )
    assert events[1]["data"] == {"came": {"child": True}, "before": {"child": False}}


async def test_the_meetings_page_says_it_in_sentences(house: House) -> None:
    reference, without = await house.confirmed(), await house.confirmed()
    await booked(house, reference)
    shown = await check(await house.client.get(f"/lewisham/meetings/{reference}"))
    assert "A medical is booked: " in shown
    assert "Ward 4" in shown
    house.clock.at += timedelta(hours=4)
    await medical(house, reference, {"people": [{"who": "social_worker", "came": True}]}, "/attendance")
    assert "The social worker came." in await check(await house.client.get(f"/lewisham/meetings/{reference}"))
    undecided = await check(await house.client.get(f"/lewisham/meetings/{without}"))
    assert '<h2 class="govuk-heading-m">Medical</h2>' not in undecided
    await medical(house, without, NOT_NEEDED)
    said = await check(await house.client.get(f"/lewisham/meetings/{without}"))
    assert "No medical is needed: The hospital examined the child on Monday." in said


async def test_what_is_over_stays_and_what_was_never_booked_has_nobody(house: House) -> None:
    reference = await house.confirmed()
    people = {"people": [{"who": "child", "came": True}]}
    assert (await medical(house, reference, people, "/attendance"))[1]["code"] == "bad_time"
    await booked(house, reference)
    house.clock.at += timedelta(hours=4)
    await medical(house, reference, people, "/attendance")
    assert (await medical(house, reference, NOT_NEEDED))[1]["code"] == "bad_time"


async def test_a_medical_that_is_wanted_is_a_task_until_it_is_arranged_and_then_recording_it_is(house: House) -> None:
    reference = await house.confirmed()
    told = "SELECT kind, state, due_at FROM tasks WHERE kind IN ('arrange_medical', 'record_medical') ORDER BY key"

    async def tasks() -> list[tuple[str, str]]:
        return [(row["kind"], row["state"]) for row in await house.rows(told)]

    await medical(house, reference, {"needed": True})
    assert await tasks() == [("arrange_medical", "open")]
    assert (await house.rows(told))[0]["due_at"] is None, "the partnership has set no time"
    await booked(house, reference)
    assert await tasks() == [("arrange_medical", "done"), ("record_medical", "open")]
    await booked(house, reference, hours=5)
    assert [state for _, state in await tasks()] == ["done", "dropped", "open"]
    house.clock.at += timedelta(hours=6)
    await medical(house, reference, {"people": [{"who": "child", "came": True}]}, "/attendance")
    assert [state for _, state in await tasks()] == ["done", "dropped", "done"]


async def test_a_medical_that_is_not_needed_after_all_leaves_nothing_to_do_and_wanted_again_it_is_a_task_anew(
    house: House,
) -> None:
    reference = await house.confirmed()
    await medical(house, reference, {"needed": True})
    await medical(house, reference, NOT_NEEDED)
    assert await house.count("tasks WHERE kind = 'arrange_medical' AND state = 'open'") == 0
    house.clock.at += timedelta(minutes=1)
    await medical(house, reference, {"needed": True})
    assert await house.count("tasks WHERE kind = 'arrange_medical' AND state = 'open'") == 1
