"""Every page's other states: by the Tab key alone; each form sent back with its errors; empty lists, and long ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.async_api import Browser, Page

from service.store import tables
from service.store.ids import new_id
from tests.browser.stage import RULES, TOO_WIDE, Stage
from tests.handlers.every_page import EVERY_ROLE, furnish, page_paths
from tests.handlers.house import House
from tests.handlers.test_any_form_any_text import PASTED, template_of

# What Tab should stop at, in the order of the page, against what it did stop at and how that looked.
_STOPS = """() => {
  const wanted = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]';
  const radios = new Set();
  const stops = [...document.querySelector('main').querySelectorAll(wanted)].filter((e) => {
    if (e.disabled || e.tabIndex === -1 || !e.checkVisibility({ visibilityProperty: true })) return false;
    if (e.type !== 'radio') return true;
    const group = [...document.getElementsByName(e.name)].filter((one) => one.form === e.form);
    if (group.some((one) => one.checked)) return e.checked;
    const key = `${e.name} ${e.form && e.form.action}`;
    return !radios.has(key) && Boolean(radios.add(key));
  });
  const seen = [];
  document.addEventListener('focusin', ({ target }) => {
    const next = target.nextElementSibling;
    const mark = next && getComputedStyle(next, '::before');
    const look = getComputedStyle(target);
    const shown = look.outlineStyle !== 'none' || look.boxShadow !== 'none' || (mark && mark.boxShadow !== 'none')
      || (mark && mark.outlineStyle !== 'none');
    seen.push([target, target.matches(':focus-visible') && Boolean(shown)]);
  });
  window.stops = stops;
  window.seen = seen;
  return [stops.length, [...new Set(stops.map((e) => `${e.tagName} ${e.className} ${e.type}`))].sort().join()];
}"""
_COMPARE = """() => {
  const name = (e) => (e ? e.outerHTML.slice(0, 110) : 'nothing');
  const wrong = [];
  const { stops, seen } = window;
  for (let at = 0; at < stops.length; at += 1) {
    const [stop, shown] = seen[at] || [];
    // What keeps itself fresh may have put the same link anew.
    if (stop !== stops[at] && name(stop) !== name(stops[at])) {
      wrong.push(`Tab ${at + 1}: not ${name(stops[at])} but ${name(stop)}`);
      break;
    }
    if (!shown) wrong.push(`no focus is seen at ${name(stop)}`);
  }
  return wrong;
}"""
_FORMS = """() => [...document.querySelectorAll('form')].map((form) => ({
  action: new URL(form.action).pathname,
  method: form.method,
  kind: form.enctype,
  hidden: [...form.elements].filter((e) => e.type === 'hidden').map((e) => [e.name, e.value]),
  typed: [...form.elements].filter((e) => e.matches('textarea, input[type=text]')).map((e) => e.name),
  asked: [...new Set([...form.elements].filter((e) => e.name && !['hidden', 'submit'].includes(e.type))
    .map((e) => e.name))],
}))"""
_SEND = """({ action, method, kind, fields }) => {
  const form = document.createElement('form');
  Object.assign(form, { method, action, enctype: kind });
  for (const [name, value] of fields) {
    const field = document.createElement('textarea');
    Object.assign(field, { name, value });
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}"""
# What opens to nobody any more once it was pressed, or is tried where it can be.
_LEFT_OUT = {"POST /sign-out", "POST /desk/end", "POST /{partnership}/requests/who"}
# What is sent to find out what a form says of mistakes: nothing, what somebody pasted, and what is not to be chosen.
_MISTAKES = {"empty": (False, ""), "pasted": (False, PASTED * 3), "made up": (True, "made up")}
# Forms that can be sent with no mistake: a review may be left open, and a call's outcome is the button that is pressed.
_NO_MISTAKE = {
    "POST /{partnership}/reports/dip-samples/{seal}/{reference}",
    "POST /{partnership}/meetings/{reference}/calls",
}
# Lists that are empty in a partnership's first hour.
_EMPTY = (
    *("worklist", "worklist?tab=today", "worklist?tab=coming", "worklist?tab=to-record", "worklist?tab=done"),
    *("requests", "handover", "drift", "clashes", "rota", "contact-sheet", "openings", "operations", "policy"),
    *(
        "reports",
        "reports/standard",
        "reports/dip-samples",
        "reports/caseload",
        "reports/stale-contacts",
        "directory/desks",
    ),
)


async def window(stage: Stage, browser: Browser) -> Page:
    """A desk's window with the house's sessions."""
    context = await browser.new_context(base_url=stage.url, viewport={"width": 1280, "height": 900}, locale="en-GB")
    held = [(cookie.key, cookie.value) for cookie in stage.house.client.session.cookie_jar]
    await context.add_cookies([{"name": name, "value": value, "url": stage.url} for name, value in held])
    # Read by the browser once, and not sent to it for every page.
    await context.add_init_script(path=AXE_FILE_PATH)
    page = await context.new_page()
    page.set_default_timeout(60_000)
    return page


async def axe(page: Page, looks: set[str]) -> list[str]:
    """What axe holds against the whole page, no row left out; colours, which a class decides, once for each look."""
    look: str = await page.evaluate("[...new Set([...document.querySelectorAll('*')].map((e) => e.className))].join()")
    rules = RULES if look not in looks else {**RULES, "rules": {"color-contrast": {"enabled": False}}}
    looks.add(look)
    found = await page.evaluate("(rules) => axe.run(rules).then((found) => found.violations)", rules)
    wrong = [f"{each['id']}: {each['nodes'][0]['html'][:150]}" for each in found]
    wide = await page.evaluate(TOO_WIDE)
    return [*wrong, *([f"{wide} pixels too wide"] if wide > 0 else [])]


async def by_tab(page: Page, shapes: set[str]) -> list[str]:
    """Press Tab through the page: the skip link first, then each stop of its own part in order, none a trap, each seen.

    Every stop is pressed through, up to the last. Pages whose stops are of the same kinds are made of the same pieces,
    and walked once.
    """
    stops, shape = await page.evaluate(_STOPS)
    if shape in shapes:
        return []
    shapes.add(shape)
    await page.keyboard.press("Tab")
    if await page.evaluate("document.activeElement.className") != "govuk-skip-link":
        return ["the first stop is no skip link"]
    await page.keyboard.press("Enter")
    await page.evaluate("window.seen.length = 0")
    for _ in range(stops):
        await page.keyboard.press("Tab")
    found: list[str] = await page.evaluate(_COMPARE)
    return found


async def empty_lists(page: Page, looks: set[str]) -> list[str]:
    """The lists of a house in which nothing has happened yet: each teaches what will stand there."""
    wrong = []
    for word in _EMPTY:
        await page.goto(f"/lewisham/{word}")
        wrong += [f"{word}, empty: {each}" for each in await axe(page, looks)]
    return wrong


async def long_lists(house: House, page: Page, looks: set[str], addresses: Mapping[str, list[str]]) -> list[str]:
    """Tables of many rows, whole: a directory of sixty inboxes and a meeting's record."""
    async with house.engine.begin() as conn:
        for number in range(60):
            await conn.execute(
                tables.inboxes.insert().values(
                    id=new_id(house.clock.at),
                    partnership_id="lewisham",
                    role="school",
                    place=f"9{number:05}",
                    name=f"School {number} with a name as long as the names of schools are",
                    address=f"office.of.the.safeguarding.lead.{number}@school-{number}.lewisham.example",
                    phone="020 7946 0101",
                    hours="Mon-Fri 09:00-17:00",
                    updated_at=house.clock.at,
                )
            )
    wrong = []
    over = addresses["/{partnership}/meetings/{reference}"][4]
    for address in (
        "/lewisham/directory",
        "/lewisham/contact-sheet",
        over,
        "/lewisham/worklist?tab=needs-you&whose=all",
    ):
        await page.goto(address)
        wrong += [f"{address}, long: {each}" for each in await axe(page, looks)]
    return wrong


async def sent_back(page: Page, looks: set[str], form: Mapping[str, Any], mistake: str) -> list[str] | None:
    """A form's page with its errors, held against the rules; None where the form was not refused."""
    everywhere, typed = _MISTAKES[mistake]
    fields = [*form["hidden"], *([name, typed] for name in form["asked" if everywhere else "typed"])]
    async with page.expect_navigation() as went:
        await page.evaluate(_SEND, {**{name: form[name] for name in ("action", "method", "kind")}, "fields": fields})
    answer = await went.value
    if answer.status != 422:
        return None
    wrong = await axe(page, looks)
    if not (await page.title()).startswith("Error: "):
        wrong.append("the title does not begin with Error:")
    summary = page.locator(".govuk-error-summary a")
    if not await summary.count():
        wrong.append("no error summary leads to a field")
    for href in [await link.get_attribute("href") for link in await summary.all()]:
        if href and href.startswith("/"):
            continue
        if not await page.locator(f"[id='{(href or '#').removeprefix('#')}']").count():
            wrong.append(f"the summary's {href} leads nowhere")
    return wrong


@pytest.mark.timeout(400)
async def test_every_state_of_every_page_by_tab_and_with_its_errors(stage: Stage, chromium: Browser) -> None:
    house = stage.house
    await house.sign_in(*EVERY_ROLE)
    looks: set[str] = set()
    shapes: set[str] = set()
    wrong = await empty_lists(await window(stage, chromium), looks)
    addresses = await furnish(house)
    assert set(addresses) == page_paths()
    page = await window(stage, chromium)
    forms: dict[str, Mapping[str, Any]] = {}
    for path, every in addresses.items():
        await page.goto(every[0])
        wrong += [f"{path}: {each}" for each in await by_tab(page, shapes)]
        for form in await page.evaluate(_FORMS):
            method = form["method"].upper()
            route = f"{method} {template_of(method, form['action'])}"
            if form["asked"] and route not in _LEFT_OUT and len(form["asked"]) >= len(forms.get(route, form)["asked"]):
                forms[route] = form
    wrong += await long_lists(house, page, looks, addresses)
    taken = set()
    for route, form in forms.items():
        for mistake in _MISTAKES:
            found = await sent_back(page, looks, form, mistake)
            if found is not None:
                wrong += [f"{route}, {mistake}: {each}" for each in found]
                break
        else:
            taken.add(route)
    assert wrong == [], "\n".join(wrong)
    assert taken == _NO_MISTAKE, "every other form has been sent back with its errors"
