"""The other offices' work in a real Chromium, each person finding the way from where sign-in leads, by links alone."""

from __future__ import annotations

from datetime import timedelta
from importlib.resources import files

from service.policies.load import load_pack
from service.workflow.links import agency_code
from service.workflow.policies_in_force import InForce
from tests.browser.stage import Stage


async def choose_file(stage: Stage, label: str, name: str, content: str) -> None:
    """Choose a file that lies on the reader's own machine."""
    file = {"name": name, "mimeType": "text/plain", "buffer": content.encode()}
    await stage.page.get_by_label(label).set_input_files(file)  # type: ignore[arg-type]


async def test_a_changed_policy_is_drafted_by_its_owner_and_published_by_somebody_else(stage: Stage) -> None:
    object.__setattr__(stage.house.services, "policies", InForce(stage.house.services.policies))
    await stage.house.confirmed()
    pack, version = (files("service.policies") / "lewisham.toml").read_text("utf-8"), load_pack("lewisham").version
    await stage.sign_in("Joe Owner")
    await stage.press("Policy")
    await stage.says("Policy of Lewisham")
    await choose_file(stage, "The pack, a TOML file", "lewisham.toml", "this is no pack")
    await stage.press("Keep as a draft")
    await stage.says("There is a problem")
    await stage.holds()
    changed = pack.replace(f'version = "{version}"', 'version = "99"')
    await choose_file(stage, "The pack, a TOML file", "lewisham.toml", changed)
    await stage.page.get_by_label("What did you change, and why?").fill("The edition of January")
    await stage.press("Keep as a draft")
    await stage.says("Somebody else must publish it.")
    await stage.press("What it would have changed")
    await stage.says("Meetings looked at")
    await stage.press("Sign out")
    await stage.sign_in("Kit Manager")
    await stage.press("Policy")
    await stage.page.get_by_role("button", name="Publish").click()
    await stage.says("The draft is published.")
    assert stage.house.services.policies["lewisham"].version == "99"


async def test_a_nurse_comes_by_the_door_on_a_phone_and_says_yes_in_seven_presses(stage: Stage) -> None:
    await stage.look("phone")
    house, page = stage.house, stage.page
    reference = await house.confirmed(house.clock.at + timedelta(days=1))
    place = await house.requirement(reference, "school_nurse")
    await page.goto("/door")
    await page.get_by_label("Reference of the meeting").focus()
    await page.keyboard.type(reference.lower())
    await page.keyboard.press("Tab")
    await page.keyboard.type("AAAA-AAAA")
    await page.keyboard.press("Enter")
    await stage.says("There is a problem")
    await stage.holds()
    await page.get_by_label("Your agency code").focus()
    await page.keyboard.type(agency_code(house.services.links, place).lower())
    await page.keyboard.press("Enter")
    await stage.says("Will school nurse desk be there?")
    await page.get_by_label("Yes", exact=True).focus()
    await page.keyboard.press("Space")
    await stage.press("Send this answer")
    await stage.says("Your answer is recorded")
    (answer,) = await house.rows("SELECT answer FROM answers")
    assert answer["answer"] == "yes"


async def test_what_was_typed_when_the_session_ended_is_there_after_sign_in_and_sent_with_one_press(
    stage: Stage,
) -> None:
    reference = await stage.house.confirmed(stage.house.clock.at + timedelta(hours=1))
    await stage.sign_in("Ben Chair", f"/lewisham/meetings/{reference}/go-on")
    await stage.page.get_by_label("Why, in a sentence").fill("Police joined by phone before.")
    stage.house.clock.real += timedelta(minutes=31)
    await stage.press("Save")
    await stage.says("nothing has been changed")
    await stage.holds()
    # Microsoft's clock is the real one, and its answer must be fresh.
    stage.house.clock.real -= timedelta(minutes=31)
    await stage.press("Sign in")
    await stage.page.get_by_role("button", name="Ben Chair").click()
    await stage.says("What you typed is still here")
    await stage.says("Police joined by phone before.")
    await stage.holds()
    await stage.page.get_by_role("main").get_by_role("button").first.click()
    await stage.says("Police joined by phone before. (Ben Chair)")
