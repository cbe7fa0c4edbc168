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
