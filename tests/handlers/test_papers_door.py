"""Decisions and minutes through the API and on the meeting's page."""

from __future__ import annotations

from datetime import timedelta

from service.domain.disagreeing import Kind as Dispute
from service.workflow.disagree import DisagreementGiven, raise_disagreement
from service.workflow.papers import PlaceNamed
from tests.handlers.house import House

WORDS = "Keziah Fennimore is seen alone tomorrow"
CALLED = {"proof": "call_back", "name": "Dana Okoro", "reason": "asked for its decisions", "role": "school_nurse"}


async def started(house: House) -> str:
    reference = await house.confirmed()
    house.clock.at += timedelta(days=1, hours=1)
    agreed = await house.call(
        "POST", f"/api/v1/meetings/{reference}/decisions", {"papers": [{"text": WORDS}, {"text": WORDS}]}
    )
    assert agreed.status == 200, await agreed.text()
    assert [paper["new"] for paper in (await agreed.json())["papers"]] == [True, False]
    return f"/api/v1/meetings/{reference}"


async def test_a_decision_is_read_to_an_agency_and_then_shown_as_opened(house: House) -> None:
    path = await started(house)
    before = await (await house.call("GET", f"{path}/decisions")).json()
    assert {agency["complete"] for agency in before["agencies"]} == {False}
    opened = await house.call("POST", f"{path}/decisions/open", CALLED)
    assert (opened.status, opened.headers["Cache-Control"]) == (200, "no-store")
    assert [paper["text"] for paper in (await opened.json())["papers"]] == [WORDS]
    after = await house.call("GET", f"{path}/decisions")
    assert "Keziah" not in await after.text()
    found = {agency["role"]: agency for agency in (await after.json())["agencies"]}
    assert (found["school_nurse"]["complete"], found["school_nurse"]["opener"]) == (True, "Dana Okoro")
    assert found["lcpp"]["words"] == "not opened yet"


async def test_only_a_client_with_the_right_reads_the_words(house: House) -> None:
    path = await started(house)
    assert (await house.call("POST", f"{path}/decisions/open", CALLED, client="reader")).status == 403
    assert (await house.call("POST", f"{path}/decisions", {"papers": [{"text": "x"}]}, client="reader")).status == 403
    assert (await house.call("GET", f"{path}/decisions?partnership=wirral", client="both")).status == 404
    claimed = await house.call("POST", f"{path}/decisions/open", CALLED | {"proof": "desk_session"})
    assert claimed.status == 422, "a client cannot claim a proof that is made to this service"


async def test_minutes_are_issued_and_what_is_not_there_cannot_be_opened(house: House) -> None:
    path = await started(house)
    nothing = await house.call("POST", f"{path}/minutes/issue", {})
    assert (nothing.status, (await nothing.json())["code"]) == (409, "cannot_open")
    part = {"text": "All met", "concerns": [{"role": "lcpp"}]}
    assert (await house.call("POST", f"{path}/minutes", {"papers": [part]})).status == 200
    assert (await (await house.call("POST", f"{path}/minutes/issue", {})).json())["issued"] == [1]
    refused = await house.call("POST", f"{path}/minutes/open", CALLED)
    assert (refused.status, (await refused.json())["code"]) == (409, "cannot_open")
    assert (await house.call("POST", f"{path}/minutes/open", CALLED | {"role": "lcpp"})).status == 200
    shown = await (await house.call("GET", f"{path}/minutes")).json()
    assert shown["papers"][0]["concerns"] == [{"role": "lcpp", "slot": ""}]


async def test_the_page_says_who_has_opened_and_never_what(house: House) -> None:
    path = await started(house)
    await house.call("POST", f"{path}/decisions/open", CALLED)
    dissent = DisagreementGiven(Dispute.DISSENT, PlaceNamed("lcpp"), "Keziah is not safe there", 1)
    reference = path.rsplit("/", 1)[1]
    await raise_disagreement(house.services, "lewisham", reference, dissent, actor="staff")
    page = await (await house.client.get(path.replace("/api/v1", "/lewisham"))).text()
    assert "dissent from a decision 1" in page
    assert "Decisions and minutes" in page
    assert "opened by Dana Okoro, called back on the directory&#39;s number" in page
    assert "not opened yet" in page
    assert "Keziah" not in page


async def test_a_meeting_to_come_has_no_such_section(house: House) -> None:
    reference = await house.confirmed()
    page = await (await house.client.get(f"/lewisham/meetings/{reference}")).text()
    assert "Decisions and minutes" not in page
