"""A desk that serves two partnerships: never beyond its seats without a name, and shown on the radar of both."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from service.store.queries.readable import Reader
from service.workflow.clashes import clash_radar
from tests.handlers.house import MONDAY, House, a_body
from tests.handlers.test_page_checks import check

TOMORROW = MONDAY + timedelta(days=1)
POLICE = "police_child_protection"
DESK = "00000000-0000-7000-8000-000000000001"
# Every two seats taken there at one time, with how many are at that time in all.
CROWDED = """
SELECT count(*) AS n FROM desk_bookings a WHERE a.desk_id = :desk AND a.state = 'booked' AND a.seat IS NOT NULL AND (
  SELECT count(*) FROM desk_bookings b WHERE b.desk_id = :desk AND b.state = 'booked' AND b.seat IS NOT NULL
  AND b.during @> lower(a.during)) > :seats
"""


JOINT = (
    """
    INSERT INTO desks (id, partnership_id, name, capacity, updated_at)
    VALUES (:desk, 'wirral', 'Joint police desk', 1, now())
    """,
    """
    INSERT INTO inboxes (id, partnership_id, role, name, address, phone, hours, updated_at)
    SELECT gen_random_uuid(), 'wirral', role, name, address, phone, hours, updated_at FROM inboxes WHERE role = :role
    """,
    "UPDATE inboxes SET desk_id = :desk WHERE role = :role",
)


@pytest.fixture
async def joint(house: House) -> House:
    """The house with one police desk of one seat behind an inbox of Lewisham and one of Wirral."""
    async with house.engine.begin() as conn:
        for statement in JOINT:
            wanted = {"desk": DESK, "role": POLICE}
            await conn.execute(text(statement), {name: wanted[name] for name in wanted if f":{name}" in statement})
    return house


async def planned_in(house: House, partnership: str, **changes: Any) -> str:
    body = a_body(partnership=partnership, source_ref=house.fresh("S"), **changes)
    answer = await house.send(body, client="both")
    assert answer.status == 201, await answer.text()
    reference: str = (await answer.json())["meeting_reference"]
    return reference


async def seats(house: House, capacity: int) -> None:
    async with house.engine.begin() as conn:
        await conn.execute(text("UPDATE desks SET capacity = :n"), {"n": capacity})
        await conn.execute(text("UPDATE inboxes SET capacity = 99 WHERE role <> :role"), {"role": POLICE})


@pytest.mark.parametrize(("capacity", "seed"), [(1, 1), (2, 2), (3, 3)])
async def test_whoever_asks_at_once_from_both_sides_the_desk_is_never_beyond_its_seats_without_a_name(
    joint: House, capacity: int, seed: int
) -> None:
    draw = random.Random(seed)  # noqa: S311 - a reproducible crowd, not a secret
    await seats(joint, capacity)
    asked = [(name, await planned_in(joint, name)) for name in ("lewisham", "wirral") * 6]

    async def confirm(partnership: str, reference: str) -> int:
        start = TOMORROW + timedelta(minutes=15 * draw.randrange(6))
        body: dict[str, object] = {"start": start.isoformat(), "minutes": draw.choice([30, 60])}
        if draw.random() < 0.3:
            body["desk_override"] = "desk_agreed"
        path = f"/api/v1/meetings/{reference}/confirm?partnership={partnership}"
        return (await joint.call("POST", path, body, client="both")).status

    told = await asyncio.gather(*(confirm(*each) for each in asked))
    assert set(told) == {200, 409}
    (crowded,) = await joint.rows(CROWDED, desk=DESK, seats=capacity)
    assert crowded["n"] == 0
    taken = await joint.rows("SELECT seat, override_because, override_by FROM desk_bookings WHERE desk_id = :d", d=DESK)
    assert len(taken) == told.count(200)
    assert all((row["seat"] or 0) <= capacity for row in taken)
    assert all(row["override_by"] == "api:both" for row in taken if row["seat"] is None)


async def test_the_radar_counts_the_other_partnership_s_meeting_and_says_nothing_else_of_it(joint: House) -> None:
    theirs = await planned_in(joint, "wirral", wishes={"start": TOMORROW.isoformat()})
    ours = await planned_in(joint, "lewisham", wishes={"start": (TOMORROW + timedelta(minutes=30)).isoformat()})
    for partnership, own, other in (("lewisham", ours, theirs), ("wirral", theirs, ours)):
        answer = await joint.call("GET", f"/api/v1/clashes?partnership={partnership}", client="both")
        assert answer.status == 200, await answer.text()
        found = await answer.json()
        (clash,) = found["clashes"]
        assert (clash["who"], clash["meetings"], clash["others"]) == ("Joint police desk", [own], 1)
        assert (clash["start"], clash["end"]) == ("2026-12-01T10:30:00Z", "2026-12-01T11:00:00Z")
        assert other not in str(found)
        assert (found["move"]["meeting_reference"], found["move"]["clears"]) == (own, 1)
    page = await check(await joint.client.get("/lewisham/clashes"))
    assert "1 not shown here" in page
    assert theirs not in page
    assert f"/lewisham/meetings/{ours}/time" in page
    assert "Best: " in page


async def test_a_move_that_the_radar_offers_clears_the_clash(joint: House) -> None:
    await planned_in(joint, "wirral", wishes={"start": TOMORROW.isoformat()})
    ours = await planned_in(joint, "lewisham", wishes={"start": TOMORROW.isoformat()})
    found = await (await joint.call("GET", "/api/v1/clashes")).json()
    best = found["move"]["to"][0]["start"]
    moved = await joint.call("POST", f"/api/v1/meetings/{ours}/move", {"start": best, "minutes": 60})
    assert moved.status == 200, await moved.text()
    assert (await (await joint.call("GET", "/api/v1/clashes")).json())["clashes"] == []
    assert "asked for by more meetings than it can sit in" in await check(await joint.client.get("/lewisham/clashes"))


async def test_a_restricted_meeting_is_counted_and_never_named(joint: House) -> None:
    hidden = await joint.confirmed(TOMORROW)
    shown = await joint.confirmed(TOMORROW)
    async with joint.engine.begin() as conn:
        await conn.execute(
            text(
                "UPDATE requests SET restricted_at = now() WHERE id ="
                " (SELECT request_id FROM meetings WHERE reference = :of)"
            ),
            {"of": hidden},
        )
    found = await clash_radar(joint.services, "lewisham", reader=Reader("staff:nobody", MONDAY))
    assert {(each.meetings, each.others) for each in found.clashes} == {((shown,), 1)}
    assert hidden not in await (await joint.client.get("/lewisham/clashes")).text()
    assert found.swap is None


@pytest.mark.parametrize("wrong", ["0", "61", "x", "1&days=2", "-1"])
async def test_days_that_are_none_are_refused(house: House, wrong: str) -> None:
    assert (await house.call("GET", f"/api/v1/clashes?days={wrong}")).status == 400
    assert (await house.client.get(f"/lewisham/clashes?days={wrong}")).status == 400
