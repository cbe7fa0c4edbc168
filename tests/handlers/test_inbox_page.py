"""One inbox of the directory by page and API: what is changed at once, what waits, and who confirms it."""

from __future__ import annotations

import re

import pytest
from aiohttp import FormData

from service.store.queries.address_checks import asked
from service.workflow.new_addresses import link_of, words_of_code
from tests.handlers.house import House
from tests.handlers.test_operations_page import HEADER, row
from tests.handlers.test_page_checks import check

NEW = "new.desk@lewisham.example"


@pytest.fixture(autouse=True)
async def administrator(house: House) -> None:
    await house.sign_in("administrator")


async def an_inbox(house: House) -> str:
    page = await check(await house.client.get("/lewisham/directory"))
    return str(re.findall(r'href="(/lewisham/directory/inboxes/[^"]+)">school nurse desk', page)[0])


async def fields_of(house: House, path: str) -> dict[str, str]:
    page = await check(await house.client.get(path))
    form = page[page.index("Change the inbox") :]
    typed = dict(re.findall(r'name="(\w+)" type="(?:text|hidden)" value="([^"]*)"', form))
    typed |= dict(re.findall(r'name="(seen)" value="([^"]*)"', form))
    return {"channel": "outlook", "capacity": "1", **typed}


async def code_and_link(house: House) -> tuple[str, str]:
    (waits,) = await house.rows("SELECT id FROM address_checks WHERE state = 'open'")
    async with house.engine.connect() as conn:
        found = await asked(conn, "lewisham", waits["id"])
    assert found is not None
    links = house.services.links
    return words_of_code(links, found.check), link_of(links, "lewisham", waits["id"]).removeprefix(links.base_url)


async def addresses(house: House) -> set[str]:
    found = await house.rows("SELECT address FROM inboxes WHERE active AND role = 'school_nurse'")
    return {each["address"] for each in found}


async def test_a_new_address_waits_and_whoever_reads_it_confirms_it_by_the_mail_s_link(house: House) -> None:
    path = await an_inbox(house)
    typed = await fields_of(house, path)
    done = await house.press(path, **(typed | {"address": NEW, "phone": "020 7946 0999"}))
    assert done.headers["Location"].endswith("?done=waits")
    page = await check(await house.client.get(done.headers["Location"]))
    assert ("Until then school.nurse@lewisham.example is used" in page, "020 7946 0101" in page) == (True, True)
    listed = " ".join((await (await house.client.get("/lewisham/directory")).text()).split())
    assert "not confirmed" in listed
    assert "New addresses that wait to be confirmed" in listed
    assert re.search(rf"<a [^>]+>[^<]+, new address: {NEW}</a>\. Until then", listed)
    code, link = await code_and_link(house)
    house.sign_out()
    shown = await check(await house.client.get(link))
    assert ("school nurse desk" in shown, code in shown) == (True, False)
    assert (await house.client.post(link, data={"code": ""})).status == 422
    assert (await house.client.post(link, data={"code": "AAA-AAA"})).status == 422
    assert await addresses(house) == {"school.nurse@lewisham.example"}, "looking and guessing change nothing"
    assert "The address is confirmed" in await check(await house.client.post(link, data={"code": code}))
    assert await addresses(house) == {NEW}
    assert (await house.client.get(link)).status == 410
    assert (await house.client.get(link[:-3] + "AAA")).status == 404


async def test_an_administrator_types_the_code_after_a_call_back_sends_another_or_drops_it(house: House) -> None:
    path = await an_inbox(house)
    await house.press(path, **(await fields_of(house, path) | {"address": NEW}))
    page = await check(await house.client.get(path))
    [act] = set(re.findall(rf'action="({path}/addresses/[^"]+)"', page))
    first, _ = await code_and_link(house)
    assert (await house.press(act, act="again")).status == 303
    second, _ = await code_and_link(house)
    assert first != second
    for wrong in ("", first):
        assert "error-summary" in await check(await house.press(act, act="confirm", code=wrong))
    assert (await house.press(act, act="confirm", code=second)).headers["Location"].endswith("?done=confirmed")
    assert await addresses(house) == {NEW}
    now = await an_inbox(house)
    assert "A new address was confirmed" in await check(await house.client.get(now))
    await house.press(now, **(await fields_of(house, now) | {"escalation_address": "night@lewisham.example"}))
    page = await check(await house.client.get(now))
    [act] = set(re.findall(rf'action="({now}/addresses/[^"]+)"', page))
    assert (await house.press(act, act="drop")).status == 303
    assert (await house.press(act, act="drop")).status == 404
    assert await house.rows("SELECT 1 FROM inboxes WHERE escalation_address <> ''") == []


