"""What is typed is never lost: a session that has ended, a second tab, a browser that keeps no cookie."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from service.workflow.staff import leave, stop
from tests.handlers.house import House
from tests.handlers.test_page_checks import check
from tests.handlers.test_page_requests import GOOD, NEW, form_text

WHY = "The child is in hospital tonight – “at once”.\r\n=2+2 <b>not bold</b> 😀 \u202eright to left"


def href(page: str) -> str:
    """Where the button to sign in leads back to."""
    found = re.search(r'href="/sign-in\?to=%2Flewisham%2Fkept%2F([0-9a-f-]{36})"', page)
    assert found is not None, page
    return f"/lewisham/kept/{found[1]}"


async def typed_too_late(house: House) -> tuple[str, str]:
    """A reason that was sent half an hour too late: the page to find it on, and the form's address."""
    reference = await house.confirmed(house.clock.at + timedelta(hours=1))
    path = f"/lewisham/meetings/{reference}/go-on"
    house.clock.real += timedelta(minutes=31)
    late = await house.press(path, reason=WHY, code="")
    assert late.status == 401
    page = await check(late)
    assert "hospital" not in page
    assert "nothing has been changed" in page
    return href(page), path


async def test_a_form_sent_after_its_session_ended_is_given_back_and_sent_with_one_press(house: House) -> None:
    kept, path = await typed_too_late(house)
    assert await house.rows("SELECT inquorate_reason FROM meetings") == [{"inquorate_reason": None}]
    (row,) = await house.rows("SELECT kind, sealed_form FROM drafts")
    assert row["kind"] == "typed"
    assert b"hospital" not in bytes(row["sealed_form"])
    await house.sign_in_again()
    assert kept in await check(await house.client.get("/account"))
    shown = await check(await house.client.get(kept))
    assert f'action="{path}"' in shown
    fields = dict(re.findall(r'<input type="hidden" name="(kept|code)" value="([^"]*)">', shown))
    sent = await house.press(path, **fields, reason=WHY)
    assert sent.status == 303
    (meeting,) = await house.rows("SELECT inquorate_reason FROM meetings")
    assert "hospital tonight" in str(meeting["inquorate_reason"])
    assert (await house.client.get(kept)).status == 404
    assert await house.count("drafts") == 0


async def test_nobody_else_is_shown_it_not_even_at_the_same_browser(house: House) -> None:
    me, (kept, _) = house.person, await typed_too_late(house)
    await house.sign_in("officer", "chair", "manager")
    assert (await house.client.get(kept)).status == 404
    assert (await house.press(f"{kept}/drop")).status == 404
    house.person = me
    await house.sign_in_again()
    assert (await house.client.get(kept.replace("lewisham", "wirral"))).status == 404
    assert (await house.press(f"{kept}/drop")).status == 303
    assert await house.count("drafts") == 0


async def test_it_is_kept_when_the_whole_day_s_session_has_ended_or_another_tab_signed_out(house: House) -> None:
    for minutes in range(20, 8 * 60, 20):
        house.clock.real += timedelta(minutes=20)
        assert (await house.client.get("/account")).status == 200, minutes
    house.clock.real += timedelta(minutes=20)
    assert href(await (await house.press("/lewisham/worklist", part="9XHD")).text())
    ids = await house.sign_in("officer")
    house.clock.real += timedelta(seconds=1)
    await leave(house.services, ids)
    assert href(await (await house.press("/lewisham/worklist", part="9XHD")).text())


@pytest.mark.parametrize("why", ["stopped", "forged", "elsewhere", "empty", "nobody", "not theirs"])
async def test_it_is_not_kept_where_nobody_may_have_typed_it(house: House, why: str) -> None:
    ids = await house.sign_in("officer", partnerships=("lewisham",))
    house.clock.real += timedelta(minutes=31)
    headers = {"Sec-Fetch-Site": "cross-site"} if why == "elsewhere" else {}
    if why == "stopped":
        await stop(house.services, "lewisham", ids["lewisham"], actor="command:a")
    if why == "nobody":
        house.sign_out()
    where = "/wirral/worklist" if why == "not theirs" else "/lewisham/worklist"
    data = {"csrf": "x" if why == "forged" else house.csrf, "part": "" if why == "empty" else "9XHD"}
    late = await house.client.post(where, data=data, headers=headers, allow_redirects=False)
    assert late.status == 401
    assert "back button" in await check(late)
    assert await house.count("drafts") == 0


async def test_every_page_says_when_its_session_ends_and_can_warn(house: House) -> None:
    shown = await check(await house.client.get("/account"))
    assert "If you open no page for 30 minutes, you are signed" in shown
    assert 'data-seconds="1800"' in shown
    house.clock.real += timedelta(minutes=10)
    by_itself = await house.client.get("/account", headers={"Convene-Unattended": "1"})
    assert 'data-seconds="1200"' in await by_itself.text()
    house.sign_out()
    assert "timeout" not in await (await house.client.get("/signed-out")).text()


async def test_an_older_tab_is_told_and_what_it_typed_is_kept_beside_the_other(house: House) -> None:
    first = await house.press(NEW, **GOOD, more="keep")
    assert first.status == 303
    (draft,) = await house.rows("SELECT id, version FROM drafts")
    here = f"/lewisham/requests/{draft['id']}"
    both = await form_text(await house.client.get(here))
    assert 'name="version" value="1"' in both
    one = await house.press(here, **GOOD | {"chair": "first tab"}, version="1")
    assert one.headers["Location"] == f"{here}/check"
    other = await house.press(here, **GOOD | {"chair": "second tab"}, version="1")
    assert other.status == 409
    page = await check(other)
    assert "Nothing is lost and nothing is sent" in page
    (copy,) = re.findall(r'href="(/lewisham/requests/[0-9a-f-]{36})"', page.replace(here, ""))
    assert "second tab" in await (await house.client.get(copy)).text()
    assert "first tab" in await (await house.client.get(here)).text()
    twice = await house.press(here, **GOOD | {"chair": "first tab"}, version="1")
    assert twice.headers["Location"] == f"{here}/check", "what says the same is no other tab"
    assert await house.count("drafts") == 2


async def test_a_check_of_an_older_draft_is_shown_again_and_sends_nothing(house: House) -> None:
    there = (await house.press(NEW, **GOOD)).headers["Location"]
    assert 'name="version" value="1"' in await form_text(await house.client.get(there))
    await house.press(there.removesuffix("/check"), **GOOD | {"chair": "changed"}, version="1")
    old = await house.press(there, slot="later", version="1")
    assert old.status == 409
    assert "changed in another tab. Check it again" in await form_text(old)
    assert await house.count("requests") == 0
    assert (await house.press(there, slot="later", version="2")).status == 303
    assert (await house.press(there, slot="later", version="1")).status == 303, "sent is sent"
    assert await house.count("requests") == 1


async def test_a_browser_that_keeps_no_cookie_is_told_so_and_does_not_go_round(house: House) -> None:
    house.sign_out()
    shown = await house.client.get("/sign-in/return?code=c&state=s", allow_redirects=False)
    assert shown.status == 403
    page = await check(shown)
    assert "Your browser did not keep our cookie" in page
    assert "tel:02079460000" in page
