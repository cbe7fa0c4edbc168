"""Asking for a meeting one question at a time: the same draft, the same checks, and nothing lost in changing ways."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from html import unescape

import pytest
from aiohttp import ClientResponse

from service.web.request_form import _FIELD, RequestForm
from service.web.request_steps import in_order, step_named
from tests.handlers.house import House
from tests.handlers.test_page_checks import NOBODY, check
from tests.handlers.test_page_requests import GOOD, NEW, form_text, kept

FIRST = "/lewisham/requests/new/steps/kind"
# What is typed on each page of the journey, in its order.
TYPED = {
    "kind": {"meeting_type": "strategy"},
    "soon": {"urgency": "standard"},
    "case": {"case_ref": "LCS-1001"},
    "concern": {"concern_day": "today", "concern_time": "9:15am"},
    "door": {},
    "child-1": {"c1-name": "Keziah Fennimore", "c1-birth": "4/5/2018"},
    "child-1-more": {"c1-nhs": "943 476 5919"},
    "child-1-true": {},
    "children": {},
    "happened": {"circ-physical_injury": "1"},
    "people": {"more": "add"},
    "person-1": {"p1-name": "Rosalind Fennimore", "p1-relation": "mother"},
    "person-1-true": {"p1-tie-lives_with": "1"},
    "people again": {},
    "not-told": {},
    "involved": {},
    "mode": {"mode": "in_person", "venue": "Room 4, Laurence House", "minutes": "90"},
    "chair": {},
}


async def walk(house: House, typed: dict[str, dict[str, str]] | None = None) -> tuple[str, list[str]]:
    """Answer question after question as the pages lead; returns the draft's path and where each answer led."""
    where, led = FIRST, []
    for name, fields in (typed or TYPED).items():
        assert where.rpartition("/")[2] == name.split()[0], where
        page = await form_text(await house.client.get(where))
        (action,) = re.findall(r'<form method="post" action="([^"]+/steps/[^"]+)"', page)
        sent = await house.press(action, **fields)
        assert sent.status == 303, (name, await sent.text())
        where = sent.headers["Location"]
        led.append(where)
    return re.sub(r"/(steps|check).*", "", where), led


async def draft_form(house: House, draft: str) -> dict[str, str]:
    """What the whole form shows of a draft: its typed fields and ticked boxes."""
    page = await form_text(await house.client.get(draft))
    boxes = re.findall(r'name="([^"]+)" type="checkbox" value="1" checked', page)
    return dict(re.findall(r'name="([^"]+)" type="text"[^>]* value="([^"]+)"', page)) | dict.fromkeys(boxes, "1")


async def test_question_by_question_to_the_same_check_and_sent_once(house: House) -> None:
    start = await check(await house.client.get("/lewisham/requests/new/steps"))
    assert "5 questions are still to be answered" in start
    assert FIRST in start
    draft, led = await walk(house)
    assert led[-1] == f"{draft}/check"
    page = await check(await house.client.get(led[-1]))
    assert "Send 5 invitations" in page
    assert "Monday 30 November 2026, 9:15am" in page
    assert f'href="{draft}/steps"' in page, "what was answered by questions is changed by questions"
    assert await house.count("drafts") == 1
    sent = await house.press(f"{draft}/check", slot="later")
    assert sent.headers["Location"] == f"{draft}/sent"
    for path in (f"{draft}/steps", f"{draft}/steps/case"):
        assert "This request was sent already" in await check(await house.client.get(path))
    late = await house.press(f"{draft}/steps/case", case_ref="LCS-9")
    assert late.headers["Location"] == f"{draft}/sent?already=1"
    assert await house.count("requests") == 1


async def test_both_ways_make_the_same_request(house: House) -> None:
    by_steps, _ = await walk(house)
    at_once = await kept(house, **TYPED["mode"])
    shown = [await draft_form(house, draft) for draft in (by_steps, at_once)]
    assert shown[0] == shown[1]
    assert {"c1-name", "p1-name", "case_ref", "circ-physical_injury"} <= set(shown[0])


