"""Every page of the route table, looked at twice and by its head: no row of any table is changed, and nothing submits
itself: mail scanners follow links and run scripts, and people press reload."""

from __future__ import annotations

import re
from importlib.resources import files

from service.handlers.page_routes import PAGE_ROUTES
from service.store import tables
from tests.handlers.every_page import furnish, page_paths
from tests.handlers.house import House
from tests.handlers.test_page_checks import check, check_headers

# A whole policy, or a whole year with its tables, is printed in full.
_LONG = ("/policy", "/reports")
_FRAMED = re.compile(r'<div class="convene-table-scroll"[^>]*tabindex="0"[^>]*>\s*<table')
_SENDS_ITSELF = re.compile(r"http-equiv=.?refresh|\.submit\(|requestSubmit", re.IGNORECASE)


# Whoever typed names into a request, or may be told them at an agency's desk, is shown those again.
_NAMES = {
    "/{partnership}/requests/{draft}",
    "/{partnership}/requests/{draft}/steps/{step}",
    "/{partnership}/requests/{draft}/check",
    "/{partnership}/kept/{kept}",
    "/desk/{place}",
}
_COLOURED = re.compile(r'<(\w+) [^>]*class="[^"]*(?:govuk-tag|convene-changed)(?: [^"]*)?"[^>]*>(.*?)</\1>', re.DOTALL)


def _speechless(page: str) -> list[str]:
    """What is marked by its colour and says nothing in words."""
    return [found[0] for found in _COLOURED.finditer(page) if not re.sub(r"<[^>]+>", "", found[2]).strip()]


async def rows_of(house: House) -> dict[str, tuple[int, str]]:
    """How many rows each table has, and a digest of all of them, read at one instant."""
    each = "SELECT '{0}' AS name, count(*) AS n, md5(string_agg(t::text, '' ORDER BY t::text)) AS rows FROM {0} t"
    sql = " UNION ALL ".join(each.format(table.name) for table in tables.metadata.sorted_tables)
    return {row["name"]: (row["n"], row["rows"]) for row in await house.rows(sql)}


async def test_looking_at_every_page_twice_and_by_its_head_changes_no_row_and_sends_nothing(house: House) -> None:
    addresses = await furnish(house)
    assert set(addresses) == page_paths(), "every page of the route table has its place in the furnished house"
    before = await rows_of(house)
    for path, each in addresses.items():
        for address in each:
            for method in ("GET", "HEAD", "GET"):
                answer = await house.client.request(method, address)
                assert answer.status == (404 if address == "/r/nothing" else 200), f"{method} {address}"
                check_headers(answer)
            # One heading, a title, a label at each field, no inline script, and nobody's name, at every address.
            most = 400_000 if any(long in path for long in _LONG) else 100_000
            shown = await check(answer, most=most, names=path in _NAMES)
            assert not _SENDS_ITSELF.search(shown), path
            # A table is wider than a phone: it scrolls in a frame of its own, and the page does not.
            assert shown.count("<table") == len(_FRAMED.findall(shown)), path
            assert not _speechless(shown), path
    after = await rows_of(house)
    assert [name for name in before if before[name] != after[name]] == []


def test_no_script_of_ours_sends_a_form() -> None:
    scripts = list((files("service.web") / "static").iterdir())
    ours = [each for each in scripts if each.name.endswith(".js")]
    assert ours
    for script in ours:
        assert not _SENDS_ITSELF.search(script.read_text(encoding="utf-8")), script.name


def test_the_only_methods_are_looking_and_pressing() -> None:
    assert {route.method for route in PAGE_ROUTES} == {"GET", "POST"}
