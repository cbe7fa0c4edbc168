"""Whole journeys in a real Chromium, with each kind of browser people have; every page is held to WCAG 2.2 AA."""

from __future__ import annotations

import re
from datetime import timedelta

from playwright.async_api import Locator

from tests.browser.stage import Stage
from tests.handlers.test_request_journey import owe_a_day


async def fill(stage: Stage) -> None:
    """Type in a routine case."""
    page = stage.page
    await page.get_by_label("What kind of meeting is it?").select_option("strategy")
    await page.get_by_label("In the ordinary way").check()
    await page.get_by_label("Case reference").fill("LCS-1001")
    await page.get_by_label("Day the concern was recorded").fill("today")
    await page.get_by_label("Time it was recorded").fill("9.15am")
    await page.locator("#c1-name").fill("Keziah Fennimore")
    await page.locator("#c1-birth").fill("4/5/2018")
    await page.get_by_label("Physical or suspicious injury").check()
    await page.locator("#p1-name").fill("Rosalind Fennimore")
    await page.locator("#p1-relation").fill("mother")


async def test_an_officer_asks_for_a_meeting_takes_an_answer_by_phone_and_cancels(stage: Stage) -> None:
    await stage.sign_in("Ada Officer", "/lewisham/worklist")
    await stage.says("No meeting is waiting")
    await stage.holds()
    await stage.press("Ask for a meeting")
    await stage.says("What kind of meeting is it?")
    await stage.holds()
    await stage.page.get_by_role("button", name="Continue").last.click()
    await stage.says("There is a problem")
    await stage.holds()
    await fill(stage)
    await stage.page.get_by_role("button", name="Continue").last.click()
    await stage.says("Check who is asked, and when")
    await stage.holds()
    await stage.page.get_by_label("A time that is agreed already, or another one").check()
    await stage.page.get_by_label("Day of your own time").fill("1/12/2026")
    await stage.page.get_by_label("Its time").fill("2pm")
    await stage.press("Send 5 invitations")
    await stage.says("The meeting is asked for")
    assert re.search(r"CV-[A-Z0-9]{4}-[A-Z0-9]{4}", await stage.read())
    await stage.holds()
    await stage.press("Go to the meeting")
    await stage.says("What has happened")
    await stage.holds()
    await stage.page.get_by_role("link", name=re.compile("Type in.*School nurse")).click()
    await stage.says("Will the school nurse be there?")
    await stage.holds()
    await stage.page.get_by_label("Yes", exact=True).check()
    await stage.press("Record this answer")
    await stage.says("The answer is recorded.")
    await stage.press("Cancel the meeting")
    await stage.says("Why is it cancelled?")
    await stage.holds()
    await stage.page.get_by_label("The facts became clear and no meeting is needed").check()
    await stage.press("Cancel the meeting and tell 5")
    await stage.says("The meeting is cancelled.")
    await stage.holds()


async def test_a_duty_desk_answers_on_a_phone_from_its_link_without_an_account(stage: Stage) -> None:
    await stage.look("phone")
    reference = await stage.house.confirmed(stage.house.clock.at + timedelta(days=1))
    await stage.page.goto(await stage.house.link(reference))
    await stage.holds()
    await stage.page.get_by_label("Someone comes instead").check()
    await stage.press("Send this answer")
    await stage.says("Enter the name of whoever comes instead")
    await stage.holds()
    await stage.page.get_by_label("Their name").fill("Sam Deputy")
    await stage.page.get_by_label("Their job").fill("health visitor")
    await stage.press("Send this answer")
    await stage.says("Your answer is recorded")
    await stage.holds()


async def test_a_chair_gives_the_reasons_for_short_notice_and_for_going_on(stage: Stage) -> None:
    reference = await stage.house.confirmed(stage.house.clock.at + timedelta(hours=1))
    await stage.sign_in("Ben Chair", f"/lewisham/meetings/{reference}")
    await stage.press("Say why notice is short")
    await stage.says("Which reason fits best?")
    await stage.holds()
    await stage.page.locator("input[name=code]").first.check()
    await stage.page.get_by_label("Why, in a sentence").fill("The child is in hospital tonight.")
    await stage.press("Save")
    await stage.says("Why notice is short is recorded.")
    await stage.press("Say why it goes on without everyone")
    await stage.says("A strategy meeting may always go on")
    await stage.holds()
    await stage.page.get_by_label("Why, in a sentence").fill("Police joined by phone before.")
    await stage.press("Save")
    await stage.says("Police joined by phone before. (Ben Chair)")
    await stage.holds()


