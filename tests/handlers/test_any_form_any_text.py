"""Every form of every page with whatever people type or paste: said no to in words, or taken, and never run."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from aiohttp import ClientResponse
from yarl import URL

from service.domain.roles import ROLES as AGENCY_ROLES
from service.handlers.page_routes import PAGE_ROUTES
from tests.handlers.every_page import furnish
from tests.handlers.house import House

PASTED = (
    "=HYPERLINK(\"http://evil.example\") <script>alert('x')</script> <b>bold</b>\r\n"
    "“Pasted” – from\u00a0Outlook…\u200b\t👩\u200d👧 مريم \u202egnirts\u202c {{ 7*7 }} ' OR 1=1 --"
)
TEXTS = {"nothing": "", "pasted": PASTED, "too long, and not for printing": "\ufffd\x00\x07 é" + "x" * 6000}
ROLES = ("officer", "chair", "manager", "administrator", "analyst", "policy_owner", "auditor")
MEETING = "/{partnership}/meetings/{reference}"
MOST_OF_A_ROUTE, LEAST_TAKEN = 1, 20
# In characters: one of them is up to nine bytes on the way.
MOST_OF_A_FORM = 20_000
# Schools read "exclusion" as suspension; the others say nothing to whoever phones and books.
_SLUGS = "|".join(sorted(role for role in AGENCY_ROLES if "_" in role))
JARGON = re.compile(
    r"\b(RSVP|SLA|tentative(?:ly)?|exclu(?:de|ded|des|sion|sions)|outbox|drifts?|packs?|payload|inquorate|Wilson"
    r"|stakeholders?|actioned|confidence interval|dead letters?|UUID|written reports?)\b"
    # Commands, files of the repository and our own words for agencies are for programs and whoever runs them.
    rf"|(?-i:\bconvene [a-z][a-z-]+|\bdocs/\w+|\b(?:{_SLUGS})\b)",
    re.IGNORECASE,
)
# Whoever keeps the policy or reads the figures has these words for their own things.
WHERE_SAID = {
    # A file of the directory and a policy are written with the roles' own names.
    **dict.fromkeys(AGENCY_ROLES, ("/directory/import", "/policy", "/reports/codebook")),
    "pack": ("/policy", "/reports"),
    "packs": ("/policy", "/reports"),
    "wilson": ("/reports",),
    # The agreed measures have their own names, which other partnerships use too.
    "written report": ("/reports",),
    "written reports": ("/reports",),
    # How somebody outside checks the file on a machine of theirs.
    "convene bundle": ("/meetings/",),
}
# What stands in the address that a back link of these words leads to.
BACK_TO = {
    "to the meeting": "/meetings/",
    "to the policy": "/policy",
    "to the worklist": "/worklist",
    "to the directory": "/directory",
    "to operations": "/operations",
    "to the reports": "/reports",
    "to the sample": "/dip-samples/",
}
# After these there is nothing left to press another form on.
ENDING = (
    "/cancel",
    "/exclude",
    "/remove",
    "/retire",
    "/stand-down",
    "/drop",
    "/end",
    "/again",
    "/withdraw",
    "/readers",
    "/{act}",
    "/not-held",
)
# Each press is meant to send: a code to an inbox, a letter tried again.
SENDS_EACH_TIME = ("/code", "/letters/{letter}", "/addresses/{check}")
# A code that was not right is typed anew; a mail that was dealt with is read, and its forms are gone.
NOT_SHOWN_AGAIN = ("/addresses/{check}", "/inbox/{token}", "/mail/{mail}", "/mail/{mail}/move")
# Signing out would end the session; what the script asks for is a part of a page, tried in the request's journey.
ALONE = ("/sign-out", "/{partnership}/requests/who")
TYPED = {"text", "tel", "email", "search", "number", "textarea", None}

# Forms that stand on a page only once something rare was done, by the fields they have there; two are a button alone.
# The last is what a script asks for beside the form, tried in the request's own journey.
RARE: Mapping[str, tuple[str, ...]] = {
    f"{MEETING}/chair": ("code", "reason", "version"),
    f"{MEETING}/disagreements/{{disagreement}}/further": (),
    f"{MEETING}/follow-up": (),
    f"{MEETING}/medical/attendance": ("came_child", "came_social_worker"),
    f"{MEETING}/who-it-is-about/secure-mail": ("secure_agency", "secure_reason", "once"),
    "/{partnership}/requests/who": (),
}


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
        elif kind == "checkbox":
            # The first box of its kind is ticked.
            if not any(other.startswith(re.split(r"[.]|-(?=[a-z_]+$)", name)[0]) for other in form.carried):
                form.carried[name] = said.get("value") or ""
        elif tag == "button" or (tag == "input" and kind in {"hidden", "radio"}):
            # The first button that says something is pressed, the first choice chosen.
            form.carried.setdefault(name, said.get("value") or "")


PATTERNS = {
    method: [
        (re.compile(re.sub(r"\{[^}]+\}", "[^/]+", route.path)), route.path)
        for route in PAGE_ROUTES
        if route.method == method
    ]
    for method in ("GET", "POST")
}


def template_of(method: str, path: str) -> str:
    """The route's pattern for a path; "" where it is no page's."""
    return next((route for pattern, route in PATTERNS[method] if pattern.fullmatch(path)), "")


def found_by(pages: Mapping[str, str]) -> dict[str, Form]:
    """One form for each route that a page shows one of, with the fields of the fullest."""
    found: dict[str, Form] = {}
    for path, page in pages.items():
        for form in Forms(page).found:
            form.action = urlsplit(form.action).path or path
            known = found.get(template_of("POST", form.action))
            if known is None or len(form.typed) > len(known.typed):
                found[template_of("POST", form.action)] = form
    return found


async def look_around(house: House, starts: Iterable[str]) -> dict[str, str]:
    """Every page that links lead to from here, by its path: one of each route, and what is begun with."""
    seen: dict[str, str] = {}
    shown: Counter[str] = Counter()
    waiting, known = deque(starts), set(starts)
    while waiting:
        path = waiting.popleft()
        answer = await house.client.get(path, allow_redirects=False)
        if answer.status != 200 or answer.content_type != "text/html":
            continue
        seen[URL(path).path] = page = await answer.text()
        for link in (unescape(each) for each in re.findall(r'href="(/[^"#]*)', page)):
            route = template_of("GET", URL(link).path)
            if link not in known and route and shown[route] < MOST_OF_A_ROUTE and not route.startswith("/sign"):
                shown[route] += 1
                known.add(link)
                waiting.append(link)
    return seen


def acts_of_a_meeting() -> list[str]:
    """The pages of a meeting that are about no one agency of it, from the route table."""
    pattern = re.compile(re.escape(MEETING) + r"/[^{]+")
    paths = [route.path for route in PAGE_ROUTES if route.method == "GET" and pattern.fullmatch(route.path)]
    return [path.removeprefix(MEETING) for path in paths]


def where_to_begin(addresses: Mapping[str, list[str]]) -> list[str]:
    """Each page of the route table, once or in each of its states; of a request's many questions every fourth."""
    return [each for every in addresses.values() for each in every[:: 4 if len(every) > 8 else 1]]


