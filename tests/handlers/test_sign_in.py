"""Signing in through the pretend Entra, by the same code as with the real one; and everything that must not get in."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession, CookieJar, web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from service.clock import real_now
from service.domain.staff import StaffRole
from service.handlers.entra import Entra, SignInSettings
from service.handlers.keys import DOORS, READY_CHECKS, SERVICES
from service.handlers.permissions import STAFF_PERMISSIONS, STAFF_RIGHTS, Permission
from service.handlers.routes import ROUTES, add_routes
from service.handlers.sign_in import ENTRA
from service.sandbox.config import Person, SandboxConfig, StaffApplication
from service.sandbox.serving import Serving, serving
from service.workflow.staff import admit, list_staff, stop
from tests.handlers.house import House, an_app, doors

TENANT, APPLICATION, SECRET = "5b7d3c0e-0000-4000-8000-1d0f2a9c1a11", "convene-staff", "a secret between us"
PEOPLE = (
    Person("Ada Officer", ("lewisham.officer",)),
    Person("Gwen Analyst", ("lewisham.analyst", "wirral.analyst")),
    Person("Kit Nobody", ("atlantis.officer", "lewisham.emperor", "officer", "other-app.reader")),
    Person("Lou Plain"),
)


@dataclass
class Front:
    """A browser before the service, and the pretend Entra both speak to."""

    house: House
    browser: TestClient[web.Request, web.Application]
    entra: Serving
    outside: ClientSession

    async def asked(self, to: str = "/") -> URL:
        """Where /sign-in sends the browser."""
        answer = await self.browser.get("/sign-in", params={"to": to}, allow_redirects=False)
        assert answer.status == 303
        return URL(answer.headers["Location"])

    async def chosen(self, where: URL, name: str) -> URL:
        """Somebody presses their name on Entra's page; where that sends the browser back to."""
        page = await (await self.outside.get(where)).text()
        hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
        oid = next((each.oid for each in PEOPLE if each.name == name), name)
        form = {field: unescape(value) for field, value in hidden.items()} | {"person": oid}
        answer = await self.outside.post(where.with_query(None), data=form, allow_redirects=False)
        assert answer.status == 302, await answer.text()
        return URL(answer.headers["Location"])

    async def back(self, where: URL) -> ClientResponse:
        return await self.browser.get(where.path_qs, allow_redirects=False)

    async def enter(self, name: str, to: str = "/") -> ClientResponse:
        return await self.back(await self.chosen(await self.asked(to), name))

    async def sees(self, path: str) -> int:
        return (await self.browser.get(path, allow_redirects=False)).status


@pytest.fixture
async def front(house: House, unused_tcp_port: int) -> AsyncIterator[Front]:
    async with a_front(house, unused_tcp_port) as made:
        yield made


@asynccontextmanager
async def a_front(house: House, port: int) -> AsyncIterator[Front]:
    back = f"http://127.0.0.1:{port}/sign-in/return"
    # The token's times are the sandbox's, which are the machine's.
    house.clock.real = real_now()
    config = SandboxConfig(
        tenant_id=TENANT,
        client_id="graph",
        client_secret="s",
        mailboxes=("m@council.example",),
        control_token="c",
        sign_in=StaffApplication(client_id=APPLICATION, client_secret=SECRET, redirect_uris=(back,), people=PEOPLE),
    )
    async with serving(config) as served, ClientSession(cookie_jar=CookieJar(unsafe=True)) as outside:
        app = an_app(house.services, house.redis)
        settings = SignInSettings(served.url, TENANT, APPLICATION, SECRET, back, "http://127.0.0.1/signed-out")
        entra = app[ENTRA] = Entra(settings, ("lewisham", "wirral"))
        async with TestClient(TestServer(app, port=port)) as browser:
            yield Front(house, browser, served, outside)
        await entra.close()


async def test_an_officer_comes_in_by_their_council_account_and_lands_where_they_wanted(front: Front) -> None:
    asked_for = await front.browser.get("/lewisham/worklist?tab=today", allow_redirects=False)
    assert (asked_for.status, asked_for.headers["Location"]) == (
        303,
        "/sign-in?to=%2Flewisham%2Fworklist%3Ftab%3Dtoday",
    )
    landed = await front.enter("Ada Officer", "/lewisham/worklist?tab=today")
    assert (landed.status, landed.headers["Location"]) == (303, "/lewisham/worklist?tab=today")
    cookie = landed.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    shown = await (await front.browser.get("/lewisham/worklist")).text()
    assert "Ada Officer" in shown
    assert "Sign out" in shown
    assert "business support officer" in await (await front.browser.get("/account")).text()
    written = await front.house.rows("SELECT action, data FROM audit_events WHERE action = 'staff:person:signed_in'")
    assert written[-1]["data"]["roles"] == ["officer"]
    assert "Ada" not in str(written)


