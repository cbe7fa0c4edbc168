"""Bringing an agency in while the meeting sits: the page's two steps without a script, and the API."""

from __future__ import annotations

import re
from datetime import timedelta

from tests.handlers.house import House
from tests.handlers.test_page_checks import check


async def begun(house: House) -> str:
    reference = await house.confirmed()
    house.clock.at += timedelta(days=1, minutes=10)
    house.clock.real += timedelta(minutes=10)
    return reference


async def test_an_officer_is_shown_whom_to_phone_before_anything_can_be_sent(house: House) -> None:
    reference = await begun(house)
    path = f"/lewisham/meetings/{reference}"
    assert f"{path}/add-now" in await check(await house.client.get(path))
    await check(await house.client.get(f"{path}/add-now"))
    assert "Choose an agency" in await check(await house.press(f"{path}/add-now"))
    chosen = {"role": "camhs", "reason": "holds_information"}
    phone = await check(await house.press(f"{path}/add-now", **chosen))
    assert "The directory has no number for it" in phone
    assert await house.count("calls") == 0
    once = re.findall(r'name="once" value="([^"]+)"', phone)[0]
    step = chosen | {"once": once}
    assert "Choose what the call came to" in await check(await house.press(f"{path}/add-now", **step))
    nobody = await house.press(f"{path}/add-now", **step, outcome="reached")
    assert (nobody.status, "Enter who was reached" in await check(nobody)) == (422, True)
    kept = await house.press(f"{path}/add-now", **step, outcome="no_answer")
    assert kept.headers["Location"] == f"{path}?done=call_kept"
    done = await house.press(f"{path}/add-now", **step, outcome="reached", spoke_to="Asha Okoro")
    assert done.headers["Location"] == f"{path}?done=added_on_line"
    assert (await house.press(f"{path}/add-now", **step, outcome="reached", spoke_to="Asha Okoro")).status == 303
    assert await house.count("calls") == 2
    page = await check(await house.client.get(done.headers["Location"]))
    assert "This agency was brought in." in page
    assert "brought in during the meeting" in page or "joined during the meeting" in page
    assert "Asha" not in page
    sheet = await check(await house.client.get(f"{path}/chair-sheet"))
    assert "brought in during the meeting" in sheet
    tied = chosen | {"role": "prison", "once": "another-press", "outcome": "reached", "spoke_to": "Rosalind Fennimore"}
    refused = await house.press(f"{path}/add-now", **tied)
    assert refused.status == 422
    assert "cannot be taken for this place" in await check(refused)


async def test_a_system_brings_an_agency_in_once_and_not_before_the_start(house: House) -> None:
    early = await house.confirmed()
    body = {"role": "camhs", "reason": "decides", "outcome": "reached", "spoke_to": "Asha Okoro"}
    refused = await house.call("POST", f"/api/v1/meetings/{early}/add-now", body)
    assert (refused.status, (await refused.json())["code"]) == (422, "cannot_invite")
    house.clock.at += timedelta(days=1, minutes=10)
    path = f"/api/v1/meetings/{early}/add-now"
    unnamed = await house.call("POST", path, body | {"spoke_to": ""})
    assert (unnamed.status, (await unnamed.json())["code"]) == (409, "cannot_call")
    for _ in range(2):
        added = await house.call("POST", path, body, Idempotency_Key="key-1")
        assert added.status == 201, await added.text()
        assert await added.json() == {
            "meeting_reference": early,
            "role": "camhs",
            "joined": True,
            "join_details": False,
        }
    assert await house.count("calls") == 1
    assert (await house.call("POST", path, body, client="reader")).status == 403
