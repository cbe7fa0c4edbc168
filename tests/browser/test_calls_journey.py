"""A discussion about immediate risk, on a phone: whom to call, one press for each mark, and what follows."""

from __future__ import annotations

from tests.browser.stage import Stage


async def phoned(stage: Stage) -> str:
    reference = await stage.house.planned(urgency="immediate")
    await stage.sign_in("Ada Officer", f"/lewisham/meetings/{reference}/calls")
    await stage.says(f"Phone the agencies of {reference}")
    await stage.holds()
    return reference


async def mark(stage: Stage, agency: str, outcome: str, spoke_to: str = "") -> None:
    card = stage.page.get_by_role("listitem").filter(has_text=agency)
    if spoke_to:
        await card.get_by_label("Who you spoke to (optional)").fill(spoke_to)
    await card.get_by_role("button", name=outcome).click()
    await stage.says("The call is marked.")


async def test_a_duty_worker_calls_marks_and_plans_what_follows_on_a_phone(stage: Stage) -> None:
    await stage.look("phone")
    reference = await phoned(stage)
    assert await stage.page.locator('a[href="tel:02079460101"]').count() > 0
    await mark(stage, "School nurse", "No answer")
    await stage.page.wait_for_url(f"**/{reference}/calls?done=marked#place-*")
    await mark(stage, "Police child protection unit", "Joined", "Sgt Dana Whitlock")
    await stage.says("The discussion has begun by phone.")
    await stage.holds()
    assert "Whitlock" not in await stage.read()
    button = stage.page.get_by_role("button", name="Joined").first
    box = await button.bounding_box()
    assert box is not None
    assert box["height"] >= 44, "a thumb finds it"
    await stage.press("Plan the follow-up strategy meeting")
    await stage.says("The best starts")
    await stage.holds()


async def test_without_a_script_the_page_says_it_could_not_be_held(any_browser: Stage) -> None:
    stage = any_browser
    reference = await phoned(stage)
    await mark(stage, "Police child protection unit", "No answer")
    await stage.page.goto(f"/lewisham/meetings/{reference}")
    await stage.press("It could not be held today")
    await stage.says("Who decided?")
    await stage.holds()
    await stage.press("Save, and keep the meeting open")
    await stage.says("There is a problem")
    await stage.holds()
    await stage.page.get_by_label("could not be reached").check()
    await stage.page.get_by_label("Team manager").check()
    await stage.page.get_by_label("What protects the child").fill("The child stays on the ward tonight.")
    await stage.press("Save, and keep the meeting open")
    await stage.says("It tops tomorrow's list.")
    await stage.holds()
    await stage.page.goto("/lewisham/handover")
    await stage.says(reference)
    await stage.holds()
    await stage.press("Mark as handed over by me")
    await stage.says("The night is handed over.")
    await stage.holds()
