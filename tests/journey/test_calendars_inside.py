"""A search for a time looks into the calendars inside the tenant, and never depends on them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from service.domain.requests import Wishes
from service.domain.roles import words as role_words
from service.outlook.adapter import open_graph
from service.outlook.free_busy import FreeBusy
from service.workflow.calendar_list import read_calendar_list
from service.workflow.calendars import calendars_shown, list_calendars
from service.workflow.find_time import Found, find_time, find_time_for
from tests.journey.world import SOCIAL_WORKER, TUESDAY_NINE, World, a_request, reference_of

CHAIR, ROOM = "priya.shah@lewisham.example", "room2@lewisham.example"
LISTED = f"""
agencies = ["{SOCIAL_WORKER}"]
[[chair]]
name = "Priya Shah"
address = "{CHAIR}"
[[room]]
name = "Civic Suite, room 2"
address = "{ROOM}"
""".encode()
HOUR = timedelta(hours=1)
AWAY = "The calendar of Priya Shah could not be read (Outlook does not answer): standing hours used."


@pytest.fixture
async def seeing(world: World) -> AsyncIterator[World]:
    """The world with its way to the pretend Outlook's calendars, and one seat at each desk."""
    async with open_graph(world.sandbox.settings) as graph:
        world.services = replace(world.services, calendars=FreeBusy(lambda _: graph, 6.0))
        await world.change("UPDATE inboxes SET capacity = 1")
        await list_calendars(world.services, "lewisham", read_calendar_list(LISTED), dry_run=False, actor="test")
        for address in (CHAIR, ROOM, SOCIAL_WORKER):
            await fill(world, address)
        yield world


async def fill(world: World, address: str, *taken: tuple[datetime, datetime, str]) -> None:
    def moment(at: datetime) -> dict[str, str]:
        return {"dateTime": at.strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"}

    made = [{"start": moment(start), "end": moment(end), "status": status, "subject": "Keziah Fennimore"}
            for start, end, status in taken]  # fmt: skip
    await world.sandbox.control.post("appointments", address=address, appointments=made)


async def planned(world: World, mode: str = "in_person") -> str:
    wishes = Wishes(mode=mode)
    deadline = await world.receive(a_request(chair="Priya Shah", wishes=wishes))
    reference = reference_of(deadline)
    # It cannot wait for a lighter day.
    until = TUESDAY_NINE + 8 * HOUR
    await world.change("UPDATE meetings SET deadline_at = :at WHERE reference = :of", at=until, of=reference)
    return reference


async def told(world: World, reference: str) -> tuple[Found, tuple[str, ...]]:
    found = await find_time(world.services, "lewisham", reference)
    return found, found.wanted.told


async def test_a_chair_an_agency_and_a_room_are_taken_as_their_calendars_say(seeing: World) -> None:
    await fill(seeing, CHAIR, (TUESDAY_NINE, TUESDAY_NINE + 2 * HOUR, "busy"))
    await fill(seeing, SOCIAL_WORKER, (TUESDAY_NINE + 2 * HOUR, TUESDAY_NINE + 3 * HOUR, "busy"))
    await fill(seeing, ROOM, (TUESDAY_NINE + 3 * HOUR, TUESDAY_NINE + 4 * HOUR, "busy"))
    reference = await planned(seeing)
    found, said = await told(seeing, reference)
    assert (found.slots[0].start, said) == (TUESDAY_NINE + 4 * HOUR, ())
    assert found.slots[0].rooms == ("Civic Suite, room 2",)
    assert {(str(each.kind), each.who) for each in found.calendars} == {
        ("agency", role_words("social_worker")),
        ("chair", "Priya Shah"),
        ("room", "Civic Suite, room 2"),
    }
    # The same for a request that is not sent yet, from what was seen just now; rooms are no matter online.
    asked = a_request(chair="Priya Shah", wishes=Wishes(mode="online"))
    before = await find_time_for(seeing.services, asked)
    assert before.slots[0].start not in (TUESDAY_NINE, TUESDAY_NINE + 2 * HOUR)
    assert len(before.calendars) == 2
    assert await seeing.calls("get_schedule") == 1
    kept = await seeing.one("SELECT string_agg(calendars::text, ' ') AS all FROM calendars")
    assert "Fennimore" not in kept["all"]


async def test_what_was_seen_lately_is_not_asked_for_again_and_then_it_is(seeing: World) -> None:
    reference = await planned(seeing)
    await asyncio.gather(*(told(seeing, reference) for _ in range(3)))
    before = await seeing.calls("get_schedule")
    seeing.clock.wait(timedelta(minutes=4))
    await told(seeing, reference)
    assert await seeing.calls("get_schedule") == before
    seeing.clock.wait(timedelta(minutes=2))
    await fill(seeing, CHAIR, (TUESDAY_NINE, TUESDAY_NINE + 3 * HOUR, "busy"))
    found, _ = await told(seeing, reference)
    assert await seeing.calls("get_schedule") == before + 1
    assert found.slots[0].start == TUESDAY_NINE + 3 * HOUR


async def test_while_outlook_is_away_what_was_seen_is_used_for_a_day_and_its_age_is_said(seeing: World) -> None:
    await fill(seeing, CHAIR, (TUESDAY_NINE, TUESDAY_NINE + 3 * HOUR, "busy"))
    reference = await planned(seeing)
    await told(seeing, reference)
    await seeing.sandbox.control.fault("get_schedule", "status", status=500, times=99)
    seeing.clock.wait(timedelta(minutes=40))
    found, said = await told(seeing, reference)
    assert found.slots[0].start == TUESDAY_NINE + 3 * HOUR
    assert said[0] == "We last saw the calendar of Priya Shah 40 minutes ago (Outlook does not answer)."
    calls = await seeing.calls("get_schedule")
    await told(seeing, reference)
    # Nobody waits for an Outlook that has just not answered.
    assert await seeing.calls("get_schedule") == calls
    seeing.clock.wait(timedelta(hours=24))
    await seeing.change("UPDATE meetings SET deadline_at = NULL")
    found, said = await told(seeing, reference)
    assert found.slots
    assert AWAY in said
    await seeing.mended()
    seeing.clock.wait(timedelta(minutes=2))
    assert (await told(seeing, reference))[1] == ()


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 403},
        {"kind": "status", "status": 429, "retry_after": 60},
        {"kind": "drop_before"},
        {"kind": "html"},
        {"kind": "delay", "seconds": 9},
    ],
    ids=str,
)
async def test_a_search_answers_from_standing_hours_however_outlook_fails(
    seeing: World, fault: dict[str, object]
) -> None:
    reference = await planned(seeing)
    await seeing.sandbox.control.post("faults", operation="get_schedule", times=9, **fault)
    found, said = await told(seeing, reference)
    assert found.slots[0].start == TUESDAY_NINE + timedelta(minutes=15)
    assert len(said) == 3
    assert sum(each.endswith("standing hours used.") for each in said) == 2
    assert said[2].endswith("ask whether it is free.")
    assert found.slots[0].rooms == ()


