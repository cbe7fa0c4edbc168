"""Replaying a year: four thousand past requests of one partnership put to a draft pack that changes something.

A hundred different requests are taken in through the workflow, with their agencies and invitations, and then copied
forty times, nine days apart, by statements of the database; a replay reads nothing that a copy would lack. Beside it,
in the same run: the same rows read and counted with no rule asked, which is what any replay must do at least.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bench.case import PARTNERSHIP, furnish, next_meeting_time, request_body, settings_for
from bench.figures import Verdict, show, spread
from service.clock import real_now
from service.commands.compose import command_services, spare_start_up
from service.domain.facts import CIRCUMSTANCES
from service.domain.london import local_date, start_of_day
from service.domain.policy import Policy
from service.domain.replay import Replay
from service.embedded.engines import engines
from service.handlers.reading import read_request
from service.policies.load import load_file
from service.settings import Settings
from service.store import tables
from service.store.migrate import upgrade
from service.store.queries.replay import stream_meetings
from service.workflow.deliveries import Delivery
from service.workflow.ports import Services
from service.workflow.receive import receive_request
from service.workflow.replay import replay_policy

DIFFERENT, COPIES, ROUNDS = 100, 40, 3
AIM_S = 10.0
_APART = "interval '9 days'"
_DRAFT = f"""
[pack]
id = "draft"
name = "Draft"
version = "1"
extends = "{PARTNERSHIP}"
owner = "the bench"
review_by = 2099-12-31

[[rules]]
id = "B01"
when = {{ fact = "circumstances", operator = "contains", value = "neglect" }}
invite = ["camhs"]
level = "conditional"
strength = "should"
reason = "a change to measure"
source = "the bench"
confidence = "S"

[meeting_types.strategy.notice_standard.any]
value = "1 working days"
source = "the bench"
confidence = "S"
"""


def draft() -> Policy:
    """Lewisham's pack with one more rule and a notice, so that a replay has invitations to add and notice to judge."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "draft.toml"
        file.write_text(_DRAFT, encoding="utf-8")
        return load_file(file)


async def fill(services: Services, different: int, copies: int) -> None:
    """A year of requests, the last received now."""
    draw = random.Random(1)  # noqa: S311 - reproducible requests, no secret
    now = real_now()
    for number in range(different):
        body = request_body(now, start=next_meeting_time(now)) | {
            "source_ref": f"R-{number}",
            "case_ref": f"LSM-{number}",
            "circumstances": sorted(draw.sample(sorted(CIRCUMSTANCES), 4)),
        }
        read = read_request(json.dumps(body).encode(), now)
        await receive_request(services, read.request, Delivery("bench", f"k-{number}", b"%d" % number, "bench"))
    await _hand_over(services.engine)
    await _copy(services.engine, copies)


async def _hand_over(engine: AsyncEngine) -> None:
    """As the worker would: every invitation in Outlook a minute after it was written."""
    async with engine.begin() as conn:
        later = "created_at + interval '1 minute'"
        await conn.execute(text(f"UPDATE invitations SET event_handed_at = {later}, message_handed_at = {later}"))  # noqa: S608


async def _copy(engine: AsyncEngine, copies: int) -> None:
    """Each row again for every copy, under an id that its old id and the copy's number give."""
    async with engine.begin() as conn:
        for table, changed in _CHANGED.items():
            await conn.execute(text(_copying(table, changed)), {"copies": copies - 1})
        await conn.execute(text("ANALYZE"))


def _again(column: str) -> str:
    return f"md5({column}::text || n)::uuid"


def _earlier(*columns: str) -> dict[str, str]:
    return {column: f"{column} - n * {_APART}" for column in columns}


_CHANGED: Mapping[Table, Mapping[str, str]] = {
    tables.requests: {"id": _again("id"), "source_ref": "source_ref || '-' || n", **_earlier("received_at")},
    tables.meetings: {
        "id": _again("id"),
        "request_id": _again("request_id"),
        "reference": "reference || '-' || n",
        **_earlier("starts_at", "ends_at", "created_at"),
    },
    tables.requirements: {"id": _again("id"), "meeting_id": _again("meeting_id")},
    tables.invitations: {
        "id": _again("id"),
        "meeting_id": _again("meeting_id"),
        "requirement_id": _again("requirement_id"),
        **_earlier("starts_at", "created_at", "event_handed_at", "message_handed_at"),
    },
}


def _copying(table: Table, changed: Mapping[str, str]) -> str:
    names = [column.name for column in table.columns]
    values = [changed.get(name, name) for name in names]
    source = f"FROM {table.name}, generate_series(1, :copies) AS n"
    return f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {', '.join(values)} {source}"


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of each round: the replay, its CPU, and the bare reading of the same rows; and what the replay found."""

    replay: list[float]
    cpu: list[float]
    bare: list[float]
    found: Replay


async def measure(
    settings: Settings, *, different: int = DIFFERENT, copies: int = COPIES, rounds: int = ROUNDS
) -> Measured:
    """Fill an empty database and let both ways take turns."""
    await furnish(settings)
    policy = draft()
    async with command_services(settings) as services:
        await fill(services, different, copies)
        last = local_date(real_now())
        first = last - timedelta(days=365)
        ours, cpu, bare = [], [], []
        for _ in range(rounds):
            began, burnt = perf_counter(), process_time()
            found = await replay_policy(services, PARTNERSHIP, policy, first, last, lambda _done, _total: None)
            between = perf_counter()
            cpu.append(process_time() - burnt)
            read = await _read_only(services.engine, first, last)
            ours.append(between - began)
            bare.append(perf_counter() - between)
            assert read == found.meetings
    return Measured(ours, cpu, bare, found)


async def _read_only(engine: AsyncEngine, first: date, last: date) -> int:
    """How many meetings come back, each with its places, when nothing is asked of them."""
    begin, end = start_of_day(first), start_of_day(last + timedelta(days=1))
    async with engine.connect() as conn:
        return sum([1 async for _ in stream_meetings(conn, PARTNERSHIP, begin, end)])


def report(measured: Measured) -> list[Verdict]:
    """Print both ways and judge the replay by its middle round."""
    found, ours, bare = measured.found, spread(measured.replay), spread(measured.bare)
    ratio = spread([mine / theirs for mine, theirs in zip(measured.replay, measured.bare, strict=True)])
    title = f"Replay of a year: {found.meetings} meetings, {found.changed} with other agencies under the draft"
    ways = (
        ("the replay", ours, ratio.shown(1)),
        ("of which CPU of this process", spread(measured.cpu), ""),
        ("the rows read, no rule asked", bare, "1"),
    )
    rows = [(way, took.shown(2), f"{1000 * took.middle / found.meetings:.2f}", times) for way, took, times in ways]
    show(title, ("way", "seconds", "ms a meeting", "times the reading"), rows)
    figure = f"{ours.middle:.2f} s for {found.meetings}"
    return [Verdict("replay of a year's requests", figure, f"under {AIM_S:.0f} s", ours.middle < AIM_S)]


def run() -> list[Verdict]:
    """Measure and print."""
    with engines(durable=True) as made:
        upgrade(made.database_url)
        spare_start_up()
        return report(asyncio.run(measure(settings_for(made.database_url, made.redis_url))))
