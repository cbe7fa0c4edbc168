"""Siblings in one sitting from the pages, without a script: found, given by one press, and the rest by another."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest

from service.domain.references import make_reference
from service.workflow import meetings, restricting
from tests.handlers.house import House
from tests.handlers.test_page_checks import check
from tests.handlers.test_together_door import meddle, stand

UNKNOWN = make_reference(bytes(16))


def hidden(page: str) -> dict[str, str]:
    """What the page's first press sends."""
    form = page.split("<main")[1].split("</form>", maxsplit=1)[0]
    return {
        name: html.unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)
    }


async def test_one_press_gives_each_meeting_its_place(house: House) -> None:
    house.clock.at += timedelta(minutes=1)
    first, second = [await house.planned() for _ in range(2)]
    path = f"/lewisham/meetings/{first}/together"
    assert path in await check(await house.client.get(f"/lewisham/meetings/{first}/time"))
    assert "Find one sitting" in await check(await house.client.get(path))
    page = await check(await house.press(path, others=f" {second.lower()},", minutes="45"))
    assert page.index(f"{first}: ") < page.index(f"{second}: ")
    sent = hidden(page)
    assert (sent["version"], sent["minutes"]) == ("0", "45")
    stale = await house.press(path, **{**sent, "version": "4"})
    assert (stale.status, await stand(house, first, second)) == (409, [("planned", 0)] * 2)
    assert (await house.client.post(path, data={**sent, "csrf": "x"}, allow_redirects=False)).status == 403
    done = await house.press(path, **sent)
    assert (done.status, done.headers["Location"]) == (303, f"/lewisham/meetings/{first}?done=together")
    assert "Each meeting of the sitting has its time." in await check(await house.client.get(done.headers["Location"]))
    assert await stand(house, first, second) == [("confirmed", 1)] * 2


async def test_where_the_second_fails_the_page_says_which_stand_and_the_same_press_gives_the_rest(house: House) -> None:
    first, second = [await house.planned() for _ in range(2)]
    path, start = f"/lewisham/meetings/{first}/together", house.clock.at + timedelta(days=1)
    elsewhere = meetings.NewTime(start + timedelta(days=1))
    meddle(house, lambda: meetings.confirm_meeting(house.services, "lewisham", second, elsewhere, actor="staff:other"))
    answer = await house.press(path, others=second, start=start.isoformat(), version="0")
    assert answer.status == 409
    page = await check(answer)
    assert f"{first} has its place and its agencies are asked. {second} could not be given its own." in page
    sent = hidden(page)
    assert sent["version"] == "1"
    done = await house.press(path, **sent)
    assert (done.status, await stand(house, first, second)) == (303, [("confirmed", 1), ("confirmed", 2)])


async def test_where_a_desk_is_full_nothing_is_changed_and_it_is_said(house: House) -> None:
    start = house.clock.at + timedelta(days=1)
    await house.confirmed(start + timedelta(hours=1))
    pair = [await house.planned() for _ in range(2)]
    answer = await house.press(f"/lewisham/meetings/{pair[0]}/together", others=pair[1], start=start.isoformat())
    assert (answer.status, "Nothing was changed. " in await check(answer)) == (409, True)
    assert await stand(house, *pair) == [("planned", 0)] * 2


@pytest.mark.parametrize("start", ["", "2026-12-03T10:00:00+00:00"])
async def test_a_meeting_that_the_person_may_not_know_of_looks_like_one_that_nobody_knows(
    house: House, start: str
) -> None:
    reference, secret = await house.planned(), await house.planned()
    await restricting.restrict_case(
        house.services, "lewisham", secret, (), reason="a colleague's child", actor="command:officer"
    )
    pages = []
    for other in (secret, UNKNOWN):
        answer = await house.press(f"/lewisham/meetings/{reference}/together", others=other, start=start)
        page = await check(answer)
        assert (answer.status, f"There is no meeting {other} in this partnership." in page) == (422, True)
        pages.append(re.sub(r'nonce="[^"]*"', "", page.replace(other, "")))
    assert pages[0] == pages[1]


async def test_what_names_no_sitting_is_asked_for_again_with_what_was_typed(house: House) -> None:
    reference = await house.planned()
    path = f"/lewisham/meetings/{reference}/together"
    for typed, minutes, said in (
        ("", "", "Enter the references of the other meetings"),
        ("the brother", "", "Enter the references of the other meetings"),
        (reference, "", "Name from two to 6 meetings of one sitting, each once."),
        (UNKNOWN, "9", "Enter how long each takes in minutes, from 15 to 480"),
    ):
        answer = await house.press(path, others=typed, minutes=minutes)
        page = await check(answer)
        assert (answer.status, said in page) == (422, True), typed
        assert f'value="{typed}"' in page
