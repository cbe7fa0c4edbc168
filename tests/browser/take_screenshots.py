"""Pictures of every page for a person to look at: `make screenshots` writes them to build/screenshots/."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser.stage import Stage
from tests.browser.test_every_state import window
from tests.browser.test_journeys import fill
from tests.handlers.every_page import furnish

INTO = Path("build/screenshots")
RECORD = (
    *("chair-sheet", "attendance", "sittings", "outcome", "actions", "written-information", "medical"),
    *("decisions", "minutes", "disagreements", "who-it-is-about", "readers", "replan", "stand-down"),
)


@pytest.mark.parametrize("kind", ["desktop", "phone"])
async def test_pictures(stage: Stage, kind: str) -> None:
    context = await stage.look(kind)
    # Playwright makes the folder with the first picture.
    house = stage.house

    async def picture(name: str) -> None:
        await stage.page.screenshot(path=INTO / f"{name}-{kind}.png", full_page=True)

    reference = await house.confirmed(house.clock.at + timedelta(hours=3))
    await house.planned(urgency="immediate")
    await stage.page.goto(await house.link(reference, start=house.clock.at + timedelta(hours=3)))
    await picture("answer")
    await stage.sign_in("Ada Officer", "/lewisham/worklist")
    await picture("worklist")
    for path, name in (
        (f"/lewisham/meetings/{reference}", "meeting"),
        (f"/lewisham/meetings/{reference}/cancel", "cancel"),
        (f"/lewisham/meetings/{reference}/short-notice", "short-notice"),
        ("/lewisham/contact-sheet", "contact-sheet"),
        ("/lewisham/requests", "requests"),
        ("/lewisham/reports/standard", "standard"),
        ("/account", "account"),
        ("/nothing", "not-found"),
        ("/lewisham/requests/new/steps", "request-questions"),
        ("/lewisham/requests/new/steps/child-1", "request-question"),
        ("/lewisham/requests/new", "request-form"),
    ):
        await stage.page.goto(path)
        await picture(name)
    await stage.page.get_by_role("button", name="Continue").last.click()
    await stage.says("There is a problem")
    await picture("request-errors")
    await fill(stage)
    await stage.page.get_by_role("button", name="Continue").last.click()
    await stage.says("Check who is asked, and when")
    await picture("request-check")
    await stage.page.get_by_label("Choose the time later").check()
    await stage.press("Send 5 invitations")
    await stage.says("The meeting is asked for")
    await picture("request-sent")
    house.clock.at += timedelta(hours=4)
    await stage.press("Sign out")
    await stage.sign_in("Ben Chair", f"/lewisham/meetings/{reference}")
    await picture("meeting-begun")
    for path in RECORD:
        await stage.page.goto(f"/lewisham/meetings/{reference}/{path}")
        await picture(path)
    await context.close()


def name_of(path: str, number: int) -> str:
    """A file's name for a page, from its route: "meetings-reference-attendance", with a number where it has several."""
    words = re.sub(r"[^a-z]+", "-", path.replace("{partnership}", "")).strip("-") or "start"
    return f"{words}-{number}" if number else words


@pytest.mark.timeout(900)
async def test_pictures_of_every_page_of_the_route_table(stage: Stage, chromium: Browser) -> None:
    addresses = await furnish(stage.house)
    page = await window(stage, chromium)
    for path, every in addresses.items():
        for number, address in enumerate(every[:6]):
            await page.goto(address)
            await page.screenshot(path=INTO / "every-page" / f"{name_of(path, number)}.png", full_page=True)