async def test_a_form_with_faults_or_from_another_tab_is_shown_again_with_what_was_typed(house: House) -> None:
    path = await an_inbox(house)
    typed = await fields_of(house, path)
    page = await check(await house.press(path, **(typed | {"hours": "whenever", "name": "nurses of the north"})))
    assert ("error-summary" in page, 'value="whenever"' in page, "nurses of the north" in page) == (True, True, True)
    house.clock.at = house.clock.at.replace(minute=30)
    assert (await house.press(path, **(typed | {"phone": "020 7946 0999"}))).headers["Location"].endswith("=saved")
    late = await house.press(path, **(typed | {"name": "another name"}))
    assert (late.status, 'value="another name"' in await check(late)) == (409, True)
    assert (await house.client.get(f"{path[:-1]}z")).status == 404


async def test_an_import_asks_how_the_addresses_are_known_and_takes_a_reason_with_a_name(house: House) -> None:
    path = "/lewisham/directory/import"

    def form(chosen: str = "", **fields: str) -> FormData:
        data = FormData({"csrf": house.csrf, **fields}, default_to_multipart=True)
        if chosen:
            data.add_field("file", chosen.encode(), filename="inboxes.csv", content_type="text/csv")
        return data

    page = await check(await house.client.post(path, data=form(f"{HEADER}\n{row('camhs@lewisham.example')}\n")))
    hidden = dict(re.findall(r'name="(content|fingerprint)" value="([^"]+)"', page))
    assert "1 new address" in page
    asked_again = await house.client.post(path, data=form(**hidden, confirm="vouched", reason=" "))
    assert (asked_again.status, await house.count("address_checks")) == (422, 0)
    await check(asked_again)
    told = form(**hidden, confirm="vouched", reason="its own list")
    done = await house.client.post(path, data=told, allow_redirects=False)
    assert done.headers["Location"].endswith("done=vouched")
    (kept,) = await house.rows("SELECT proof, reason, ended_by FROM address_checks")
    assert (kept["proof"], kept["reason"], kept["ended_by"][:6]) == ("vouched", "its own list", "staff:")
    (camhs,) = await house.rows("SELECT channel FROM inboxes WHERE role = 'camhs'")
    assert camhs["channel"] == "outlook"


async def test_the_api_changes_an_inbox_and_confirms_its_address(house: House) -> None:
    shown = await (await house.call("GET", "/api/v1/directory")).json()
    (nurse,) = (each for each in shown["inboxes"] if each["role"] == "school_nurse")
    path = f"/api/v1/directory/inboxes/{nurse['id']}"
    body = {"address": NEW, "capacity": 3, "seen": nurse["updated_at"]}
    assert (await house.call("POST", path, body, client="reader")).status == 403
    changed = await (await house.call("POST", path, body)).json()
    assert (changed["capacity"], changed["address"]) == (3, nurse["address"])
    (waits,) = changed["waiting"]
    assert (waits["address"], waits["known_phone"], waits["asked_by"]) == (NEW, nurse["phone"], "api:eclipse")
    wrong = await house.call("POST", path, {"hours": "whenever"})
    assert (wrong.status, (await wrong.json())["errors"][0]["pointer"]) == (422, "/hours")
    settle = f"/api/v1/directory/addresses/{waits['id']}"
    for said, status in (({"do": "confirm"}, 422), ({"do": "confirm", "code": "AAA-AAA"}, 422), ({"do": "x"}, 422)):
        assert (await house.call("POST", settle, said)).status == status
    assert (await house.call("POST", settle, {"do": "send_again"})).status == 200
    code, _ = await code_and_link(house)
    assert (await house.call("POST", settle, {"do": "confirm", "code": code})).status == 200
    assert await addresses(house) == {NEW}
    gone = await house.call("POST", settle, {"do": "drop"})
    assert (gone.status, (await gone.json())["code"]) == (404, "no_such_address")
    assert (await house.call("POST", "/api/v1/directory/inboxes/nobody", {})).status == 404


ADD = "/lewisham/directory/add"
NURSERY = {"role": "early_years", "place": "EY900003", "name": "Elm Nursery office", "channel": "outlook"}


async def test_one_inbox_is_added_without_a_file_and_meetings_that_lacked_it_ask_it(house: House) -> None:
    await house.sign_in("administrator", "officer")
    reference = await house.confirmed()
    missing = await house.rows("SELECT role FROM requirements WHERE state = 'no_inbox' ORDER BY role")
    role = missing[0]["role"]
    page = await check(await house.client.get("/lewisham/directory"))
    assert f'href="{ADD}"' in page
    assert re.search(rf'<option value="{role}" selected', await check(await house.client.get(f"{ADD}?role={role}")))
    typed = {"role": role, "name": "Its duty desk", "channel": "phone", "phone": "020 7946 0444", "hours": "always"}
    done = await house.press(ADD, **typed, capacity="1")
    assert (done.status, done.headers["Location"]) == (303, "/lewisham/directory?done=added"), await done.text()
    shown = await check(await house.client.get(done.headers["Location"]))
    assert "Its duty desk" in shown
    assert "Meetings to come that lacked it ask it now." in shown
    assert (
        await house.rows("SELECT r.id FROM requirements r WHERE role = :role AND state = 'no_inbox'", role=role) == []
    )
    assert "Its duty desk" in await (await house.client.get(f"/lewisham/meetings/{reference}")).text()
    again = await house.press(ADD, **typed, capacity="1")
    assert again.status == 422
    assert "This agency has an inbox of this name already." in await check(again)


