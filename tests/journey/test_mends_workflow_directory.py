"""An inbox that leaves the directory is told no more, and a new one, or one that an officer names, is invited."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from service.domain.requests import Exclusion, Wishes
from service.store.changes.directory import InboxEntry
from service.store.queries.directory import directory
from service.workflow.bind import NamedInbox, fill_gaps, name_inbox
from service.workflow.directory import import_inboxes
from service.workflow.errors import CannotInviteError, NoSuchMeetingError, NoSuchRequirementError
from service.workflow.meetings import NewTime, cancel_meeting, move_meeting
from tests.journey.test_never_left_out import nobody_is_left_out, tasks_of
from tests.journey.world import POLICE, TUESDAY_NINE, Desk, World, a_request, a_world, add_desk, reference_of

START = TUESDAY_NINE + timedelta(days=2)
POLICE_AT, NEW_POLICE = POLICE.at("lewisham"), "new.police@lewisham.example"
NURSE_AT, SCHOOL_AT = "school.nurse@lewisham.example", "school@lewisham.example"
INVITED = Counter(invite=1, message=1)


async def _entries(world: World) -> list[InboxEntry]:
    async with world.engine.connect() as conn:
        there = await directory(conn, "lewisham")
    names = InboxEntry.__dataclass_fields__
    return [InboxEntry(**{name: getattr(inbox, name) for name in names}) for inbox in there]


async def _import(world: World, entries: list[InboxEntry], *, retire: bool = False) -> int:
    await import_inboxes(
        world.services,
        "lewisham",
        entries,
        dry_run=False,
        actor="command:amy",
        retire_missing=retire,
        vouched="read back by phone",
    )
    return len(await fill_gaps(world.services, "lewisham", actor="command:amy"))


async def _guests(world: World) -> set[str]:
    (event,) = await world.events()
    return {guest["address"] for guest in event["attendees"]}


async def _received(world: World) -> str:
    received = await world.receive(a_request(wishes=Wishes(start=START)))
    return reference_of(received)


async def _state(world: World, role: str) -> str:
    return str((await world.one("SELECT state FROM requirements WHERE role = :role", role=role))["state"])


async def test_a_retired_inbox_loses_its_place_and_hears_nothing_more(world: World) -> None:
    reference = await _received(world)
    await world.settle()
    assert POLICE_AT in await _guests(world)
    told = await world.delivered(POLICE_AT)
    kept = [entry for entry in await _entries(world) if entry.role != POLICE.role]
    assert await _import(world, kept, retire=True) == 0
    await world.settle()
    assert await _state(world, POLICE.role) == "no_inbox"
    assert await tasks_of(world, POLICE.role) == ["no_inbox"]
    assert POLICE_AT not in await _guests(world)
    assert NURSE_AT in await _guests(world), "nobody else leaves the list"
    await nobody_is_left_out(world)
    await move_meeting(world.services, "lewisham", reference, NewTime(START + timedelta(hours=2)), actor="amy")
    await world.settle()
    world.clock.pass_to(START)
    await world.chase()
    await world.settle()
    await nobody_is_left_out(world)
    await cancel_meeting(world.services, "lewisham", reference, reason="replaced", actor="amy")
    await world.settle()
    now = await world.delivered(POLICE_AT)
    assert now["message"] == told["message"], "no message after the one that invited it"
    assert await world.rows("SELECT id FROM chases WHERE state IN ('due', 'handed')") == []
    assert await world.chains_hold()


async def test_a_changed_address_is_a_new_inbox_in_the_old_one_s_place(world: World) -> None:
    await _received(world)
    await world.settle()
    entries = [
        replace(each, address=NEW_POLICE) if each.role == POLICE.role else each for each in await _entries(world)
    ]
    assert await _import(world, entries) == 1
    await world.settle()
    active = await world.rows(
        "SELECT address, active FROM inboxes WHERE role = :role ORDER BY active", role=POLICE.role
    )
    assert [(row["address"], row["active"]) for row in active] == [(POLICE_AT, False), (NEW_POLICE, True)]
    assert await _state(world, POLICE.role) == "wanted"
    assert await world.delivered(NEW_POLICE) == INVITED
    assert NEW_POLICE in await _guests(world)
    assert POLICE_AT not in await _guests(world)
    chases = await world.rows(
        "SELECT c.state FROM chases c JOIN requirements r ON r.id = c.requirement_id WHERE r.role = :role",
        role=POLICE.role,
    )
    assert "due" in {chase["state"] for chase in chases}, "the new inbox is chased if it stays silent"
    (invited,) = await world.rows(
        "SELECT b.address, i.state FROM invitations i JOIN inboxes b ON b.id = i.inbox_id "
        "JOIN requirements r ON r.id = i.requirement_id WHERE r.role = :role",
        role=POLICE.role,
    )
    assert invited == {"address": NEW_POLICE, "state": "sent"}
    await nobody_is_left_out(world)
    assert await world.chains_hold()


async def test_an_address_corrected_before_anything_left_is_the_only_one_that_hears(world: World) -> None:
    await _received(world)
    entries = [
        replace(each, address=NEW_POLICE) if each.role == POLICE.role else each for each in await _entries(world)
    ]
    assert await _import(world, entries) == 1
    await world.settle()
    assert await world.delivered(POLICE_AT) == Counter()
    assert await world.delivered(NEW_POLICE) == INVITED
    assert await world.live_events() == 1


async def test_a_school_s_new_address_is_invited_although_the_school_is_sealed(world: World) -> None:
    await _received(world)
    await world.settle()
    moved = "office@school.example"
    entries = [replace(each, address=moved) if each.role == "school" else each for each in await _entries(world)]
    assert await _import(world, entries) == 1
    await world.settle()
    assert await world.delivered(moved) == INVITED
    assert await _guests(world) >= {moved}
    assert SCHOOL_AT not in await _guests(world)


async def test_an_inbox_can_leave_and_come_back_as_often_as_it_likes(world: World) -> None:
    await _received(world)
    await world.settle()
    everyone = await _entries(world)
    for _ in range(2):
        without = [entry for entry in everyone if entry.role != POLICE.role]
        await _import(world, without, retire=True)
        await world.settle()
        assert await tasks_of(world, POLICE.role) == ["no_inbox"]
        assert await _import(world, everyone) == 1
        await world.settle()
        assert POLICE_AT in await _guests(world)
        await nobody_is_left_out(world)


async def test_a_desk_reached_by_phone_is_a_new_call_each_time_it_comes_back(engine: AsyncEngine) -> None:
    desk = Desk("police_child_protection", channel="phone", address="")
    async with a_world(engine, desks=[Desk("social_worker"), desk]) as world:
        await _received(world)
        everyone = await _entries(world)
        for _ in range(2):
            assert await tasks_of(world, POLICE.role) == ["phone_invitation"]
            await _import(world, [entry for entry in everyone if entry.role != POLICE.role], retire=True)
            assert await tasks_of(world, POLICE.role) == ["no_inbox"]
            assert await _import(world, everyone) == 1
        await world.settle()
        await nobody_is_left_out(world)


async def test_a_dry_run_takes_nobody_s_place(world: World) -> None:
    await _received(world)
    would = await import_inboxes(world.services, "lewisham", [], dry_run=True, actor="amy", retire_missing=True)
    assert would.retired
    assert await _state(world, POLICE.role) == "wanted"


async def test_a_reserve_under_another_name_retires_nobody(world: World) -> None:
    (police,) = (entry for entry in await _entries(world) if entry.role == POLICE.role)
    reserve = replace(police, name="night desk", address=NEW_POLICE)
    done = await import_inboxes(world.services, "lewisham", [reserve], dry_run=False, actor="amy")
    assert done.retired == ()
    assert POLICE_AT in {inbox.address for inbox in done.not_in_file}


async def test_an_officer_names_the_inbox_for_a_sealed_school(small: World) -> None:
    reference = await _received(small)
    await small.settle()
    await add_desk(small.engine, "lewisham", Desk("school", "900001"))
    assert await fill_gaps(small.services, "lewisham", actor="amy") == []
    named = NamedInbox("school", SCHOOL_AT.upper(), child="C1")
    place = await name_inbox(small.services, "lewisham", reference, named, actor="command:amy")
    await small.settle()
    assert await small.delivered(SCHOOL_AT) == INVITED
    assert await tasks_of(small, "school") == []
    bound = await small.one("SELECT actor, data FROM audit_events WHERE action = 'planning:requirement:bound'")
    assert (bound["actor"], bound["data"]["requirement"]) == ("command:amy", str(place))
    with pytest.raises(CannotInviteError, match="has an inbox already"):
        await name_inbox(small.services, "lewisham", reference, named, actor="command:amy")


async def test_two_gaps_of_one_role_are_told_apart_by_the_child(small: World) -> None:
    (first,) = a_request().children
    second = type(first)("C2", birth_date=first.birth_date, name="Joab Fennimore", school_urn="900002")
    received = await small.receive(a_request(children=(first, second), wishes=Wishes(start=START)))
    reference = reference_of(received)
    await add_desk(small.engine, "lewisham", Desk("school", "900002"))
    with pytest.raises(CannotInviteError, match=r"child:C1, child:C2"):
        await name_inbox(small.services, "lewisham", reference, NamedInbox("school", SCHOOL_AT), actor="amy")
    named = NamedInbox("school", SCHOOL_AT, child="C2")
    await name_inbox(small.services, "lewisham", reference, named, actor="amy")
    places = await small.rows("SELECT slot, state FROM requirements WHERE role = 'school' ORDER BY slot")
    assert places == [{"slot": "child:C1", "state": "no_inbox"}, {"slot": "child:C2", "state": "wanted"}]


async def test_nobody_can_be_named_for_a_stopped_place_a_wrong_inbox_or_a_meeting_that_has_begun(world: World) -> None:
    excluded = (Exclusion(POLICE.role, "works with the person alleged"),)
    received = await world.receive(a_request(exclusions=excluded, wishes=Wishes(start=START)))
    reference = reference_of(received)

    async def refused(named: NamedInbox, words: str) -> None:
        with pytest.raises(CannotInviteError, match=words):
            await name_inbox(world.services, "lewisham", reference, named, actor="amy")

    await refused(NamedInbox(POLICE.role, POLICE_AT), "must not be told")
    await refused(NamedInbox("paediatrician", "nobody@lewisham.example"), "no inbox")
    await refused(NamedInbox("paediatrician", POLICE_AT), "no inbox")
    with pytest.raises(NoSuchRequirementError):
        await name_inbox(world.services, "lewisham", reference, NamedInbox("housing", POLICE_AT), actor="amy")
    with pytest.raises(NoSuchMeetingError):
        await name_inbox(world.services, "wirral", reference, NamedInbox("school", SCHOOL_AT), actor="amy")
    world.clock.pass_to(START)
    await add_desk(world.engine, "lewisham", Desk("paediatrician"))
    await refused(NamedInbox("paediatrician", "paediatrician@lewisham.example"), "has begun")
    assert await fill_gaps(world.services, "lewisham", actor="amy") == []
    assert await tasks_of(world, "paediatrician") == ["no_inbox"], "nothing leaves any more, so the task stays"
