"""One world in which every page has something to show, and every page's addresses in it.

The addresses are keyed by the route table's own paths, so that a page nobody furnished is a failing test.
"""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

from aiohttp import FormData
from sqlalchemy import text

from service.handlers.page_routes import PAGE_ROUTES
from service.store.changes import directory_imports
from service.store.ids import new_id
from service.workflow import drafts
from service.workflow.disclosing import Asker, open_for_agency
from service.workflow.drafts import Author
from service.workflow.policies_in_force import InForce
from service.workflow.what_if import do_next
from tests.handlers.house import MONDAY, House, a_body, an_envelope
from tests.handlers.test_call_again import cancelled
from tests.handlers.test_drift_doors import found as drift_found
from tests.handlers.test_inbox_page import an_inbox, code_and_link, fields_of
from tests.handlers.test_mail_pages import a_mail
from tests.handlers.test_page_requests import GOOD, kept
from tests.handlers.test_policy_page import SEED, VERSION
from tests.handlers.test_proving import begin

# Files, streams and the way through another house's page: what a browser does not show as a page.
NO_PAGES = frozenset(
    {
        "/r/{token}/calendar-file",
        "/sign-in",
        "/sign-in/return",
        "/{partnership}/worklist/changes",
        "/{partnership}/policy/drafts/{draft}/pack",
        "/{partnership}/policy/pack",
        "/{partnership}/reports/places",
        "/{partnership}/meetings/{reference}/calendar-file",
    }
)
EVERY_ROLE = ("officer", "chair", "manager", "administrator", "analyst", "auditor", "policy_owner", "emergency_duty")
_PAGE = "/{partnership}/meetings/{reference}"
_TOLD = {
    "decisions": [{"text": "A section 47 enquiry begins."}],
    "attendance": [{"role": "school_nurse", "outcome": "attended"}],
}


def page_paths() -> set[str]:
    """The path of every page, from the route table."""
    return {route.path for route in PAGE_ROUTES if route.method == "GET"} - NO_PAGES


async def furnish(house: House) -> dict[str, list[str]]:
    """Fill the house, sign in with every role and at an agency's desk; returns each page's addresses in it.

    One meeting in each of its states: without a time, asked for at once, coming, cancelled, over, a conference.
    """
    object.__setattr__(house.services, "policies", InForce(house.services.policies))
    ids = await house.sign_in(*EVERY_ROLE)
    over = await house.confirmed(house.clock.at + timedelta(hours=1))
    off, tonight, untimed = await cancelled(house), await house.planned(urgency="immediate"), await house.planned()
    link_over = await house.link(over, start=house.clock.at + timedelta(hours=1))
    house.clock.at += timedelta(hours=3)
    coming, conference = await house.confirmed(), await house.confirmed(meeting_type="icpc")
    await house.call("POST", f"/api/v1/meetings/{coming}/answers", {"role": "school_nurse", "answer": "no"})
    found: dict[str, list[str]] = await _record(house, over)
    await _desk(house, found, coming, link_over)
    await _drafts(house, found, ids["lewisham"])
    await _administration(house, found)
    await _dip_sample(house, found)
    found[_PAGE] = [f"/lewisham/meetings/{each}" for each in (untimed, tonight, coming, off, over, conference)]
    found[f"{_PAGE}/again"] = [f"/lewisham/meetings/{off}/again"]
    found[f"{_PAGE}/mail/{{mail}}"] = [await a_mail(house, coming)]
    place, gap = await house.requirement(coming, "school_nurse"), await _gap(house, coming)
    found[f"{_PAGE}/places/{{place}}/inbox"] = [
        f"/lewisham/meetings/{coming}/places/{each}/inbox" for each in (gap, place)
    ]
    for path in page_paths() - set(found):
        subject = conference if path.endswith(("/family", "/family/arrange", "/stand-down")) else coming
        if path.endswith(("/attendance", "/sittings", "/outcome", "/actions", "/minutes", "/decisions")):
            subject = over
        if path.endswith(("/calls", "/not-held", "/time")):
            subject = tonight
        found[path] = [path.format(partnership="lewisham", reference=subject, place=place)]
    found["/{partnership}/worklist"] += [
        f"/lewisham/worklist?tab={tab}" for tab in ("today", "coming", "to-record", "done")
    ]
    found["/{partnership}/reports"].append("/lewisham/reports?month=2026-11")
    return found


async def _gap(house: House, reference: str) -> UUID:
    """The place of a school that has no inbox, in a directory that knows another school."""
    typed = {"role": "school", "place": "900002", "name": "Oak School office", "channel": "phone", "hours": "always"}
    added = await house.press("/lewisham/directory/add", **typed, phone="020 7946 0445", capacity="1")
    assert added.status == 303
    return await house.requirement(reference, "school")


async def _record(house: House, over: str) -> dict[str, list[str]]:
    """A meeting that is over, with who came, what was decided and one agency's dissent."""
    path, page = f"/api/v1/meetings/{over}", f"/lewisham/meetings/{over}"
    await house.call("POST", f"{path}/attendance", {"agencies": _TOLD["attendance"]})
    await house.call("POST", f"{path}/decisions", {"papers": _TOLD["decisions"]})
    await house.press(f"{page}/minutes", text="All agreed.")
    await house.press(f"{page}/actions", agency="health_visitor", text="Weigh the baby at home")
    dissent = {"kind": "dissent", "role": "school_nurse", "text": "Not safe at home.", "decision": 1}
    raised = await (await house.call("POST", f"{path}/disagreements", dissent)).json()
    asker = Asker("Amara Okafor", "health_practitioner", "called back")
    await open_for_agency(house.services, "lewisham", over, asker, actor="api:eclipse")
    return {f"{_PAGE}/disagreements/{{disagreement}}": [f"{page}/disagreements/{raised['id']}"]}


