"""Asking for a meeting by hand, without a script: typed, kept sealed, checked, sent once."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from aiohttp import ClientResponse

from tests.handlers.house import House
from tests.handlers.test_page_checks import check

NEW = "/lewisham/requests/new"
GOOD = {
    "meeting_type": "strategy",
    "urgency": "standard",
    "case_ref": "LCS-1001",
    "concern_day": "today",
    "concern_time": "9:15am",
    "c1-name": "Keziah Fennimore",
    "c1-birth": "4/5/2018",
    "c1-nhs": "943 476 5919",
    "p1-name": "Rosalind Fennimore",
    "p1-relation": "mother",
    "p1-tie-lives_with": "1",
    "circ-physical_injury": "1",
}


async def kept(house: House, **changes: str) -> str:
    """The path of a draft that was right."""
    answer = await house.press(NEW, **(GOOD | changes))
    assert answer.status == 303, await answer.text()
    return answer.headers["Location"].removesuffix("/check")


async def form_text(answer: ClientResponse) -> str:
    """The form's own page: it may show its author what they typed, so the check for names is left out."""
    text = await answer.text()
    assert len(re.findall("<h1", text)) == 1
    assert len(text.encode()) < 100_000
    return text


async def test_a_routine_case_from_the_worklist_to_the_reference(house: House) -> None:
    assert NEW in await (await house.client.get("/lewisham/worklist")).text()
    await check(await house.client.get(NEW))
    draft = await kept(house)
    page = await check(await house.client.get(f"{draft}/check"))
    assert "Police child protection unit" in page
    assert "Send 5 invitations" in page
    assert "physical or suspicious injury" in page.lower()
    sent = await house.press(f"{draft}/check", slot="own", start_day="1/12/2026", start_time="2pm")
    assert (sent.status, sent.headers["Location"]) == (303, f"{draft}/sent")
    done = await check(await house.client.get(sent.headers["Location"]))
    assert "Phone the agencies now" in done
    reference = re.findall(r"CV-[A-Z0-9]{4}-[A-Z0-9]{4}", done)[0]
    (meeting,) = await house.rows("SELECT reference, state, starts_at FROM meetings")
    assert (meeting["reference"], meeting["state"]) == (reference, "confirmed")
    assert meeting["starts_at"].isoformat() == "2026-12-01T14:00:00+00:00"
    assert f"/lewisham/meetings/{reference}" in done


async def test_the_best_starts_are_one_press_each_with_their_reasons(house: House) -> None:
    draft = await kept(house)
    page = await check(await house.client.get(f"{draft}/check"))
    (first, *more) = re.findall(r'name="slot" type="radio" value="(2026[^"]+)"', page)
    assert more
    sent = await house.press(f"{draft}/check", slot=first)
    assert sent.headers["Location"] == f"{draft}/sent"
    (meeting,) = await house.rows("SELECT state, starts_at FROM meetings")
    assert meeting["state"] == "confirmed"
    assert meeting["starts_at"].isoformat() == first


async def test_pressed_twice_or_by_the_back_button_it_is_one_request(house: House) -> None:
    draft = await kept(house)
    for _ in range(3):
        sent = await house.press(f"{draft}/check", slot="later")
        assert sent.headers["Location"].startswith(f"{draft}/sent")
    assert await house.count("requests") == 1
    back = await house.client.get(f"{draft}/check", allow_redirects=False)
    assert back.headers["Location"].startswith(f"{draft}/sent")
    for late in (await house.client.get(draft), await house.press(draft, **GOOD, more="keep")):
        page = await check(late if late.status == 200 else await house.client.get(late.headers["Location"]))
        assert "This request was sent already, and nothing was sent again" in page
    assert await house.count("requests") == 1


async def test_what_is_typed_is_sealed_from_the_first_press_and_erased_when_sent(house: House) -> None:
    draft = await kept(house)
    (row,) = await house.rows("SELECT * FROM drafts")
    assert b"Fennimore" not in row["sealed_form"]
    assert "Fennimore" not in str({name: value for name, value in row.items() if name != "sealed_form"})
    assert not [key for key in await house.redis.keys() if b"Fennimore" in (await house.redis.get(key) or b"")]
    await house.press(f"{draft}/check", slot="later")
    (row,) = await house.rows("SELECT * FROM drafts")
    assert (row["sealed_form"], row["wrapped_key"]) == (None, None)


async def test_a_draft_is_its_author_s_alone(house: House) -> None:
    draft = await kept(house)
    await house.sign_in("officer", "manager")
    for path in (draft, f"{draft}/check", f"{draft}/sent"):
        assert (await house.client.get(path)).status == 404, path
    for path in (draft, f"{draft}/check", f"{draft}/drop"):
        assert (await house.press(path, **GOOD, slot="later")).status == 404, path
    assert draft not in await check(await house.client.get("/lewisham/requests"))
    assert await house.count("requests") == 0