async def test_changing_from_one_way_to_the_other_loses_nothing(house: House) -> None:
    pressed = await house.press(NEW, **(GOOD | {"case_ref": "", "more": "steps"}))
    steps = pressed.headers["Location"]
    shown = await check(await house.client.get(steps))
    assert "1 question is still to be answered" in shown
    assert "9 agencies are asked" in " ".join(shown.split())
    assert shown.count("Completed") == 8
    draft = steps.removesuffix("/steps")
    page = await house.press(f"{steps}/case", case_ref="LCS-1001", more="page")
    assert page.headers["Location"] == draft
    assert {**GOOD, "concern_day": "30/11/2026"}.items() >= (await draft_form(house, draft)).items()
    assert (await draft_form(house, draft))["case_ref"] == "LCS-1001"
    assert (await house.press(draft, **GOOD)).headers["Location"] == f"{draft}/check"
    listed = await house.press(f"{steps}/soon", urgency="planned", more="keep")
    assert f'href="{steps}"' in await check(await house.client.get(listed.headers["Location"]))


WRONG: tuple[tuple[str, dict[str, str], str, str], ...] = (
    ("kind", {}, "meeting_type", "Choose what kind of meeting it is"),
    ("soon", {}, "urgency", "Choose how soon it must be"),
    ("case", {"case_ref": "see Mrs Smith's file"}, "case_ref", "characters that do not belong here"),
    ("case", {}, "case_ref", "Enter the case"),
    ("concern", {"concern_day": "31/2/2026", "concern_time": "9am"}, "concern_day", "Enter a day, like"),
    ("concern", {"concern_day": "1/12/2026", "concern_time": "9am"}, "concern_day", "future"),
    ("child-1", {"c1-name": "Keziah Fennimore"}, "c1-birth", "Give the birth date, or the expected"),
    ("child-1", {"c1-name": "x" * 300, "c1-birth": "4/5/2018"}, "c1-name", "Use at most 200 characters"),
    ("child-2", {"c2-name": "Ada Fennimore", "c2-birth": "soon"}, "c2-birth", "Enter a date, like 4/5/2018"),
    ("child-1-more", {"c1-nhs": "943 476 5910"}, "c1-nhs", "check digit"),
    ("person-3", {"p3-name": "Rosalind Fennimore"}, "p3-relation", "Enter who this person is to the child"),
    ("not-told", {"x2-reason": "his brother reads it"}, "x2-role", "Choose which agency must not be told"),
    ("mode", {"minutes": "an hour"}, "minutes", "Enter how long it takes in minutes, from 15 to 480"),
    ("mode", {"venue": "x" * 500}, "venue", "Use at most"),
    ("chair", {"chair": "x" * 500}, "chair", "Use at most"),
)


async def test_what_is_wrong_is_said_at_its_question_and_kept(house: House) -> None:
    for step, fields, field, said in WRONG:
        answer = await house.press(f"/lewisham/requests/new/steps/{step}", **fields)
        page = await form_text(answer)
        assert answer.status == 422, (step, fields)
        assert said in page
        assert f'href="#{field}"' in page
        assert "<title>Error: " in page
        for typed in fields.values():
            assert typed[:200] in page.replace("&#39;", "'")
        (action,) = re.findall(r'<form method="post" action="([^"]+/steps/[^"]+)"', page)
        assert "/new/" not in action, "what was typed is kept, so the next press is about the same draft"
        tasks = await form_text(await house.client.get(action.replace(f"/{step}", "")))
        assert "There is a problem" in tasks or not fields


async def test_an_answer_is_changed_from_the_check_and_leads_back_to_it(house: House) -> None:
    draft, _ = await walk(house)
    page = await check(await house.client.get(f"{draft}/check"))
    changes = re.findall(rf'href="({draft}/steps/[a-z-]+\?from=check)"', page)
    assert len(changes) == 12
    for change in changes:
        shown = await form_text(await house.client.get(change))
        assert f'href="{draft}/check"' in shown, "Back leads to the check"
    changed = await house.press(f"{draft}/steps/case?from=check", case_ref="LCS-2002")
    assert changed.headers["Location"] == f"{draft}/check"
    assert "LCS-2002" in await check(await house.client.get(f"{draft}/check"))