# What is typed where a sentence would not do, by a part of the field's name; the first that fits.
TYPED_IN = {
    "deputy": "",
    "c1-due": "",
    "nhs": "",
    "school": "",
    "nursery": "",
    "case_ref": "LCS-1001",
    "birth": "4/5/2018",
    "received_day": "today",
    "s47_day": "today",
    "issued_day": "",
    "day": "1/12/2026",
    "due": "1/12/2026",
    "issued_time": "",
    "agreed_": "",
    "time": "11:30am",
    "minutes": "60",
    "name": "Sam Taylor",
}


def plain(name: str) -> str:
    """What somebody in no hurry would type into a field of this name."""
    return next((text for part, text in TYPED_IN.items() if part in name), "A plain sentence about it")


async def press(house: House, form: Form, text: Callable[[str], str]) -> ClientResponse:
    """Send a form with every field that takes typing filled in."""
    fields = {**form.carried, **{name: text(name) for name in form.typed}, "csrf": house.csrf}
    return await house.client.post(form.action, data=fields, allow_redirects=False)


def in_plain_words(path: str, page: str) -> None:
    """A page says nothing in the words of programs, nor in those of people who write reports about services."""
    body = re.sub(r"<head>.*?</head>", "", page, flags=re.DOTALL)
    words = " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())
    where = path.removeprefix("/lewisham").removeprefix("/wirral")
    said = [match.group() for match in JARGON.finditer(words)]
    found = [each for each in said if not where.startswith(WHERE_SAID.get(each.lower(), ("?",)))]
    assert not found, (path, found)


def leads_back_where_it_says(path: str, page: str) -> None:
    """ "Back to the meeting" leads to a meeting, and so on."""
    for tag, words in re.findall(r"<a ([^>]*govuk-back-link[^>]*)>\s*([^<]+?)\s*</a>", page):
        [href] = re.findall(r'href="([^"]+)"', tag)
        [part] = [part for said, part in BACK_TO.items() if said in words] or [""]
        assert part in URL(path).join(URL(unescape(href))).path, (path, words, href)


