"""The facts an attendance report counts."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from service.domain.attendance import AttendanceFact, Outcome
from service.store import tables as t
from service.store.queries.attendance import attendance_facts
from tests.store.store_world import LEWISHAM, NOW, WIRRAL, World

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
DAY = datetime(2026, 6, 1, 9, tzinfo=UTC)


async def facts(world: World, start: datetime = START, end: datetime = END) -> list[AttendanceFact]:
    return await attendance_facts(world.conn, LEWISHAM, start, end)


async def record(world: World, meeting: UUID, place: UUID, outcome: str) -> None:
    row: dict[str, Any] = {"outcome": outcome, "state": "recorded", "recorded_by": "staff:amy", "recorded_at": NOW}
    await world.add(t.attendances, partnership_id=LEWISHAM, meeting_id=meeting, requirement_id=place, **row)


async def test_a_fact_says_who_was_wanted_who_was_invited_and_what_became_of_it(world: World) -> None:
    meeting = await world.meeting(LEWISHAM, reference="CV-1", starts_at=DAY, state="held")
    inbox = await world.inbox(LEWISHAM, "police")
    police = await world.requirement(LEWISHAM, meeting, "police", inbox_id=inbox)
    await world.invitation(LEWISHAM, meeting, police, inbox)
    await record(world, meeting, police, "represented")
    await world.requirement(LEWISHAM, meeting, "advocate", level="optional")
    assert await facts(world) == [
        AttendanceFact("CV-1", "2026-06", "advocate", "advocate", "optional", False, False, None, False),
        AttendanceFact("CV-1", "2026-06", "police", "police", "core", True, True, Outcome.REPRESENTED, False),
    ]


HANDED = {
    "both handed over": ({}, True),
    "event only": ({"message_handed_at": None, "state": "due"}, False),
    "message only": ({"event_handed_at": None, "state": "due"}, False),
    "an earlier version only": ({"version": 1, "state": "replaced"}, False),
}


@pytest.mark.parametrize(("values", "invited"), HANDED.values(), ids=HANDED.keys())
async def test_invited_means_that_event_and_message_of_the_last_version_were_handed_over(
    world: World, values: dict[str, Any], invited: bool
) -> None:
    meeting = await world.meeting(LEWISHAM, starts_at=DAY, version=2)
    inbox = await world.inbox(LEWISHAM, "police")
    police = await world.requirement(LEWISHAM, meeting, "police", inbox_id=inbox)
    await world.invitation(LEWISHAM, meeting, police, inbox, **{"version": 2} | values)
    assert [fact.invited for fact in await facts(world)] == [invited]


@pytest.mark.parametrize(("message", "invited"), [(NOW, True), (None, False)], ids=["told", "not told"])
async def test_an_inbox_that_is_no_guest_of_the_event_is_invited_by_its_message_alone(
    world: World, message: datetime | None, invited: bool
) -> None:
    meeting = await world.meeting(LEWISHAM, starts_at=DAY)
    inbox = await world.inbox(LEWISHAM, "police", channel="calendar_mail")
    police = await world.requirement(LEWISHAM, meeting, "police", inbox_id=inbox)
    await world.invitation(LEWISHAM, meeting, police, inbox, event_handed_at=None, message_handed_at=message)
    assert [fact.invited for fact in await facts(world)] == [invited]


@pytest.mark.parametrize(("state", "invited"), [("open", False), ("done", True), ("dropped", False)])
async def test_an_agency_reached_by_phone_is_invited_once_the_call_is_done(
    world: World, state: str, invited: bool
) -> None:
    meeting = await world.meeting(LEWISHAM, starts_at=DAY)
    police = await world.requirement(LEWISHAM, meeting, "police")
    await world.add(
        t.tasks,
        partnership_id=LEWISHAM,
        meeting_id=meeting,
        requirement_id=police,
        kind="phone_invitation",
        key="k",
        owner="officer",
        detail="Phone.",
        state=state,
        created_at=NOW,
    )
    assert [fact.invited for fact in await facts(world)] == [invited]


MONTHS = {
    "the last summer minute of September in London": (datetime(2026, 9, 30, 22, 59, tzinfo=UTC), "2026-09"),
    "London is already in October": (datetime(2026, 9, 30, 23, 0, tzinfo=UTC), "2026-10"),
    "in winter London keeps Greenwich time": (datetime(2026, 11, 30, 23, 59, tzinfo=UTC), "2026-11"),
    "the night the clocks go back": (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10"),
}


@pytest.mark.parametrize(("start", "month"), MONTHS.values(), ids=MONTHS.keys())
async def test_the_month_is_london_s(world: World, start: datetime, month: str) -> None:
    meeting = await world.meeting(LEWISHAM, starts_at=start)
    await world.requirement(LEWISHAM, meeting, "police")
    assert [fact.month for fact in await facts(world)] == [month]


async def test_the_period_takes_its_first_instant_and_leaves_its_last(world: World) -> None:
    for reference, start in (("first", START), ("last", END), ("before", START - timedelta(seconds=1))):
        meeting = await world.meeting(LEWISHAM, reference=reference, starts_at=start)
        await world.requirement(LEWISHAM, meeting, "police")
    assert [fact.meeting_ref for fact in await facts(world)] == ["first"]


async def test_a_planned_meeting_is_no_fact_and_a_cancelled_one_says_so(world: World) -> None:
    planned = await world.meeting(LEWISHAM, starts_at=None, state="planned", version=0)
    never = await world.meeting(LEWISHAM, reference="never had a time", starts_at=None, state="cancelled", version=0)
    called_off = await world.meeting(LEWISHAM, reference="called off", starts_at=DAY, state="cancelled")
    for meeting in (planned, never, called_off):
        await world.requirement(LEWISHAM, meeting, "police")
    assert [(fact.meeting_ref, fact.month, fact.cancelled) for fact in await facts(world)] == [
        ("called off", "2026-06", True),
        ("never had a time", "2026-11", True),
    ]


async def test_a_withdrawn_place_counts_only_when_somebody_came_for_it(world: World) -> None:
    meeting = await world.meeting(LEWISHAM, starts_at=DAY)
    came = await world.requirement(LEWISHAM, meeting, "police", state="withdrawn")
    await record(world, meeting, came, "attended")
    await world.requirement(LEWISHAM, meeting, "housing", state="withdrawn")
    assert [fact.role for fact in await facts(world)] == ["police"]


async def test_a_neighbour_s_meetings_are_not_ours(world: World) -> None:
    meeting = await world.meeting(WIRRAL, starts_at=DAY)
    await world.requirement(WIRRAL, meeting, "police")
    assert await facts(world) == []