async def test_a_second_child_is_added_from_the_check_tied_to_and_taken_away_again(house: House) -> None:
    draft, _ = await walk(house)
    add = await house.press(f"{draft}/steps/children?from=check", more="add")
    where = add.headers["Location"]
    assert where == f"{draft}/steps/child-2?from=check"
    for fields in ({"c2-name": "Ada Fennimore", "c2-birth": "1/2/2020"}, {}, {"c2-flag-looked_after": "1"}):
        where = (await house.press(where, **fields)).headers["Location"]
    assert where == f"{draft}/steps/children?from=check"
    listed = await form_text(await house.client.get(where))
    assert "Ada Fennimore" in listed
    assert (await house.press(where)).headers["Location"] == f"{draft}/check"
    assert "Which children?" in await form_text(await house.client.get(f"{draft}/steps/person-1-true"))
    await house.press(f"{draft}/steps/person-1-true", **{"p1-child-2": "1", "p1-tie-lives_with": "1"})
    assert (await house.press(where, more="remove-2")).headers["Location"] == where
    fields = await draft_form(house, draft)
    assert not {name for name in fields if name.startswith(("c2", "p1-child"))}
    assert fields["p1-tie-lives_with"] == "1"
    assert 'id="c2-name"' not in await form_text(await house.client.get(draft))


async def test_the_same_question_may_be_answered_again_by_the_back_button(house: House) -> None:
    draft, _ = await walk(house)
    for said in ("LCS-1", "LCS-2", "LCS-2"):
        assert (await house.press(f"{draft}/steps/case", case_ref=said)).headers["Location"] == f"{draft}/steps/concern"
    assert (await draft_form(house, draft))["case_ref"] == "LCS-2"


async def test_a_page_of_the_whole_form_that_is_older_than_an_answer_is_kept_beside_it(house: House) -> None:
    draft = await kept(house)
    (version,) = re.findall(r'name="version" value="(\d+)"', await form_text(await house.client.get(draft)))
    await house.press(f"{draft}/steps/case", case_ref="LCS-2002")
    old = await house.press(draft, **(GOOD | {"version": version, "chair": "Ben Chair"}))
    assert old.status == 409
    assert "changed in another tab" in await check(old)
    checked = await house.press(f"{draft}/check", version=version, slot="later")
    assert checked.status == 409
    assert await house.count("requests") == 0


async def test_what_stops_the_check_leads_to_its_question(house: House) -> None:
    draft, _ = await walk(house)
    await house.press(f"{draft}/steps/case", case_ref="")
    stopped: ClientResponse = await house.client.get(f"{draft}/check")
    assert stopped.status == 422
    page = await check(stopped)
    assert f'href="{draft}/steps/case"' in page
    assert not [name for name in NOBODY if name in page]


async def test_steps_of_others_and_steps_that_do_not_exist_are_not_there(house: House) -> None:
    draft, _ = await walk(house)
    for word in ("nothing", "child-9", "person-11", "child-0", "children-1", "kind-1", "person-1-more"):
        assert (await house.client.get(f"{draft}/steps/{word}")).status == 404, word
    await house.sign_in("officer", "manager")
    for path in (f"{draft}/steps", f"{draft}/steps/case"):
        assert (await house.client.get(path)).status == 404
    assert (await house.press(f"{draft}/steps/case", case_ref="LCS-3")).status == 404


async def begun(house: House) -> int:
    return int((await house.rows("SELECT count(*) AS number FROM drafts"))[0]["number"])