async def a_used_day(house: House) -> dict[str, Form]:
    """Every form there is after each that ends nothing was taken once: what they make has forms of its own."""
    starts = where_to_begin(await furnish(house))
    forms: dict[str, Form] = {}
    pages: dict[str, str] = {}
    taken: set[str] = set()
    shown: dict[str, Form] = {}
    for _ in range(2):
        pages = await look_around(house, starts)
        forms |= {**shown, **found_by(pages)}
        for path, form in forms.items():
            if path.endswith(ENDING) or path in ALONE or path in taken:
                continue
            answer = await press(house, form, plain)
            await never_run(answer, path)
            if answer.status == 303:
                taken.add(path)
            elif answer.content_type == "text/html":
                # A page that is shown by a press alone has forms of its own.
                shown |= found_by({form.action: await answer.text()})
    # What is tried below is tried on forms that do something.
    assert len(taken) >= LEAST_TAKEN, sorted(set(forms) - taken)
    for path, page in pages.items():
        in_plain_words(path, page)
        leads_back_where_it_says(path, page)
    return forms


async def never_run(answer: ClientResponse, what: str) -> None:
    """Whatever the answer is, it is ours: a page with its heading, or on to one, and nothing of the text in it runs."""
    # Nobody is signed out on the way: then no form but the door's would be tried at all.
    known = {200, 303, 400, 404, 409, 410, 413, 415, 422} | ({401} if answer.url.path.startswith("/desk") else set())
    assert answer.status in known, what
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


async def any_text(house: House, forms: Mapping[str, Form]) -> None:
    """Send each form with whatever people type or paste."""
    for name, text in TEXTS.items():
        for path, form in forms.items():
            # All fields together stay below what a form may hold: what is more than that is refused unread, see below.
            fits = text[: MOST_OF_A_FORM // max(1, len(form.typed))]
            answer = await press(house, form, lambda _, fits=fits: fits)  # type: ignore[misc]
            await never_run(answer, f"{path} with {name}: {answer.status}")
            if name == "pasted" and answer.status == 422 and form.typed and shows_again(path):
                assert "HYPERLINK" in unescape(await answer.text()), f"{path} shows again what it refused"


def shows_again(path: str) -> bool:
    """Whether the form is asked for again with what was typed; one that stands on no page now, as it is, is not."""
    return path not in RARE and not path.endswith(NOT_SHOWN_AGAIN)


async def again_and_again(house: House, forms: Mapping[str, Form]) -> None:
    """Press each form, and again as the back button and a colleague with the same page do: nobody is sent it again."""
    for path, form in forms.items():
        if path.endswith(SENDS_EACH_TIME):
            continue
        await press(house, form, plain)
        sent = await house.count("outbox")
        for again in ("the back button", "a colleague"):
            if again == "a colleague" and path.startswith("/{partnership}"):
                await house.sign_in(*ROLES)
            answer = await press(house, form, plain)
            await never_run(answer, f"{path} by {again}: {answer.status}")
            assert await house.count("outbox") == sent, f"{path} by {again}"


async def test_every_form_takes_any_text_and_sends_nothing_again_however_often_it_is_pressed(house: House) -> None:
    forms = await a_used_day(house)
    routes = {route.path for route in PAGE_ROUTES if route.method == "POST"}
    assert routes - set(forms) <= set(RARE), "every form is tried with the fields that its page shows"
    reference = forms[f"{MEETING}/cancel"].action.split("/")[3]
    for path in routes - set(forms):
        action = path.format(partnership="lewisham", reference=reference, disagreement=UUID(int=1))
        forms[path] = Form(action, typed=list(RARE[path]))
    tried = {path: form for path, form in forms.items() if path not in ALONE}
    for ending in (False, True):
        some = {path: form for path, form in tried.items() if path.endswith(ENDING) is ending}
        await again_and_again(house, some)
        await any_text(house, some)


async def test_whatever_stood_open_when_a_meeting_was_cancelled_sends_nothing_to_anybody(house: House) -> None:
    await house.sign_in(*ROLES)
    reference = await house.confirmed()
    place = await house.requirement(reference, "school_nurse")
    here = f"/lewisham/meetings/{reference}"
    acts = acts_of_a_meeting()
    starts = [here, f"{here}/answers/{place}", await house.link(reference), *(f"{here}{act}" for act in acts)]
    forms = found_by(await look_around(house, starts))
    cancel = forms.pop(f"{MEETING}/cancel")
    stale = {path: form for path, form in forms.items() if form.action.startswith((here, "/r/"))}
    assert len(stale) >= LEAST_TAKEN
    assert (await press(house, cancel, plain)).status == 303
    sent = await house.count("outbox")
    for path, form in stale.items():
        answer = await press(house, form, plain)
        await never_run(answer, f"{path}: {answer.status}")
        assert await house.count("outbox") == sent, path
    (meeting,) = await house.rows("SELECT state FROM meetings WHERE reference = :reference", reference=reference)
    assert meeting["state"] == "cancelled"


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
