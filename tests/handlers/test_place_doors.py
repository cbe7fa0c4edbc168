"""POST …/stop and …/person: an agency whose shared inbox must not be told, through the API; and the answer page."""

from __future__ import annotations

from datetime import timedelta

from tests.handlers.house import House

PERSON = {"role": "school_nurse", "name": "Asha Okoro", "address": "asha.okoro@lewisham.example"}


async def test_a_place_is_stopped_and_given_to_a_person(house: House) -> None:
    reference = await house.confirmed()
    path = f"/api/v1/meetings/{reference}"
    stopped = await house.call("POST", f"{path}/stop", {"role": "school_nurse"})
    assert (stopped.status, (await stopped.json())["state"]) == (200, "stopped")
    again = await house.call("POST", f"{path}/stop", {"role": "school_nurse"})
    assert (again.status, (await again.json())["code"]) == (422, "cannot_invite")
    named = await house.call("POST", f"{path}/person", PERSON)
    assert (named.status, (await named.json())["state"]) == (200, "wanted")
    shown = await (await house.call("GET", path)).json()
    (nurse,) = (one for one in shown["agencies"] if one["role"] == "school_nurse" and one["state"] != "withdrawn")
    assert (nurse["state"], nurse["inbox"]) == ("wanted", "Asha Okoro")


async def test_a_parent_is_refused_in_the_words_that_anybody_else_would_get(house: House) -> None:
    reference = await house.confirmed()
    path = f"/api/v1/meetings/{reference}"
    await house.call("POST", f"{path}/stop", {"role": "school_nurse"})
    refused = await house.call("POST", f"{path}/person", PERSON | {"name": "Rosalind Fennimore"})
    problem = await refused.json()
    assert (refused.status, problem["code"]) == (422, "cannot_invite")
    assert "Rosalind" not in str(problem)
    assert "tied" not in problem["detail"]


async def test_who_may_only_read_stops_nobody(house: House) -> None:
    reference = await house.confirmed()
    for door, body in (("stop", {"role": "school_nurse"}), ("person", PERSON)):
        refused = await house.call("POST", f"/api/v1/meetings/{reference}/{door}", body, client="reader")
        assert refused.status == 403


async def test_the_link_of_a_stopped_inbox_says_only_that_it_is_no_longer_asked(house: House) -> None:
    reference = await house.confirmed()
    link = await house.link(reference, "school_nurse")
    path = f"/api/v1/meetings/{reference}"
    await house.call("POST", f"{path}/stop", {"role": "school_nurse"})
    moved = {"start": (house.clock.at + timedelta(days=2)).isoformat(), "mode": "in_person", "venue": "Town Hall"}
    assert (await house.call("POST", f"{path}/move", moved)).status == 200
    await house.call("POST", f"{path}/person", PERSON)
    page = await (await house.client.get(link)).text()
    assert "no longer asked" in page
    assert not [word for word in ("<form", "Town Hall", "Wednesday", "Asha", "2 December") if word in page]
    assert (await house.client.post(link, data={"answer": "yes"})).status == 409
    entry = await (await house.client.get(f"{link}/calendar-file")).text()
    assert "STATUS:CANCELLED" in entry
    assert "DTSTART:20261201T100000Z" in entry, "the time it was told of, not the one given since"


async def test_a_deputy_tied_to_the_case_is_refused_beside_the_field_and_nothing_is_kept(house: House) -> None:
    reference = await house.confirmed()
    link = await house.link(reference)
    form = {"answer": "deputy", "deputy_name": "Rosalind Fennimore", "deputy_job": "nurse"}
    page = await house.client.post(link, data=form)
    assert page.status == 422
    assert "cannot be taken down here" in await page.text()
    mine = await house.client.post(link, data={"answer": "yes", "your_name": "Rosalind Fennimore"})
    assert (mine.status, await house.count("answers")) == (422, 0)
    plain = await house.client.post(link, data={"answer": "yes"}, allow_redirects=False)
    assert (plain.status, await house.count("answers")) == (303, 1)