@pytest.mark.parametrize("first", [FIRST, NEW], ids=["one question", "the whole form"])
async def test_the_first_press_made_twice_begins_one_draft(house: House, first: str) -> None:
    page = await form_text(await house.client.get(first))
    (begins,) = re.findall(r'name="begins" value="([^"]+)"', page)
    typed = {"begins": begins, "meeting_type": "strategy", "more": "tasks" if first == FIRST else "steps"}
    presses = await asyncio.gather(*(house.press(first, **typed) for _ in range(3)), return_exceptions=True)
    where = {press.headers["Location"] for press in presses if isinstance(press, ClientResponse)}
    assert where == {f"/lewisham/requests/{begins}/steps"}
    assert (await house.press(first, **typed)).headers["Location"] in where
    assert await begun(house) == 1
    other = re.findall(r'name="begins" value="([^"]+)"', await form_text(await house.client.get(first)))
    assert other != [begins], "the next page begins another"
    await house.press(f"/lewisham/requests/{begins}/steps/case", case_ref="LCS-77")
    await house.press(FIRST, begins=begins, meeting_type="strategy")
    assert (await draft_form(house, f"/lewisham/requests/{begins}"))["case_ref"] == "LCS-77", "nothing typed is lost"
    assert await begun(house) == 1
    await house.sign_in("requester")
    assert (await house.press(first, **typed)).status == 404, "another person's draft is not begun anew"


@pytest.mark.parametrize(
    "first", [FIRST, "/lewisham/requests/new/steps", NEW], ids=["a question", "the list", "the form"]
)
async def test_whoever_comes_back_to_an_empty_page_is_told_of_what_they_have_begun(house: House, first: str) -> None:
    told = "Go on with the request you have begun"
    assert told not in await form_text(await house.client.get(first))
    draft = await kept(house)
    house.clock.real += timedelta(minutes=3)
    back = await form_text(await house.client.get(first))
    where = f"{draft}/steps" if "steps" in first else draft
    assert f'href="{where}">{told}' in back
    assert "You touched it 3 minutes ago." in " ".join(back.split())
    assert "Fennimore" not in back
    await kept(house)
    assert "see all 2" in await form_text(await house.client.get(first))
    assert told not in await form_text(await house.client.get(where)), "the draft's own page is no empty one"
    await house.sign_in("officer", "requester")
    assert told not in await form_text(await house.client.get(first)), "another person's are not shown"


async def test_what_is_sent_or_a_week_old_is_no_request_to_go_on_with(house: House) -> None:
    draft = await kept(house)
    await house.press(f"{draft}/check", slot="later")
    assert "Go on with" not in await form_text(await house.client.get(NEW))
    await kept(house)
    assert "Go on with" in await form_text(await house.client.get(NEW))
    house.clock.real += timedelta(days=8)
    await house.sign_in_again()
    assert "Go on with" not in await form_text(await house.client.get(NEW))
    assert await house.count("drafts") == 2, "looking throws nothing away"


async def test_who_must_come_follows_what_is_typed_at_one_question_before_it_is_kept(house: House) -> None:
    draft, _ = await walk(house, {name: TYPED[name] for name in list(TYPED)[:6]})
    page = await form_text(await house.client.get(f"{draft}/steps/happened"))
    (asks,) = re.findall(r'data-who="([^"]+)"', page)
    asks = unescape(asks)
    before = await (await house.press(asks)).text()
    after = await (await house.press(asks, **{"circ-physical_injury": "1"})).text()
    assert "physical or suspicious injury" not in before.lower()
    assert "physical or suspicious injury" in after.lower()
    assert "The two clocks" in before
    assert "circ-physical_injury" not in await draft_form(house, draft), "nothing is kept by looking"
    other = re.sub("[0-9a-f]{8}-", "00000000-", asks, count=1)
    assert (await house.press(other)).status == 404
    await house.sign_in("requester")
    assert (await house.press(asks)).status == 404, "another person's draft"


async def test_each_question_has_beside_it_who_must_come_by_what_is_answered_so_far(house: House) -> None:
    empty = await form_text(await house.client.get(FIRST))
    assert "Choose what kind of meeting it is" in empty
    draft, _ = await walk(house, {name: TYPED[name] for name in list(TYPED)[:6]})
    told = [await form_text(await house.client.get(f"{draft}/steps/{step}")) for step in ("child-1", "happened")]
    for page in told:
        assert "Who must come, and why" in page
        assert "The two clocks" in page
        assert re.search(r"<strong>\d+\s+agencies are asked</strong>", page)
        assert "Keziah" not in page.partition('id="who-heading"')[2], "no name stands beside the questions"
    wrong = await house.press(f"{draft}/steps/child-1", **{"c1-birth": "the 40th"})
    assert wrong.status == 422
    assert "Who must come, and why" in await wrong.text()