async def _desk(house: House, found: dict[str, list[str]], coming: str, link_over: str) -> None:
    """An agency's link, one of a meeting that is over, one nobody made; and a desk's session."""
    link, place = await house.link(coming), await house.requirement(coming, "health_practitioner")
    await begin(house, link)
    found["/r/{token}"] = [link, link_over, "/r/nothing"]
    found["/r/{token}/who"] = [f"{link}/who"]
    found["/desk"], found["/desk/{place}"] = ["/desk"], [f"/desk/{place}"]


async def _drafts(house: House, found: dict[str, list[str]], me: UUID) -> None:
    """A request begun, one sent, and a form that was sent too late."""
    begun, sent = await kept(house), await kept(house, case_ref="LCS-1002")
    assert (await house.press(f"{sent}/check", slot="later")).status == 303
    author = Author("lewisham", me)
    late = await drafts.keep_typed(house.services, author, "/lewisham/requests/new", GOOD)
    found["/{partnership}/requests/{draft}"] = [begun]
    found["/{partnership}/requests/{draft}/steps"] = [f"{begun}/steps"]
    questions = await (await house.client.get(f"{begun}/steps")).text()
    steps = sorted(set(re.findall(rf'href="({begun}/steps/[\w-]+)"', questions)))
    assert len(steps) > 8, "every question leads to its page"
    found["/{partnership}/requests/{draft}/steps/{step}"] = steps
    found["/{partnership}/requests/{draft}/check"] = [f"{begun}/check"]
    found["/{partnership}/requests/{draft}/sent"] = [f"{sent}/sent"]
    found["/{partnership}/kept/{kept}"] = [f"/lewisham/kept/{late}"]


async def _dip_sample(house: House, found: dict[str, list[str]]) -> None:
    """A sample of November, once it is over; what comes on Tuesday is still to come."""
    house.clock.at = MONDAY + timedelta(hours=23)
    here = "/lewisham/reports/dip-samples"
    drawn = await house.press(here, first="2026-11", last="2026-11", size="5", seed="the board of December")
    sample = drawn.headers["Location"]
    shown = await (await house.client.get(sample)).text()
    review = re.findall(rf'href="({sample}/CV-[^"]+)"', shown)
    pattern = "/{partnership}/reports/dip-samples"
    found[pattern], found[f"{pattern}/{{seal}}"] = [here], [sample]
    found[f"{pattern}/{{seal}}/{{reference}}"] = review[:1]


async def _long_import(house: House, found: dict[str, list[str]]) -> None:
    """A long import of the directory that waits, and one that is done."""
    counts = {"added": 25, "changed": 1, "unchanged": 3, "asked_by": "staff:a", "asked_at": house.clock.at}
    ids = [new_id(house.clock.at) for _ in range(2)]
    async with house.engine.begin() as conn:
        for each in ids:
            await directory_imports.ask(conn, "lewisham", {"id": each, **counts})
        assert await directory_imports.end(conn, "lewisham", ids[1], 4, 4, house.clock.at)
    found["/{partnership}/directory/imports/{import}"] = [f"/lewisham/directory/imports/{each}" for each in ids]


async def _administration(house: House, found: dict[str, list[str]]) -> None:
    """A changed policy, a delivery nobody understood, a letter that could not be sent, a change made in Outlook."""
    form = FormData({"csrf": house.csrf, "note": "A new version"}, default_to_multipart=True)
    source = SEED.replace(f'version = "{VERSION}"', 'version = "99"')
    form.add_field("file", source.encode(), filename="wirral.toml", content_type="application/toml")
    assert (await house.client.post("/wirral/policy", data=form, allow_redirects=False)).status == 303
    [draft] = await house.rows("SELECT id FROM policy_drafts WHERE state = 'open'")
    tried = await house.press(f"/wirral/policy/drafts/{draft['id']}/what-if", months="12")
    waits = await house.press(f"/wirral/policy/drafts/{draft['id']}/what-if", months="6")
    assert await do_next(house.services)
    found["/{partnership}/policy/what-ifs/{tried}"] = [each.headers["Location"] for each in (tried, waits)]
    await _long_import(house, found)
    body = an_envelope(a_body() | {"children": "Keziah"})
    await house.deliver(body, house.signed(body))
    operations = await (await house.client.get("/lewisham/operations")).text()
    [item] = re.findall(r'href="(/lewisham/operations/items/[^"]+)"', operations)
    await drift_found(house)
    async with house.engine.begin() as conn:
        await conn.execute(
            text("UPDATE outbox SET state = 'exhausted', last_error = 'PermanentData', finished_at = now()")
        )
    inbox = await an_inbox(house)
    await house.press(inbox, **(await fields_of(house, inbox) | {"address": "new.desk@lewisham.example"}))
    _, confirm = await code_and_link(house)
    found["/{partnership}/directory/inboxes/{inbox}"], found["/inbox/{token}"] = [inbox], [confirm]
    found["/{partnership}/directory/inboxes/{inbox}/retire"] = [f"{inbox}/retire"]
    found["/{partnership}/policy"] = ["/lewisham/policy", "/wirral/policy"]
    tried = await house.press(f"/wirral/policy/drafts/{draft['id']}/what-if", months="6")
    found["/{partnership}/policy/what-ifs/{tried}"] = [tried.headers["Location"]]
    found["/{partnership}/policy/drafts/{draft}/what-if"] = [f"/wirral/policy/drafts/{draft['id']}/what-if"]
    found["/{partnership}/operations/items/{item}"] = [item]
    found["/{partnership}/held/{item}"] = [item.replace("/operations/items/", "/held/")]