async def test_one_calendar_that_is_not_shown_hides_no_other(seeing: World) -> None:
    await seeing.sandbox.control.post("appointments", address=SOCIAL_WORKER, error="ErrorNoFreeBusyAccess")
    await fill(seeing, CHAIR, (TUESDAY_NINE, TUESDAY_NINE + HOUR, "busy"))
    found, said = await told(seeing, await planned(seeing))
    assert found.slots[0].start == TUESDAY_NINE + HOUR
    (sentence,) = said
    whose = f"The calendar of {role_words('social_worker')}"
    assert sentence == f"{whose} could not be read (its owner does not show it): standing hours used."


async def test_a_mailbox_that_is_stopped_asks_nothing_and_the_search_goes_on(seeing: World) -> None:
    reference = await planned(seeing)
    await seeing.change("UPDATE mailboxes SET state = 'stopped'")
    found, said = await told(seeing, reference)
    assert found.slots
    assert len(said) == 3
    assert await seeing.calls("get_schedule") == 0


async def test_a_meeting_is_not_in_its_own_way_though_every_calendar_holds_it(seeing: World) -> None:
    start = TUESDAY_NINE + 5 * HOUR
    received = await seeing.receive(a_request(chair="Priya Shah", wishes=Wishes(start=start)))
    await seeing.pump()
    await seeing.says(SOCIAL_WORKER, received, "accept")
    await seeing.quiet()
    reference = reference_of(received)
    until = {"at": start, "of": reference}
    await seeing.change("UPDATE meetings SET deadline_at = :at WHERE reference = :of", **until)
    taken = [(TUESDAY_NINE + number * HOUR, TUESDAY_NINE + (number + 1) * HOUR, "busy") for number in range(5)]
    await fill(seeing, CHAIR, *taken, (start, start + HOUR, "busy"))
    found, _ = await told(seeing, reference)
    assert [each.start for each in found.slots] == [start]
    assert "social_worker" in {each.notice.role for each in found.slots[0].coming}


async def test_the_list_is_made_what_the_file_says_with_its_audit_and_without_a_name_in_it(seeing: World) -> None:
    shorter = read_calendar_list(LISTED.split(b"[[room]]")[0])
    would = await list_calendars(seeing.services, "lewisham", shorter, dry_run=True, actor="test")
    assert len(await calendars_shown(seeing.services, "lewisham")) == 3
    assert would == await list_calendars(seeing.services, "lewisham", shorter, dry_run=False, actor="test")
    assert ([each.name for each in would.removed], would.added, would.unchanged) == (["Civic Suite, room 2"], (), 2)
    assert len(await calendars_shown(seeing.services, "lewisham")) == 2
    same = await list_calendars(seeing.services, "lewisham", shorter, dry_run=False, actor="test")
    assert (same.added, same.removed) == ((), ())
    events = await seeing.rows("SELECT data FROM audit_events WHERE action = 'directory:calendars:listed'")
    assert [row["data"]["there"] for row in events] == [3, 2]
    assert "Shah" not in str(events)
    assert await seeing.chains_hold()
