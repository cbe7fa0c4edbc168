"""The agreed standard at its doors: the same figures for programs, as a page and as files, and refusals in words."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
from sqlalchemy import text

from service.domain.codebook import COLUMNS, ROW_FIELDS
from service.domain.measures import EVERY_MEASURE
from tests.handlers.house import House
from tests.handlers.test_page_checks import check

DECEMBER = "from=2026-12-01&to=2026-12-31"


async def held(house: House) -> str:
    reference = await house.confirmed()
    came = {"agencies": [{"role": "school_nurse", "outcome": "attended"}]}
    house.clock.at = house.clock.at.replace(month=12, day=20)
    answer = await house.call("POST", f"/api/v1/meetings/{reference}/attendance", came)
    assert answer.status == 200, await answer.text()
    return reference


async def test_all_doors_give_the_same_figures(house: House) -> None:
    await held(house)
    told = await (await house.call("GET", f"/api/v1/reports/standard?{DECEMBER}")).json()
    assert told["totals"]["meetings"] == 1
    lines = [line for table in told["tables"] for line in (*table["lines"], table["total"])]
    answer = await house.client.get(f"/lewisham/reports/standard?{DECEMBER}&format=csv")
    assert answer.headers["Content-Disposition"].endswith('"standard-lewisham-2026-12-01-to-2026-12-31.csv"')
    rows = list(csv.DictReader(io.StringIO(await answer.text(), newline="")))
    assert [(row["key"], row["n"]) for row in rows] == [(line["key"], str(line["n"])) for line in lines]
    assert tuple(rows[0]) == COLUMNS
    as_json = await (await house.client.get(f"/lewisham/reports/standard?{DECEMBER}&format=json")).json()
    assert as_json == told


async def test_the_page_has_a_form_files_and_a_chart_for_each_table(house: House) -> None:
    await held(house)
    answer = await house.client.get(f"/lewisham/reports/standard?{DECEMBER}&age_band=5-17&unborn=no")
    shown = await check(answer, most=300_000)
    assert shown.count("<svg") == shown.count("<table") > 20
    assert "Only meetings about a child of the age band 5-17." in shown
    assert "age_band=5-17&amp;unborn=no&amp;format=xlsx" in shown
    assert 'href="/lewisham/reports/standard"' in await check(await house.client.get("/lewisham/worklist"))


async def test_a_form_sent_without_filling_in_narrows_nothing(house: House) -> None:
    await held(house)
    empty = "circumstance=&age_band=&unborn=&team=&publishable="
    shown = await check(await house.client.get(f"/lewisham/reports/standard?{DECEMBER}&{empty}"), most=300_000)
    assert "1 meeting, 1 child, 1 case; cancelled and counted apart: 0 meetings" in shown
    assert "Only" not in shown.split("<details")[0]


async def test_the_workbook_has_figures_words_and_codebook_and_the_same_bytes_each_time(house: House) -> None:
    await held(house)
    first, second = [
        await (await house.call("GET", f"/api/v1/reports/standard?{DECEMBER}&format=xlsx")).read() for _ in range(2)
    ]
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as book:
        everything = "".join(book.read(name).decode() for name in book.namelist())
    assert 'name="Codebook"' in everything
    assert "<f>" not in everything
    assert all(measure.id in everything for measure in EVERY_MEASURE)


async def test_the_codebook_page_defines_every_measure(house: House) -> None:
    shown = await check(await house.client.get("/lewisham/reports/codebook"), most=200_000)
    assert all(f'id="{measure.id}"' in shown for measure in EVERY_MEASURE)


async def test_an_empty_period_and_one_that_is_not_over_say_so(house: House) -> None:
    told = await (await house.call("GET", f"/api/v1/reports/standard?{DECEMBER}")).json()
    assert any("still to come" in remark for remark in told["remarks"])
    told = await (await house.call("GET", "/api/v1/reports/standard?from=2020-01-01&to=2020-01-31")).json()
    assert any("nothing to count" in remark for remark in told["remarks"])


async def test_a_period_across_a_policy_change_names_the_day(house: House) -> None:
    async with house.engine.begin() as conn:
        await conn.execute(
            text(
                "INSERT INTO policy_versions (partnership_id, hash, pack, version, content, starts_at, published_at,"
                " published_by) SELECT partnership_id, 'later', pack, '2026.2', content, '2026-12-10T00:00Z',"
                " published_at, published_by FROM policy_versions WHERE partnership_id = 'lewisham' LIMIT 1"
            )
        )
    told = await (await house.call("GET", f"/api/v1/reports/standard?{DECEMBER}")).json()
    changed = [remark for remark in told["remarks"] if "policy changed" in remark]
    assert len(changed) == 1
    assert "Thursday 10 December 2026 (version 2026.2)" in changed[0]
    assert "up to Wednesday 9 December 2026" in changed[0]
    before = await (await house.call("GET", "/api/v1/reports/standard?from=2026-12-01&to=2026-12-09")).json()
    assert not any("policy changed" in remark for remark in before["remarks"])


REFUSED = {
    "reversed": ("from=2026-12-02&to=2026-12-01", 422, "Swap them"),
    "no day": ("from=yesterday", 400, "YYYY-MM-DD"),
    "an unknown circumstance": ("circumstance=rain", 400, "Give circumstance as one of"),
    "an unknown age band": ("age_band=teenager", 400, "Give age_band as one of"),
    "a team with a name in it": ("team=Ms%20Unreal", 400, "Give team as"),
    "neither yes nor no": ("unborn=perhaps", 400, "Give unborn as one of: no, yes"),
    "twice": ("team=north&team=south", 400, "Give team once"),
    "an unknown form": ("format=pdf", 400, "Give format as one of"),
}


# What the page's form lets somebody type.
TYPED = {"from=2026-12-02&to=2026-12-01": "to", "from=yesterday": "from", "team=Ms%20Unreal": "team"}


@pytest.mark.parametrize(("query", "status", "told"), REFUSED.values(), ids=REFUSED.keys())
async def test_what_cannot_be_asked_is_refused_in_a_sentence(house: House, query: str, status: int, told: str) -> None:
    answer = await house.call("GET", f"/api/v1/reports/standard?{query}")
    assert answer.status == status
    assert told in (await answer.json())["detail"]
    page = await house.client.get(f"/lewisham/reports/standard?{query}")
    shown = await page.text()
    assert "Unreal" not in shown
    if query not in TYPED:
        assert page.status == status
        return
    assert (page.status, "<title>Error: " in shown) == (422, True), "what can be typed is said at its field"
    assert f'href="#{TYPED[query]}"' in shown
    assert f'id="{TYPED[query]}-error"' in shown


async def test_an_analyst_who_may_see_no_case_is_led_to_the_figures(house: House) -> None:
    await house.sign_in("analyst", partnerships=("lewisham",))
    answer = await house.client.get("/")
    assert answer.url.path == "/lewisham/reports/standard"
    assert (await house.client.get("/lewisham/worklist")).status == 403


async def test_only_who_may_report_gets_figures(house: House) -> None:
    assert (await house.call("GET", "/api/v1/reports/standard", client="reader")).status == 403
    assert (await house.client.get("/camden/reports/standard")).status == 404


async def test_the_rows_behind_the_figures_give_the_same_figures(house: House) -> None:
    reference = await held(house)
    answer = await house.call("GET", f"/api/v1/reports/places?{DECEMBER}")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    rows = list(csv.DictReader(io.StringIO(await answer.text(), newline="")))
    assert {row["meeting"] for row in rows} == {reference}
    assert tuple(rows[0]) == tuple(ROW_FIELDS)
    told = await (await house.call("GET", f"/api/v1/reports/standard?{DECEMBER}")).json()
    total = next(table["total"] for table in told["tables"] if table["measure"] == "attendance")
    # An agency that was never asked was absent once the meeting is recorded.
    settled = [row for row in rows if row["outcome"] or row["invited"] == "no"]
    counted = [row for row in settled if row["level"] != "optional"]
    assert (total["n"], total["of"]) == (sum(row["outcome"] == "attended" for row in counted), len(counted))
    page = await house.client.get(f"/lewisham/reports/places?{DECEMBER}")
    assert await page.text() == await answer.text()
    assert (
        f"/lewisham/reports/places?{DECEMBER.replace('&', '&amp;')}"
        in await (await house.client.get(f"/lewisham/reports/standard?{DECEMBER}")).text()
    )


async def test_the_rows_can_be_narrowed_asked_about_and_refused_like_the_figures(house: House) -> None:
    await held(house)
    none = await house.call("GET", f"/api/v1/reports/places?{DECEMBER}&team=nobody-s")
    assert (await none.text()).count("\r\n") == 1
    head = await house.call("HEAD", f"/api/v1/reports/places?{DECEMBER}")
    assert (head.status, await head.read()) == (200, b"")
    backwards = await house.call("GET", "/api/v1/reports/places?from=2026-12-02&to=2026-12-01")
    assert backwards.status == 422
    assert (await house.call("GET", "/api/v1/reports/places", client="reader")).status == 403


async def test_a_database_that_fails_before_the_first_row_is_a_problem_and_no_broken_file(house: House) -> None:
    async with house.engine.begin() as conn:
        await conn.execute(text("ALTER TABLE meetings RENAME TO elsewhere"))
    assert (await house.call("GET", f"/api/v1/reports/places?{DECEMBER}")).status >= 500
