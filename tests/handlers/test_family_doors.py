"""The parents of a conference at the API and on their page; the leaflet; and a strategy meeting that has none."""

from __future__ import annotations

from typing import Any

from service.domain.leaflet import CONFERENCE
from tests.handlers.house import House
from tests.handlers.test_page_checks import check

BY_MAIL = {"person": "P1", "route": "email", "to": "rosalind@home.example", "advocate": "offered"}


async def family(house: House, reference: str, body: object = None) -> tuple[int, dict[str, Any]]:
    method = "GET" if body is None else "POST"
    answer = await house.call(method, f"/api/v1/meetings/{reference}/family", body)
    return answer.status, await answer.json()


async def test_a_parent_is_arranged_and_the_address_never_comes_back(house: House) -> None:
    reference = await house.confirmed(meeting_type="icpc")
    status, shown = await family(house, reference, {"sharing": "joint", "parents": [BY_MAIL]})
    assert status == 200
    assert shown["sharing"] == "joint"
    (parent,) = shown["parents"]
    assert (parent["person"], parent["route"], parent["advocate"]) == ("P1", "email", "offered")
    assert "rosalind@home.example" not in str(await family(house, reference))
    assert await house.count("outbox WHERE kind = 'family_message'") == 1


async def test_a_strategy_meeting_refuses_parents_and_lists_none(house: House) -> None:
    reference = await house.confirmed()
    status, problem = await family(house, reference, {"parents": [BY_MAIL]})
    assert (status, problem["code"]) == (409, "not_a_conference")
    assert (await family(house, reference))[1]["parents"] == []
    page = await check(await house.client.get(f"/lewisham/meetings/{reference}/family"))
    assert "This is a meeting of professionals." in page


async def test_what_cannot_be_a_route_is_refused_with_what_would_do(house: House) -> None:
    reference = await house.confirmed(meeting_type="icpc")
    for parent, code in (
        ({**BY_MAIL, "to": "no address"}, "bad_route"),
        ({"person": "P1", "route": "post"}, "bad_route"),
        ({"person": "P9", "route": "by_hand"}, "no_such_parent"),
    ):
        status, problem = await family(house, reference, {"parents": [parent]})
        assert (status in {404, 422}, problem["code"]) == (True, code), parent
    assert await house.count("outbox WHERE kind = 'family_message'") == 0


async def test_the_page_shows_how_each_is_reached_and_no_address(house: House) -> None:
    reference = await house.confirmed(meeting_type="icpc")
    await family(house, reference, {"parents": [{**BY_MAIL, "interpreter": "Tamil"}]})
    page = await check(await house.client.get(f"/lewisham/meetings/{reference}/family"))
    assert "mother, P1" in page
    assert "by e-mail" in page
    assert "Tamil" in page
    assert "rosalind@home.example" not in page
    href = f'href="/lewisham/meetings/{reference}/family"'
    assert href in await check(await house.client.get(f"/lewisham/meetings/{reference}"))


async def test_the_leaflet_is_a_page_of_its_own_and_offers_an_advocate_where_the_pack_does(house: House) -> None:
    page = await check(await house.client.get("/lewisham/leaflets/conference"))
    assert CONFERENCE.title in page
    assert f"Leaflet {CONFERENCE.version}" in page
    assert "An advocate" in page
