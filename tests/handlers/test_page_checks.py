"""Every page, in every state: one heading, a title that starts with it, headers, no script, no identity."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import text

from service.store.actions import Action
from service.store.engine import make_engine
from service.web.timeline import TITLES
from service.web.wording import CANCEL_WORDS, TASK_WORDS
from service.workflow.meetings import CANCEL_REASONS
from service.workflow.tasks import TaskKind
from tests.handlers.house import OTHER_SECRET, House, a_body, an_app, an_envelope

NOBODY = ("Fennimore", "Keziah", "Rosalind", "2018-05-04", "9434765919", "Elm Row", "900001")


class Page(HTMLParser):
    """What a careful reader notices of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: dict[str, list[str]] = {"title": [], "h1": [], "script": []}
        self._inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in self.text:
            self._inside.append(tag)
            self.text[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            self._inside.remove(tag)

    def handle_data(self, data: str) -> None:
        for tag in self._inside:
            self.text[tag][-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


async def check(answer: ClientResponse, *, most: int = 100_000, names: bool = False) -> str:
    text = await answer.text()
    page = Page(text)
    assert answer.content_type == "text/html"
    headings = [" ".join(heading.split()) for heading in page.text["h1"]]
    assert len(headings) == 1, headings
    title = " ".join(page.text["title"][0].split()).removeprefix("Error: ")
    assert title.startswith(headings[0])
    assert page.all("html")[0]["lang"] == "en"
    assert page.all("main")[0]["id"] == "main-content"
    # A script is a file of ours: nothing stands between its tags.
    assert all((script.get("src") or "").startswith("/static/") for script in page.all("script"))
    assert not "".join(page.text["script"]).strip()
    assert not page.all("style")
    for tag, attributes in page.tags:
        loud = [name for name in attributes if name.startswith("on") or name == "style"]
        assert not loud, (tag, loud)
    for name in ("href", "src", "action"):
        away = [a[name] for _, a in page.tags if re.match(r"https?:|//|javascript:", a.get(name) or "")]
        assert not away
    ids = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    assert len(ids) == len(set(ids))
    _check_labels(page, ids)
    for table in page.all("th"):
        assert table.get("scope") in {"row", "col"}
    assert names or not [word for word in NOBODY if word in text]
    check_headers(answer)
    assert len(text.encode()) < most
    return text


def _check_labels(page: Page, ids: list[str | None]) -> None:
    labelled = {attributes.get("for") for attributes in page.all("label")}
    shown = [field for field in page.all("input") if field.get("type") != "hidden"]
    shown += page.all("textarea") + page.all("select")
    assert {field["id"] for field in shown} <= labelled
    for _, attributes in page.tags:
        described = (attributes.get("aria-describedby") or "").split()
        assert set(described) <= set(ids)


def check_headers(answer: ClientResponse) -> None:
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "aiohttp" not in answer.headers["Server"]


async def test_the_choice_of_partnership(house: House) -> None:
    shown = await check(await house.client.get("/"))
    assert "/wirral/worklist" in shown


async def test_an_empty_worklist_teaches(house: House) -> None:
    shown = await check(await house.client.get("/lewisham/worklist"))
    assert "A meeting appears here as soon as its request comes in." in shown


async def test_a_full_worklist_puts_the_most_at_risk_first(house: House) -> None:
    calm = await house.confirmed(house.clock.at + timedelta(days=3))
    soon = await house.confirmed(house.clock.at + timedelta(hours=3))
    tonight = await house.planned(urgency="immediate")
    await house.deliver(b"{", house.signed(b"{"))
    shown = await check(await house.client.get("/lewisham/worklist"))
    table = shown[shown.index('id="meetings"') :]
    assert table.index(tonight) < table.index(calm)
    assert table.index(soon) < table.index(calm)
    assert calm in await check(await house.client.get("/lewisham/worklist?tab=coming"))
    assert "police child protection unit" in shown
    assert "The delivery is not JSON in UTF-8." in shown
    assert "No inbox" in shown


async def test_one_meeting_in_each_of_its_states(house: House) -> None:
    planned = await house.planned()
    assert "no time yet" in await check(await house.client.get(f"/lewisham/meetings/{planned}"))
    reference = await house.confirmed()
    path, page = f"/api/v1/meetings/{reference}", f"/lewisham/meetings/{reference}"
    await house.call("POST", f"{path}/answers", {"role": "school_nurse", "answer": "yes"})
    shown = await check(await house.client.get(page))
    assert "said yes by phone" in shown
    assert 'href="tel:02079460101"' in shown
    assert "physical or suspicious injury" in shown
    assert "The meeting was given its time" in shown
    assert "Quorum: not set by the partnership." in shown
    assert "The least that national guidance names is not met yet." in shown
    assert "A strategy meeting may still go on: safety comes first." in shown
    house.clock.at += timedelta(days=1, hours=2)
    await house.call("POST", f"{path}/attendance", {"agencies": [{"role": "school_nurse", "outcome": "attended"}]})
    assert "came (not confirmed yet)" in await check(await house.client.get(page))
    await house.call("POST", f"/api/v1/meetings/{planned}/cancel", {"reason": "facts_now_clear"})
    shown = await check(await house.client.get(f"/lewisham/meetings/{planned}"))
    assert "the facts became clear and no meeting is needed" in shown
    assert "Are enough coming?" not in shown


async def test_the_answer_page_in_each_of_its_states(house: House) -> None:
    reference = await house.confirmed()
    link = await house.link(reference)
    await check(await house.client.get(link))
    await check(await house.client.post(link, data={"answer": "no"}))
    await check(await house.client.post(link, data={"answer": "yes"}))
    await house.call("POST", f"/api/v1/meetings/{reference}/cancel", {"reason": "replaced"})
    await check(await house.client.get(link))
    await check(await house.client.get("/r/broken"))


@pytest.mark.parametrize("path", ["/nothing", "/lewisham", "/atlantis/worklist", "/lewisham/meetings/CV-1111-1111"])
async def test_what_is_not_there(house: House, path: str) -> None:
    answer = await house.client.get(path)
    assert answer.status == 404
    page = await check(answer)
    assert ("Page not found" in page, 'href="/"' in page, 'href="tel:02079460000"' in page) == (True, True, True)


@pytest.mark.parametrize("path", ["/nothing", "/r", "/dor", "/R/abc"])
async def test_a_stranger_who_mistyped_an_address_is_told_whom_to_phone_and_led_to_the_door(
    house: House, path: str
) -> None:
    house.sign_out()
    answer = await house.client.get(path)
    assert answer.status == 404
    page = await check(answer)
    assert ('href="tel:02079460000"' in page, 'href="/door"' in page, 'href="/"' in page) == (True, True, False)


async def test_a_method_a_page_does_not_take(house: House) -> None:
    answer = await house.client.post("/lewisham/contact-sheet")
    assert answer.status == 405
    assert "GET" in answer.headers["Allow"]
    await check(answer)


async def test_a_database_that_is_away_is_said_kindly_and_nothing_of_it_shows(house: House) -> None:
    gone = make_engine("postgresql://nobody@127.0.0.1:1/secret_name")
    async with TestClient(TestServer(an_app(replace(house.services, engine=gone), house.redis))) as client:
        away = replace(house, client=client)
        client.session.cookie_jar.update_cookies(
            house.client.session.cookie_jar.filter_cookies(house.client.make_url("/"))
        )
        page = await client.get("/lewisham/worklist")
        assert page.status == 503
        assert "do not wait for this page" in await check(page)
        assert 'href="tel:02079460000"' in await page.text(), "whom to phone is known without the database"
        answer = await away.send(a_body())
        assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
        assert "secret_name" not in await answer.text()
        for body in (b"{", an_envelope(a_body())):
            assert (await away.deliver(body, house.signed(body))).status == 503
            assert (await away.deliver(body, house.signed(body, secret=OTHER_SECRET))).status == 401
        assert (await client.get("/metrics")).status == 200
    assert (await house.deliver(body, house.signed(body))).status == 202


@pytest.mark.parametrize("break_it", ["statement_timeout", "killed"])
async def test_a_database_that_fails_halfway_is_503_and_the_next_try_works(house: House, break_it: str) -> None:
    await house.send(a_body())
    async with house.engine.connect() as other:
        await other.execute(text("LOCK TABLE meetings IN ACCESS EXCLUSIVE MODE"))
        waiting = asyncio.create_task(house.call("GET", "/api/v1/meetings"))
        cancel = "pg_cancel_backend" if break_it == "statement_timeout" else "pg_terminate_backend"
        blocked = (
            f"SELECT {cancel}(pid) FROM pg_stat_activity"  # noqa: S608 - the test's own word
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        async with asyncio.timeout(20):
            while not await house.rows(blocked):  # noqa: ASYNC110 - the wait is in another process
                await asyncio.sleep(0.01)
        assert (await waiting).status == 503
        await other.rollback()
    assert (await house.call("GET", "/api/v1/meetings")).status == 200


STRANGERS = ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "[::1", "a b", "é.example")


async def test_pages_are_not_shown_under_a_stranger_s_name(house: House) -> None:
    for host in STRANGERS:
        answer = await house.client.get("/lewisham/worklist", headers={"Host": host})
        assert answer.status in {421, 400}, host
        assert "Worklist" not in await answer.text()


async def test_pages_are_shown_under_our_own_names(house: House) -> None:
    for host in ("127.0.0.1:8080", "localhost", "[::1]:8080", "convene.example"):
        answer = await house.client.get("/lewisham/worklist", headers={"Host": host})
        assert answer.status == 200, host


async def test_styles_may_be_kept_and_pages_may_not(house: House) -> None:
    styles = await house.client.get("/static/convene.css")
    assert (styles.status, styles.headers["Cache-Control"]) == (200, "public, max-age=3600")
    assert (await house.client.get("/static/../keys.py")).status == 404


def test_every_event_and_task_and_reason_has_its_words() -> None:
    assert set(TITLES) == {str(action) for action in Action}
    assert set(TASK_WORDS) == {str(kind) for kind in TaskKind}
    assert CANCEL_WORDS == CANCEL_REASONS


@pytest.mark.parametrize(
    ("role", "open_to"),
    [
        ("officer", ["Worklist", "Requests", "Reports"]),
        ("manager", ["Worklist", "Requests", "Reports", "Policy"]),
        ("policy_owner", ["Reports", "Policy"]),
        ("administrator", ["Directory", "Operations"]),
        ("auditor", ["Worklist", "Reports", "Who opened what"]),
        ("analyst", []),
    ],
)
async def test_every_page_leads_to_the_places_that_the_reader_s_roles_open(
    house: House, role: str, open_to: list[str]
) -> None:
    await house.sign_in(role, partnerships=("lewisham",))
    shown = await (await house.client.get("/account")).text()
    links = dict(re.findall(r'service-navigation__link" href="([^"]+)"[^>]*>(?:<strong[^>]*>)?([^<]+)<', shown))
    assert list(links.values()) == open_to
    for href in links:
        text = await (await house.client.get(href)).text()
        assert text.count('aria-current="true"') == 1
        assert f'href="{href}" aria-current="true"' in text