async def test_a_draft_kept_for_later_is_found_again_and_thrown_away_after_a_week(house: House) -> None:
    answer = await house.press(NEW, **GOOD, more="keep")
    listed = await check(await house.client.get(answer.headers["Location"]))
    (draft,) = re.findall(r'href="(/lewisham/requests/[0-9a-f-]{36})"', listed)
    again = await form_text(await house.client.get(draft))
    assert 'value="Keziah Fennimore"' in again
    assert re.search(r'id="p1-tie-lives_with"[^>]*checked', again)
    await house.sign_in("officer")
    house.clock.real += timedelta(days=8)
    await house.sign_in("officer")
    await house.client.get("/lewisham/requests")
    assert await house.count("drafts") == 0


@pytest.mark.parametrize(("typed", "meant"), [("today", "2026-11-30"), ("Yesterday", "2026-11-29")])
async def test_the_day_of_the_concern_stays_that_day_in_a_draft_kept_overnight(
    house: House, typed: str, meant: str
) -> None:
    draft = await kept(house, concern_day=typed)
    house.clock.at += timedelta(days=1)
    assert (await house.press(f"{draft}/check", slot="later")).status == 303
    (row,) = await house.rows("SELECT concern_recorded_at FROM requests")
    assert row["concern_recorded_at"].date().isoformat() == meant


async def test_a_draft_can_be_thrown_away(house: House) -> None:
    draft = await kept(house)
    assert (await house.press(f"{draft}/drop")).status == 303
    assert (await house.client.get(draft)).status == 404
    assert (await house.press(f"{draft}/drop")).status == 404


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"meeting_type": ""}, "meeting_type", "Choose what kind of meeting it is"),
        ({"meeting_type": "garden_party"}, "", "policy has no such meeting type"),
        ({"urgency": ""}, "urgency", "Choose how soon it must be"),
        ({"case_ref": ""}, "case_ref", "Enter the case"),
        ({"case_ref": "see Mrs Smith's file"}, "case_ref", "characters that do not belong here"),
        ({"concern_day": "31/2/2026"}, "concern_day", "Enter a day, like 3/12/2026 or today"),
        ({"concern_time": "9"}, "concern_time", "Enter a time, like 2:30pm or 14:30"),
        ({"concern_day": "1/12/2026"}, "concern_day", "future"),
        ({"c1-birth": "4/5/2031"}, "c1-birth", "in the future"),
        ({"c1-birth": "soon"}, "c1-birth", "Enter a date, like 4/5/2018"),
        ({"c1-birth": ""}, "c1-birth", "Give the birth date, or the expected delivery date"),
        ({"c1-nhs": "943 476 5910"}, "c1-nhs", "check digit"),
        ({"c1-school": "12"}, "c1-school", "characters that do not belong here"),
        ({"p1-relation": ""}, "p1-relation", "Enter who this person is to the child"),
        ({"x1-reason": "his brother reads it"}, "x1-role", "Choose which agency must not be told"),
        ({"c1-name": "x" * 300}, "c1-name", "Use at most 200 characters"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    house: House, changes: dict[str, str], field: str, said: str
) -> None:
    answer = await house.press(NEW, **(GOOD | changes))
    if answer.status == 303:
        answer = await house.client.get(answer.headers["Location"])
    page = await form_text(answer)
    assert answer.status == 422
    assert said in page
    if field:
        assert f'href="#{field}"' in page
        assert f'id="{field}"' in page
        assert 'value="Rosalind Fennimore"' in page
    assert await house.count("requests") == 0


async def test_more_children_and_people_come_by_a_press_without_a_script(house: House) -> None:
    answer = await house.press(NEW, **GOOD, children="1", people="2", more="children")
    where = answer.headers["Location"]
    assert where.endswith("#child-last")
    page = await form_text(await house.client.get(where))
    assert 'id="c2-birth"' in page
    draft = where.partition("#")[0]
    two = {"children": "2", "people": "2", "c2-name": "Theo Fennimore", "c2-birth": "2/2/2020", "p1-child-2": "1"}
    await house.press(draft, **GOOD, **two)
    await house.press(f"{draft}/check", slot="later")
    assert await house.count("children") == 2
    (mother,) = await house.rows("SELECT ties FROM people")
    assert "C2" in str(mother["ties"])
    assert "C1" not in str(mother["ties"])


