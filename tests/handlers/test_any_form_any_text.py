"""Every form of every page with whatever people type or paste: said no to in words, or taken, and never run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientResponse
from yarl import URL

from service.handlers.page_routes import PAGE_ROUTES
from tests.handlers.house import House
from tests.handlers.test_page_requests import GOOD, NEW

PASTED = (
    "=HYPERLINK(\"http://evil.example\") <script>alert('x')</script> <b>bold</b>\r\n"
    "“Pasted” – from\u00a0Outlook…\u200b\t👩\u200d👧 مريم \u202egnirts\u202c {{ 7*7 }} ' OR 1=1 --"
)
TEXTS = {"nothing": "", "pasted": PASTED, "too long": "x" * 6000, "a lone surrogate's like": "\ufffd\x00\x07 é" * 3}
ROLES = ("officer", "chair", "manager", "administrator", "analyst")
TYPED = {"text", "tel", "email", "search", "number", "textarea", None}

# What forms call the fields that take typing, for those that no page of this crawl happens to show.
USUAL = ("reason", "name", "address", "phone", "words", "by", "what", "day", "time", "date", "code", "part", "text")


@dataclass
class Form:
    """One form as a page shows it: where it goes, what it carries, which fields take typing."""

    action: str
    carried: dict[str, str] = field(default_factory=dict)
    typed: list[str] = field(default_factory=list)


class Forms(HTMLParser):
    """The forms of a page, with the fields that belong to one by its id."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._by_id: dict[str, Form] = {}
        self._inside: Form | None = None
        self._select = ""
        self._later: list[tuple[str, Mapping[str, str | None]]] = []
        self.feed(page)
        for tag, said in self._later:
            self._take(self._by_id[str(said["form"])], tag, said)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "form":
            self._inside = Form(str(said.get("action")))
            self._by_id[str(said.get("id"))] = self._inside
            if said.get("method") == "post":
                self.found.append(self._inside)
        elif tag == "option":
            if self._inside is not None and said.get("value") and self._select:
                self._inside.carried.setdefault(self._select, str(said["value"]))
        elif said.get("form"):
            self._later.append((tag, said))
        elif self._inside is not None:
            self._take(self._inside, tag, said)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = None

    def _take(self, form: Form, tag: str, said: Mapping[str, str | None]) -> None:
        name, kind = said.get("name"), said.get("type")
        if tag == "button" and said.get("formaction"):
            self.found.append(Form(str(said["formaction"]), dict(form.carried)))
        if not name:
            return
        if tag == "select":
            self._select = name
        elif tag == "textarea" or (tag == "input" and kind in TYPED):
            form.typed.append(name)
        elif tag == "button" or (tag == "input" and kind in {"hidden", "radio", "checkbox"}):
            # The first button that says something is pressed, the first choice chosen.
            form.carried.setdefault(name, said.get("value") or "")


def template_of(house: House, path: str) -> str:
    """The route's pattern for a path."""
    app = house.client.app
    assert app is not None
    for route in PAGE_ROUTES:
        pattern = re.sub(r"\{[^}]+\}", "[^/]+", route.path)
        if route.method == "POST" and re.fullmatch(pattern, path):
            return route.path
    raise AssertionError(path)


async def pages_to_crawl(house: House) -> Iterator[str]:
    """A meeting in each of its states, a request begun, an agency's link, and the pages that list them."""
    later, over = await house.confirmed(), await house.confirmed(house.clock.at + timedelta(hours=1))
    planned = await house.planned()
    link = await house.link(later)
    draft = (await house.press(NEW, **GOOD)).headers["Location"].removesuffix("/check")
    house.clock.at += timedelta(hours=3)
    came = {"agencies": [{"role": "school_nurse", "outcome": "attended"}]}
    await house.call("POST", f"/api/v1/meetings/{over}/attendance", came)
    place = await house.requirement(later, "school_nurse")
    page = [f"/lewisham/meetings/{each}" for each in (later, over, planned)]
    acts = {
        m[1]
        for route in PAGE_ROUTES
        if (m := re.fullmatch(r"/\{partnership\}/meetings/\{reference\}/([\w/-]+)", route.path))
    }
    listed = ["worklist", "handover", "directory", "directory/import", "operations", "disagreements", "requests"]
    return iter(
        [
            link,
            "/door",
            NEW,
            "/desk",
            draft,
            f"{draft}/check",
            f"{draft}/steps/child-1",
            *page,
            *(f"{each}/{act}" for each in page for act in sorted(acts)),
            f"{page[0]}/answers/{place}",
            *(f"/lewisham/{each}" for each in listed),
            "/account",
        ]
    )


async def forms_of(house: House) -> dict[str, Form]:
    """One form for each route that a page shows one of, with the fields of the fullest."""
    found: dict[str, Form] = {}
    for path in await pages_to_crawl(house):
        answer = await house.client.get(path)
        if answer.status != 200 or answer.content_type != "text/html":
            continue
        for form in Forms(await answer.text()).found:
            action = urlsplit(form.action).path or URL(path).path
            form.action = action
            known = found.get(template_of(house, action))
            if known is None or len(form.typed) > len(known.typed):
                found[template_of(house, action)] = form
    return found


async def never_run(answer: ClientResponse, what: str) -> None:
    """Whatever the answer is, it is ours: a page with its heading, or on to one, and nothing of the text in it runs."""
    assert answer.status in {200, 303, 400, 401, 404, 409, 410, 413, 415, 422}, what
    if answer.status in {303, 200} and answer.content_type != "text/html":
        return
    if answer.status == 303:
        where = answer.headers["Location"]
        assert where.startswith("/"), what
        assert "HYPERLINK" not in where, what
        return
    page = await answer.text()
    assert "<script>alert" not in page, what
    assert "<b>bold" not in page, what
    assert page.count("<h1") == 1, what
    assert "Traceback" not in page, what


async def test_every_form_answers_whatever_is_typed_into_it(house: House) -> None:
    await house.sign_in(*ROLES)
    forms = await forms_of(house)
    reference = next(form.action.split("/")[3] for path, form in forms.items() if "{reference}" in path)
    place = await house.requirement(reference, "school_nurse")
    known = {"partnership": "lewisham", "reference": reference, "place": str(place), "number": "1"}
    for route in PAGE_ROUTES:
        if route.method == "POST" and route.path not in forms:
            action = re.sub(r"\{(\w+)\}", lambda named: known.get(named[1], known["place"]), route.path)
            forms[route.path] = Form(action, typed=list(USUAL))
    # Signing out would end the session; what the script asks for is a part of a page, tried in the request's journey.
    for path in ("/sign-out", "/{partnership}/requests/who"):
        forms.pop(path)
    for name, text in TEXTS.items():
        for path, form in forms.items():
            fields = {**form.carried, **dict.fromkeys(form.typed, text), "csrf": house.csrf}
            answer = await house.client.post(form.action, data=fields, allow_redirects=False)
            await never_run(answer, f"{path} with {name}: {answer.status}")


@pytest.mark.parametrize(
    "text", ["%ff=1", "a=%00&b=%", "&".join(f"f{n}=1" for n in range(700)), "reason=" + "x" * 70_000]
)
async def test_what_is_no_form_is_refused_in_words(house: House, text: str) -> None:
    reference = await house.confirmed()
    where = f"/lewisham/meetings/{reference}/go-on"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await house.client.post(where, data=text.encode(), headers=headers, allow_redirects=False)
    assert answer.status in {400, 403, 413}
    assert "<h1" in await answer.text()