async def test_a_role_opens_its_own_partnership_and_its_own_pages_only(front: Front) -> None:
    await front.enter("Ada Officer")
    assert await front.sees("/lewisham/worklist") == 200
    assert await front.sees("/wirral/worklist") == 403
    assert await front.sees("/atlantis/worklist") == 404
    await front.enter("Gwen Analyst")
    assert await front.sees("/lewisham/worklist") == 403
    assert await front.sees("/account") == 200


@pytest.mark.parametrize("name", ["Kit Nobody", "Lou Plain"])
async def test_an_account_without_a_role_of_ours_gets_in_nowhere(front: Front, name: str) -> None:
    answer = await front.enter(name)
    assert answer.status == 403
    assert "nobody has given it a role here" in await answer.text()
    assert await front.sees("/") == 303
    assert not await list_staff(front.house.services, "atlantis")


async def test_every_page_for_staff_sends_a_stranger_to_the_sign_in(front: Front) -> None:
    for route in ROUTES:
        if route.permission not in STAFF_PERMISSIONS:
            continue
        path = re.sub(r"\{[a-z]+\}", "x", route.path.replace("{partnership}", "lewisham"))
        answer = await front.browser.request(route.method, path, allow_redirects=False)
        assert answer.status == (303 if route.method == "GET" else 401), route
        if route.method == "GET":
            assert answer.headers["Location"].startswith("/sign-in")


def test_only_roles_give_rights_and_each_role_is_in_the_table() -> None:
    assert set(STAFF_RIGHTS) == set(StaffRole)
    assert Permission.STAFF not in frozenset().union(*STAFF_RIGHTS.values())


async def test_a_code_is_good_once_and_a_state_is_this_browser_s_own(front: Front) -> None:
    back = await front.chosen(await front.asked(), "Ada Officer")
    front.browser.session.cookie_jar.clear()
    stolen = await front.back(back)
    assert (stolen.status, "did not keep our cookie" in await stolen.text()) == (403, True)
    await front.asked()
    other = await front.back(back)
    assert (other.status, other.headers["Location"]) == (303, "/sign-in")
    assert await front.sees("/lewisham/worklist") == 303
    again = await front.chosen(await front.asked(), "Ada Officer")
    assert (await front.back(again)).headers["Location"] == "/"
    assert (await front.back(again)).headers["Location"] == "/sign-in"
    assert await front.sees("/lewisham/worklist") == 200


async def test_a_session_from_before_the_sign_in_never_becomes_somebody_s(front: Front) -> None:
    back = await front.chosen(await front.asked(), "Ada Officer")
    jar = front.browser.session.cookie_jar
    before = next(iter(jar)).value
    await front.back(back)
    assert next(iter(jar)).value != before
    jar.clear()
    jar.update_cookies({"convene": before}, front.browser.make_url("/"))
    assert await front.sees("/lewisham/worklist") == 303


@pytest.mark.parametrize(
    "to", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:x", "/a\nb", "", "x"]
)
async def test_nobody_is_sent_on_to_another_host(front: Front, to: str) -> None:
    assert (await front.enter("Ada Officer", to)).headers["Location"] == "/"


async def test_cancelling_at_microsoft_is_told_kindly_and_changes_nothing(front: Front) -> None:
    answer = await front.enter("cancel")
    assert answer.status == 403
    assert "The sign-in was cancelled" in await answer.text()


async def test_a_session_ends_when_nobody_opens_a_page_and_at_the_end_of_the_day(front: Front) -> None:
    await front.enter("Ada Officer")
    began = front.house.clock.real
    for minutes in range(20, 8 * 60, 20):
        front.house.clock.real = began + timedelta(minutes=minutes)
        assert await front.sees("/lewisham/worklist") == 200, minutes
    front.house.clock.real = began + timedelta(hours=8)
    assert await front.sees("/lewisham/worklist") == 303
    front.house.clock.real = began + timedelta(hours=8, minutes=1)
    assert await front.sees("/lewisham/worklist") == 303


async def test_an_idle_session_is_over_after_half_an_hour_and_stays_over(front: Front) -> None:
    await front.enter("Ada Officer")
    front.house.clock.real += timedelta(minutes=30)
    assert await front.sees("/lewisham/worklist") == 303
    front.house.clock.real -= timedelta(minutes=29)
    assert await front.sees("/lewisham/worklist") == 303


