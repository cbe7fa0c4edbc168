"""A start that the police agreed to by phone is fixed, stands as their yes, and the others are asked around it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from service.domain.meeting_facts import MeetingFact
from service.workflow.safe_route import StoppedPlace, stop_place
from service.workflow.standard import standard_report
from tests.handlers.house import House
from tests.handlers.test_page_checks import check

POLICE = "police_child_protection"


async def confirm(house: House, reference: str, **agreed: Any) -> tuple[int, dict[str, Any]]:
    start = house.clock.at + timedelta(hours=5)
    said = {"role": POLICE, "said_by": "DS Imran Vale", "at": (house.clock.at - timedelta(minutes=20)).isoformat()}
    body = {"start": start.isoformat(), "agreed": said | agreed}
    answer = await house.call("POST", f"/api/v1/meetings/{reference}/confirm", body)
    return answer.status, await answer.json()


async def test_the_call_is_their_answer_and_everybody_is_asked(house: House) -> None:
    reference = await house.planned()
    assert (await confirm(house, reference))[0] == 200
    (answer,) = await house.rows("SELECT answer, way, given_by, version, answered_at FROM answers")
    agreed_at = house.clock.at - timedelta(minutes=20)
    assert (answer["answer"], answer["way"], answer["version"], answer["answered_at"]) == ("yes", "phone", 1, agreed_at)
    (call,) = await house.rows("SELECT outcome, called_at, about_start, spoke_named FROM calls")
    assert call == {
        "outcome": "reached",
        "called_at": agreed_at,
        "about_start": house.clock.at + timedelta(hours=5),
        "spoke_named": True,
    }
    assert await house.count("invitations") == 5
    house.clock.at += timedelta(days=1)
    facts: list[MeetingFact] = []
    day = date(2026, 11, 30)
    await standard_report(house.services, "lewisham", day, day, watch=facts.append)
    told = {place.role: place.handed_at for place in facts[0].places if place.invited}
    assert told == {POLICE: agreed_at}


async def test_the_page_takes_who_and_when_without_a_script(house: House) -> None:
    reference = await house.planned()
    path, place = f"/lewisham/meetings/{reference}/time", str(await house.requirement(reference, POLICE))
    page = await check(await house.client.get(path))
    assert "An agency agreed to this time by phone already" in page
    when = {"day": "1/12/2026", "time": "2pm", "minutes": "60", "version": "0", "agreed_place": place}
    refused = await house.press(path, **when, agreed_by="", agreed_at="half nine")
    assert refused.status == 422
    said = await check(refused)
    assert "Enter who agreed on the phone" in said
    assert "Enter a time today" in said
    done = await house.press(path, **when, agreed_by="DS Imran Vale", agreed_at="9:45am")
    assert done.headers["Location"].endswith("?done=confirmed")
    (answer,) = await house.rows("SELECT answer, answered_at FROM answers")
    assert answer["answered_at"] == house.clock.at - timedelta(minutes=15)
    assert "said yes by phone" in await check(await house.client.get(f"/lewisham/meetings/{reference}"))


async def test_a_place_that_is_not_there_or_must_not_be_told_fixes_nothing(house: House) -> None:
    reference = await house.planned()
    assert (await confirm(house, reference, role="prison"))[1]["code"] == "no_such_agency"
    other = await house.confirmed()
    await stop_place(house.services, "lewisham", other, StoppedPlace(POLICE, "", ""), actor="staff:a")
    body = {"start": (house.clock.at + timedelta(days=3)).isoformat()}
    said = {"role": POLICE, "said_by": "DS Vale", "at": house.clock.at.isoformat()}
    moved = await house.call("POST", f"/api/v1/meetings/{other}/move", body | {"agreed": said})
    assert (moved.status, (await moved.json())["code"]) == (409, "cannot_call")
    assert {row["state"] for row in await house.rows("SELECT state FROM meetings")} == {"planned", "confirmed"}
    assert await house.count("answers") == await house.count("calls") == 0


async def test_somebody_of_the_case_is_no_answer_and_the_time_stands(house: House) -> None:
    reference = await house.planned()
    assert (await confirm(house, reference, said_by="Rosalind Fennimore"))[0] == 200
    assert await house.count("answers") == 0
    assert await house.count("tasks WHERE kind = 'name_refused'") == 1
    assert (await house.rows("SELECT state FROM meetings"))[0]["state"] == "confirmed"
