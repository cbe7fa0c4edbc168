"""Before a request is sent: who must come beside the form, every message in its words, and one question where notice is
short."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from service.domain.spans import Span, Unit
from service.handlers.keys import SERVICES
from service.scheduler.decide import Act
from service.scheduler.letters import words_of
from service.store.changes.outbox import Claimed
from service.store.queries.sending import agency_now, meeting_now
from service.workflow.links import agency_code, answer_link
from service.workflow.preview import CODE, LINK, REFERENCE
from tests.handlers.house import MONDAY, House
from tests.handlers.test_page_checks import check
from tests.handlers.test_page_requests import GOOD, NEW, form_text, kept

WHO = "/lewisham/requests/who"
SOON = {"slot": "own", "start_day": "today", "start_time": "10:30am"}
LATER = {"slot": "own", "start_day": "10/12/2026", "start_time": "2pm"}


def owe_a_day(house: House) -> None:
    """Lewisham publishes what it has not: each agency is owed a working day's notice of a strategy meeting."""
    policy = house.services.policies["lewisham"]
    strategy = policy.meeting_type("strategy")
    day = replace(strategy.notice_standard.otherwise, value=Span(1, Unit.WORKING_DAYS))
    owed = replace(strategy, notice_standard=replace(strategy.notice_standard, otherwise=day, own={}))
    changed = replace(policy, meeting_types={**policy.meeting_types, "strategy": owed})
    house.services = replace(house.services, policies={**house.services.policies, "lewisham": changed})
    app = house.client.app
    assert app is not None
    app[SERVICES].policies["lewisham"] = changed  # type: ignore[index]


async def test_the_form_says_what_is_missing_before_it_can_say_who_must_come(house: House) -> None:
    assert "Choose what kind of meeting it is" in await check(await house.client.get(NEW))
    panel = await (await house.press(WHO, meeting_type="strategy")).text()
    assert "To see who must come" in panel
    assert "<html" not in panel


@pytest.mark.parametrize("left_out", ["c1-name", "case_ref", "concern_day", "concern_time", "urgency", "p1-relation"])
async def test_who_must_come_is_shown_without_what_decides_nothing(house: House, left_out: str) -> None:
    panel = await (await house.press(WHO, **{name: value for name, value in GOOD.items() if name != left_out})).text()
    assert "9 agencies are asked" in " ".join(panel.split())
    assert "Police child protection unit" in panel
    assert "physical or suspicious injury" in panel.lower()
    assert "The two clocks" in panel
    assert "Keziah" not in panel
    assert await house.count("drafts") == 0


async def test_without_a_script_a_press_shows_the_same_and_keeps_what_was_typed(house: House) -> None:
    pressed = await house.press(NEW, **GOOD, more="who")
    where, _, fragment = pressed.headers["Location"].partition("#")
    assert fragment == "who"
    shown = await form_text(await house.client.get(where))
    assert 'id="who"' in shown
    assert "9 agencies are asked" in " ".join(shown.split())
    assert "Keziah Fennimore" in shown


async def test_each_message_is_shown_in_the_words_that_leave(house: House) -> None:
    draft = await kept(house)
    shown = await check(await house.press(f"{draft}/check", act="preview", **LATER))
    words = " ".join(unescape(re.sub("<[^>]+>", " ", shown)).split())
    assert "For a meeting on Thursday 10 December 2026, 2pm" in words
    assert words.count("Your agency (") == 5
    assert "To school nurse desk, school.nurse@lewisham.example" in words
    assert LINK in words
    assert REFERENCE in words
    assert await house.count("requests") == 0
    (slot,) = re.findall(r'name="slot" value="([^"]+)"', shown)
    (version,) = re.findall(r'name="version" value="([^"]+)"', shown)
    sent = await house.press(f"{draft}/check", slot=unescape(slot), version=version)
    assert sent.headers["Location"] == f"{draft}/sent"


async def test_what_was_shown_is_what_leaves_but_for_what_is_made_on_sending(house: House) -> None:
    draft = await kept(house)
    page = await (await house.press(f"{draft}/check", act="preview", **LATER)).text()
    shown = [unescape(text) for text in re.findall(r'convene-words">(.*?)</div>', page, re.S)]
    await house.press(f"{draft}/check", confirmed="1", **LATER)
    rows = await house.rows(
        "SELECT o.id, o.meeting_id, o.event_id, o.requirement_id, o.mailbox_id, o.version, o.created_at"
        " FROM outbox o JOIN requirements r ON r.id = o.requirement_id WHERE o.kind = 'message'"
    )
    assert len(rows) == len(shown) == 5
    for row in rows:
        claimed = Claimed(
            **row,
            partnership="lewisham",
            kind="message",
            chase_id=None,
            detail={},
            attempts=1,
            frozen=None,
            lease_token=row["id"],
        )
        async with house.engine.connect() as conn:
            meeting = await meeting_now(conn, "lewisham", row["meeting_id"], row["event_id"])
            agency = await agency_now(conn, "lewisham", row["requirement_id"], row["version"])
        leaves = words_of(house.services, Act.INVITATION, claimed, meeting, agency).text
        link = answer_link(house.services.links, "lewisham", row["requirement_id"], meeting.starts_at or MONDAY)
        code = agency_code(house.services.links, row["requirement_id"])
        for made, stands_for in ((meeting.reference, REFERENCE), (link, LINK), (code, CODE)):
            leaves = leaves.replace(made, stands_for)
        assert leaves.strip() in {text.strip() for text in shown}


async def test_messages_need_a_time_and_say_so(house: House) -> None:
    draft = await kept(house)
    refused = await house.press(f"{draft}/check", act="preview", slot="later")
    assert refused.status == 422
    assert "Choose a time to see what each agency will get" in await check(refused)


async def test_short_notice_is_asked_about_once_names_whom_and_stops_nothing(house: House) -> None:
    owe_a_day(house)
    draft = await kept(house)
    asked = await house.press(f"{draft}/check", **SOON)
    assert asked.status == 200
    page = await check(asked)
    assert "less notice than they are owed" in page
    assert "Short notice stops no meeting" in page
    assert "5 agencies get less notice" in page
    assert "<li>School nurse</li>" in page
    assert await house.count("requests") == 0
    (slot,) = re.findall(r'name="slot" value="([^"]+)"', page)
    for _ in range(2):
        sent = await house.press(f"{draft}/check", slot=unescape(slot), confirmed="1")
        assert sent.headers["Location"] == f"{draft}/sent"
    assert await house.count("requests") == 1


async def test_a_meeting_with_good_notice_is_sent_with_one_press(house: House) -> None:
    owe_a_day(house)
    draft = await kept(house)
    assert (await house.press(f"{draft}/check", **LATER)).headers["Location"] == f"{draft}/sent"