async def test_signing_out_ends_every_session_of_the_person(front: Front) -> None:
    await front.enter("Ada Officer")
    kept = next(iter(front.browser.session.cookie_jar)).value
    page = await (await front.browser.get("/account")).text()
    csrf = re.findall(r'name="csrf" value="([^"]+)"', page)[0]
    front.house.clock.real += timedelta(seconds=1)
    left = await front.browser.post("/sign-out", data={"csrf": csrf}, allow_redirects=False)
    assert (left.status, left.headers["Location"]) == (303, "/signed-out")
    assert "sign out of Microsoft as well" in await (await front.browser.get("/signed-out")).text()
    front.browser.session.cookie_jar.update_cookies({"convene": kept}, front.browser.make_url("/"))
    assert await front.sees("/lewisham/worklist") == 303


async def test_the_kill_switch_works_on_the_next_page_and_until_somebody_lets_them_in_again(front: Front) -> None:
    await front.enter("Ada Officer")
    (ada,) = [each for each in await list_staff(front.house.services, "lewisham") if each.roles == ("officer",)]
    front.house.clock.real += timedelta(seconds=1)
    await stop(front.house.services, "lewisham", ada.id, actor="staff:jo")
    assert await front.sees("/lewisham/worklist") == 303
    refused = await front.enter("Ada Officer")
    assert refused.status == 403
    assert "Your access has been stopped" in await refused.text()
    await admit(front.house.services, "lewisham", ada.id, actor="staff:jo")
    assert (await front.enter("Ada Officer")).status == 303
    assert await front.sees("/lewisham/worklist") == 200


async def test_a_form_that_another_site_sends_is_refused(front: Front) -> None:
    await front.enter("Ada Officer")
    for form, headers in (
        ({}, {}),
        ({"csrf": "guessed"}, {}),
        ({"csrf": "é"}, {}),
        ({"csrf": await _csrf(front)}, {"Origin": "https://evil.example"}),
        ({"csrf": await _csrf(front)}, {"Sec-Fetch-Site": "same-site"}),
        ({"csrf": await _csrf(front)}, {"Origin": "null", "Sec-Fetch-Site": "cross-site"}),
    ):
        answer = await front.browser.post("/sign-out", data=form, headers=headers, allow_redirects=False)
        assert answer.status == 403, form
    assert await front.sees("/lewisham/worklist") == 200


async def _csrf(front: Front) -> str:
    page = await (await front.browser.get("/account")).text()
    return str(re.findall(r'name="csrf" value="([^"]+)"', page)[0])


async def test_entra_s_new_key_is_found_and_a_stranger_s_key_is_not(front: Front) -> None:
    await front.enter("Ada Officer")
    sign_ins = front.entra.sandbox.sign_ins
    assert sign_ins is not None
    entra: Any = front.browser.app[ENTRA]
    entra._keys_at -= 3600
    sign_ins.rotate_keys()
    assert (await front.enter("Ada Officer")).status == 303
    sign_ins.rotate_keys()
    answer = await front.enter("Ada Officer")
    assert answer.status == 403
    assert "could not be accepted" in await answer.text()


async def test_a_secret_that_ran_out_is_told_and_lets_nobody_in(front: Front) -> None:
    entra: Any = front.browser.app[ENTRA]
    entra.settings = replace(entra.settings, client_secret="old")
    assert (await front.enter("Ada Officer")).status == 403


async def test_an_entra_that_is_away_is_told_as_such(house: House) -> None:
    app = an_app(house.services, house.redis)
    settings = SignInSettings("http://127.0.0.1:1", TENANT, APPLICATION, SECRET, "http://x/r", "http://x/o")
    app[ENTRA] = Entra(settings, ("lewisham",))
    async with TestClient(TestServer(app)) as browser:
        answer = await browser.get("/sign-in", allow_redirects=False)
        assert answer.status == 503
        assert "phone the agencies" in await answer.text()
    await app[ENTRA].close()


async def test_without_sign_in_set_up_no_page_is_shown_and_the_api_still_works(house: House) -> None:
    app = web.Application()
    app[SERVICES], app[DOORS], app[READY_CHECKS] = house.services, doors(), ()
    add_routes(app)
    async with TestClient(TestServer(app)) as browser:
        for path in ("/lewisham/worklist", "/", "/sign-in"):
            answer = await browser.get(path, allow_redirects=False)
            assert answer.status == 503, path
            assert "Sign-in has not been set up" in await answer.text()
        assert (await replace(house, client=browser).call("GET", "/api/v1/meetings")).status == 200


async def test_two_people_signing_in_at_once_become_two_sessions(front: Front) -> None:
    first, second = await asyncio.gather(front.asked("/lewisham/worklist"), front.asked("/account"))
    assert first.query["state"] != second.query["state"]
    assert first.query["nonce"] != second.query["nonce"]
    assert first.query["code_challenge"] != second.query["code_challenge"]
