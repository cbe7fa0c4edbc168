"""Two people cannot take one seat of a desk at one time; whoever is second is told when else, and how all the same."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from service.scheduler.jobs import PERIODIC
from service.store.queries.audit import verify_chain
from service.workflow.seats import sweep_holds
from tests.handlers.house import MONDAY, House, a_body

TOMORROW = MONDAY + timedelta(days=1)
POLICE = "police_child_protection"
PAIRS = 50
TWO_IN_ONE_SEAT = """
SELECT count(*) AS n FROM desk_bookings a JOIN desk_bookings b
ON a.desk_id = b.desk_id AND a.seat = b.seat AND a.meeting_id <> b.meeting_id AND a.during && b.during
WHERE a.state IN ('held', 'booked') AND b.state IN ('held', 'booked')
"""
BEYOND_CAPACITY = """
SELECT count(*) AS n FROM desk_bookings b JOIN inboxes i ON i.id = b.inbox_id
WHERE b.state IN ('held', 'booked') AND (b.seat > i.capacity OR (b.seat IS NULL AND b.override_by IS NULL))
"""


async def confirm(house: House, reference: str, **body: Any) -> tuple[int, dict[str, Any]]:
    return await act(house, reference, "confirm", **body)


async def act(
    house: House, reference: str, what: str, client: str = "eclipse", **body: Any
) -> tuple[int, dict[str, Any]]:
    whose = "?partnership=wirral" if client == "both" else ""
    said = {"start": TOMORROW.isoformat()} | body
    answer = await house.call("POST", f"/api/v1/meetings/{reference}/{what}{whose}", said, client=client)
    return answer.status, await answer.json()


async def change(house: House, sql: str, **values: Any) -> None:
    async with house.engine.begin() as conn:
        await conn.execute(text(sql), values)


async def booked(house: House, reference: str, role: str = POLICE) -> list[dict[str, Any]]:
    return await house.rows(
        "SELECT b.seat, b.state, b.override_because, b.override_by, b.released_because FROM desk_bookings b"
        " JOIN meetings m ON m.id = b.meeting_id JOIN inboxes i ON i.id = b.inbox_id"
        " WHERE m.reference = :reference AND i.role = :role ORDER BY b.state DESC, lower(b.during)",
        reference=reference,
        role=role,
    )


async def test_of_two_who_confirm_at_once_one_wins_and_the_other_is_told_kindly(house: House) -> None:
    for number in range(PAIRS):
        start = (TOMORROW + timedelta(hours=number)).isoformat()
        pair = [await house.planned() for _ in range(2)]
        told = await asyncio.gather(*(confirm(house, each, start=start) for each in pair))
        assert sorted(status for status, _ in told) == [200, 409], told
        lost = next(body for status, body in told if status == 409)
        assert lost["code"] == "desk_full"
        assert {"role": POLICE, "name": "police child protection desk", "capacity": 1} in lost["full_desks"]
        assert lost["next_best"]
        assert lost["next_best"][0]["words"] in lost["detail"]
    assert (await house.rows(TWO_IN_ONE_SEAT))[0]["n"] == 0
    assert (await house.rows(BEYOND_CAPACITY))[0]["n"] == 0
    assert (await house.rows("SELECT count(*) AS n FROM meetings WHERE state = 'confirmed'"))[0]["n"] == PAIRS
    async with house.engine.connect() as conn:
        for row in await house.rows("SELECT DISTINCT chain FROM audit_events WHERE meeting_id IS NOT NULL"):
            assert (await verify_chain(conn, "lewisham", row["chain"])).holds


async def test_every_next_best_time_can_be_taken(house: House) -> None:
    assert (await confirm(house, await house.planned()))[0] == 200
    reference = await house.planned()
    _, lost = await confirm(house, reference)
    assert len(lost["next_best"]) == 3
    for each in lost["next_best"]:
        assert (await act(house, reference, "slots/hold", start=each["start"]))[0] == 200
    assert (await confirm(house, reference, start=lost["next_best"][0]["start"]))[0] == 200


async def test_the_database_itself_refuses_two_meetings_in_one_seat(house: House) -> None:
    first, second = await house.confirmed(TOMORROW), await house.planned()
    with pytest.raises(IntegrityError, match="ex_desk_bookings_one_seat"):
        await change(
            house,
            "INSERT INTO desk_bookings (id, partnership_id, desk_id, inbox_id, meeting_id, seat, during, in_person,"
            " state, taken_at) SELECT gen_random_uuid(), b.partnership_id, desk_id, inbox_id, other.id, seat, during,"
            " false, 'booked', taken_at FROM desk_bookings b JOIN meetings m ON m.id = b.meeting_id"
            " JOIN meetings other ON other.reference = :second WHERE m.reference = :first",
            first=first,
            second=second,
        )
    with pytest.raises(IntegrityError, match="seated_or_overridden"):
        await change(house, "UPDATE desk_bookings SET seat = NULL")


async def test_immediate_risk_goes_through_with_one_press_and_a_name(house: House) -> None:
    await house.confirmed(TOMORROW)
    reference = await house.planned(urgency="immediate")
    status, told = await confirm(house, reference)
    assert (status, told["desk_override"]) == (409, "immediate_risk")
    assert "Nothing stops a meeting about immediate risk" in told["detail"]
    # The one press: the same call with what the answer offered.
    assert (await confirm(house, reference, desk_override=told["desk_override"]))[0] == 200
    (row,) = await booked(house, reference)
    assert (row["seat"], row["override_because"], row["override_by"]) == (None, "immediate_risk", "api:eclipse")
    events = await house.rows("SELECT data FROM audit_events WHERE action = 'planning:desk:overbooked'")
    assert {event["data"]["override"] for event in events} == {"immediate_risk"}
    assert (await house.rows(BEYOND_CAPACITY))[0]["n"] == 0


async def test_an_override_nobody_needed_is_not_kept_and_one_that_is_not_on_the_list_is_refused(house: House) -> None:
    reference = await house.planned()
    assert (await confirm(house, reference, desk_override="because"))[0] == 422
    assert (await confirm(house, reference, desk_override="desk_agreed"))[0] == 200
    (row,) = await booked(house, reference)
    assert (row["seat"], row["override_because"]) == (1, None)


async def test_a_desk_of_two_seats_takes_two_and_a_move_or_a_cancellation_gives_one_back(house: House) -> None:
    await change(house, "UPDATE inboxes SET capacity = 2")
    one, two, three = [await house.planned() for _ in range(3)]
    assert [(await confirm(house, each))[0] for each in (one, two, three)] == [200, 200, 409]
    later = (TOMORROW + timedelta(hours=1)).isoformat()
    assert (await act(house, one, "move", start=later))[0] == 200
    assert (await confirm(house, three))[0] == 200
    assert (await act(house, one, "move"))[0] == 409
    cancelled = await house.call("POST", f"/api/v1/meetings/{two}/cancel", {"reason": "replaced"})
    assert cancelled.status == 200
    assert (await act(house, one, "move"))[0] == 200
    assert [row["released_because"] for row in await booked(house, one)] == ["replaced", "replaced", None]
    assert [row["state"] for row in await booked(house, one)] == ["released", "released", "booked"]
    assert [row["released_because"] for row in await booked(house, two)] == ["cancelled"]


async def test_a_meeting_that_moves_by_half_an_hour_does_not_stand_in_its_own_way(house: House) -> None:
    reference = await house.confirmed(TOMORROW)
    half = (TOMORROW + timedelta(minutes=30)).isoformat()
    assert (await act(house, reference, "slots/hold", start=half))[0] == 200
    assert (await act(house, reference, "move", start=half))[0] == 200


async def test_a_request_that_comes_with_its_time_is_never_refused_and_its_sender_stands_beside_it(
    house: House,
) -> None:
    references = [await house.confirmed(TOMORROW) for _ in range(3)]
    rows = [(await booked(house, each))[0] for each in references]
    assert [(row["seat"], row["override_because"], row["override_by"]) for row in rows] == [
        (1, None, None),
        (None, "agreed_before", "api:eclipse"),
        (None, "agreed_before", "api:eclipse"),
    ]


async def test_requests_with_the_same_time_that_come_at_once_are_all_taken_in(house: House) -> None:
    references = await asyncio.gather(*(house.confirmed(TOMORROW) for _ in range(12)))
    assert len(set(references)) == 12
    seats = [(await booked(house, each))[0]["seat"] for each in references]
    assert seats.count(1) == 1
    assert (await house.rows(TWO_IN_ONE_SEAT))[0]["n"] == 0
    assert (await house.rows(BEYOND_CAPACITY))[0]["n"] == 0


async def test_a_desk_that_may_stay_away_stops_nobody_and_is_not_overbooked(house: House) -> None:
    await house.confirmed(TOMORROW)
    reference = await house.planned()
    await change(house, "UPDATE requirements SET level = 'optional' WHERE state = 'wanted'")
    assert (await confirm(house, reference))[0] == 200
    assert await booked(house, reference) == []


async def test_a_time_that_is_held_is_kept_for_a_quarter_of_an_hour_and_then_let_go_by_itself(house: House) -> None:
    holder, other = await house.planned(), await house.planned()
    status, held = await act(house, holder, "slots/hold")
    assert (status, held["until"]) == (200, "2026-11-30T10:15:00Z")
    assert (await confirm(house, other))[0] == 409
    assert (await act(house, other, "slots/hold"))[0] == 409
    house.clock.at += timedelta(minutes=15)
    # No sweep has run: whoever reads knows that it is over.
    assert (await confirm(house, other))[0] == 200
    assert [row["released_because"] for row in await booked(house, holder)] == ["expired"]
    assert await house.rows("SELECT actor, data FROM audit_events WHERE action = 'planning:slot:released'") == [
        {"actor": "scheduler", "data": {"seats": 5, "why": "expired"}}
    ]


async def test_a_request_with_its_time_agreed_takes_a_seat_that_was_held_for_too_long(house: House) -> None:
    holder = await house.planned()
    assert (await act(house, holder, "slots/hold"))[0] == 200
    house.clock.at += timedelta(minutes=15)
    (row,) = await booked(house, await house.confirmed(TOMORROW))
    assert row["seat"] == 1
    assert (await booked(house, holder))[0]["released_because"] == "expired"


async def test_who_held_a_time_can_take_it_and_the_sweep_lets_go_what_nobody_took(house: House) -> None:
    holder, forgetful = await house.planned(), await house.planned()
    later = (TOMORROW + timedelta(hours=3)).isoformat()
    assert (await act(house, holder, "slots/hold"))[0] == 200
    assert (await act(house, forgetful, "slots/hold", start=later))[0] == 200
    assert (await confirm(house, holder))[0] == 200
    assert [row["state"] for row in await booked(house, holder)] == ["released", "booked"]
    assert await sweep_holds(house.services) == 0
    house.clock.at += timedelta(minutes=15)
    assert await sweep_holds(house.services) == 5
    assert await sweep_holds(house.services) == 0
    assert "v1.sweep" in PERIODIC


async def test_a_held_time_is_avoided_by_the_search_of_others_and_not_by_its_own(house: House) -> None:
    holder, other = await house.planned(), await house.planned()
    house.clock.at += timedelta(minutes=1)
    first = (await (await house.call("GET", f"/api/v1/meetings/{holder}/slots")).json())["slots"][0]["start"]
    assert (await act(house, holder, "slots/hold", start=first))[0] == 200
    starts = [
        (await (await house.call("GET", f"/api/v1/meetings/{each}/slots")).json())["slots"][0]["start"]
        for each in (holder, other)
    ]
    assert starts[0] == first
    assert starts[1] != first


async def test_one_desk_of_two_partnerships_sits_in_one_meeting_and_says_nothing_of_the_other_s(house: House) -> None:
    await change(
        house,
        "INSERT INTO desks (id, partnership_id, name, capacity, updated_at) VALUES"
        " ('00000000-0000-7000-8000-000000000001', 'wirral', 'Joint police desk', 1, now())",
    )
    await change(
        house,
        "INSERT INTO inboxes (id, partnership_id, role, name, address, phone, hours, updated_at) SELECT"
        " gen_random_uuid(), 'wirral', role, name, address, phone, hours, updated_at FROM inboxes WHERE role = :role",
        role=POLICE,
    )
    await change(
        house, "UPDATE inboxes SET desk_id = '00000000-0000-7000-8000-000000000001' WHERE role = :role", role=POLICE
    )
    theirs = await house.send(a_body(partnership="wirral", source_ref="W-1"), client="both")
    assert theirs.status == 201, await theirs.text()
    their_reference = (await theirs.json())["meeting_reference"]
    assert (await act(house, their_reference, "confirm", client="both"))[0] == 200
    status, told = await confirm(house, await house.planned())
    assert (status, [desk["name"] for desk in told["full_desks"]]) == (409, ["Joint police desk"])
    assert their_reference not in str(told)
    assert "wirral" not in str(told).lower()
    assert (await house.rows(TWO_IN_ONE_SEAT))[0]["n"] == 0


async def test_a_plan_made_anew_gives_back_the_seat_of_whoever_falls_away_and_takes_one_for_whoever_comes(
    house: House,
) -> None:
    reference = await house.confirmed(TOMORROW)
    path, role = f"/api/v1/meetings/{reference}/replan", "school_nurse"
    left = {"children": [{"ref": "C1", "age_band": "0-4", "on_school_roll": False}]}
    assert (await house.call("POST", path, left)).status == 200
    assert [row["released_because"] for row in await booked(house, reference, role)] == ["withdrawn"]
    back = {"children": [{"ref": "C1", "age_band": "5-17", "on_school_roll": True}]}
    assert (await house.call("POST", path, back)).status == 200
    assert [(row["state"], row["seat"]) for row in await booked(house, reference, role)] == [
        ("released", 1),
        ("booked", 1),
    ]
    assert [row["seat"] for row in await booked(house, reference)] == [1]
