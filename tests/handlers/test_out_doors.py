"""Taking an agency out, and calling a meeting anew without one: the pages without a script, and the API."""

from __future__ import annotations

from datetime import timedelta

from tests.handlers.house import House
from tests.handlers.test_page_checks import check


async def states(house: House, reference: str, role: str) -> list[str]:
    shown = await (await house.call("GET", f"/api/v1/meetings/{reference}")).json()
    return [one["state"] for one in shown["agencies"] if one["role"] == role]


async def test_an_officer_takes_an_agency_out_while_the_meeting_sits(house: House) -> None:
    reference = await house.confirmed()
    house.clock.at += timedelta(days=1, minutes=10)
    path = f"/lewisham/meetings/{reference}"
    nurse = await house.requirement(reference, "school_nurse")
    link = await house.link(reference, "school_nurse", house.clock.at)
    shown = await check(await house.client.get(path))
    assert f"{path}/places/{nurse}/remove" in shown
    police = f"{path}/places/{await house.requirement(reference, 'police_child_protection')}"
    assert f"{police}/remove" not in shown, "it must come"
    assert f"{police}/exclude" in shown
    await check(await house.client.get(f"{path}/places/{nurse}/remove"))
    assert "Choose why it is taken out" in await check(await house.press(f"{path}/places/{nurse}/remove"))
    done = await house.press(f"{path}/places/{nurse}/remove", reason="chair_decided")
    assert done.headers["Location"] == f"{path}?done=agency_removed"
    page = await check(await house.client.get(done.headers["Location"]))
    assert "Let an agency out of the meeting" in page
    assert "school nurse desk" not in await check(await house.client.get(f"{path}/chair-sheet"))
    assert "no longer asked" in await (await house.client.get(link)).text()
    refused = await house.press(f"{police}/remove", reason="chair_decided")
    assert (refused.status, "must come" in await check(refused)) == (422, True)


async def test_an_officer_calls_a_meeting_anew_without_an_agency_and_comes_to_the_new_one(house: House) -> None:
    reference = await house.confirmed()
    path = f"/lewisham/meetings/{reference}"
    police = f"{path}/places/{await house.requirement(reference, 'police_child_protection')}/exclude"
    await check(await house.client.get(police))
    done = await house.press(police)
    assert done.status == 303
    new = done.headers["Location"].split("/")[-1].split("?")[0]
    assert new != reference
    page = await check(await house.client.get(done.headers["Location"]))
    assert "takes the place of the cancelled one" in page
    assert "must not be told" in page
    assert await states(house, new, "police_child_protection") == ["stopped"]
    assert (await house.press(police)).status == 404


async def test_an_officer_shuts_out_or_takes_out_who_must_come_once_it_is_recorded_who_came(house: House) -> None:
    reference = await house.confirmed()
    house.clock.at += timedelta(days=1, minutes=10)
    path, api = f"/lewisham/meetings/{reference}", f"/api/v1/meetings/{reference}"
    social = f"{path}/places/{await house.requirement(reference, 'social_worker')}"
    police = f"{path}/places/{await house.requirement(reference, 'police_child_protection')}"
    there = [{"role": role, "outcome": "attended"} for role in ("social_worker", "police_child_protection")]
    assert (await house.call("POST", f"{api}/attendance", {"agencies": there})).status == 200
    shown = await check(await house.client.get(path))
    assert (f"{social}/remove" in shown, f"{police}/exclude" in shown) == (True, True)
    out = await house.press(f"{social}/remove", reason="chair_decided")
    assert out.headers["Location"] == f"{path}?done=agency_removed"
    house.clock.at += timedelta(days=2)
    shown = await check(await house.client.get(path))
    assert "Must not be told: shut it out" in shown
    page = await check(await house.client.get(f"{police}/exclude"))
    assert "That stays as it is" in page
    done = await house.press(f"{police}/exclude")
    assert done.headers["Location"] == f"{path}?done=agency_shut_out"
    assert "can open nothing of this meeting" in await check(await house.client.get(done.headers["Location"]))
    body = {"role": "police_child_protection"}
    again = await (await house.call("POST", f"{api}/exclude", body)).json()
    assert (again["kept"], again["meeting_reference"]) == (True, None)
    assert await states(house, reference, "police_child_protection") == ["withdrawn"]


async def test_a_system_takes_one_out_and_calls_anew_once(house: House) -> None:
    reference = await house.confirmed()
    path = f"/api/v1/meetings/{reference}"
    out = await house.call("POST", f"{path}/remove-now", {"role": "school_nurse", "reason": "not_involved"})
    assert (out.status, (await out.json())["state"]) == (200, "withdrawn")
    bad = await house.call("POST", f"{path}/remove-now", {"role": "school_nurse", "reason": "bored"})
    assert bad.status == 422
    start = (house.clock.at + timedelta(days=2)).isoformat()
    body = {"role": "police_child_protection", "start": start}
    first = await (await house.call("POST", f"{path}/exclude", body)).json()
    again = await house.call("POST", f"{path}/exclude", body)
    assert (again.status, await again.json()) == (201, first)
    assert (first["linked_reference"], first["state"], first["kept"]) == (reference, "confirmed", False)
    for door in ("remove-now", "exclude"):
        refused = await house.call("POST", f"{path}/{door}", body | {"reason": "not_involved"}, client="reader")
        assert refused.status == 403