async def test_a_page_is_worked_by_keyboard_alone(stage: Stage) -> None:
    await stage.sign_in("Ada Officer", "/lewisham/worklist")
    await stage.page.keyboard.press("Tab")
    focused = await stage.page.evaluate("document.activeElement.textContent.trim()")
    assert focused == "Skip to main content"
    await stage.page.keyboard.press("Enter")
    await stage.page.goto("/lewisham/requests/new")
    await stage.page.get_by_label("Case reference").focus()
    await stage.page.keyboard.type("LCS-1001")
    # Return in a field goes on, as it does everywhere; it must not add a child.
    await stage.page.keyboard.press("Enter")
    await stage.says("There is a problem")
    assert await stage.page.get_by_label("Case reference").input_value() == "LCS-1001"


class Effort:
    """What an officer does by keyboard: a field filled or a key pressed to choose, and each page that is loaded."""

    def __init__(self, stage: Stage) -> None:
        self.page = stage.page
        self.presses = 0
        self.loads = 0
        self.page.on("load", self._loaded)

    def _loaded(self, _: object) -> None:
        self.loads += 1

    async def type(self, label: str, text: str) -> None:
        """Go to a field and type into it."""
        await self.page.get_by_label(label, exact=True).first.focus()
        await self.page.keyboard.type(text)
        self.presses += 1

    async def key(self, focus: Locator, key: str = "Enter") -> None:
        """Go to a button, a link or a box and press one key."""
        await focus.focus()
        await self.page.keyboard.press(key)
        self.presses += 1


async def test_a_routine_case_takes_three_pages_and_at_most_25_fields_and_presses(stage: Stage) -> None:
    await stage.sign_in("Ada Officer", "/lewisham/worklist")
    await stage.says("No meeting is waiting")
    page, effort = stage.page, Effort(stage)
    await effort.key(page.get_by_role("link", name="Ask for a meeting"))
    await stage.says("What kind of meeting is it?")
    await effort.type("What kind of meeting is it?", "Strategy")
    await effort.key(page.get_by_label("In the ordinary way"), "Space")
    await effort.type("Case reference", "LCS-1001")
    await effort.type("Day the concern was recorded", "today")
    await effort.type("Time it was recorded", "9.15am")
    await effort.type("Name", "Keziah Fennimore")
    await effort.type("Date of birth", "4/5/2018")
    await effort.key(page.get_by_label("Physical or suspicious injury"), "Space")
    await page.locator("#p1-name").focus()
    await page.keyboard.type("Rosalind Fennimore")
    await page.keyboard.press("Tab")
    await page.keyboard.type("mother")
    effort.presses += 2
    await stage.says("9 agencies are asked")
    await page.keyboard.press("Enter")
    effort.presses += 1
    await stage.says("Check who is asked, and when")
    await effort.key(page.locator("input[name=slot]").first, "Space")
    await effort.key(page.get_by_role("button", name="Send 5 invitations"))
    await stage.says("The meeting is asked for")
    (meeting,) = await stage.house.rows("SELECT state FROM meetings")
    assert meeting["state"] == "confirmed"
    # The aim is at most 3 pages and 25 fields or presses.
    assert (effort.loads, effort.presses) == (3, 14)


# What is typed on each page of the journey one question at a time; a page without an entry is passed with Return.
ANSWERS = {
    "kind": ("#meeting_type", "Strategy"),
    "case": ("#case_ref", "LCS-1001"),
    "concern": ("#concern_day", "today"),
    "child-1": ("#c1-name", "Keziah Fennimore"),
}
LOOKED_AT = {"soon", "child-1", "people", "not-told"}


