"""Adding an agency and letting one off: the page's forms without a script, and the API."""

from __future__ import annotations

from tests.handlers.house import House
from tests.handlers.test_page_checks import check


async def state_of(house: House, reference: str, role: str) -> list[str]:
    shown = await (await house.call("GET", f"/api/v1/meetings/{reference}")).json()
    return [one["state"] for one in shown["agencies"] if one["role"] == role]


async def test_an_officer_adds_an_agency_and_lets_it_off_again_on_pages(house: House) -> None:
    reference = await house.confirmed()
    path = f"/lewisham/meetings/{reference}"
    assert f"{path}/add-agency" in await check(await house.client.get(path))
    form = await check(await house.client.get(f"{path}/add-agency"))
    assert 'value="camhs"' in form
    assert 'value="police_child_protection"' not in form, "asked already"
    assert 'value="school_nurse"' not in form
    empty = await house.press(f"{path}/add-agency")
    assert empty.status == 422
    shown = await check(empty)
    assert "Choose an agency" in shown
    assert "Choose why it is asked" in shown
    school = await house.press(f"{path}/add-agency", role="school", reason="knows_family")
    assert (school.status, "Import it first" in await check(school)) == (422, True)
    done = await house.press(f"{path}/add-agency", role="camhs", reason="knows_family")
    assert (done.status, done.headers["Location"]) == (303, f"{path}?done=agency_added_gap")
    page = await check(await house.client.get(done.headers["Location"]))
    assert "The directory has no inbox for it" in page
    assert "it works with the family" in page
    again = await house.press(f"{path}/add-agency", role="camhs", reason="knows_family")
    assert again.status == 422
    await check(again)
    camhs = f"{path}/places/{await house.requirement(reference, 'camhs')}/withdraw"
    assert camhs in page
    await check(await house.client.get(camhs))
    assert "Choose why it need not come" in await check(await house.press(camhs))
    off = await house.press(camhs, reason="asked_in_error")
    assert off.headers["Location"] == f"{path}?done=agency_withdrawn"
    assert "no longer asked to come" in await check(await house.client.get(off.headers["Location"]))
    assert (await house.press(camhs, reason="asked_in_error")).status == 404
    assert await state_of(house, reference, "camhs") == ["withdrawn"]


async def test_an_agency_that_must_come_is_not_let_off_and_no_link_offers_it(house: House) -> None:
    reference = await house.confirmed()
    path = f"/lewisham/meetings/{reference}"
    police = f"{path}/places/{await house.requirement(reference, 'police_child_protection')}/withdraw"
    assert police not in await (await house.client.get(path)).text()
    refused = await house.press(police, reason="not_involved")
    assert refused.status == 422
    assert "must come" in await check(refused)


async def test_a_system_adds_an_agency_and_hears_its_state_and_notice(house: House) -> None:
    reference = await house.confirmed()
    path = f"/api/v1/meetings/{reference}/add-agency"
    added = await house.call("POST", path, {"role": "camhs", "reason": "holds_information", "children": ["C1"]})
    assert added.status == 201, await added.text()
    assert await added.json() == {
        "meeting_reference": reference,
        "role": "camhs",
        "state": "no_inbox",
        "inbox": "",
        "short_notice": False,
    }
    for body, status in (
        ({"role": "camhs", "reason": "holds_information"}, 422),
        ({"role": "camhs", "reason": "bored"}, 422),
        ({"role": "nobody", "reason": "decides"}, 422),
    ):
        assert (await house.call("POST", path, body)).status == status
    refused = await house.call("POST", path, {"role": "prison", "reason": "decides"}, client="reader")
    assert refused.status == 403
