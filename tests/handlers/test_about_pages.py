"""The pages about the service, the weight of every page, and what each page has around its words."""

from __future__ import annotations

import gzip
import hashlib
import re
from datetime import date
from importlib.resources import files

import pytest

from service.clock import real_now
from service.web.accessibility import PREPARED_ON, REVIEWED_ON
from tests.handlers.house import House
from tests.handlers.test_page_checks import check
from tests.handlers.test_page_requests import GOOD, NEW

# Whoever changes what the statement says reviews it: put that day in service/web/accessibility.py, and the text's new
# fingerprint here.
REVIEWED = (date(2026, 11, 28), "33c1c561f5e1fe38")
LIGHT = 100_000


async def test_anybody_reads_what_the_cookie_is_for_and_how_long_it_lasts(house: House) -> None:
    house.sign_out()
    shown = await check(await house.client.get("/cookies"))
    assert "convene" in shown
    assert "8 hours at most, and for 30 minutes" in " ".join(shown.split())
    assert "after 20 hours" in " ".join(shown.split())


async def test_the_statement_says_what_was_tested_whom_to_tell_and_when_it_was_reviewed(house: House) -> None:
    house.sign_out()
    shown = await check(await house.client.get("/accessibility"))
    assert "prepared on Saturday 28 November 2026" in shown
    assert "tel:02079460000" in shown


def test_the_statement_s_date_moves_with_its_text_and_is_a_year_old_at_most() -> None:
    text = (files("service.web") / "templates" / "accessibility.html").read_text()
    fingerprint = hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:16]
    assert (REVIEWED_ON, fingerprint) == REVIEWED, "the statement says something else: review it, and date it"
    assert PREPARED_ON <= REVIEWED_ON
    assert (real_now().date() - REVIEWED_ON).days < 366, "review the accessibility statement, and date it"


@pytest.mark.parametrize("path", ["/nothing", "/account", "/signed-out", "/lewisham/worklist", "/sign-in/return"])
async def test_every_page_has_its_skip_link_its_footer_and_a_way_on(house: House, path: str) -> None:
    shown = await (await house.client.get(path)).text()
    assert 'href="#main-content"' in shown
    assert 'href="/cookies"' in shown
    assert 'href="/accessibility"' in shown
    assert re.search(r'href="/(sign-in)?"', shown)


async def test_no_page_weighs_more_than_100_kb_compressed_with_all_it_loads(house: House) -> None:
    for _ in range(55):
        reference = await house.confirmed()
    link = await house.link(reference)
    draft = (await house.press(NEW, **GOOD)).headers["Location"].removesuffix("/check")
    paths = ["worklist", "worklist?tab=coming", f"meetings/{reference}", "contact-sheet", "reports/standard"]
    pages = [f"/lewisham/{each}" for each in paths] + [link, NEW, draft, f"{draft}/check", "/accessibility"]
    weights: dict[str, int] = {}
    for path in pages:
        answer = await house.client.get(path)
        assert answer.status == 200, path
        page = await answer.text()
        total = len(gzip.compress(page.encode()))
        for part in re.findall(r'(?:src|href)="(/static/[^"]+)"', page):
            if part not in weights:
                weights[part] = len(gzip.compress(await (await house.client.get(part)).read()))
            total += weights[part]
        assert total < LIGHT, (path, total)
