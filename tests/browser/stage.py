"""What a test does with the browser: sign in, look, press, and hold every page against WCAG 2.2 AA."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, expect

from service.clock import real_now
from service.handlers.entra import Entra, SignInSettings
from service.handlers.sign_in import ENTRA
from service.sandbox.config import Person, SandboxConfig, StaffApplication
from service.sandbox.serving import serving
from tests.handlers.house import House, an_app

TENANT, APPLICATION, SECRET = "5b7d3c0e-0000-4000-8000-1d0f2a9c1a11", "convene-staff", "a secret between us"
PEOPLE = (
    Person("Ada Officer", ("lewisham.officer",)),
    Person("Ben Chair", ("lewisham.chair",)),
    Person("Gwen Analyst", ("lewisham.analyst",)),
    Person("Hari Auditor", ("lewisham.auditor",)),
    Person("Ivy Administrator", ("lewisham.administrator",)),
    Person("Joe Owner", ("lewisham.policy_owner",)),
    Person("Kit Manager", ("lewisham.manager",)),
)
# Only what is wrong is sent back in full: with everything that is right it would be a megabyte a page.
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}
# A desk's screen, a phone's, and 1280 pixels at 400 %, which are 320: how WCAG 1.4.10 says reflow is looked at.
# The tenth row of a table breaks no rule that the first has kept.
LOOKED_AT = {"exclude": [["tbody > tr:nth-child(n+5)"], ["section:nth-of-type(n+6)"]]}
_WIDTHS = (1280, 360, 320)
# WCAG 2.5.8: what is pressed is 24 by 24 pixels at least, or so far from everything else that a circle of 24 pixels
# about its middle meets no other target and no other small one's circle. Inside a sentence a link is as high as the
# line. axe's own rule stops at what it cannot be sure of.
TOO_SMALL = """() => {
  const SIZE = 24, SLACK = 0.5;
  const wanted = 'a[href], button, input:not([type=hidden]), select, textarea, summary';
  const shown = (e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest('[aria-hidden=true]');
  const box = (e) => {
    const own = e.getBoundingClientRect();
    const label = e.matches('[type=radio], [type=checkbox]') && e.labels && e.labels[0];
    if (!label) return own;
    const its = label.getBoundingClientRect();
    const left = Math.min(own.left, its.left), top = Math.min(own.top, its.top);
    return new DOMRect(left, top, Math.max(own.right, its.right) - left, Math.max(own.bottom, its.bottom) - top);
  };
  const targets = [...document.querySelectorAll(wanted)].filter(shown).map((e) => [e, box(e)])
    .filter(([e, r]) => r.width > 2 && r.height > 2 && !e.matches('.govuk-skip-link'));
  const inSentence = (e) => {
    if (!getComputedStyle(e).display.startsWith('inline') || e.matches('button, input, select')) return false;
    let block = e.parentElement;
    while (getComputedStyle(block).display === 'inline') block = block.parentElement;
    const text = document.createTreeWalker(block, NodeFilter.SHOW_TEXT, (node) =>
      node.parentElement.closest(wanted) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
    while (text.nextNode()) if (/[\\p{L}\\p{N}]/u.test(text.currentNode.data)) return true;
    return false;
  };
  const middle = (r) => [r.left + r.width / 2, r.top + r.height / 2];
  const isSmall = ([, r]) => Math.min(r.width, r.height) < SIZE - SLACK;
  const wrong = [];
  for (const [e, r] of targets.filter((each) => isSmall(each) && !inSentence(each[0]))) {
    const [x, y] = middle(r);
    for (const [other, its] of targets) {
      if (other === e || other.contains(e) || e.contains(other)) continue;
      const [ox, oy] = middle(its);
      const near = isSmall([other, its])
        ? Math.hypot(x - ox, y - oy) < SIZE - SLACK
        : Math.hypot(x - Math.min(Math.max(x, its.left), its.right), y - Math.min(Math.max(y, its.top), its.bottom))
          < SIZE / 2 - SLACK;
      if (near) {
        const size = `${Math.round(r.width)} by ${Math.round(r.height)}`;
        wrong.push(`${size} and too near another: ${e.outerHTML.slice(0, 110)}`);
        break;
      }
    }
  }
  return wrong;
}"""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_LOOKS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "phone": {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True},
    "zoomed": {"viewport": {"width": 320, "height": 256}},
    "no script": {"viewport": {"width": 1280, "height": 900}, "java_script_enabled": False},
}


@dataclass
class Stage:
    """One browser before one house."""

    house: House
    browser: Browser
    url: str
    context: BrowserContext | None = None
    asked: list[str] = field(default_factory=list)
    scripted: bool = True
    _page: Page | None = None

    @property
    def page(self) -> Page:
        """The open page."""
        assert self._page is not None
        return self._page

    async def look(self, kind: str) -> BrowserContext:
        """Open a fresh window of this kind."""
        self.context = await self.browser.new_context(**_LOOKS[kind], base_url=self.url, locale="en-GB")
        self.scripted = _LOOKS[kind].get("java_script_enabled", True)
        self._page = await self.context.new_page()
        self._page.set_default_timeout(15_000)
        self._page.on("request", lambda request: self.asked.append(request.url))
        return self.context

    async def sign_in(self, name: str, to: str = "/") -> None:
        """Go somewhere as somebody, through Entra's page."""
        await self.page.goto(to)
        await self.page.get_by_role("button", name=name).click()
        await self.page.wait_for_url(f"{self.url}/**")

    async def press(self, name: str) -> None:
        """Press a button or follow a link by its words."""
        await self.page.get_by_role("button", name=name).or_(self.page.get_by_role("link", name=name)).first.click()

    async def holds(self) -> None:
        """One heading, nothing asked of others, no sideways scrolling on any screen, no broken rule of WCAG 2.2 AA."""
        assert await self.page.locator("h1").count() == 1
        foreign = [address for address in self.asked if not address.startswith((self.url, "data:", self._entra))]
        assert not foreign
        if not self.scripted:
            return
        size = self.page.viewport_size
        for width in _WIDTHS:
            await self.page.set_viewport_size({"width": width, "height": 740})
            wide = await self.page.evaluate(TOO_WIDE)
            assert wide <= 0, f"{wide} pixels too wide for {width} at {self.page.url}"
        assert size is not None
        await self.page.set_viewport_size(size)
        found = await Axe().run(self.page, context=LOOKED_AT, options=RULES)
        assert found.violations_count == 0, found.generate_report()

    _entra: str = "about:"

    async def says(self, words: str) -> None:
        """Wait for the page that says this: a press does not wait for the page it leads to."""
        await expect(self.page.locator("body")).to_contain_text(words, timeout=20_000)

    async def read(self) -> str:
        """The words of the page that is open now."""
        return await self.page.inner_text("body")


@asynccontextmanager
async def a_stage(house: House, browser: Browser, port: int) -> AsyncIterator[Stage]:
    """Serve the house's pages on a port of their own, with a pretend Entra that sends people back to it."""
    url = f"http://127.0.0.1:{port}"
    house.clock.real = real_now()
    back = f"{url}/sign-in/return"
    config = SandboxConfig(
        tenant_id=TENANT,
        client_id="graph",
        client_secret="s",
        mailboxes=("m@council.example",),
        control_token="c",
        sign_in=StaffApplication(client_id=APPLICATION, client_secret=SECRET, redirect_uris=(back,), people=PEOPLE),
    )
    async with serving(config) as served:
        app: web.Application = an_app(house.services, house.redis)
        entra = Entra(SignInSettings(served.url, TENANT, APPLICATION, SECRET, back, f"{url}/signed-out"), ("lewisham",))
        app[ENTRA] = entra
        async with TestServer(app, port=port):
            stage = Stage(house, browser, url)
            stage._entra = served.url
            await stage.look("desktop")
            yield stage
        await entra.close()