async def test_the_address_of_an_added_inbox_waits_to_be_confirmed(house: House) -> None:
    typed = NURSERY | {"address": "office@elm.example", "phone": "020 7946 0444", "hours": "always", "capacity": "1"}
    done = await house.press(ADD, **typed)
    assert done.headers["Location"] == "/lewisham/directory?done=added_waits", await done.text()
    assert "office@elm.example" in await check(await house.client.get(done.headers["Location"]))
    (kept,) = await house.rows("SELECT channel FROM inboxes WHERE role = 'early_years'")
    assert kept == {"channel": "phone"}, "until then it is asked by phone"


async def test_an_inbox_that_cannot_be_is_asked_for_again_with_what_was_typed(house: House) -> None:
    for wrong, field, said in (
        ({"role": ""}, "role", "Choose whose job it does"),
        ({"place": "high street"}, "place", "give the setting"),
        ({"hours": "sometimes"}, "hours", ""),
        ({"address": "not an address"}, "address", ""),
        ({"role": "school_nurse", "place": "", "address": "school.nurse@lewisham.example"}, "address", "Another inbox"),
    ):
        typed = NURSERY | {"phone": "020 7946 0444", "hours": "always", "capacity": "1"} | wrong
        answer = await house.press(ADD, **typed)
        page = await check(answer)
        assert answer.status == 422, wrong
        assert f'href="#{field}"' in page, wrong
        assert said in page
        assert 'value="Elm Nursery office"' in page
    assert await house.rows("SELECT id FROM inboxes WHERE role = 'early_years'") == []


async def test_an_inbox_that_is_used_no_more_gives_its_places_back(house: House) -> None:
    await house.sign_in("administrator", "officer")
    reference = await house.confirmed()
    inbox = await an_inbox(house)
    assert f'href="{inbox}/retire"' in await check(await house.client.get(inbox))
    page = await check(await house.client.get(f"{inbox}/retire"))
    assert "school nurse desk is used no more" in page
    seen = re.findall(r'name="seen" value="([^"]+)"', page)[0]
    old = await house.press(f"{inbox}/retire", seen="2026-01-01T00:00:00+00:00")
    assert old.status == 409
    assert "Somebody else changed this inbox meanwhile." in await check(old)
    done = await house.press(f"{inbox}/retire", seen=seen)
    assert done.headers["Location"] == "/lewisham/directory?done=retired"
    shown = await check(await house.client.get(done.headers["Location"]))
    assert "school nurse desk" not in shown
    assert (await house.client.get(inbox)).status == 404
    assert (await house.press(f"{inbox}/retire", seen=seen)).status == 404
    (place,) = await house.rows("SELECT state FROM requirements WHERE role = 'school_nurse'")
    assert place == {"state": "no_inbox"}
    assert f"/places/{await house.requirement(reference, 'school_nurse')}/inbox" in await check(
        await house.client.get(f"/lewisham/meetings/{reference}")
    )


async def test_an_officer_names_the_inbox_of_an_agency_that_had_none(house: House) -> None:
    await house.sign_in("administrator", "officer")
    typed = {"role": "school", "place": "900001", "name": "Elm School office", "channel": "phone", "hours": "always"}
    assert (await house.press(ADD, **typed, phone="020 7946 0444", capacity="1")).status == 303
    typed |= {"place": "900002", "name": "Oak School office"}
    assert (await house.press(ADD, **typed, phone="020 7946 0445", capacity="1")).status == 303
    reference = await house.confirmed(children=[{"ref": "C1", "birth_date": "2018-05-04", "name": "Keziah Fennimore"}])
    place = await house.requirement(reference, "school")
    path = f"/lewisham/meetings/{reference}/places/{place}/inbox"
    page = await check(await house.client.get(path))
    assert "Elm School office (020 7946 0444)" in page
    assert "school nurse desk" not in page, "an inbox of another agency is not offered"
    assert "Choose which inbox is asked" in await check(await house.press(path))
    wanted = re.findall(r'value="([0-9a-f-]{36})"', page)
    done = await house.press(path, inbox=wanted[0])
    assert done.headers["Location"] == f"/lewisham/meetings/{reference}?done=inbox_named", await done.text()
    assert "This inbox is asked for the agency." in await check(await house.client.get(done.headers["Location"]))
    (kept,) = await house.rows("SELECT state, inbox_id FROM requirements WHERE id = :id", id=place)
    assert (kept["state"], str(kept["inbox_id"])) == ("wanted", wanted[0])
    assert "has an inbox already" in await check(await house.client.get(path))
    late = await house.press(path, inbox=wanted[1])
    assert late.status == 422