async def test_somebody_new_asks_one_question_at_a_time_by_keyboard(stage: Stage) -> None:
    await stage.sign_in("Ada Officer", "/lewisham/requests")
    page = stage.page
    await stage.holds()
    await stage.press("One question at a time")
    await stage.says("5 questions are still to be answered.")
    await stage.holds()
    await page.get_by_role("button", name="Start").focus()
    await page.keyboard.press("Enter")
    seen: list[str] = []
    while not seen or seen[-1] != "chair":
        last = seen[-1] if seen else "steps"
        await page.wait_for_function("last => !location.pathname.endsWith('/' + last)", arg=last)
        seen.append(page.url.rpartition("/")[2])
        if seen[-1] in LOOKED_AT:
            await stage.holds()
        if seen[-1] in ANSWERS:
            field, said = ANSWERS[seen[-1]]
            await page.locator(field).focus()
            await page.keyboard.type(said)
        if seen[-1] == "concern":
            await page.locator("#concern_time").fill("9.15am")
        if seen[-1] == "child-1":
            await page.locator("#c1-birth").fill("4/5/2018")
        if seen[-1] == "soon":
            await page.get_by_label("In the ordinary way").focus()
            await page.keyboard.press("Space")
        if seen[-1] == "happened":
            await page.get_by_label("Physical or suspicious injury").check()
        await page.get_by_role("button", name="Continue").last.focus()
        await page.keyboard.press("Enter")
    await stage.says("Check who is asked, and when")
    assert len(seen) == 15
    await page.get_by_role("link", name="Change chair").click()
    await stage.says("Who will chair?")
    await page.locator("#chair").fill("Ben Chair")
    await page.keyboard.press("Enter")
    await stage.says("Check who is asked, and when")
    await stage.says("Ben Chair")
    await stage.holds()


async def test_messages_short_notice_and_the_pages_about_the_service_hold(stage: Stage) -> None:
    owe_a_day(stage.house)
    await stage.sign_in("Ada Officer", "/lewisham/requests/new")
    await fill(stage)
    await stage.says("9 agencies are asked")
    await stage.page.get_by_role("button", name="Continue").last.click()
    await stage.says("Check who is asked, and when")
    await stage.page.get_by_label("A time that is agreed already, or another one").check()
    await stage.page.get_by_label("Day of your own time").fill("today")
    await stage.page.get_by_label("Its time").fill("11pm")
    await stage.press("See what each agency will get")
    await stage.says("These are the words that leave.")
    await stage.holds()
    await stage.press("Send 5 invitations")
    await stage.says("less notice than they are owed")
    await stage.holds()
    await stage.press("Send 5 invitations all the same")
    await stage.says("The meeting is asked for")
    for path in ("/cookies", "/accessibility"):
        await stage.page.goto(path)
        await stage.holds()


async def test_an_open_worklist_marks_what_changed_and_keeps_its_rows_in_place(stage: Stage) -> None:
    house = stage.house
    calm = await house.confirmed(house.clock.at + timedelta(days=3))
    await stage.sign_in("Ada Officer", "/lewisham/worklist?tab=coming")
    await stage.says(calm)
    link = stage.page.get_by_role("link", name=calm)
    await link.focus()
    async with stage.page.expect_response("**/worklist?tab=coming"):
        urgent = await house.confirmed(house.clock.at + timedelta(days=2))
        await house.call("POST", f"/api/v1/meetings/{calm}/answers", {"role": "school_nurse", "answer": "yes"})
    await stage.says("1 row has changed, 1 meeting is new here. Rows keep their place until you ask.")
    await stage.says("Coming (2)")
    assert "1 of" in await stage.page.locator(f"tr[data-row={calm}]").inner_text()
    assert urgent not in await stage.read()
    assert await link.evaluate("link => link === document.activeElement")
    await stage.holds()
    await stage.press("Show everything in order")
    await stage.says(urgent)
    await stage.holds()


async def test_a_page_warns_before_its_session_ends_and_one_press_keeps_it(stage: Stage) -> None:
    await stage.page.clock.install()
    await stage.sign_in("Ada Officer", "/account")
    await stage.says("If you open no page for 30 minutes")
    async with stage.page.expect_response("**/account"):
        await stage.page.clock.fast_forward("25:30")
    warning = stage.page.locator("#timeout-warning")
    assert not await warning.is_visible(), "another tab was used meanwhile"
    stage.house.clock.real += timedelta(minutes=25, seconds=30)
    await stage.page.clock.fast_forward("25:30")
    await stage.says("You will be signed out in 5 minutes.")
    await stage.holds()
    await stage.press("Stay signed in")
    await warning.wait_for(state="hidden")
    stage.house.clock.real += timedelta(minutes=29)
    await stage.page.reload()
    await stage.says("You are signed in as Ada Officer")


async def test_signing_out_and_the_back_button_show_nothing(stage: Stage) -> None:
    reference = await stage.house.confirmed()
    await stage.sign_in("Ada Officer", f"/lewisham/meetings/{reference}")
    await stage.press("Sign out")
    await stage.says("You have signed out")
    await stage.page.go_back()
    await stage.says("Who do you want to be?")
    assert reference not in await stage.read()
