"""The monthly pack and a year's figures as a page of the service, for those who may see figures."""

from __future__ import annotations

import re
from html import unescape

from tests.handlers.house import House
from tests.handlers.test_page_checks import check


async def test_a_month_is_chosen_shown_and_saved(house: House) -> None:
    await house.confirmed()
    chosen = await check(await house.client.get("/lewisham/reports"))
    assert "November 2026" in chosen
    assert "April 2026 to March 2027" in chosen
    shown = await check(await house.client.get("/lewisham/reports?month=2026-11"), most=300_000)
    for words in ("How much did we do?", "How well did we do it?", "What difference did it make?"):
        assert words in shown
    year = await check(await house.client.get("/lewisham/reports?year=2026-27"), most=300_000)
    assert "This period is not over" in year
    assert shown.count("<svg") == shown.count("<caption")
    assert "Monthly pack of Lewisham" in shown
    assert "0 meetings, 0 children, 0 cases; cancelled and counted apart: 0 meetings." in shown
    charts = [unescape(each) for each in re.findall(r'href="([^"]+&amp;chart=[^"]+)"', shown)]
    assert len(charts) == len(set(charts)) == shown.count("<svg")
    for each in (charts[0], charts[-1]):
        picture = await house.client.get(each)
        assert (picture.content_type, (await picture.text())[:4]) == ("image/svg+xml", "<svg")
        assert (await picture.text()) in shown
    assert (await house.client.get("/lewisham/reports?month=2026-11&chart=beside-9")).status == 404
    saved = await house.client.get("/lewisham/reports?month=2026-11&publishable=yes&format=csv")
    assert saved.headers["Content-Disposition"] == 'attachment; filename="monthly-lewisham-2026-11-publishable.csv"'
    assert (await saved.text()).startswith("kind,period,question")
    told = await (await house.client.get("/lewisham/reports?year=2026-27&format=json")).json()
    assert (told["kind"], told["period"], len(told["questions"])) == ("annual", "2026-27", 3)
    page = await (await house.client.get("/lewisham/reports?month=2026-11&format=html")).text()
    assert page.startswith("<!doctype html>")
    assert "Save this chart" not in page


async def test_a_month_that_cannot_be_is_said_on_the_page(house: House) -> None:
    for query, sentence in (
        ("month=2026-13", "is no month"),
        ("month=2027-01", "January 2027 has not begun"),
        ("year=2026", ""),
    ):
        answer = await house.client.get(f"/lewisham/reports?{query}")
        assert answer.status == 422
        page = await answer.text()
        assert sentence in page.replace("&#39;", "'")
        field = query.partition("=")[0]
        assert f'href="#{field}"' in page
        assert f'id="{field}-error"' in page
        assert "<title>Error: Reports" in page


async def test_only_who_may_see_figures_sees_them_and_the_standard_leads_to_them(house: House) -> None:
    await house.sign_in("emergency_duty")
    assert (await house.client.get("/lewisham/reports")).status == 403
    await house.sign_in("analyst")
    assert 'href="../reports"' in await check(await house.client.get("/lewisham/reports/standard"), most=300_000)
    assert (await house.client.get("/lewisham/reports")).status == 200
