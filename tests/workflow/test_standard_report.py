"""The standard report: every figure agrees with a slow recount of the raw rows, and the publishable one hides."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, timedelta
from random import Random

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from service.domain.codebook import COLUMNS
from service.domain.standard import Filter, Line
from service.web.standard_page import standard_page
from service.workflow.errors import BadTimeError
from service.workflow.place_rows import Rows, csv_rows
from service.workflow.standard import StandardReport, standard_report
from service.workflow.standard_forms import as_json, csv_lines, key_words
from tests.store.store_world import LEWISHAM, WIRRAL
from tests.workflow.recount import Figures, Recount
from tests.workflow.standard_papers import add_papers, count_papers
from tests.workflow.standard_world import NOW, Quarter, lewisham, raw_rows, services_at

QUARTER = (date(2026, 10, 1), date(2026, 12, 31))


async def filled(engine: AsyncEngine, seed: int, number: int = 60) -> Recount:
    async with engine.begin() as conn:
        world = await lewisham(conn)
        await Quarter(world, Random(seed)).fill(number)  # noqa: S311 - a case to count, no secret
        await add_papers(world, await raw_rows(conn), Random(seed))  # noqa: S311
        raw = await raw_rows(conn)
    slow = Recount(raw, NOW)
    count_papers(slow, raw, NOW)
    return slow


def figures_of(report: StandardReport) -> Figures:
    found: Figures = {}
    for table in report.tables:
        for line in table.lines:
            assert line.rate is not None
            found[table.measure.id, str(table.split), line.key] = line.rate.n, line.rate.of
        assert table.total.rate is not None
        found[table.measure.id, "all", "all"] = table.total.rate.n, table.total.rate.of
    return {key: figure for key, figure in found.items() if figure[1]}


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_figure_agrees_with_a_slow_recount_of_the_raw_rows(engine: AsyncEngine, seed: int) -> None:
    slow = await filled(engine, seed)
    report = await standard_report(services_at(engine), LEWISHAM, *QUARTER)
    assert figures_of(report) == slow.figures
    assert {measure for measure, *_ in slow.figures} >= {"quorum", "icpc_bands", "notice_kept", "attendance_by_notice"}
    assert {measure for measure, *_ in slow.figures} >= {"minutes_in_time", "decisions_opened", "reports_in_time"}
    assert {measure for measure, *_ in slow.figures} >= {
        "medical_arranged",
        "medical_attended",
        "medical_social_worker",
    }
    assert {measure for measure, *_ in slow.figures} >= {
        "strategy_to_s47",
        "s47_to_icpc",
        "strategy_to_icpc",
        "repeats",
    }
    totals = report.totals
    assert (totals.meetings, totals.cancelled) == (slow.meetings, slow.cancelled)
    assert (totals.cases, totals.children) == (len(slow.cases), len(slow.children))


async def test_the_same_data_gives_the_same_report(engine: AsyncEngine) -> None:
    await filled(engine, 4, 20)
    first, second = [as_json(await standard_report(services_at(engine), LEWISHAM, *QUARTER)) for _ in range(2)]
    assert first == second


async def test_a_filter_counts_only_its_own_meetings(engine: AsyncEngine) -> None:
    await filled(engine, 5, 30)
    services = services_at(engine)
    parts = [
        await standard_report(services, LEWISHAM, *QUARTER, only=Filter(circumstance=each))
        for each in ("neglect", "home_conditions")
    ]
    whole = await standard_report(services, LEWISHAM, *QUARTER)
    assert sum(part.totals.meetings or 0 for part in parts) == whole.totals.meetings
    for halves in ((Filter(team="north"), Filter(team="south")), (Filter(unborn=True), Filter(unborn=False))):
        parts = [await standard_report(services, LEWISHAM, *QUARTER, only=each) for each in halves]
        assert sum(part.totals.meetings or 0 for part in parts) == whole.totals.meetings
        assert all(part.totals.meetings for part in parts)
    with pytest.raises(ValueError, match="teenager"):
        await standard_report(services, LEWISHAM, *QUARTER, only=Filter(age_band="teenager"))


async def test_the_publishable_report_shows_no_small_number(engine: AsyncEngine) -> None:
    await filled(engine, 6, 40)
    report = await standard_report(services_at(engine), LEWISHAM, *QUARTER, publishable=True)
    shown = [line.rate for table in report.tables for line in (*table.lines, table.total) if line.rate is not None]
    assert shown
    for rate in shown:
        assert not {rate.n, rate.of, rate.of - rate.n} & {1, 2, 3, 4}
    assert any(line.rate is None for table in report.tables for line in table.lines)


NARROWED = (
    Filter(circumstance="neglect"),
    Filter(unborn=True),
    Filter(unborn=False),
    Filter(team="north"),
    Filter(circumstance="neglect", unborn=True),
)


def small(*counts: int | None) -> bool:
    return any(count is not None and 0 < abs(count) < 5 for count in counts)


def lines_of(report: StandardReport) -> dict[tuple[str, str, str], Line]:
    return {(t.measure.id, str(t.split), line.key): line for t in report.tables for line in (*t.lines, t.total)}


def told_by_subtraction(wide: StandardReport, narrow: StandardReport) -> Iterator[object]:
    """What somebody who holds both publications knows of the others, where it is small."""
    theirs = lines_of(narrow)
    for key, line in lines_of(wide).items():
        other = theirs.get(key)
        if other is None:
            continue
        if line.rate is not None and other.rate is not None:
            n, of = line.rate.n - other.rate.n, line.rate.of - other.rate.of
            if small(n, of, of - n):
                yield key, n, of
        for why, count in line.left_out.items():
            fewer = other.left_out.get(why, 0)
            if count is not None and fewer is not None and small(count - fewer):
                yield key, why
    for name, count in asdict(wide.totals).items():
        fewer = getattr(narrow.totals, name)
        if count is not None and fewer is not None and small(count - fewer):
            yield name


async def test_what_is_narrowed_cannot_be_subtracted_from_the_whole_to_a_small_number(engine: AsyncEngine) -> None:
    await filled(engine, 6, 90)
    services, shown = services_at(engine), 0
    whole = await standard_report(services, LEWISHAM, *QUARTER, publishable=True)
    open_whole = await standard_report(services, LEWISHAM, *QUARTER)
    by_narrowing = {
        only: await standard_report(services, LEWISHAM, *QUARTER, publishable=True, only=only) for only in NARROWED
    }
    # Were nothing held against the whole, there would be much to learn from these.
    leaking = await standard_report(services, LEWISHAM, *QUARTER, only=NARROWED[0])
    assert list(told_by_subtraction(open_whole, leaking))
    for report in by_narrowing.values():
        assert list(told_by_subtraction(whole, report)) == []
        shown += sum(line.rate is not None for line in lines_of(report).values())
    assert list(told_by_subtraction(by_narrowing[NARROWED[0]], by_narrowing[NARROWED[4]])) == []
    assert list(told_by_subtraction(by_narrowing[NARROWED[1]], by_narrowing[NARROWED[4]])) == []
    assert shown > 50


async def test_free_words_about_short_notice_are_counted_and_never_shown(engine: AsyncEngine) -> None:
    await filled(engine, 7, 60)
    report = await standard_report(services_at(engine), LEWISHAM, *QUARTER)
    assert "might name somebody" not in "".join(csv_lines(report))
    told = next(table for table in report.tables if table.measure.id == "short_notice_because")
    assert {line.key for line in told.lines} == {"immediate_risk", "in_own_words", "no_reason_given"}


async def test_reports_are_in_time_or_late_only_where_the_partnership_has_set_a_day(engine: AsyncEngine) -> None:
    """Its pack sets a day for conferences and none for strategy meetings."""
    slow = await filled(engine, 8, 30)
    report = await standard_report(services_at(engine), LEWISHAM, *QUARTER)
    by_type = next(each for each in report.tables if (each.measure.id, each.split) == ("reports_in_time", "type"))
    lines = {line.key: line for line in by_type.lines}
    conferences, strategies = lines["icpc"], lines["strategy"]
    assert conferences.rate is not None
    assert 0 < conferences.rate.n < conferences.rate.of
    assert strategies.not_set
    assert not conferences.not_set
    assert slow.figures["reports_in_time", "type", "icpc"] == (conferences.rate.n, conferences.rate.of)
    assert "not set" in standard_page("A report", [], [by_type], key_words)


async def test_a_policy_without_quorum_has_none_met_and_none_missed(engine: AsyncEngine) -> None:
    async with engine.begin() as conn:
        world = await lewisham(conn)
        meeting = await world.meeting(LEWISHAM, policy_hash="p2", meeting_type="icpc", starts_at=NOW - timedelta(1))
        await world.requirement(LEWISHAM, meeting, "gp")
    report = await standard_report(services_at(engine), LEWISHAM, *QUARTER)
    quorum = next(table for table in report.tables if table.measure.id == "quorum")
    assert quorum.total.rate is not None
    assert (quorum.total.rate.of, quorum.total.left_out) == (0, {"not_set": 1})


async def test_an_empty_period_has_tables_without_percentages(engine: AsyncEngine) -> None:
    async with engine.begin() as conn:
        await lewisham(conn)
    report = await standard_report(services_at(engine), WIRRAL, *QUARTER)
    assert all(table.total.rate and table.total.rate.percent is None for table in report.tables)


async def test_a_reversed_period_is_refused_in_a_sentence(engine: AsyncEngine) -> None:
    with pytest.raises(BadTimeError, match="Swap them"):
        await standard_report(services_at(engine), LEWISHAM, QUARTER[1], QUARTER[0])


async def test_the_csv_has_the_codebook_s_columns_and_the_report_s_figures(engine: AsyncEngine) -> None:
    await filled(engine, 9, 20)
    report = await standard_report(services_at(engine), LEWISHAM, *QUARTER)
    rows = list(csv.DictReader(io.StringIO("".join(csv_lines(report)), newline="")))
    assert tuple(rows[0]) == COLUMNS
    lines = [line for table in report.tables for line in (*table.lines, table.total)]
    assert [(row["key"], int(row["n"]), int(row["of"])) for row in rows] == [
        (line.key, line.rate.n, line.rate.of) for line in lines if line.rate is not None
    ]


async def test_a_hidden_line_of_the_csv_has_no_figures(engine: AsyncEngine) -> None:
    await filled(engine, 10, 12)
    report = await standard_report(services_at(engine), LEWISHAM, *QUARTER, publishable=True)
    rows = list(csv.DictReader(io.StringIO("".join(csv_lines(report)), newline="")))
    gone = [row for row in rows if row["hidden"] == "yes"]
    assert gone
    assert all(row[name] == "" for row in gone for name in ("n", "of", "percent", "low", "high"))


async def test_whoever_stops_reading_the_rows_leaves_nothing_under_way_behind_them(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The browser that closes in the middle of a long file: its connection goes back, and the next reader has it."""
    monkeypatch.setattr("service.store.queries.standard._BATCH", 2)
    await filled(engine, 11, 30)
    services, wanted = services_at(engine), Rows(LEWISHAM, *QUARTER)
    whole = "".join([lines async for lines in csv_rows(services, wanted, reader=None)])
    for stop_after in (1, 2, 5, 9):
        rows = csv_rows(services, wanted, reader=None)
        for _ in range(stop_after):
            await anext(rows)
        await rows.aclose()
    assert "".join([lines async for lines in csv_rows(services, wanted, reader=None)]) == whole


async def test_the_rows_of_a_quarter_come_in_order_though_read_in_windows(engine: AsyncEngine) -> None:
    await filled(engine, 12, 60)
    text = "".join([lines async for lines in csv_rows(services_at(engine), Rows(LEWISHAM, *QUARTER), reader=None)])
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    starts = [row["starts_at"] for row in rows if row["starts_at"]]
    assert starts == sorted(starts)
    assert len({row["meeting"] for row in rows}) > 30