@pytest.mark.parametrize(
    ("choice", "field", "said"),
    [
        ({}, "slot", "Choose when the meeting is to be"),
        ({"slot": "tomorrow"}, "slot", "Choose when the meeting is to be"),
        ({"slot": "2026-11-30T09:00:00+00:00"}, "slot", "That time has passed"),
        ({"slot": "2026-12-01T09:00:00"}, "slot", "That time has passed"),
        ({"slot": "own"}, "start_day", "Enter a day, like 3/12/2026 or today"),
        ({"slot": "own", "start_day": "today", "start_time": "9am"}, "start_day", "still to come"),
    ],
)
async def test_a_time_that_cannot_be_is_asked_for_again(
    house: House, choice: dict[str, str], field: str, said: str
) -> None:
    draft = await kept(house)
    answer = await house.press(f"{draft}/check", **choice)
    assert answer.status == 422
    page = await check(answer)
    assert said in page
    assert f'href="#{field}"' in page
    assert await house.count("requests") == 0


async def test_an_agency_that_must_not_be_told_is_shown_as_such_before_anything_is_sent(house: House) -> None:
    draft = await kept(house, **{"x1-role": "health_practitioner", "x1-reason": "shared inbox"})
    page = await check(await house.client.get(f"{draft}/check"))
    assert "Must not be told through its shared inbox" in page
    assert "becomes a task of yours" in page
    assert "Send 4 invitations" in page


async def test_a_requester_can_ask_and_sees_nothing_else(house: House) -> None:
    await house.sign_in("requester", partnerships=("lewisham",))
    assert (await house.client.get("/", allow_redirects=False)).headers["Location"] == "/lewisham/requests"
    draft = await kept(house)
    await house.press(f"{draft}/check", slot="later")
    done = await check(await house.client.get(f"{draft}/sent"))
    assert "Phone the agencies now" not in done
    assert "/meetings/" not in done
    assert (await house.client.get("/lewisham/worklist")).status == 403


async def test_a_requester_is_led_nowhere_they_may_not_go_and_told_nothing_that_is_not_theirs(house: House) -> None:
    await house.sign_in("requester", partnerships=("lewisham",))
    home = "/lewisham/requests"
    assert "There is none. Once you send a request" in await check(await house.client.get(home))
    draft = await kept(house)
    looked = [home, f"{home}/new", f"{home}/new/steps", draft, f"{draft}/steps", f"{draft}/check"]
    pages = [await (await house.client.get(each)).text() for each in looked]
    assert "becomes a task of those who arrange meetings" in pages[-1]
    assert (await house.press(f"{draft}/check", slot="later")).status == 303
    (meeting,) = await house.rows("SELECT reference FROM meetings")
    pages.append(await check(await house.client.get(home)))
    assert (meeting["reference"] in pages[-1], f'href="{draft}/sent"' in pages[-1]) == (True, True)
    pages.append(await check(await house.client.get(f"{draft}/sent")))
    assert "until somebody who arranges meetings chooses its time" in " ".join(pages[-1].split())
    for page in pages:
        assert "worklist" not in page
        for link in set(re.findall(r'href="(/lewisham[^"#]*)', page)):
            assert (await house.client.get(link)).status == 200, link
    await house.sign_in("requester", partnerships=("lewisham",))
    assert meeting["reference"] not in await (await house.client.get(home)).text(), "each has their own alone"


@pytest.mark.parametrize(
    "pasted",
    ["=HYPERLINK(1)", "<script>alert(1)</script>", "\u202eevil", "👩‍👧 Zoë O’Brien", "مريم", "a\u0000b", "x" * 3000],
)
async def test_whatever_is_pasted_is_kept_or_named_and_never_run(house: House, pasted: str) -> None:
    answer = await house.press(NEW, **(GOOD | {"c1-name": pasted, "p1-name": pasted}))
    assert answer.status in {303, 422}
    where = answer.headers.get("Location", "").removesuffix("/check")
    page = await form_text(await house.client.get(where)) if where else await form_text(answer)
    assert "<script>alert" not in page
    assert "\u202e" not in page


@pytest.mark.parametrize("steps", [False, True], ids=["whole form", "its own question"])
async def test_there_is_room_for_a_third_agency_that_must_not_be_told(house: House, steps: bool) -> None:
    draft = await kept(house, **{"x1-role": "health_practitioner", "x1-reason": "shared inbox", "x2-role": "gp"})
    page = f"{draft}/steps/not-told" if steps else draft
    typed = {} if steps else GOOD
    typed |= {"x1-role": "health_practitioner", "x1-reason": "shared inbox", "x2-role": "gp", "x2-reason": "a sister"}
    assert 'name="x3-role"' not in await form_text(await house.client.get(page))
    answer = await house.press(page, more="excluded", **typed)
    assert answer.status == 303
    assert answer.headers["Location"].endswith("#excluded-last")
    shown = await form_text(await house.client.get(page))
    assert 'name="x3-role"' in shown
    assert "a sister" in shown, "what was typed is kept"
    await house.press(page, **(typed | {"x3-role": "probation", "x3-reason": "a brother", "excluded": "3"}))
    checked = await form_text(await house.client.get(f"{draft}/check"))
    assert "ealth practitioner, GP practice, probation" in " ".join(checked.split())
