"""A chair's day in a real Chromium, with and without scripts; every page is held to WCAG 2.2 AA."""

from __future__ import annotations

import re
from datetime import timedelta

from tests.browser.stage import Stage


async def record_who_came(stage: Stage) -> None:
    """The attendance screen, with a mistake in it first."""
    page = stage.page
    await stage.press("Record who came")
    await stage.says("Who came to meeting")
    await stage.holds()
    nurse = page.get_by_role("group", name="School nurse")
    await page.get_by_label("Who came instead, School nurse").select_option("manager")
    await nurse.get_by_label("Came", exact=True).check()
    police = page.get_by_role("group", name="Police child protection unit")
    await police.get_by_label("Someone came instead").check()
    await page.get_by_label("Name, job (sealed), Police child protection unit").fill("Sam Okri, detective")
    await stage.press("Save and confirm as chair")
    await stage.says("There is a problem")
    await stage.holds()
    await page.get_by_role("link", name="School nurse: Say who came instead").click()
    assert await page.get_by_label("Name, job (sealed), Police child protection unit").input_value()
    await page.get_by_label("Who came instead, School nurse").select_option("")
    await page.get_by_label("How it came, School nurse").select_option("teams")
    await stage.press("Save and confirm as chair")
    await stage.says("Who came is recorded and confirmed.")
    await stage.says("came, by Teams (confirmed by the chair)")
    assert "Sam Okri" not in await stage.read()


async def test_a_chair_records_and_confirms_who_came_straight_after_the_meeting(stage: Stage) -> None:
    reference = await stage.house.confirmed(stage.house.clock.at + timedelta(hours=1))
    stage.house.clock.at += timedelta(hours=2)
    await stage.sign_in("Ben Chair", f"/lewisham/meetings/{reference}")
    await record_who_came(stage)
    await stage.holds()
    # By keyboard alone: an arrow moves among the radios, and Return in a field saves and confirms nothing.
    await stage.press("Record who came")
    await stage.says("Recorded by Ben Chair")
    page = stage.page
    await page.get_by_role("group", name="School nurse").get_by_label("Came", exact=True).focus()
    await page.keyboard.press("ArrowRight")
    await page.get_by_label("Name, job (sealed), School nurse").focus()
    await page.keyboard.type("Asha Okoro, nurse")
    await page.keyboard.press("Enter")
    await stage.says("Who came is recorded. The chair confirms it.")
    await stage.says("someone came instead, named in sealed words, by Teams (not confirmed yet)")


async def test_a_chair_writes_down_what_it_came_to_with_an_action_and_the_medical(any_browser: Stage) -> None:
    stage, page = any_browser, any_browser.page
    reference = await stage.house.confirmed(stage.house.clock.at + timedelta(hours=1))
    stage.house.clock.at += timedelta(hours=2)
    await stage.sign_in("Ben Chair", f"/lewisham/meetings/{reference}")
    await stage.press("Record what it came to")
    await stage.says("What was decided?")
    await stage.holds()
    await page.get_by_label("Section 47 enquiry actually started (optional): day").fill("today")
    await stage.press("Save the outcome")
    await stage.says("Choose what was decided")
    await stage.holds()
    await page.get_by_label("A section 47 enquiry").check()
    await page.get_by_label("Section 47 enquiry actually started (optional): time").fill("11:05")
    await page.get_by_label("Yes, jointly").check()
    await stage.press("Save the outcome")
    await stage.says("What the meeting came to is recorded.")
    await stage.press("Actions")
    await stage.says("No action is written down yet.")
    await page.get_by_label("Which agency does it?").select_option("health_visitor")
    await page.get_by_label("What is to be done?").fill("Weigh the baby at home")
    await stage.press("Add this action")
    await stage.says("The action is written down.")
    await stage.holds()
    await page.get_by_role("button", name=re.compile("^Done.*action 1$")).click()
    await stage.says("The action is closed.")
    await page.goto(f"/lewisham/meetings/{reference}/medical")
    await page.get_by_label("No", exact=True).check()
    await stage.press("Save the decision")
    await stage.says("Choose why no medical is needed")
    await stage.holds()
    await page.goto(f"/lewisham/meetings/{reference}/written-information")
    await stage.holds()


async def test_an_agency_is_asked_no_more_and_the_meeting_says_so(stage: Stage) -> None:
    coming = await stage.house.confirmed()
    nurse = await stage.house.requirement(coming, "school_nurse")
    await stage.sign_in("Ben Chair", f"/lewisham/meetings/{coming}/places/{nurse}/stop")
    await stage.press("Stop it")
    await stage.says("Its shared inbox is told nothing any more.")
    await stage.holds()


async def test_a_chair_agrees_a_decision_and_plans_anew_after_seeing_the_difference(any_browser: Stage) -> None:
    stage, page = any_browser, any_browser.page
    reference = await stage.house.confirmed(stage.house.clock.at + timedelta(hours=1))
    await stage.sign_in("Ben Chair", f"/lewisham/meetings/{reference}")
    await stage.press("Plan it anew")
    await page.get_by_label("Domestic abuse", exact=True).check()
    await stage.press("Show what changes")
    await stage.says("Facts, circumstances: added domestic abuse.")
    await stage.holds()
    await page.get_by_role("button", name=re.compile("^Plan it anew")).click()
    await stage.says("The meeting is planned anew.")
    stage.house.clock.at += timedelta(hours=2)
    await page.goto(f"/lewisham/meetings/{reference}/decisions")
    await page.get_by_label("What the decision says").fill("An enquiry begins today.")
    await stage.press("Agree this decision")
    await stage.says("The decision is agreed.")
    await stage.holds()
    await page.get_by_label("Why do you read them?").fill("before the letter")
    await stage.press("Show the words")
    await stage.says("An enquiry begins today.")
    await stage.holds()
