"""The six journeys by which the pages are judged, each played whole: without a script, enlarged to 400 %, on a phone.

What a desk sees on its screen, axe and the keyboard have looked at elsewhere; here nobody may get stuck.
"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from service.clock import real_now
from service.domain.bundle_check import check as check_bundle
from service.workflow.disclosing import Asker, open_for_agency
from tests.browser.stage import TOO_WIDE, Stage
from tests.browser.test_journeys import fill
from tests.browser.test_offices_journey import choose_file
from tests.handlers.house import House
from tests.handlers.test_operations_page import HEADER, row
from tests.handlers.test_page_attendance import there_by_teams


async def seen(stage: Stage, words: str) -> None:
    """Wait for the page that says this; it has one heading and, where a script can measure it, fits the screen."""
    await stage.says(words)
    assert await stage.page.locator("h1").count() == 1
    if stage.scripted:
        assert await stage.page.evaluate(TOO_WIDE) <= 0, f"too wide: {stage.page.url}"


async def press(stage: Stage, name: str, about: str = "") -> None:
    """Press the button or follow the link that begins with these words, inside the page's own part."""
    main, begins = stage.page.get_by_role("main"), re.compile(f"^{re.escape(name)}.*{re.escape(about)}")
    await main.get_by_role("button", name=begins).or_(main.get_by_role("link", name=begins)).first.click()


async def meet(stage: Stage, name: str, to: str = "/") -> None:
    """Another person comes to a browser that knows nobody yet."""
    assert stage.context is not None
    await stage.context.clear_cookies()
    # Microsoft's clock is the real one, and what it says of who somebody is must be fresh.
    stage.house.clock.real = real_now()
    await stage.sign_in(name, to)


async def an_officer(stage: Stage) -> str:
    """Asks for a meeting, moves it, has one agency more and one fewer asked; returns its reference."""
    page = stage.page
    await meet(stage, "Ada Officer", "/lewisham/worklist")
    await press(stage, "Ask for a meeting")
    await seen(stage, "What kind of meeting is it?")
    await fill(stage)
    await page.get_by_role("button", name="Continue").last.click()
    await seen(stage, "Check who is asked, and when")
    await page.get_by_label("A time that is agreed already, or another one").check()
    await page.get_by_label("Day of your own time").fill("1/12/2026")
    await page.get_by_label("Its time").fill("2pm")
    await press(stage, "Send 5 invitations")
    await seen(stage, "The meeting is asked for")
    await press(stage, "Go to the meeting")
    await seen(stage, "What has happened")
    reference = page.url.rpartition("/")[2]
    await press(stage, "Move the meeting")
    await seen(stage, "Another time")
    await page.get_by_label("Day", exact=True).fill("1/12/2026")
    await page.get_by_label("Start", exact=True).fill("1530")
    await page.get_by_role("button", name="Move").last.click()
    await seen(stage, "3:30pm")
    await press(stage, "Need not come", "School nurse")
    await seen(stage, "Why need it not come?")
    await press(stage, "Ask it no longer to come")
    await seen(stage, "Choose why it need not come")
    await page.get_by_role("radio").first.check()
    await press(stage, "Ask it no longer to come")
    await seen(stage, "no longer asked")
    return reference


async def the_same_officer_afterwards(stage: Stage, reference: str) -> None:
    """Records who came at the meeting that was asked for, and calls another one off."""
    page, house = stage.page, stage.house
    await meet(stage, "Ada Officer", f"/lewisham/meetings/{reference}")
    await press(stage, "Record who came")
    await seen(stage, f"Who came to meeting {reference}")
    await page.get_by_role("group", name="Police child protection unit").get_by_label("Came", exact=True).check()
    await press(stage, "Save who came")
    await seen(stage, "Who came is recorded. The chair confirms it.")
    other = await house.confirmed(house.clock.at + timedelta(days=2))
    await page.goto(f"/lewisham/meetings/{other}")
    await press(stage, "Cancel the meeting")
    await seen(stage, "Why is it cancelled?")
    await page.get_by_label("The facts became clear and no meeting is needed").check()
    await press(stage, "Cancel the meeting and tell 5")
    await seen(stage, "The meeting is cancelled.")


async def a_duty_desk(stage: Stage, reference: str) -> None:
    """Answers from the link of its message, without an account: first forgets the deputy's name."""
    page, start = stage.page, stage.house.clock.at + timedelta(days=1)
    await page.goto(await stage.house.link(reference, "police_child_protection", start=start))
    await seen(stage, "be there?")
    await page.get_by_label("Someone comes instead").check()
    await press(stage, "Send this answer")
    await seen(stage, "Enter the name of whoever comes instead")
    await page.get_by_label("Their name").fill("Sam Okri")
    await page.get_by_label("Their job").fill("detective")
    await press(stage, "Send this answer")
    await seen(stage, "Your answer is recorded: someone comes instead.")
    await stage.says("To change the answer")


