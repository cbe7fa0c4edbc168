"""The monthly pack and a year's figures: the standard's own figures under three questions, counted a second time."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from service.domain.codebook import COLUMNS, PACK_COLUMNS
from service.domain.measures import EVERY_MEASURE
from service.domain.periods import Period, month_of, year_of
from service.domain.standard import Table
from service.domain.three_questions import Question, question_of
from service.handlers.show_pack import pack_page
from service.web.pack_page import pack_file
from service.workflow.errors import BadTimeError
from service.workflow.report_pack import ReportPack, report_pack
from service.workflow.report_pack_forms import pack_csv, pack_json, rows_csv
from service.workflow.standard_forms import key_words
from tests.store.store_world import LEWISHAM, WIRRAL
from tests.workflow.recount import Figures, Recount, Rows
from tests.workflow.standard_world import NOW, Quarter, lewisham, raw_rows, services_at

OCTOBER, NOVEMBER = month_of("2026-10"), month_of("2026-11")
YEAR = year_of("2026-27")
LONDON = ZoneInfo("Europe/London")


@pytest.fixture
async def raw(engine: AsyncEngine) -> AsyncIterator[Rows]:
    """A quarter of meetings, as the raw rows have them."""
    async with engine.begin() as conn:
        await Quarter(await lewisham(conn), Random(11)).fill(60)  # noqa: S311 - a case to count, no secret
    async with engine.connect() as conn:
        yield await raw_rows(conn)


def within(raw: Rows, period: Period) -> Rows:
    """The raw rows of the meetings of one period, by a plain reading of their start."""

    def inside(meeting: dict[str, Any]) -> bool:
        start: datetime = meeting["starts_at"] or meeting["created_at"]
        return period.first <= start.astimezone(LONDON).date() <= period.last

    counted = [meeting for meeting in raw["meetings"] if inside(meeting)]
    return {**raw, "meetings": counted, "every_meeting": raw["meetings"]}


def figures_of(tables: Iterator[Table]) -> Figures:
    found: Figures = {}
    for table in tables:
        for line in (*table.lines, table.total):
            assert line.rate is not None
            split = "all" if line is table.total else str(table.split)
            found[table.measure.id, split, line.key] = line.rate.n, line.rate.of
    return {key: figure for key, figure in found.items() if figure[1]}


def tables_of(pack: ReportPack) -> Iterator[Table]:
    return (table for chapter in pack.chapters for table in chapter.tables)


@pytest.mark.parametrize("period", [OCTOBER, NOVEMBER, YEAR], ids=["October", "November", "the year"])
async def test_every_figure_agrees_with_a_slow_recount_of_the_period_s_rows(
    engine: AsyncEngine, raw: Rows, period: Period
) -> None:
    slow = Recount(within(raw, period), NOW)
    pack = await report_pack(services_at(engine), LEWISHAM, period)
    found = figures_of(tables_of(pack))
    assert found
    assert found == {key: figure for key, figure in slow.figures.items() if key in found}
    # Only a month's own month lines are left out, where they repeat the whole.
    assert {split for _, split, _ in slow.figures.keys() - found.keys()} <= {"month"}
    assert (pack.report.totals.meetings, pack.report.totals.cancelled) == (slow.meetings, slow.cancelled)


async def test_every_measure_with_a_figure_stands_under_exactly_one_question(engine: AsyncEngine, raw: Rows) -> None:
    pack = await report_pack(services_at(engine), LEWISHAM, YEAR)
    shown = [(chapter.question, {table.measure.id for table in chapter.tables}) for chapter in pack.chapters]
    assert [question for question, _ in shown] == list(Question)
    every = {each.id for each in EVERY_MEASURE}
    assert set().union(*(ids for _, ids in shown)) == every
    assert all(question_of(each) is question for question, ids in shown for each in ids)


async def test_the_month_before_stands_beside_it_and_a_change_is_named_only_where_it_is_clear(
    engine: AsyncEngine, raw: Rows
) -> None:
    pack = await report_pack(services_at(engine), LEWISHAM, NOVEMBER)
    earlier = Recount(within(raw, OCTOBER), NOW).figures
    compared = {each.measure.id: each for chapter in pack.chapters for each in chapter.compared}
    rate = compared["attendance"].before
    assert rate is not None
    assert (rate.n, rate.of) == earlier["attendance", "all", "all"]
    for each in compared.values():
        assert each.now is not None
        assert each.before is not None
        apart = None not in {each.now.low, each.before.low} and (
            each.now.low > each.before.high or each.now.high < each.before.low  # type: ignore[operator]
        )
        assert (str(each.change) in {"higher", "lower"}) == apart


async def test_the_twelve_months_up_to_it_are_in_the_pack_and_not_in_the_one_to_publish(
    engine: AsyncEngine, raw: Rows
) -> None:
    services = services_at(engine)
    pack = await report_pack(services, LEWISHAM, NOVEMBER)
    months = next(table for chapter in pack.chapters for table in chapter.months if table.measure.id == "attendance")
    assert [line.key for line in months.lines] == ["2026-10", "2026-11"]
    published = await report_pack(services, LEWISHAM, NOVEMBER, publishable=True)
    assert not any(chapter.months for chapter in published.chapters)


async def test_the_pack_to_publish_shows_no_small_number_and_no_list_of_meetings(
    engine: AsyncEngine, raw: Rows
) -> None:
    services = services_at(engine)
    for period in (NOVEMBER, YEAR):
        pack = await report_pack(services, LEWISHAM, period, publishable=True)
        shown = [line.rate for table in tables_of(pack) for line in (*table.lines, table.total) if line.rate]
        shown += [each.before for chapter in pack.chapters for each in chapter.compared if each.before]
        assert shown
        for rate in shown:
            assert not {rate.n, rate.of, rate.of - rate.n} & {1, 2, 3, 4}
        assert (pack.rows, pack_json(pack)["rows_counted"]) == ((), None)
        assert any("hidden" in sentence for sentence in pack.said)


async def test_the_same_rows_give_the_same_pack_and_a_changed_row_is_found(engine: AsyncEngine, raw: Rows) -> None:
    services = services_at(engine)
    first, second = [await report_pack(services, LEWISHAM, NOVEMBER) for _ in range(2)]
    assert pack_json(first) == pack_json(second)
    assert list(rows_csv(first)) == list(rows_csv(second))
    one = next(row for row in first.rows if not row.cancelled and row.starts_at is not None)
    async with engine.begin() as conn:
        await conn.execute(
            text("UPDATE meetings SET deadline_at = starts_at - interval '9 days' WHERE reference = :it"),
            {"it": one.reference},
        )
    third = await report_pack(services, LEWISHAM, NOVEMBER)
    assert third.seal != first.seal
    before, after = ({row.reference: row.digest for row in pack.rows} for pack in (first, third))
    assert [each for each in before if before[each] != after[each]] == [one.reference]


async def test_the_csv_has_the_codebook_s_fields_and_the_pack_s_figures(engine: AsyncEngine, raw: Rows) -> None:
    pack = await report_pack(services_at(engine), LEWISHAM, OCTOBER)
    rows = list(csv.DictReader(io.StringIO("".join(pack_csv(pack)), newline="")))
    assert tuple(rows[0]) == (*PACK_COLUMNS, *COLUMNS)
    lines = [line for table in tables_of(pack) for line in (*table.lines, table.total)]
    assert [(row["key"], int(row["n"]), int(row["of"])) for row in rows] == [
        (line.key, line.rate.n, line.rate.of) for line in lines if line.rate is not None
    ]
    assert {row["question"] for row in rows} == {str(question) for question in Question}
    assert {row["change"] == "" for row in rows if row["key"] != "all"} == {True}


async def test_the_file_has_each_chart_with_its_table_under_the_three_questions(engine: AsyncEngine, raw: Rows) -> None:
    pack = await report_pack(services_at(engine), LEWISHAM, OCTOBER)
    page = pack_file(pack_page(pack), key_words)
    assert page.startswith("<!doctype html>")
    assert page.count("<svg") == page.count("<caption") > 10
    wanted = ["How much did we do?", "How well did we do it?", "What difference did it make?"]
    places = [page.index(each) for each in wanted]
    assert places == sorted(places)
    assert pack.seal in page
    assert "<script" not in page


async def test_an_empty_month_says_so_and_gives_no_percentage(engine: AsyncEngine, raw: Rows) -> None:
    pack = await report_pack(services_at(engine), WIRRAL, OCTOBER)
    assert any("No meeting of this period took place" in sentence for sentence in pack.said)
    assert all(table.total.rate is not None and table.total.rate.percent is None for table in tables_of(pack))


async def test_a_month_that_is_not_over_says_up_to_when_and_one_to_come_is_refused(
    engine: AsyncEngine, raw: Rows
) -> None:
    services = services_at(engine)
    this_month = month_of(f"{NOW:%Y-%m}")
    pack = await report_pack(services, LEWISHAM, this_month)
    assert any("is not over" in sentence for sentence in pack.said)
    assert not any("is not over" in sentence for sentence in (await report_pack(services, LEWISHAM, OCTOBER)).said)
    with pytest.raises(BadTimeError, match="January 2030 has not begun"):
        await report_pack(services, LEWISHAM, month_of("2030-01"))


async def test_a_period_across_a_change_of_policy_says_when_it_changed(engine: AsyncEngine, raw: Rows) -> None:
    async with engine.begin() as conn:
        await conn.execute(
            text("UPDATE policy_versions SET starts_at = :then WHERE hash = 'p2'"),
            {"then": datetime(2026, 10, 16, tzinfo=UTC)},
        )
    said = (await report_pack(services_at(engine), LEWISHAM, OCTOBER)).said
    assert any("The policy changed on Friday 16 October 2026" in sentence for sentence in said)
    assert not any("changed" in each for each in (await report_pack(services_at(engine), LEWISHAM, NOVEMBER)).said)
