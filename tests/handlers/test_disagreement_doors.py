"""Dissent, refused requests and the police's reference through the API: sealed, and only for whoever may read them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from service.workflow import restricting
from tests.handlers.house import House

WORDS = "The nurse holds that Keziah Fennimore is not safe at home"
DISSENT = {"kind": "dissent", "role": "school_nurse", "text": WORDS, "decision": 1}


async def decided(house: House) -> str:
    path = f"/api/v1/meetings/{await house.confirmed()}"
    house.clock.at += timedelta(days=1, hours=1)
    await house.call("POST", f"{path}/decisions", {"papers": [{"text": "home"}]})
    return path


async def said(house: House, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    response = await house.call(method, path, body)
    assert response.status == 200, await response.text()
    told: dict[str, Any] = await response.json()
    return told


async def test_a_dissent_is_raised_once_listed_without_its_words_read_with_a_reason_and_settled(house: House) -> None:
    path = await decided(house)
    first, again = [await said(house, "POST", f"{path}/disagreements", DISSENT) for _ in range(2)]
    assert (first["new"], again["new"], first["id"]) == (True, False, again["id"])
    assert first["stage"] == {"number": 0, "to": "", "due_at": None}, "Lewisham has published no ladder"
    listed = await said(house, "GET", f"{path}/disagreements")
    assert "Keziah" not in str(listed)
    (shown,) = listed["disagreements"]
    assert (shown["kind"], shown["decision"], shown["state"], shown["settle_by"]) == ("dissent", 1, "open", None)
    one = f"{path}/disagreements/{first['id']}"
    assert (await said(house, "POST", f"{one}/further"))["disagreements"][0]["stage"]["number"] == 0
    opened = await house.call("POST", f"{one}/open", {"reason": "to answer it"})
    assert (opened.headers["Cache-Control"], (await opened.json())["text"]) == ("no-store", WORDS)
    settled = await said(house, "POST", f"{one}/settle", {"text": "Keziah stays with her aunt"})
    assert settled["disagreements"][0]["state"] == "settled"
    twice = await house.call("POST", f"{one}/settle", {"text": "again"})
    assert (twice.status, (await twice.json())["code"]) == (404, "no_such_disagreement")


async def test_a_refused_request_stands_without_a_meeting_and_apart_from_those_about_one(house: House) -> None:
    path = await decided(house)
    about = (await said(house, "POST", f"{path}/disagreements", DISSENT))["id"]
    alone = (await said(house, "POST", "/api/v1/disagreements", {"role": "school", "text": WORDS}))["id"]
    listed = await said(house, "GET", "/api/v1/disagreements")
    assert (listed["meeting_reference"], [each["id"] for each in listed["disagreements"]]) == (None, [alone])
    assert (await said(house, "POST", f"/api/v1/disagreements/{alone}/open", {"reason": "to answer"}))["text"] == WORDS
    for gone in (f"/api/v1/disagreements/{about}", f"{path}/disagreements/{alone}", f"/api/v1/disagreements/{uuid4()}"):
        answer = await house.call("POST", f"{gone}/open", {"reason": "why"})
        assert (answer.status, (await answer.json())["code"]) == (404, "no_such_disagreement"), gone


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "from no decision there is": (DISSENT | {"decision": 9}, "bad_reason"),
    "of no kind there is": (DISSENT | {"kind": "sulking"}, "wrong_shape"),
    "by an agency that is not asked": (DISSENT | {"role": "probation"}, "no_such_agency"),
}


@pytest.mark.parametrize(("body", "code"), BAD.values(), ids=BAD)
async def test_a_bad_one_is_refused_with_its_mend(house: House, body: dict[str, Any], code: str) -> None:
    refused = await house.call("POST", f"{await decided(house)}/disagreements", body)
    assert refused.status in {404, 422}
    assert (await refused.json())["code"] == code


async def test_only_whoever_may_read_words_reads_them_and_a_restricted_case_is_there_for_its_readers(
    house: House,
) -> None:
    path = await decided(house)
    one = f"{path}/disagreements/{(await said(house, 'POST', f'{path}/disagreements', DISSENT))['id']}"
    for act, body in (("open", {"reason": "why"}), ("settle", {"text": "x"}), ("further", None)):
        assert (await house.call("POST", f"{one}/{act}", body, client="reader")).status == 403
    reference = path.rsplit("/", 1)[1]
    await restricting.restrict_case(
        house.services, "lewisham", reference, [], reason="a colleague's child", actor="command:officer"
    )
    assert (await house.call("GET", f"{path}/disagreements")).status == 404
    assert (await house.call("POST", f"{one}/open", {"reason": "why"})).status == 404
    assert (await said(house, "GET", "/api/v1/disagreements"))["disagreements"] == []


async def test_the_police_s_reference_is_sealed_beside_the_outcome_and_stays_when_that_is_corrected(
    house: House,
) -> None:
    path = f"/api/v1/meetings/{await house.confirmed()}"
    house.clock.at += timedelta(days=1, hours=2)
    kept = f"{path}/outcome/police-reference"
    early = await house.call("POST", kept, {"police_reference": "01/12345/26"})
    assert (early.status, (await early.json())["code"]) == (422, "bad_outcome"), "there is no outcome to stand beside"
    outcome = {"decided": ["section_47_enquiry"], "police": "joint"}
    assert (await said(house, "POST", f"{path}/outcome", outcome))["police_reference_kept"] is False
    assert (await said(house, "POST", f"{kept}/open", {"reason": "why"}))["police_reference"] is None
    for bad in ("Keziah Fennimore", "12;34", "x" * 41):
        assert (await house.call("POST", kept, {"police_reference": bad})).status == 422, bad
    for number in ("01/12345/26", " cad 1234  28nov26 "):
        assert (await said(house, "POST", kept, {"police_reference": number}))["police_reference_kept"] is True
    assert (await said(house, "POST", f"{path}/outcome", outcome | {"police": "police_alone"}))["police_reference_kept"]
    assert "28NOV26" not in str(await said(house, "GET", f"{path}/outcome"))
    assert (await house.call("POST", f"{kept}/open", {"reason": "why"}, client="reader")).status == 403
    opened = await said(house, "POST", f"{kept}/open", {"reason": "the officer in the case asked"})
    assert opened["police_reference"] == "CAD 1234 28NOV26"
    events = await house.rows(
        "SELECT action, data FROM audit_events WHERE action LIKE '%police_reference%' ORDER BY number"
    )
    assert [event["action"].rsplit(":", 1)[1] for event in events] == ["recorded", "recorded", "opened"]
    assert [event["data"].get("corrected") for event in events] == [False, True, None]
    assert "1234" not in str([dict(event) for event in events])
    (row,) = await house.rows("SELECT sealed_police_reference FROM meeting_outcomes")
    assert b"1234" not in row["sealed_police_reference"]
    page = await (await house.client.get(path.replace("/api/v1/", "/lewisham/"))).text()
    assert "reference is kept, under seal" in page
    assert "28NOV26" not in page