async def a_chair(stage: Stage) -> str:
    """Says why notice is short and why it goes on, then confirms what Teams proposes; returns the reference."""
    page, house = stage.page, stage.house
    reference = await house.confirmed(house.clock.at + timedelta(hours=1))
    await meet(stage, "Ben Chair", f"/lewisham/meetings/{reference}")
    await press(stage, "Say why notice is short")
    await seen(stage, "Which reason fits best?")
    await page.locator("input[name=code]").first.check()
    await page.get_by_label("Why, in a sentence").fill("The child is in hospital tonight.")
    await press(stage, "Save")
    await seen(stage, "Why notice is short is recorded.")
    await press(stage, "Say why it goes on without everyone")
    await seen(stage, "A strategy meeting may always go on")
    await page.get_by_label("Why, in a sentence").fill("Police joined by phone before.")
    await press(stage, "Save")
    await seen(stage, "Police joined by phone before. (Ben Chair)")
    house.clock.at += timedelta(hours=2)
    await there_by_teams(house, reference, "school_nurse")
    await page.goto(f"/lewisham/meetings/{reference}/attendance")
    await seen(stage, "Teams says somebody from this address was there 42 minutes; confirm it.")
    came = page.get_by_role("group", name="School nurse").get_by_label("Came", exact=True)
    assert not await came.is_checked(), "nobody has said so yet"
    await press(stage, "Tick what is proposed")
    await seen(stage, "Ticked from what was proposed; not saved yet.")
    assert await came.is_checked()
    await press(stage, "Save and confirm as chair")
    await seen(stage, "Who came is recorded and confirmed.")
    return reference


async def an_administrator(stage: Stage) -> None:
    """Imports a directory with a mistake in it, mends it, and has a letter that could not be sent tried again."""
    page = stage.page
    await meet(stage, "Ivy Administrator", "/lewisham/directory")
    await press(stage, "Import a file")
    await seen(stage, "What the file must hold")
    await choose_file(stage, "CSV file", "inboxes.csv", f"{HEADER}\n{row('not an address')}\n")
    await press(stage, "Check the file")
    await seen(stage, "Nothing was imported")
    await stage.says("row 2")
    await choose_file(stage, "CSV file", "inboxes.csv", f"{HEADER}\n{row('camhs@lewisham.example')}\n")
    await press(stage, "Check the file")
    await seen(stage, "What the file would change")
    await press(stage, "Import 1 change")
    await seen(stage, "The directory is as the file says.")
    await page.goto("/lewisham/operations")
    await seen(stage, "What could not be sent")


async def an_analyst(stage: Stage, reference: str) -> None:
    """From the standard to its CSV, and on to a dip sample with a verdict, a month later."""
    page, house = stage.page, stage.house
    house.clock.at += timedelta(days=40)
    await meet(stage, "Gwen Analyst")
    await page.wait_for_url("**/reports/standard**")
    await page.goto("/lewisham/reports/standard?from=2026-11-01&to=2026-12-31")
    await seen(stage, "The standard in Lewisham")
    async with page.expect_download() as saved:
        await press(stage, "These figures as CSV")
    assert "agency" in (await (await saved.value).path()).read_text("utf-8-sig").lower()
    await press(stage, "Dip samples")
    await seen(stage, "Only months that are over")
    await press(stage, "Draw and keep the sample")
    await seen(stage, "There is a problem")
    await page.get_by_label("From the month").select_option("2026-11")
    await page.get_by_label("To the month").select_option("2026-12")
    await page.get_by_label("How many meetings").fill("20")
    await page.get_by_label("Seed").fill("the board of January")
    await press(stage, "Draw and keep the sample")
    await seen(stage, "Reviewer: not looked at")
    await press(stage, reference)
    await seen(stage, "Read the case record first")
    questions = page.get_by_role("main").get_by_role("group")
    for number in range(await questions.count()):
        await questions.nth(number).get_by_role("radio").first.check()
    await press(stage, "Keep the verdicts")
    await stage.page.wait_for_url("**?done=kept*")
    assert await house.count("dip_verdicts") == 4


async def an_auditor(stage: Stage, reference: str) -> None:
    """Finds who opened an identity, and takes the evidence of that meeting."""
    page = stage.page
    await meet(stage, "Hari Auditor", "/lewisham/openings")
    await page.get_by_label("Reference of a meeting").fill("CV-9999-9999")
    await press(stage, "Show")
    await seen(stage, "There is a problem")
    await page.get_by_label("Reference of a meeting").fill(reference)
    await page.get_by_label("First day").fill("30/11/2026")
    await press(stage, "Show")
    await seen(stage, "called back on the directory")
    await page.get_by_role("link", name=reference).first.click()
    await seen(stage, "What has happened")
    assert "Cancel the meeting" not in await stage.read(), "an auditor looks and changes nothing"
    await press(stage, "Evidence: the whole record as one file")
    await seen(stage, "Nobody has taken it yet.")
    async with page.expect_download() as saved:
        await press(stage, "Save the evidence as a file")
    found = check_bundle((await (await saved.value).path()).read_bytes())
    assert found.holds
    await page.reload()
    await seen(stage, found.sha256)


async def opened_by_phone(house: House, reference: str) -> None:
    """An agency that was called back was told who it is about."""
    asker = Asker("Amara Okafor", "health_practitioner", "called back")
    await open_for_agency(house.services, "lewisham", reference, asker, actor="api:eclipse")


@pytest.mark.parametrize("look", ["no script", "zoomed", "phone"])
async def test_all_six_are_played_to_their_end(stage: Stage, look: str) -> None:
    context = await stage.look(look)
    asked_for = await an_officer(stage)
    await a_duty_desk(stage, asked_for)
    chaired = await a_chair(stage)
    await opened_by_phone(stage.house, chaired)
    stage.house.clock.at += timedelta(days=1, hours=4)
    await the_same_officer_afterwards(stage, asked_for)
    await an_administrator(stage)
    await an_analyst(stage, chaired)
    await an_auditor(stage, chaired)
    foreign = [each for each in stage.asked if not each.startswith((stage.url, "data:", stage._entra))]
    assert not foreign
    await context.close()