def spelt_out(pattern: str) -> set[str]:
    """The names that a question's pattern lists in full: "a|b", or "a-(?:b|c)"."""
    before, _, rest = pattern.partition("(?:")
    ends = (rest.rstrip(")") if rest else before).split("|")
    return {f"{before if rest else ''}{end}" for end in ends if not re.search(r"[.\[]", f"{before}{end}")}


async def test_each_question_asks_for_all_that_it_owns_and_the_whole_form_for_all_of_them(house: House) -> None:
    named = re.compile(r'<(?:input|select|textarea)[^>]* name="([^"]+)"')
    whole = set(named.findall(await form_text(await house.client.get(NEW))))
    words = [step.id for step in in_order({"c1-name": "a", "p1-name": "b", "p2-name": "c"})]
    owned: dict[str, set[str]] = {}
    for word in words:
        page = await form_text(await house.client.get(f"/lewisham/requests/new/steps/{word}"))
        step = step_named(word, {})
        assert step is not None
        owned[word] = {name for name in named.findall(page) if _FIELD.fullmatch(name)}
        assert all(step.owns(name) for name in owned[word]), word
        # None is read that nobody can type.
        assert step.lists or spelt_out(step.fields.pattern) <= owned[word], word
    assert owned["mode"] == {"mode", "venue", "minutes"}
    asked = set().union(*owned.values())
    assert {name for name in whole if _FIELD.fullmatch(name)} ^ asked == {"children", "people", "excluded"}


async def test_where_and_how_long_are_said_again_at_the_check_and_stand_in_the_meeting(house: House) -> None:
    draft, _ = await walk(house)
    page = await check(await house.client.get(f"{draft}/check"))
    assert "In person, Room 4, Laurence House, 90 minutes" in page
    await house.press(f"{draft}/check", slot="own", start_day="1/12/2026", start_time="2pm", confirmed="1")
    (meeting,) = await house.rows("SELECT mode, venue, ends_at - starts_at AS length FROM meetings")
    assert (meeting["mode"], meeting["venue"]) == ("in_person", "Room 4, Laurence House")
    assert meeting["length"].total_seconds() == 90 * 60


async def test_a_place_that_says_who_somebody_is_is_asked_for_again_before_anything_is_sent(house: House) -> None:
    bad = {"mode": "in_person", "venue": "Keziah's school"}
    whole = await house.press(NEW, **(GOOD | bad))
    page = await form_text(whole)
    assert whole.status == 422
    assert 'href="#venue"' in page
    assert "This says who somebody is, or where they live." in page
    assert "9 agencies are asked" in " ".join(page.split()), "who must come is still shown beside it"
    draft, led = await walk(house, TYPED | {"mode": bad})
    assert led[-1].endswith("/steps"), "not on to the check"
    late = await form_text(await house.client.get(f"{draft}/check"))
    assert f'href="{draft}/steps/mode"' in late


def test_every_field_of_the_form_belongs_to_one_question() -> None:
    names = ["meeting_type", "urgency", "case_ref", "concern_day", "concern_time", "came_through", "chair", "mode"]
    of_a_child = ("name", "birth", "due", "nhs", "address", "school", "nursery")
    names += [f"c{number}-{what}" for number in (1, 8) for what in of_a_child]
    names += ["c2-flag-looked_after", "p1-name", "p10-relation", "p2-works", "p2-child-1", "p3-tie-in_custody"]
    names += ["x1-role", "x2-reason", "x10-role", "circ-physical_injury", "role-probation", "venue", "minutes"]
    values = dict.fromkeys(names, "1")
    for name in names:
        assert _FIELD.fullmatch(name)
        assert [step.id for step in in_order(values) if step.owns(name)], name
        assert len([step for step in in_order(values) if step.owns(name)]) == 1, name
    assert RequestForm(values).children
    assert step_named("person-10", {}) is not None
