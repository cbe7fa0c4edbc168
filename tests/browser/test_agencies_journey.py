"""One agency more and one fewer in a real Chromium, with and without scripts: before the meeting and while it sits."""

from __future__ import annotations

from datetime import timedelta

from tests.browser.stage import Stage


async def test_an_officer_adds_an_agency_is_told_what_it_lacks_and_lets_it_off_again(any_browser: Stage) -> None:
    stage, page = any_browser, any_browser.page
    reference = await stage.house.confirmed()
    await stage.sign_in("Ada Officer", f"/lewisham/meetings/{reference}")
    await stage.press("Add an agency")
    await stage.says("It is asked to the time the others know.")
    await stage.press("Ask this agency")
    await stage.says("There is a problem")
    await page.get_by_role("link", name="Choose an agency").click()
    assert page.url.endswith("#role"), "the summary leads to the field"
    # What is typed in part is still there when the rest is missing.
    await page.get_by_label("Which agency?").select_option("camhs")
    await stage.press("Ask this agency")
    await stage.says("Choose why it is asked")
    assert await page.get_by_label("Which agency?").input_value() == "camhs"
    await page.get_by_label("It works with the family").check()
    await stage.press("Ask this agency")
    await stage.says("The directory has no inbox for it")
    await stage.holds()
    card = page.locator(".govuk-summary-card").filter(has_text="mental health")
    assert "works with the family" in await card.inner_text(), "the meeting says why it is asked"
    # Back to the form that was sent, and sent again: it is asked once.
    await page.goto(f"/lewisham/meetings/{reference}/add-agency")
    assert "camhs" not in await page.get_by_label("Which agency?").inner_html(), "it is asked already"
    await page.goto(f"/lewisham/meetings/{reference}")
    await card.get_by_role("link", name="Need not come").click()
    await stage.says("Why need it not come?")
    await stage.press("Ask it no longer to come")
    await stage.says("Choose why it need not come")
    await page.get_by_role("radio").first.check()
    await stage.press("Ask it no longer to come")
    await stage.says("This agency is no longer asked to come.")


async def test_while_a_meeting_sits_an_agency_is_phoned_brought_in_and_taken_out(any_browser: Stage) -> None:
    stage, page = any_browser, any_browser.page
    reference = await stage.house.confirmed(stage.house.clock.at + timedelta(hours=1))
    stage.house.clock.at += timedelta(hours=1, minutes=10)
    await stage.sign_in("Ben Chair", f"/lewisham/meetings/{reference}")
    await stage.press("Add an agency now, by phone first")
    await stage.says("You phone it first.")
    await page.get_by_label("Which agency?").select_option("camhs")
    await page.get_by_role("radio").first.check()
    await stage.press("Whom to phone")
    await stage.says("Say nothing of the child before the right person is on the phone.")
    await stage.holds()
    await page.get_by_label("the right person was reached and is on the line").check()
    await stage.press("Keep this call")
    await stage.says("Enter who was reached")
    await page.get_by_label("Who was reached?").fill("Asha Okoro")
    await stage.press("Keep this call")
    await stage.says("This agency was brought in.")
    assert "Asha" not in await stage.read(), "who was reached is sealed"
    card = page.locator(".govuk-summary-card").filter(has_text="mental health")
    await card.get_by_role("link", name="Take it out now").click()
    await stage.says("A task tells the chair to let nobody of it in.")
    await stage.press("Take it out now")
    await stage.says("Choose why it is taken out")
    await page.get_by_role("radio").first.check()
    await stage.press("Take it out now")
    await stage.says("This agency is out of the meeting.")
    await stage.holds()
    (place,) = await stage.house.rows("SELECT state FROM requirements WHERE role = 'camhs'")
    assert place["state"] == "withdrawn"
