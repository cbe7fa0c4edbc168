"""A real Chromium before the real pages: the house behind it, the pretend Entra beside it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, BrowserContext, async_playwright
from sqlalchemy.ext.asyncio import AsyncEngine

from service.embedded.chromium import find
from tests.browser.stage import Stage, a_stage
from tests.handlers.house import a_house


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """One browser for each test: it starts in half a second, and shares nothing with the last."""
    async with async_playwright() as playwright:
        # As root Chromium's own sandbox cannot be set up.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = await playwright.chromium.launch(executable_path=find(), args=arguments)
        yield browser
        await browser.close()


@pytest.fixture
async def stage(
    furnished_engine: AsyncEngine, redis_url: str, chromium: Browser, unused_tcp_port: int
) -> AsyncIterator[Stage]:
    """A house with its doors open and a browser in front."""
    async with a_house(furnished_engine, redis_url) as house, a_stage(house, chromium, unused_tcp_port) as made:
        yield made


@pytest.fixture(params=["desktop", "no script"])
async def any_browser(request: pytest.FixtureRequest, stage: Stage) -> AsyncIterator[Stage]:
    """The same stage with a desk's browser, which ``holds`` also narrows, and with one that runs no scripts."""
    context: BrowserContext = await stage.look(str(request.param))
    yield stage
    await context.close()
