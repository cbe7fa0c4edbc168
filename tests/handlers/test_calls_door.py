"""A discussion by phone, now: the list, one press for each mark, and what the record holds of it."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from service.domain.attendance import Denominator
from service.domain.london import words
from service.domain.meeting_facts import MeetingFact
from service.workflow import identity
from service.workflow.attend import record_attendance
from service.workflow.bundle import export_bundle
from service.workflow.report import By, attendance_report
from service.workflow.safe_route import NamedPerson, StoppedPlace, name_person, stop_place
from service.workflow.standard import standard_report
from tests.handlers.house import ATTENDED, House
from tests.handlers.test_page_checks import check

POLICE, NURSE = "police_child_protection", "school_nurse"


async def page(house: House, reference: str) -> str:
    return await check(await house.client.get(f"/lewisham/meetings/{reference}/calls"))


async def press(house: House, reference: str, role: str, outcome: str, **fields: str) -> Any:
    once = re.findall(r'name="once" value="([^"]+)"', await page(house, reference))[0]
    place = str(await house.requirement(reference, role))
    sent = {"once": once, "place": place, "outcome": outcome, **fields}
    return await house.press(f"/lewisham/meetings/{reference}/calls", **sent), sent


async def call(house: House, reference: str, body: object = None, **headers: str) -> tuple[int, dict[str, Any]]:
    method = "GET" if body is None else "POST"
    answer = await house.call(method, f"/api/v1/meetings/{reference}/calls", body, **headers)
    return answer.status, await answer.json()


async def test_the_page_lists_whom_to_phone_with_one_press_for_each_mark(house: House) -> None:
    reference = await house.planned(urgency="immediate")
    assert f"{reference}/calls" in await check(await house.client.get(f"/lewisham/meetings/{reference}"))
    shown = await page(house, reference)
    assert shown.index("Police child protection unit") < shown.index("School nurse")
    assert 'href="tel:02079460101"' in shown
    assert "The discussion begins with the first agency you mark as joined." in shown
    for said in ("Reached", "Joined", "No answer", "Left a message"):
        assert f">{said}<" in shown
    answer, sent = await press(house, reference, POLICE, "no_answer")
    assert answer.status == 303
    assert answer.headers["Location"].endswith(f"/calls?done=marked#place-{sent['place']}")
    assert (await house.press(f"/lewisham/meetings/{reference}/calls", **sent)).status == 303
    assert await house.count("calls") == 1
    shown = await check(await house.client.get(answer.headers["Location"]))
    assert "The call is marked." in shown
    assert f"No answer, {words(house.clock.at)}, by Ada Officer" in shown
    assert (await house.rows("SELECT state FROM meetings"))[0]["state"] == "planned"


async def test_the_first_that_joins_begins_the_discussion_and_is_put_down_as_present(house: House) -> None:
    reference = await house.planned(urgency="immediate")
    await press(house, reference, POLICE, "reached")
    house.clock.at += timedelta(minutes=5)
    answer, _ = await press(house, reference, POLICE, "joined", spoke_to="Sgt Dana Whitlock")
    assert "done=began" in answer.headers["Location"]
    await press(house, reference, "health_practitioner", "joined")
    (meeting,) = await house.rows("SELECT state, version, starts_at, mode FROM meetings")
    assert meeting == {"state": "confirmed", "version": 1, "starts_at": house.clock.at, "mode": "phone"}
    assert await house.count("invitations") == await house.count("outbox") == 0
    assert await house.count("tasks WHERE kind = 'choose_time' AND state = 'open'") == 0
    proposed = await house.rows("SELECT outcome, how, state FROM attendances")
    assert proposed == [{"outcome": "attended", "how": "phone", "state": "proposed"}] * 2
    shown = await check(await house.client.get(f"/lewisham/meetings/{reference}"))
    assert "came, by phone (proposed, not recorded yet)" in shown
    assert "Had 5 minutes" in shown
    assert "Police child protection unit: joined" in shown
    assert "Whitlock" not in shown
    kept = await record_attendance(house.services, "lewisham", reference, ATTENDED, actor="staff:a")
    assert POLICE in kept.missing, "what is proposed is not recorded"
    actions = await house.rows("SELECT action FROM audit_events WHERE action LIKE 'attendance:row:%' ORDER BY number")
    assert [each["action"] for each in actions] == ["attendance:row:proposed"] * 2 + ["attendance:row:recorded"]


async def test_a_call_counts_as_told_in_both_reports_and_a_message_that_was_left_does_not(house: House) -> None:
    reference = await house.planned(urgency="immediate")
    await press(house, reference, "health_practitioner", "reached")
    await press(house, reference, NURSE, "left_message")
    house.clock.at += timedelta(minutes=30)
    await press(house, reference, POLICE, "joined")
    await record_attendance(house.services, "lewisham", reference, ATTENDED, actor="staff:a")
    house.clock.at += timedelta(days=1)
    start, end = date(2026, 11, 30), date(2026, 12, 1)
    report = await attendance_report(house.services, "lewisham", start, end, By.AGENCY, Denominator.INVITED)
    counted = {line.key for line in report.lines if line.rate.of + line.not_recorded}
    assert counted == {POLICE, "health_practitioner"}
    seen: list[MeetingFact] = []
    await standard_report(house.services, "lewisham", start, end, watch=seen.append)
    told = {place.role: place.handed_at for place in seen[0].places if place.invited}
    begun = house.clock.at - timedelta(days=1)
    assert told == {POLICE: begun, "health_practitioner": begun - timedelta(minutes=30)}


async def test_whom_a_call_reached_is_sealed_and_opened_with_a_reason_alone(house: House) -> None:
    reference = await house.confirmed()
    await press(house, reference, POLICE, "reached", spoke_to="Sgt Dana Whitlock")
    (row,) = await house.rows("SELECT sealed_spoke_to, spoke_named FROM calls")
    assert row["spoke_named"]
    assert b"Whitlock" not in bytes(row["sealed_spoke_to"])
    assert "whom it reached is kept under seal" in await page(house, reference)
    exported = await export_bundle(house.services, "lewisham", reference, actor="staff:a")
    assert b'"outcome":"reached"' in exported.content
    assert b"Whitlock" not in exported.content
    opened = await identity.open_spoken_to(
        house.services, "lewisham", reference, reason="the chair asks", actor="staff:a"
    )
    assert [(each.role, each.name) for each in opened] == [(POLICE, "Sgt Dana Whitlock")]
    assert await house.count("audit_events WHERE action = 'identity:calls:opened'") == 1


async def test_somebody_of_the_case_on_the_phone_is_kept_and_a_task_says_so(house: House) -> None:
    reference = await house.confirmed()
    await press(house, reference, NURSE, "reached", spoke_to="Rosalind Fennimore")
    assert await house.count("calls") == 1
    (task,) = await house.rows("SELECT detail FROM tasks WHERE kind = 'name_refused'")
    assert "may be tied to the case" in task["detail"]
    assert "Fennimore" not in task["detail"]


async def test_an_agency_that_must_not_be_told_has_no_number_and_takes_no_mark(house: House) -> None:
    reference = await house.confirmed()
    place = StoppedPlace(NURSE, "", "")
    await stop_place(house.services, "lewisham", reference, place, actor="staff:a")
    shown = await page(house, reference)
    card = shown[shown.index("School nurse") :]
    card = card[: card.index("</li>")]
    assert "Must not be told" in card
    assert "tel:" not in card
    assert "desk" not in card
    _, listed = await call(house, reference)
    (nurse,) = [each for each in listed["agencies"] if each["role"] == NURSE]
    assert (nurse["must_not_be_told"], nurse["phone"], nurse["desk"]) == (True, "", "")
    refused, _ = await press(house, reference, NURSE, "reached")
    assert refused.status == 409
    status, problem = await call(house, reference, {"role": NURSE, "outcome": "reached"})
    assert (status, problem["code"]) == (409, "cannot_call")
    person = NamedPerson("Imani Oyelaran", "", "01632 960777", "always")
    await name_person(house.services, "lewisham", reference, place, person, actor="staff:a")
    assert 'href="tel:01632960777"' in await page(house, reference)


async def test_by_the_api_a_call_is_one_under_its_key_or_at_its_time(house: House) -> None:
    reference = await house.confirmed()
    body = {"role": POLICE, "outcome": "no_answer"}
    for _ in range(2):
        assert (await call(house, reference, body))[0] == 201
    assert await house.count("calls") == 2, "two calls nobody answered are two"
    first = await call(house, reference, body, Idempotency_Key="abc")
    again = await call(house, reference, body, Idempotency_Key="abc")
    assert (first[1]["new"], again[1]["new"]) == (True, False)
    timed = body | {"called_at": (house.clock.at - timedelta(minutes=3)).isoformat()}
    assert [(await call(house, reference, timed))[1]["new"] for _ in range(2)] == [True, False]
    ahead = body | {"outcome": "reached", "called_at": (house.clock.at + timedelta(hours=3)).isoformat()}
    await call(house, reference, ahead)
    assert (await house.rows("SELECT max(called_at) AS at FROM calls"))[0]["at"] == house.clock.at
    assert (await call(house, reference, {"role": "prison", "outcome": "reached"}))[0] == 404
    assert (await call(house, reference, {"role": POLICE, "outcome": "shouted"}))[0] == 422


async def test_a_call_settles_the_officers_list_and_nobody_phones_to_what_is_off(house: House) -> None:
    async with house.engine.begin() as conn:
        await conn.execute(text("UPDATE inboxes SET channel = 'phone' WHERE role = 'school_nurse'"))
    reference = await house.confirmed()
    await press(house, reference, NURSE, "left_message")
    assert await house.count("tasks WHERE kind = 'phone_invitation' AND state = 'open'") == 1
    await press(house, reference, NURSE, "reached")
    assert await house.count("tasks WHERE kind = 'phone_invitation' AND state = 'done'") == 1
    path = f"/api/v1/meetings/{reference}/cancel"
    assert (await house.call("POST", path, {"reason": "made_in_error"})).status == 200
    assert "Nobody is to be phoned to it." in await page(house, reference)
    assert (await call(house, reference, {"role": POLICE, "outcome": "reached"}))[1]["code"] == "cannot_call"


async def test_a_conference_without_a_time_is_not_begun_by_phone(house: House) -> None:
    reference = await house.planned(meeting_type="icpc", initiating_sd_at=house.clock.at.isoformat())
    status, problem = await call(house, reference, {"role": POLICE, "outcome": "joined"})
    assert (status, problem["code"]) == (409, "cannot_call")
    assert await house.count("calls") == 0


@pytest.mark.parametrize("sent", [{"outcome": "shouted"}, {"once": ""}, {"place": "x"}])
async def test_a_form_that_was_tampered_with_marks_nothing(house: House, sent: dict[str, str]) -> None:
    reference = await house.confirmed()
    place = str(await house.requirement(reference, POLICE))
    whole = {"once": "abcdefgh", "place": place, "outcome": "reached"} | sent
    answer = await house.press(f"/lewisham/meetings/{reference}/calls", **whole)
    assert answer.status in {400, 404}
    assert await house.count("calls") == 0


async def test_an_auditor_reads_the_list_and_marks_nothing(house: House) -> None:
    reference = await house.confirmed()
    await house.sign_in("auditor")
    assert "<button" not in (await page(house, reference)).split("<main")[1]
    place = str(await house.requirement(reference, POLICE))
    answer = await house.press(f"/lewisham/meetings/{reference}/calls", once="abcdefgh", place=place, outcome="reached")
    assert answer.status == 403
