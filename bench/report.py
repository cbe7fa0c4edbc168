"""The standard report over a hundred thousand meetings of ten agencies, and the rows behind it as one CSV file.

The meetings are written by statements of the database, drawn with a fixed pattern; the report is the service's own.
Beside it, in the same run and over the same rows: one plain SQL statement that joins what the report joins and counts
attendance, notice, answers and chases by agency, month and band. It judges no working hours and no quorum, so it is the
least that any such report must do.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bench.case import PARTNERSHIP, furnish, settings_for
from bench.figures import Verdict, show, spread
from bench.report_sql import BARE, FILL
from service.clock import real_now
from service.commands.compose import command_services, spare_start_up
from service.domain.london import local_date, start_of_day
from service.embedded.engines import engines
from service.settings import Settings
from service.store.engine import async_url
from service.store.migrate import upgrade
from service.workflow.place_rows import Rows, csv_rows
from service.workflow.ports import Services
from service.workflow.standard import StandardReport, standard_report

MEETINGS, AGENCIES, ROUNDS = 100_000, 10, 2
AIM, FIRST_BYTES_S, FLAT_MB = 2.0, 1.0, 64.0

_ROLES = (
    "social_worker", "lcpp", "police_child_protection", "health_visitor", "school_nurse",
    "gp", "midwifery", "probation", "housing", "camhs",
)  # fmt: skip


@contextlib.asynccontextmanager
async def unhurried(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """An engine without the service's limits on how long a statement may take."""
    address = async_url(settings.database_url.get_secret_value())
    engine = create_async_engine(address, connect_args={"server_settings": {"timezone": "UTC", "jit": "off"}})
    try:
        yield engine
    finally:
        await engine.dispose()


async def fill(engine: AsyncEngine, meetings: int) -> None:
    """A year of meetings in one transaction, then the planner's statistics and the tables' visibility."""
    async with engine.begin() as conn:
        values = {"meetings": meetings, "agencies": AGENCIES, "partnership": PARTNERSHIP, "roles": list(_ROLES)}
        for statement in FILL:
            named = {name: value for name, value in values.items() if f":{name}" in statement}
            await conn.execute(text(statement), named)
    async with engine.connect() as conn:
        await (await conn.execution_options(isolation_level="AUTOCOMMIT")).execute(text("VACUUM ANALYZE"))


async def bare(engine: AsyncEngine, first: date, last: date) -> tuple[int, int]:
    """The plain statement over the same days: how many places came, of how many."""
    async with engine.connect() as conn:
        period = {
            "partnership": PARTNERSHIP,
            "start": start_of_day(first),
            "end": start_of_day(last + timedelta(days=1)),
        }
        rows = (await conn.execute(text(BARE), period)).all()
    whole = next(row for row in rows if (row.role, row.month, row.notice, row.seen, row.said) == (None,) * 5)
    return whole.came, whole.of


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of each round of both ways, and of the rows as CSV: to the first of them, to the last, and memory."""

    report: list[float]
    bare: list[float]
    meetings: int
    places: int
    rows: int
    first_s: float
    all_s: float
    grew_mb: float


async def measure(settings: Settings, *, meetings: int = MEETINGS, rounds: int = ROUNDS) -> Measured:
    """Fill an empty database, stream the rows once, then let report and statement take turns."""
    await furnish(settings)
    async with command_services(settings) as services, unhurried(settings) as engine:
        await fill(engine, meetings)
        last = local_date(real_now()) - timedelta(days=1)
        first = last - timedelta(days=400)
        rows, first_s, all_s, grew = await _stream(Rows(PARTNERSHIP, first, last), services)
        ours, theirs = [], []
        for _ in range(rounds):
            began = perf_counter()
            found = await standard_report(services, PARTNERSHIP, first, last)
            between = perf_counter()
            plain = await bare(engine, first, last)
            ours.append(between - began)
            theirs.append(perf_counter() - between)
            assert _came(found) == plain
    return Measured(ours, theirs, found.totals.meetings or 0, plain[1], rows, first_s, all_s, grew)


def _came(report: StandardReport) -> tuple[int, int]:
    table = next(table for table in report.tables if table.measure.id == "attendance")
    assert table.total.rate is not None
    return table.total.rate.n, table.total.rate.of


async def _stream(wanted: Rows, services: Services) -> tuple[int, float, float, float]:
    """Rows, seconds to the first row of figures and to the end, and how much memory grew from early on to the end."""
    began, rows, first_s, early = perf_counter(), -1, 0.0, 0.0
    async for lines in csv_rows(services, wanted, reader=None):
        rows += lines.count("\r\n")
        if rows > 0 and not first_s:
            first_s = perf_counter() - began
        if not early and perf_counter() - began > 5 * first_s:
            early = _memory_mb()
    return rows, first_s, perf_counter() - began, _memory_mb() - (early or _memory_mb())


def _memory_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


def report(measured: Measured) -> list[Verdict]:
    """Print both ways and judge the report by its ratio round by round."""
    ratio = spread([ours / theirs for ours, theirs in zip(measured.report, measured.bare, strict=True)])
    rows: Sequence[Sequence[str]] = (
        ("the standard report", spread(measured.report).shown(1), ratio.shown(2)),
        ("one plain SQL statement", spread(measured.bare).shown(1), "1"),
    )
    title = f"The standard over {measured.meetings} meetings that took place, {measured.places} places counted"
    show(title, ("way", "seconds", "times the statement"), rows)
    rate = measured.rows / measured.all_s
    print(f"\n{measured.rows} rows as CSV: the first after {measured.first_s:.2f} s, all in {measured.all_s:.0f} s")
    print(f"({rate:.0f} rows a second); memory grew by {measured.grew_mb:.0f} MB from early on to the end")
    return [
        Verdict("standard report / plain SQL", ratio.shown(2), f"at most {AIM:.0f}", ratio.middle <= AIM),
        Verdict("first rows of the CSV", f"{measured.first_s:.2f} s", "under 1 s", measured.first_s < FIRST_BYTES_S),
        Verdict(
            "memory while streaming",
            f"{measured.grew_mb:+.0f} MB",
            f"under {FLAT_MB:.0f} MB",
            measured.grew_mb < FLAT_MB,
        ),
    ]


def run(meetings: int = MEETINGS) -> list[Verdict]:
    """Start what is needed, measure, print and judge."""
    with engines(durable=True) as made:
        upgrade(made.database_url)
        spare_start_up()
        return report(asyncio.run(measure(settings_for(made.database_url, made.redis_url), meetings=meetings)))
