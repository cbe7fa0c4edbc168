"""Every page of the route table in a real Chromium: WCAG 2.2 AA by axe and by size, 400 % zoom, keyboard, no script."""

from __future__ import annotations

import asyncio
from itertools import chain

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, ViewportSize

from tests.browser.stage import LOOKED_AT, RULES, TOO_SMALL, TOO_WIDE, Stage
from tests.handlers.every_page import furnish, page_paths

# 1280 pixels at 400 %: how WCAG 1.4.10 says reflow is looked at.
_ZOOMED, _DESK = ViewportSize(width=320, height=256), ViewportSize(width=1280, height=900)
# A link that nobody made says so kindly, with its status.
_STATUS = {"/r/nothing": 404}
# Each thing that can be pressed or typed into: reached by Tab in the page's own order, and seen to have the focus.
_KEYBOARD = """() => {
  const wanted = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]';
  const look = (e) => { const s = getComputedStyle(e);
    return [s.outlineStyle, s.outlineColor, s.outlineWidth, s.boxShadow, s.backgroundColor, s.color].join() };
  const around = (e) => [e, e.nextElementSibling].filter(Boolean).map((each) =>
    look(each) + getComputedStyle(each, '::before').boxShadow + getComputedStyle(each, '::before').outlineWidth).join();
  const wrong = [];
  for (const e of document.querySelectorAll(wanted)) {
    if (e.disabled || !e.checkVisibility() || e.tabIndex === -1) continue;
    const name = e.outerHTML.slice(0, 120);
    if (e.tabIndex > 0) wrong.push('has an order of its own: ' + name);
    document.activeElement.blur();
    const before = around(e);
    e.focus({ focusVisible: true, preventScroll: true });
    if (document.activeElement !== e) wrong.push('takes no focus: ' + name);
    else if (around(e) === before) wrong.push('does not show its focus: ' + name);
  }
  document.activeElement.blur();
  return wrong;
}"""


async def window(stage: Stage, browser: Browser, *, scripted: bool = True) -> tuple[Page, list[str]]:
    """A window with the house's sessions, staff's and an agency desk's, and what its pages complain of.

    That is also what a look at a page does not show: a script that breaks, whatever the content policy has refused,
    and anything asked of another host.
    """
    context = await browser.new_context(
        base_url=stage.url, viewport=_DESK, locale="en-GB", java_script_enabled=scripted
    )
    held = [(cookie.key, cookie.value) for cookie in stage.house.client.session.cookie_jar]
    await context.add_cookies([{"name": name, "value": value, "url": stage.url} for name, value in held])
    page, said = await context.new_page(), list[str]()
    page.set_default_timeout(60_000)
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith((stage.url, "data:")) else said.append(asked.url))
    return page, said


async def held_against(page: Page, address: str) -> list[str]:
    """What is wrong with a page: by keyboard, by axe's rules, at 400 %."""
    answer = await page.goto(address)
    assert answer is not None
    wrong: list[str] = await page.evaluate(_KEYBOARD)
    if answer.status != _STATUS.get(address, 200):
        wrong.append(f"answers {answer.status}")
    found = await Axe().run(page, context=LOOKED_AT, options=RULES)
    wrong += [f"{each['id']}: {each['nodes'][0]['html']}" for each in found.response["violations"]]
    wrong += await page.evaluate(TOO_SMALL)
    await page.set_viewport_size(_ZOOMED)
    if (wide := await page.evaluate(TOO_WIDE)) > 0:
        wrong.append(f"{wide} pixels too wide at 400 %")
    wrong += [f"at 400 %: {each}" for each in await page.evaluate(TOO_SMALL)]
    await page.set_viewport_size(_DESK)
    return wrong


async def walk(stage: Stage, browser: Browser, left: list[tuple[str, str]]) -> list[str]:
    """Take one address after another from those that are left, until none is; returns what is wrong."""
    page, said = await window(stage, browser)
    plain, said_plain = await window(stage, browser, scripted=False)
    wrong: list[str] = []
    while left:
        path, address = left.pop()
        wrong += [f"{path}: {each}" for each in await held_against(page, address)]
        await plain.goto(address)
        if await plain.locator("h1").all_inner_texts() != await page.locator("h1").all_inner_texts():
            wrong.append(f"{path}: not the same page without a script")
        wrong += [f"{path}: {each}" for each in (*said, *said_plain) if address not in _STATUS]
        said.clear()
        said_plain.clear()
    return wrong


@pytest.mark.timeout(400)
async def test_every_page_holds_at_400_percent_by_keyboard_and_without_a_script(
    stage: Stage, chromium: Browser
) -> None:
    addresses = await furnish(stage.house)
    assert set(addresses) == page_paths(), "every page of the route table is walked"
    # Of a request's many questions, which are pieces of the one form, every fourth.
    left = [(path, each) for path, every in addresses.items() for each in every[:: 4 if len(every) > 8 else 1]]
    # Three windows side by side: while one is drawn, another is asked for.
    wrong = list(chain(*await asyncio.gather(*(walk(stage, chromium, left) for _ in range(3)))))
    assert wrong == [], "\n".join(wrong)


_SMALL = "<button style='height:16px;padding:0'>x</button>"
_SIZES = {
    "two links that touch": ("<p><a href='a'>a</a> <a href='b'>b</a></p>", 2),
    "a small button beside a large one": (f"{_SMALL}<button style='height:50px'>Send it now</button>", 1),
    "links one under the other": ("<ul style='line-height:25px'><li><a href='a'>a</a><li><a href='b'>b</a></ul>", 0),
    "links in a sentence": ("<p>Read <a href='a'>a</a> or <a href='b'>b</a>.</p>", 0),
    "a small button alone": (_SMALL, 0),
    "a small box with its label": (f"<label>Yes, they will come <input type='checkbox'></label> {_SMALL}", 0),
}


async def test_a_target_that_is_too_small_is_noticed_and_what_may_be_small_is_not(chromium: Browser) -> None:
    page = await chromium.new_page()
    found = {}
    for what, (body, _) in _SIZES.items():
        await page.set_content(f"<!DOCTYPE html><main>{body}</main>")
        found[what] = len(await page.evaluate(TOO_SMALL))
    assert found == {what: number for what, (_, number) in _SIZES.items()}
