"""The browser's Back out of a request, and the parts of a page that follow by themselves where scripts run."""

from __future__ import annotations

from service.store.changes import directory_imports
from service.store.ids import new_id
from tests.browser.stage import Stage


async def test_back_from_a_draft_to_the_page_it_began_on_leads_on_to_that_draft(any_browser: Stage) -> None:
    stage, page = any_browser, any_browser.page
    await stage.sign_in("Ada Officer", "/lewisham/requests/new/steps/kind")
    await page.get_by_label("What kind of meeting is it?").select_option("strategy")
    await page.get_by_role("button", name="Continue").last.click()
    await stage.says("How soon must it be?")
    draft = page.url.removesuffix("/soon")
    await page.go_back()
    await stage.says("You have begun a request and not sent it.")
    await stage.press("Go on with the request you have begun")
    await stage.says("4 questions are still to be answered.")
    assert page.url == draft
    await stage.holds()
    assert await stage.house.count("drafts") == 1


async def test_who_must_come_follows_each_question_while_it_is_answered(stage: Stage) -> None:
    page = stage.page
    await stage.sign_in("Ada Officer", "/lewisham/requests/new/steps/kind")
    await stage.says("Choose what kind of meeting it is")
    await page.get_by_label("What kind of meeting is it?").select_option("strategy")
    # A child has to be named or born before anybody can say who must come; which kind it is, is known by now.
    await page.locator("#who-comes").get_by_text("Choose what kind of meeting it is").wait_for(state="hidden")
    await page.get_by_role("button", name="Continue").last.click()
    await stage.says("How soon must it be?")
    here = page.url.removesuffix("/soon")
    await page.goto(f"{here}/child-1")
    await page.locator("#c1-birth").fill("4/5/2018")
    await stage.says("agencies are asked")
    await page.locator("#c1-name").fill("Keziah Fennimore")
    await page.goto(f"{here}/happened")
    # What was typed and not sent is not kept.
    await stage.says("To see who must come")
    await page.goto(f"{here}/child-1")
    assert await page.locator("#c1-name").input_value() == ""


async def test_the_page_of_a_long_import_counts_on_by_itself_and_says_when_all_is_done(stage: Stage) -> None:
    house, wanted = stage.house, new_id(stage.house.clock.at)
    asked = {"added": 25, "changed": 0, "unchanged": 0, "asked_by": "staff:a", "asked_at": house.clock.at}
    async with house.engine.begin() as conn:
        await directory_imports.ask(conn, "lewisham", {"id": wanted, **asked})
        await directory_imports.note(conn, "lewisham", wanted, 3, 40, house.clock.real)
    await stage.sign_in("Ivy Administrator", f"/lewisham/directory/imports/{wanted}")
    await stage.says("So far 3 of 40 places are looked at.")
    await stage.page.get_by_role("button", name="Check again").focus()
    async with house.engine.begin() as conn:
        await directory_imports.note(conn, "lewisham", wanted, 17, 40, house.clock.real)
    await stage.says("So far 17 of 40 places are looked at.")
    async with house.engine.begin() as conn:
        await directory_imports.end(conn, "lewisham", wanted, 40, 40, house.clock.at)
    await stage.says("All is done.")
    assert await stage.page.evaluate("document.activeElement.textContent.trim()") == "See what was done", "still there"
    await stage.press("See what was done")
    await stage.says("All is done: 40 places looked at.")
