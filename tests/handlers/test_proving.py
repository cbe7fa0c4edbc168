"""Who a meeting is about, behind a code to the agency's own inbox; a desk session; the door where links are cut out."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from uuid import UUID

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from sqlalchemy import text

from service.domain.one_time_codes import (
    LIFE,
    MOST_ASKED,
    MOST_WRONG,
    MOST_WRONG_AT_DOOR,
    MOST_WRONG_FOR_ONE,
    MOST_WRONG_FROM_ONE,
    SESSION,
)
from service.domain.references import make_reference
from service.handlers.client_address import client_address
from service.handlers.keys import DOORS, Doors
from service.workflow import door
from service.workflow.codes import code_words
from service.workflow.door import link_at_door
from service.workflow.links import agency_code
from service.workflow.meetings import cancel_meeting
from tests.handlers.house import House
from tests.handlers.test_page_checks import Page, check

NAME = "Amara Okafor"
FIELDS = {"name": NAME, "reason": "to look at our records", "see": "who", "for": "meeting"}


async def codes(house: House) -> list[str]:
    rows = await house.rows("SELECT id FROM codes ORDER BY asked_at, id")
    return [code_words(house.services.links, UUID(str(row["id"]))) for row in rows]


async def a_code(house: House, link: str) -> str:
    answer = await house.client.post(f"{link}/code", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, f"{link}/who"), await answer.text()
    return (await codes(house))[-1]


async def show(house: House, link: str, code: str, **changes: str) -> tuple[int, str]:
    answer = await house.client.post(f"{link}/who", data={**FIELDS, "code": code, **changes}, allow_redirects=False)
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status, await answer.text()


@pytest.fixture
async def link(house: House) -> str:
    return await house.link(await house.confirmed())


async def test_the_right_code_shows_who_it_is_about_and_writes_down_that_it_did(house: House, link: str) -> None:
    status, page = await show(house, link, await a_code(house, link))
    assert status == 200
    assert "Keziah Fennimore" in page
    assert len(Page(page).text["h1"]) == 1
    [opening] = await house.rows("SELECT proof, opened_by, sealed_name, children FROM openings")
    assert (opening["proof"], opening["opened_by"]) == ("code", "page:health_practitioner")
    assert opening["children"] == ["C1"]
    assert NAME.encode() not in bytes(opening["sealed_name"])
    actions = {row["action"] for row in await house.rows("SELECT action FROM audit_events")}
    assert {"identity:code:asked", "identity:code:used", "identity:request:opened"} <= actions


async def test_looking_asks_for_no_code_and_shows_nobody(house: House, link: str) -> None:
    for method in ("GET", "HEAD"):
        answer = await house.client.request(method, f"{link}/who")
        assert answer.status == 200
        assert "Keziah" not in await answer.text()
    assert await house.count("codes") == await house.count("openings") == 0


async def test_each_page_of_a_proof_is_fit_to_be_read(house: House, link: str) -> None:
    await check(await house.client.get(f"{link}/who"))
    await a_code(house, link)
    assert "on its way" in await check(await house.client.get(f"{link}/who"))
    house.clock.real += timedelta(minutes=1)
    note = await check(await house.client.get(f"{link}/who"))
    assert 'phone us on <a class="govuk-link" href="tel:02079460000">' in note
    await check(await house.client.post(f"{link}/who", data={}))
    await check(await house.client.get("/door"))
    await check(await house.client.get("/desk"))
    await begin(house, link)
    await check(await house.client.get("/desk"))


async def test_a_code_works_once(house: House, link: str) -> None:
    code = await a_code(house, link)
    assert (await show(house, link, code))[0] == 200
    status, page = await show(house, link, code)
    assert (status, "has been used" in page, "Keziah" in page) == (422, True, False)


@pytest.mark.parametrize("typed", ["{}", " {} ", "{bare}", "{lower}"])
async def test_a_code_may_be_typed_as_people_type(house: House, link: str, typed: str) -> None:
    code = await a_code(house, link)
    said = typed.format(code, bare=code.replace("-", ""), lower=code.lower())
    assert (await show(house, link, said))[0] == 200


async def test_a_code_runs_out(house: House, link: str) -> None:
    code = await a_code(house, link)
    house.clock.real += LIFE
    assert (await show(house, link, code))[0] == 422
    assert await house.count("openings") == 0


async def test_any_of_the_codes_on_their_way_works_because_mail_overtakes_mail(house: House, link: str) -> None:
    first = await a_code(house, link)
    await a_code(house, link)
    assert (await show(house, link, first))[0] == 200


async def test_wrong_codes_are_counted_and_soon_no_code_works(house: House, link: str) -> None:
    code = await a_code(house, link)
    for _ in range(MOST_WRONG):
        assert (await show(house, link, "222-222"))[0] == 422
    assert (await show(house, link, code))[0] == 422
    assert await house.count("openings") == 0
    refused = await house.rows("SELECT 1 FROM audit_events WHERE action = 'identity:code:refused'")
    assert len(refused) == MOST_WRONG + 1


async def test_an_inbox_is_not_flooded_with_codes(house: House, link: str) -> None:
    for _ in range(MOST_ASKED):
        await a_code(house, link)
    answer = await house.client.post(f"{link}/code", allow_redirects=False)
    assert (answer.status, "phone us" in await answer.text()) == (409, True)
    assert await house.count("codes") == MOST_ASKED
    house.clock.real += LIFE
    await a_code(house, link)


async def test_another_place_s_code_is_no_proof_here(house: House) -> None:
    reference = await house.confirmed()
    own, other = await house.link(reference), await house.link(reference, "police_child_protection")
    assert (await show(house, own, await a_code(house, other)))[0] == 422


async def test_somebody_tied_to_the_case_is_told_what_anybody_is_told(house: House, link: str) -> None:
    status, page = await show(house, link, await a_code(house, link), name="Rosalind Fennimore")
    assert (status, "Keziah" in page, "cannot show you this" in page) == (404, False, True)
    assert f'href="{link}"' in page, "the way back"
    assert "name_refused" in {row["kind"] for row in await house.rows("SELECT kind FROM tasks")}


WRONG = [
    ({"name": "Amara"}, "Enter your first and last name"),
    ({"reason": ""}, "Say what you need it for"),
    ({"see": "decisions"}, "Choose what you want to see"),
    ({"for": "ever"}, "Choose for how long"),
    ({"name": "A" * 90}, "Use 80 characters or fewer"),
]


@pytest.mark.parametrize(("changes", "sentence"), WRONG, ids=[row[1] for row in WRONG])
async def test_a_wrong_field_costs_no_code(house: House, link: str, changes: dict[str, str], sentence: str) -> None:
    code = await a_code(house, link)
    status, page = await show(house, link, code, **changes)
    assert (status, sentence in page, code in page) == (422, True, False)
    assert (await show(house, link, code))[0] == 200


async def test_no_code_is_sent_where_the_meeting_is_off_or_the_inbox_must_not_be_told(house: House) -> None:
    off = await house.confirmed()
    await cancel_meeting(house.services, "lewisham", off, reason="facts_now_clear", actor="command:test")
    answer = await house.client.post(f"{await house.link(off)}/code", allow_redirects=False)
    assert (answer.status, await house.count("codes")) == (409, 0)
    stopped = await house.confirmed()
    link = await house.link(stopped)
    async with house.engine.begin() as conn:
        await conn.execute(text("UPDATE requirements SET state = 'stopped'"))
    assert (await house.client.post(f"{link}/code", allow_redirects=False)).status == 404
    assert await house.count("codes") == 0


async def begin(house: House, link: str) -> None:
    answer = await house.client.post(
        f"{link}/who", data={**FIELDS, "for": "shift", "code": await a_code(house, link)}, allow_redirects=False
    )
    assert (answer.status, answer.headers["Location"]) == (303, "/desk")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


async def the_word(house: House, path: str = "/desk") -> str:
    [word] = set(re.findall(r'name="word" value="(\w+)"', await (await house.client.get(path)).text()))
    return str(word)


async def test_a_desk_session_shows_the_agency_s_meetings_and_opens_each_without_another_code(house: House) -> None:
    link = await house.link(await house.confirmed())
    other = await house.confirmed(case_ref="LCS-1002")
    await begin(house, link)
    page = await (await house.client.get("/desk")).text()
    assert other in page
    assert "Fennimore" not in page
    path = f"/desk/{await house.requirement(other, 'health_practitioner')}"
    sent = {"word": await the_word(house, path), "reason": "to prepare", "see": "who"}
    answer = await house.client.post(path, data=sent)
    assert (answer.status, "Keziah Fennimore" in await answer.text()) == (200, True)
    [opening] = await house.rows("SELECT proof, opened_by FROM openings")
    assert opening["proof"] == "desk_session"
    assert str(opening["opened_by"]).startswith("desk:")


async def test_a_desk_sees_no_other_agency_s_place(house: House) -> None:
    reference = await house.confirmed()
    await begin(house, await house.link(reference))
    police = await house.requirement(reference, "police_child_protection")
    for method in ("GET", "POST"):
        assert (await house.client.request(method, f"/desk/{police}")).status == 404


async def test_a_form_from_elsewhere_opens_nothing(house: House) -> None:
    reference = await house.confirmed()
    await begin(house, await house.link(reference))
    path = f"/desk/{await house.requirement(reference, 'health_practitioner')}"
    assert (await house.client.post(path, data={"reason": "x", "see": "who"})).status == 403
    assert await house.count("openings") == 0


async def test_a_session_ends_by_itself_and_by_the_button(house: House, link: str) -> None:
    await begin(house, link)
    house.clock.real += SESSION
    assert (await house.client.get("/desk")).status == 401
    house.clock.real -= timedelta(hours=1)
    ended = await house.client.post("/desk/end", data={"word": await the_word(house)})
    assert (ended.status, "has ended" in await ended.text()) == (200, True)
    assert (await house.client.get("/desk")).status == 401


async def test_what_was_decided_is_opened_with_the_same_proof_and_leaves_its_receipt(house: House) -> None:
    reference = await house.confirmed()
    link = await house.link(reference)
    house.clock.at += timedelta(days=1, hours=2)
    agreed = {"papers": [{"text": "Begin enquiries.\nMeet again in a week."}]}
    assert (await house.call("POST", f"/api/v1/meetings/{reference}/decisions", agreed)).status < 300
    status, page = await show(house, link, await a_code(house, link), see="decisions")
    assert (status, "Begin enquiries." in page) == (200, True)
    [receipt] = await house.rows("SELECT proof FROM receipts")
    assert receipt["proof"] == "code"


async def test_reference_and_agency_code_lead_to_the_answer_page(house: House) -> None:
    reference = await house.confirmed()
    place = await house.requirement(reference, "health_practitioner")
    code = agency_code(house.services.links, place)
    sent = {"reference": reference.lower(), "agency_code": code.replace("-", " ").lower()}
    answer = await house.client.post("/door", data=sent, allow_redirects=False)
    assert answer.status == 303
    assert reference in await (await house.client.get(answer.headers["Location"])).text()


WRONG_AT_THE_DOOR = [
    ({"reference": "", "agency_code": "7K3Q-9XHD"}, "Enter the reference"),
    ({"reference": "CV-1111-1111", "agency_code": ""}, "Enter your agency code"),
    ({"agency_code": "222-2222"}, "do not go together"),
]


@pytest.mark.parametrize(("sent", "sentence"), WRONG_AT_THE_DOOR, ids=[row[1] for row in WRONG_AT_THE_DOOR])
async def test_the_door_stays_shut_and_says_what_helps(house: House, sent: dict[str, str], sentence: str) -> None:
    reference = await house.confirmed()
    answer = await house.client.post("/door", data={"reference": reference, **sent}, allow_redirects=False)
    page = await answer.text()
    assert (answer.status, sentence in page, "020 7946 0000" in page) == (422, True, True)


async def test_no_code_stands_in_the_records(house: House, link: str) -> None:
    code = await a_code(house, link)
    rows = await house.rows("SELECT * FROM codes") + await house.rows("SELECT * FROM outbox")
    assert code not in json.dumps(rows, default=str)


async def test_after_ten_wrong_codes_the_right_one_fits_no_more_than_a_wrong_one_and_nothing_shows_it(
    house: House,
) -> None:
    reference, other = await house.confirmed(), await house.confirmed()
    right = agency_code(house.services.links, await house.requirement(reference, "school_nurse"))

    async def knock(code: str, at: str = reference) -> tuple[int, str]:
        sent = {"reference": at, "agency_code": code}
        answer = await house.client.post("/door", data=sent, allow_redirects=False)
        said = re.sub(r'value="[^"]*"|nonce="[^"]*"', "", await answer.text())
        return answer.status, said.replace(at, "")

    first = await knock("AAAA-AAAA")
    assert [await knock("AAAA-AAAA") for _ in range(9)] == [first] * 9
    assert await knock(right) == first, "the door is shut, and says no more than before"
    assert await knock("AAAA-AAAA", make_reference(bytes(16))) == first, "nor whether there is such a meeting"
    its_own = agency_code(house.services.links, await house.requirement(other, "school_nurse"))
    assert (await knock(its_own, other))[0] == 303
    house.clock.real += LIFE
    assert (await knock(right))[0] == 303


async def test_a_stranger_who_knows_a_reference_does_not_shut_its_door_to_a_nurse(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MOST_WRONG_FOR_ONE >= 10 * MOST_WRONG_FROM_ONE, "no few strangers shut it"
    monkeypatch.setattr(door, "MOST_WRONG_FOR_ONE", 60)
    reference = await house.confirmed()
    right = agency_code(house.services.links, await house.requirement(reference, "school_nurse"))
    stranger, nurse = "198.51.100.7", "2001:db8:5:6::1"

    async def knock(code: str, client: str, at: str = reference) -> bool:
        return await link_at_door(house.services, at, code, client) is not None

    assert not any([await knock("AAAA-AAAA", stranger) for _ in range(40)])
    assert await house.count("door_tries") == MOST_WRONG_AT_DOOR, "what is shut counts no more"
    assert not await knock(right, stranger)
    assert await knock(right, nurse)
    others = [make_reference(bytes([number] * 16)) for number in range(1, 9)]
    assert not any([await knock("AAAA-AAAA", stranger, at) for at in others for _ in range(10)])
    assert await house.count("door_tries") == MOST_WRONG_FROM_ONE
    for number in range(5):
        assert await knock(right, nurse)
        assert not any([await knock("AAAA-AAAA", f"203.0.113.{number}") for _ in range(MOST_WRONG_AT_DOOR)])
    assert not await knock(right, nurse), "many at once are kept from guessing"
    house.clock.real += LIFE
    assert await knock(right, nurse)


CALLERS = [
    (0, None, "127.0.0.1"),
    (0, "203.0.113.9", "127.0.0.1"),
    (1, "203.0.113.9", "203.0.113.9"),
    (1, "10.0.0.1, 203.0.113.9", "203.0.113.9"),
    (2, "10.0.0.1, 203.0.113.9, 192.0.2.1", "203.0.113.9"),
    (2, "203.0.113.9", "127.0.0.1"),
    (1, "2001:db8:5:6:7:8:9:a", "2001:db8:5:6::/64"),
    (1, "::ffff:203.0.113.9", "203.0.113.9"),
    (1, "somebody", ""),
]


@pytest.mark.parametrize(("proxies", "header", "address"), CALLERS)
def test_only_what_our_own_proxies_wrote_says_where_a_caller_is(proxies: int, header: str | None, address: str) -> None:
    app = web.Application()
    app[DOORS] = Doors(proxies_in_front=proxies)
    headers = {} if header is None else {"X-Forwarded-For": header}
    request = make_mocked_request("POST", "/door", headers=headers, app=app).clone(remote="127.0.0.1")
    assert client_address(request) == address
