"""A figure is reproducible: the report and a slow count of the raw rows agree, for every denominator."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from math import isclose, sqrt
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from service.domain.attendance import Denominator, Outcome
from service.domain.rates import rate_of
from service.domain.requests import Exclusion, Wishes
from service.store.queries.attendance import attendance_facts
from service.workflow.attend import AttendanceGiven, record_attendance
from service.workflow.meetings import NewTime, cancel_meeting, move_meeting
from service.workflow.report import By, Report, attendance_report
from tests.journey.world import DESKS, POLICE, TUESDAY_NINE, Desk, World, a_request, a_world, reference_of

LONDON = ZoneInfo("Europe/London")
MANY_DESKS = [
    *(desk for desk in DESKS if desk is not POLICE),
    Desk(POLICE.role, channel="phone"),
    Desk("paediatrician"),
]


async def a_month_of_meetings(world: World, chance: Random) -> None:
    """Held, moved, cancelled, half recorded, never confirmed; with agencies phoned, stopped, unknown and refused."""
    for number in range(8):
        start = TUESDAY_NINE + timedelta(days=number * 6, hours=5)
        stopped = (Exclusion("health_practitioner", "conflict"),) if number == 3 else ()
        wishes = Wishes() if number == 7 else Wishes(start=start)
        received = await world.receive(a_request(wishes=wishes, exclusions=stopped))
        reference = reference_of(received)
        if number == 2:
            await world.sandbox.control.fault("create_message", "status", status=404)
        await world.settle()
        if number in {1, 4}:
            await move_meeting(
                world.services, "lewisham", reference, NewTime(start + timedelta(hours=1)), actor="officer"
            )
            if number == 4:
                # Invited to the old time and never told of the new one: that is not invited.
                await world.sandbox.control.fault("create_message", "status", status=404, times=2)
            await world.settle()
        if number == 5:
            await cancel_meeting(world.services, "lewisham", reference, reason="facts_now_clear", actor="officer")
            await world.settle()
        if number in {0, 2}:
            await world.change("UPDATE tasks SET state = 'done' WHERE kind = 'phone_invitation' AND state = 'open'")
        if number in {5, 7}:
            continue
        world.clock.pass_to(start + timedelta(hours=3))
        roles = [
            row["role"]
            for row in await world.rows(
                "SELECT role FROM requirements r JOIN meetings m ON m.id = r.meeting_id WHERE m.reference = :it",
                it=reference,
            )
        ]
        given = [AttendanceGiven(role, chance.choice(list(Outcome))) for role in roles if chance.random() < 0.8]
        await record_attendance(world.services, "lewisham", reference, given, actor="officer")


async def places(world: World) -> list[dict[str, Any]]:
    """Each place at each meeting, counted the slow way from the raw rows, one table at a time."""
    raw = {
        name: await world.rows(f"SELECT * FROM {name}")  # noqa: S608 - the names stand here
        for name in ("meetings", "requirements", "invitations", "attendances", "tasks", "inboxes")
    }
    channel = {inbox["id"]: inbox["channel"] for inbox in raw["inboxes"]}
    found = []
    for meeting in raw["meetings"]:
        if meeting["state"] == "planned":
            continue
        for place in raw["requirements"]:
            if place["meeting_id"] != meeting["id"]:
                continue
            outcomes = [row["outcome"] for row in raw["attendances"] if row["requirement_id"] == place["id"]]
            if place["state"] == "withdrawn" and not outcomes:
                continue
            handed = any(
                row["message_handed_at"] and (row["event_handed_at"] or channel[row["inbox_id"]] != "outlook")
                for row in raw["invitations"]
                if row["requirement_id"] == place["id"] and row["version"] == meeting["version"]
            )
            phoned = any(
                row["requirement_id"] == place["id"] and row["kind"] == "phone_invitation" and row["state"] == "done"
                for row in raw["tasks"]
            )
            local = (meeting["starts_at"] or meeting["created_at"]).astimezone(LONDON)
            found.append(
                {
                    "meeting": meeting["reference"],
                    "role": place["role"],
                    "month": f"{local:%Y-%m}",
                    "invited": handed or phoned,
                    "required": place["level"] != "optional",
                    "outcome": outcomes[0] if outcomes else None,
                    "cancelled": meeting["state"] == "cancelled",
                }
            )
    return found


def recount(rows: list[dict[str, Any]], denominator: Denominator) -> tuple[int, int]:
    """How many came, and of how many."""
    took_place = {row["meeting"] for row in rows if row["outcome"] and not row["cancelled"]}
    came = of = 0
    for row in rows:
        if row["cancelled"] or (row["outcome"] is None and (row["invited"] or row["meeting"] not in took_place)):
            continue
        if denominator is Denominator.REQUIRED and not row["required"]:
            continue
        if denominator is Denominator.INVITED and not row["invited"]:
            continue
        of += 1
        came += row["outcome"] in {"attended", "represented"}
    if denominator is Denominator.ALL:
        roles = {row["role"] for row in rows}
        of += sum(
            not any(row["meeting"] == meeting and row["role"] == role for row in rows)
            for meeting in took_place
            for role in roles
        )
    return came, of


async def report(world: World, denominator: Denominator, by: By = By.AGENCY) -> Report:
    days = (date(2026, 11, 1), date(2027, 2, 1))
    return await attendance_report(world.services, "lewisham", *days, by=by, denominator=denominator)


@pytest.mark.parametrize("seed", [7])
async def test_the_report_and_a_slow_count_of_the_raw_rows_agree(engine: AsyncEngine, seed: int) -> None:
    async with a_world(engine, desks=MANY_DESKS) as world:
        await a_month_of_meetings(world, Random(seed))  # noqa: S311 - a story told the same way each time
        raw = await places(world)
        async with world.engine.connect() as conn:
            facts = await attendance_facts(conn, "lewisham", TUESDAY_NINE, TUESDAY_NINE + timedelta(days=400))
        assert Counter(
            (fact.meeting_ref, fact.role, fact.month, fact.invited, fact.required, fact.outcome, fact.cancelled)
            for fact in facts
        ) == Counter(
            tuple(row[name] for name in ("meeting", "role", "month", "invited", "required", "outcome", "cancelled"))
            for row in raw
        )
        assert {row["invited"] for row in raw} == {True, False}
        for denominator in Denominator:
            said = (await report(world, denominator)).overall
            came, of = recount(raw, denominator)
            assert (said.rate.n, said.rate.of) == (came, of), denominator
            assert said.cancelled == 1
            for line in (await report(world, denominator, By.MONTH)).lines:
                if denominator is not Denominator.ALL:
                    month = [row for row in raw if row["month"] == line.key]
                    assert (line.rate.n, line.rate.of) == recount(month, denominator), (denominator, line.key)
        first, second = await report(world, Denominator.REQUIRED), await report(world, Denominator.REQUIRED)
        assert first == second


@pytest.mark.parametrize(("came", "of"), [(0, 5), (5, 5), (35, 100), (93, 95), (1, 1)])
def test_the_interval_beside_a_percentage_is_wilsons(came: int, of: int) -> None:
    """Wilson (1927), worked out here from the textbook form, 95 %."""
    z, p = 1.959963984540054, came / of
    middle = (p + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    rate = rate_of(came, of)
    assert rate.low is not None
    assert rate.high is not None
    assert isclose(rate.low / 100, max(0.0, middle - half), abs_tol=1e-3)
    assert isclose(rate.high / 100, min(1.0, middle + half), abs_tol=1e-3)
