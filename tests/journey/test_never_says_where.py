"""Never where a family is that must not be found: not in the event, not in any message, file or opening, but for an
agency that is recorded as knowing it already. Read from the exact bytes that leave."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from service.domain.requests import Child, Person, Tie, Wishes
from service.store.queries.answering import answer_place
from service.workflow.calendar_file import file_of
from service.workflow.deliveries import Received
from service.workflow.disclosing import Asker, open_for_agency
from service.workflow.locations import record_location_held
from service.workflow.meetings import NewTime, move_meeting
from service.workflow.safe_route import NamedPerson, StoppedPlace, name_person, stop_place
from tests.journey.world import TUESDAY_NINE, World, a_request, reference_of

START = TUESDAY_NINE + timedelta(days=7, hours=5)
VENUE = "Harbour House, Room 2"
HEALTH = StoppedPlace("health_practitioner")
KEPT = frozenset({"lives_with", "location_protected"})


async def asked(world: World, *, protected: bool = True) -> Received:
    flags = KEPT if protected else frozenset({"lives_with"})
    request = a_request(
        children=(
            Child("C1", birth_date=date(2018, 5, 4), name="Keziah Fennimore", school_urn="900001", address="3 Elm Row"),
        ),
        people=(Person("P1", "mother", ("Rosalind Fennimore",), address="3 Elm Row", ties=(Tie("C1", flags),)),),
        wishes=Wishes(start=START, mode="in_person", venue=VENUE),
    )
    return await world.receive(request)


async def left(world: World) -> dict[str, str]:
    """Everything that left, by the role it went to; the event's own bytes under "event"."""
    rows = await world.rows(
        "SELECT coalesce(r.role, 'event') AS role, o.frozen FROM outbox o "
        "LEFT JOIN requirements r ON r.id = o.requirement_id WHERE o.frozen IS NOT NULL"
    )
    found: dict[str, str] = {}
    for row in rows:
        found[row["role"]] = found.get(row["role"], "") + bytes(row["frozen"]).decode()
    return found


async def chased(world: World) -> None:
    while world.clock.at < START - timedelta(minutes=30):
        world.clock.wait(timedelta(hours=6) if world.clock.at < START - timedelta(hours=7) else timedelta(minutes=30))
        await world.chase()
        await world.pump()


async def test_where_it_is_stands_in_nothing_that_leaves_for_those_who_do_not_know(world: World) -> None:
    received = await asked(world)
    reference = reference_of(received)
    await record_location_held(world.services, "lewisham", reference, HEALTH, reason="its ward", actor="officer")
    await world.pump()
    later = NewTime(START + timedelta(hours=1), mode="in_person", venue=VENUE)
    await move_meeting(world.services, "lewisham", reference, later, actor="officer")
    await world.pump()
    await chased(world)
    said = await left(world)
    assert len(said) > 4
    assert "Harbour" in said.pop("health_practitioner")
    assert {role: "Harbour" in text or "Elm Row" in text for role, text in said.items()} == dict.fromkeys(said, False)
    assert "phone 020 7946 0000 to hear where" in said["school"]


async def test_without_protection_everybody_is_told_where_to_come(world: World) -> None:
    await asked(world, protected=False)
    await world.pump()
    said = await left(world)
    assert all("Harbour" in text for text in said.values())


async def test_the_guest_list_is_hidden_from_the_guests(world: World) -> None:
    await asked(world)
    await world.pump()
    created = json.loads((await left(world))["event"])
    assert created["hideAttendees"] is True


@pytest.mark.parametrize("holds", [False, True])
async def test_the_answer_page_and_its_calendar_file_say_where_only_to_who_knows(world: World, holds: bool) -> None:
    received = await asked(world)
    reference = reference_of(received)
    if holds:
        await record_location_held(world.services, "lewisham", reference, HEALTH, reason="its ward", actor="officer")
    await world.pump()
    place = await world.one("SELECT id FROM requirements WHERE role = 'health_practitioner'")
    async with world.engine.connect() as conn:
        page = await answer_place(conn, "lewisham", place["id"])
    assert page is not None
    assert (page.holds_location, page.venue) == (holds, VENUE if holds else "")
    file = await file_of(world.services, "lewisham", reference, holds_location=page.holds_location)
    assert (b"Harbour" in file) is holds
    assert b"Harbour" not in await file_of(world.services, "lewisham", reference)


@pytest.mark.parametrize("holds", [False, True])
async def test_an_opening_says_where_only_to_who_knows(world: World, holds: bool) -> None:
    reference = reference_of(await asked(world))
    if holds:
        await record_location_held(world.services, "lewisham", reference, HEALTH, reason="its ward", actor="officer")
    asker = Asker("Asha Okoro", "health_practitioner", "called back")
    opened = await open_for_agency(world.services, "lewisham", reference, asker, actor="officer")
    (child,), (mother,) = opened.children, opened.people
    assert (child.identity.get("address"), child.identity.get("school_urn")) == (
        ("3 Elm Row", "900001") if holds else (None, None)
    )
    assert mother.identity.get("address") == ("3 Elm Row" if holds else None)
    assert child.identity["name"] == "Keziah Fennimore"


async def test_whoever_takes_a_stopped_place_does_not_inherit_what_the_inbox_knew(world: World) -> None:
    reference = reference_of(await asked(world))
    await record_location_held(world.services, "lewisham", reference, HEALTH, reason="its ward", actor="officer")
    await stop_place(world.services, "lewisham", reference, HEALTH, actor="officer")
    person = NamedPerson("Asha Okoro", "asha.okoro@lewisham.example")
    await name_person(world.services, "lewisham", reference, HEALTH, person, actor="officer")
    await world.pump()
    held = await world.rows("SELECT location_held_by FROM requirements WHERE role = 'health_practitioner'")
    assert sorted(str(row["location_held_by"]) for row in held) == ["None", "officer"]
    assert "Harbour" not in str(await world.sandbox.control.inbox("asha.okoro@lewisham.example"))


async def test_it_is_kept_who_recorded_it_and_it_can_be_taken_back(world: World) -> None:
    reference = reference_of(await asked(world))
    for held in (True, False):
        await record_location_held(
            world.services, "lewisham", reference, HEALTH, reason="its ward", actor="officer", held=held
        )
    events = await world.rows("SELECT actor, data FROM audit_events WHERE action = 'identity:location:recorded'")
    assert [(each["actor"], each["data"]["held"]) for each in events] == [("officer", True), ("officer", False)]
    await world.pump()
    assert "Harbour" not in (await left(world))["health_practitioner"]
