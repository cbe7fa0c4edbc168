"""Never to a shared inbox that must not be told: whatever an officer, a directory or a forwarded link does, all that
leaves goes to the person named, by the route that nobody shares with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from service.domain.amending import Amendment, Words
from service.domain.answers import Answer, Way
from service.domain.requests import Exclusion, Person, Tie, Wishes
from service.workflow.bind import NamedInbox, fill_gaps, name_inbox
from service.workflow.deliveries import Received
from service.workflow.errors import CannotInviteError, NameRefusedError
from service.workflow.meetings import NewTime, cancel_meeting, move_meeting
from service.workflow.replan import replan_meeting
from service.workflow.replan_look import ReplanAsked
from service.workflow.reply import GivenAnswer, record_answer
from service.workflow.safe_route import NamedPerson, StoppedPlace, name_person, stop_place
from tests.journey.world import DESKS, TUESDAY_NINE, Desk, World, a_request, a_world, reference_of

START = TUESDAY_NINE + timedelta(days=7, hours=5)
SCHOOL = "school@lewisham.example"
OWN = "asha.okoro@lewisham.example"
ASHA = NamedPerson("Asha Okoro", OWN, "020 7946 0990")
STEPFATHER = Person(
    "P2",
    "stepfather",
    ("Martin Vance-Oduya",),
    aliases=("Marty Vance",),
    ties=(Tie("C1", frozenset({"alleged_to_have_harmed", "must_not_be_told"})),),
    works_for_role="school",
)
AT_THE_SCHOOL = a_request(people=(STEPFATHER,), wishes=Wishes(start=START))
THE_SCHOOL = StoppedPlace("school")


async def asked(world: World, **changes: object) -> Received:
    received = await world.receive(replace(AT_THE_SCHOOL, **changes))  # type: ignore[arg-type]
    await world.pump()
    return received


async def named(world: World, received: Received, person: NamedPerson = ASHA) -> UUID:
    place = await name_person(
        world.services, "lewisham", reference_of(received), THE_SCHOOL, person, actor="command:officer"
    )
    await world.pump()
    return place


async def a_day_of_silence(world: World) -> None:
    """Nobody answers: every step of every ladder comes due."""
    while world.clock.at < START - timedelta(minutes=30):
        world.clock.wait(timedelta(hours=4) if world.clock.at < START - timedelta(hours=5) else timedelta(minutes=30))
        await world.chase()
        await world.pump()


async def test_a_stopped_place_is_given_to_a_person_and_all_that_leaves_goes_to_their_own_address(world: World) -> None:
    received = await asked(world)
    assert "must_not_be_told" in await world.tasks()
    await named(world, received)
    assert (await world.delivered(OWN))["invite"] == 1
    assert (await world.delivered(OWN))["message"] == 1
    assert "must_not_be_told" not in await world.tasks()
    await a_day_of_silence(world)
    assert (await world.delivered(OWN))["message"] > 1, "the person is chased like anybody else"
    assert not await world.delivered(SCHOOL)
    assert not await world.delivered(f"manager.{SCHOOL}")


async def test_the_shared_inbox_never_comes_back_by_a_move_a_directory_or_a_cancellation(world: World) -> None:
    received = await asked(world)
    await named(world, received)
    reference = reference_of(received)
    await fill_gaps(world.services, "lewisham", actor="officer")
    await move_meeting(world.services, "lewisham", reference, NewTime(START + timedelta(hours=1)), actor="officer")
    await world.pump()
    await fill_gaps(world.services, "lewisham", actor="officer")
    await cancel_meeting(world.services, "lewisham", reference, reason="facts_now_clear", actor="officer")
    await world.pump()
    assert not await world.delivered(SCHOOL)
    assert (await world.delivered(OWN))["cancel"] == 1
    assert (await world.delivered(OWN))["message"] == 3
    assert await world.chains_hold()


async def test_a_person_with_a_phone_only_is_phoned_and_nothing_leaves(world: World) -> None:
    received = await asked(world)
    await named(world, received, NamedPerson("Asha Okoro", phone="020 7946 0990"))
    assert not await world.delivered(SCHOOL)
    (task,) = await world.rows("SELECT detail FROM tasks WHERE kind = 'phone_invitation' AND state = 'open'")
    assert task["detail"].startswith("Phone Asha Okoro on 020 7946 0990")


@pytest.mark.parametrize(
    ("person", "why"),
    [
        (NamedPerson("Martin Vance-Oduya", "someone@lewisham.example"), "the very person"),
        (NamedPerson("VANCE ODUYA, Martín", "someone@lewisham.example"), "other case, order, accent and sign"),
        (NamedPerson("M. Vance-Oduya", "someone@lewisham.example"), "an initial"),
        (NamedPerson("Martyn Vance Oduya", "someone@lewisham.example"), "a slip of the pen"),
        (NamedPerson("Mr Marty Vance", "someone@lewisham.example"), "another name he goes by"),
        (NamedPerson("Keziah Fennimore", "someone@lewisham.example"), "the child"),
        (NamedPerson("Asha Okoro", "m.vance.oduya@lewisham.example"), "an address made of the name"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_nobody_tied_to_the_case_is_the_person_named(world: World, person: NamedPerson, why: str) -> None:
    received = await asked(world)
    with pytest.raises(CannotInviteError) as refused:
        await named(world, received, person)
    said = str(refused.value)
    assert said == "This person cannot be taken for this place. Name somebody else of the agency, or ask your manager."
    (place,) = await world.rows("SELECT state, inbox_id FROM requirements WHERE role = 'school'")
    assert place == {"state": "stopped", "inbox_id": None}
    (event,) = await world.rows("SELECT data FROM audit_events WHERE action = 'identity:request:compared'")
    assert event["data"]["refused"] is True, why
    assert not {word for word in ("Vance", "Martin", "Keziah") if word in str(event["data"])}


@pytest.mark.parametrize(
    "person",
    [
        NamedPerson("Asha Okoro", SCHOOL),
        NamedPerson("Asha Okoro", SCHOOL.upper()),
        NamedPerson("Asha Okoro", f"manager.{SCHOOL}"),
        NamedPerson("Asha Okoro", phone="+44 20 7946-0101"),
    ],
    ids=["the inbox", "in capitals", "its manager", "its phone"],
)
async def test_a_route_that_stands_in_the_directory_is_shared_and_refused(world: World, person: NamedPerson) -> None:
    received = await asked(world)
    with pytest.raises(CannotInviteError, match="others share it"):
        await named(world, received, person)
    assert not await world.delivered(SCHOOL)


@pytest.mark.parametrize(
    ("person", "sentence"),
    [
        (NamedPerson("Asha", OWN), "first and last name"),
        (NamedPerson("Asha Okoro"), "address or a phone"),
        (NamedPerson("Asha Okoro", "not an address"), "one e-mail address"),
        (NamedPerson("Asha Okoro", phone="ring me"), "one phone number"),
        (NamedPerson("Asha Okoro", OWN, hours="whenever"), "hours cannot be read"),
    ],
)
async def test_what_cannot_be_a_person_is_refused_with_its_mend(
    world: World, person: NamedPerson, sentence: str
) -> None:
    received = await asked(world)
    with pytest.raises(CannotInviteError, match=sentence):
        await named(world, received, person)


async def test_an_inbox_learned_of_later_loses_event_and_chases_and_its_yes_counts_for_nobody(
    world: World,
) -> None:
    received = await world.receive(a_request(wishes=Wishes(start=START)))
    await world.pump()
    await world.says(SCHOOL, received, "accept")
    await world.read()
    told = await world.delivered(SCHOOL)
    reference = reference_of(received)
    place = await stop_place(world.services, "lewisham", reference, THE_SCHOOL, actor="command:officer")
    await world.pump()
    (event,) = await world.events()
    assert SCHOOL not in str(event["attendees"])
    assert "must_not_be_told" in await world.tasks()
    assert await world.rows("SELECT id FROM answers WHERE requirement_id = :place", place=place) == []
    await move_meeting(world.services, "lewisham", reference, NewTime(START + timedelta(hours=1)), actor="officer")
    await world.pump()
    await named(world, received)
    await a_day_of_silence(world)
    after = await world.delivered(SCHOOL)
    assert after - told in ({}, {"cancel": 1}), "Outlook takes the entry away, and nothing else reaches it"
    assert (await world.delivered(OWN))["message"] > 1
    assert await world.chains_hold()


async def test_a_named_person_can_be_stopped_in_turn_and_another_named(world: World) -> None:
    received = await asked(world)
    await named(world, received)
    await stop_place(world.services, "lewisham", reference_of(received), THE_SCHOOL, actor="officer")
    await named(world, received, NamedPerson("Bela Ruiz", "bela.ruiz@lewisham.example"))
    assert (await world.delivered("bela.ruiz@lewisham.example"))["invite"] == 1
    with pytest.raises(CannotInviteError, match="must not be told is given"):
        await named(world, received)


SHARED_DESK = tuple(
    replace(desk, address="one.desk@lewisham.example") if desk.role in {"school_nurse", "health_practitioner"} else desk
    for desk in DESKS
)


async def test_a_desk_that_does_two_jobs_is_told_in_neither_and_both_have_a_task(engine: object) -> None:
    async with a_world(engine, desks=SHARED_DESK) as world:  # type: ignore[arg-type]
        stopped = Exclusion("school_nurse", "her brother works there")
        await world.receive(a_request(exclusions=(stopped,), wishes=Wishes(start=START)))
        await world.pump()
        assert not await world.delivered("one.desk@lewisham.example")
        found = await world.rows("SELECT detail FROM tasks WHERE kind = 'must_not_be_told' AND state = 'open'")
        assert len(found) == 2


async def test_stopping_one_job_of_a_desk_stops_the_other(engine: object) -> None:
    async with a_world(engine, desks=SHARED_DESK) as world:  # type: ignore[arg-type]
        received = await world.receive(a_request(wishes=Wishes(start=START)))
        reference = reference_of(received)
        await stop_place(world.services, "lewisham", reference, StoppedPlace("school_nurse"), actor="officer")
        await world.pump()
        assert not await world.delivered("one.desk@lewisham.example")
        states = await world.rows("SELECT role FROM requirements WHERE state = 'stopped' ORDER BY role")
        assert [row["role"] for row in states] == ["health_practitioner", "school_nurse"]


async def test_a_manager_who_reads_the_stopped_inbox_is_never_chased_for_another_agency(engine: object) -> None:
    nurse = Desk("school_nurse", manager=SCHOOL)
    desks = tuple(nurse if desk.role == "school_nurse" else desk for desk in DESKS)
    async with a_world(engine, desks=desks) as world:  # type: ignore[arg-type]
        await asked(world)
        await a_day_of_silence(world)
        assert not await world.delivered(SCHOOL)


async def test_the_inbox_of_a_stopped_agency_is_never_named_for_another(engine: object) -> None:
    desks = (*(desk for desk in DESKS if desk.role != "school_nurse"),)
    async with a_world(engine, desks=desks) as world:  # type: ignore[arg-type]
        received = await asked(world)
        await world.change(
            "INSERT INTO inboxes (id, partnership_id, role, name, address, phone, hours, updated_at) "
            "SELECT gen_random_uuid(), partnership_id, 'school_nurse', 'nurse', address, phone, hours, updated_at "
            "FROM inboxes WHERE role = 'school'"
        )
        assert await fill_gaps(world.services, "lewisham", actor="officer") == []
        with pytest.raises(CannotInviteError, match="must not be told of this meeting"):
            await name_inbox(
                world.services, "lewisham", reference_of(received), NamedInbox("school_nurse", SCHOOL), actor="officer"
            )
        await world.pump()
        assert not await world.delivered(SCHOOL)


@pytest.mark.parametrize("learned", ["with the request", "later"])
async def test_planning_anew_never_brings_the_shared_inbox_back_nor_loses_the_person(
    world: World, learned: str
) -> None:
    if learned == "later":
        received = await world.receive(a_request(wishes=Wishes(start=START)))
        await stop_place(world.services, "lewisham", reference_of(received), THE_SCHOOL, actor="officer")
    else:
        received = await asked(world)
    await named(world, received)
    told = await world.delivered(OWN)
    for circumstances in ({"domestic_abuse"}, {"sexual_abuse"}):
        change = Amendment(circumstances=Words(add=frozenset(circumstances)))
        await replan_meeting(
            world.services, "lewisham", reference_of(received), ReplanAsked(change, in_force=True), actor="officer"
        )
        await world.pump()
    assert not await world.delivered(SCHOOL)
    assert await world.delivered(OWN) == told, "the person is asked already, and hears nothing of it"
    (place,) = await world.rows("SELECT state FROM requirements WHERE role = 'school' AND state <> 'withdrawn'")
    assert place["state"] == "wanted"


async def test_planning_anew_leaves_a_stopped_place_stopped(world: World) -> None:
    received = await world.receive(a_request(wishes=Wishes(start=START)))
    await stop_place(world.services, "lewisham", reference_of(received), THE_SCHOOL, actor="officer")
    change = Amendment(circumstances=Words(add=frozenset({"domestic_abuse"})))
    await replan_meeting(world.services, "lewisham", reference_of(received), ReplanAsked(change), actor="officer")
    await world.pump()
    assert not await world.delivered(SCHOOL)
    (place,) = await world.rows("SELECT state FROM requirements WHERE role = 'school' AND state <> 'withdrawn'")
    assert place["state"] == "stopped"


async def deputy(world: World, received: Received, name: str, **changes: object) -> None:
    said = GivenAnswer(
        Answer.DEPUTY,
        Way.PAGE,
        world.clock.at,
        f"page:{name}:{world.clock.at}",
        role="health_practitioner",
        reason=f"{name}, nurse",
    )
    given = replace(said, **changes)  # type: ignore[arg-type]
    await record_answer(world.services, "lewisham", reference_of(received), given, actor="page:health_practitioner")


async def test_a_deputy_tied_to_the_case_is_not_taken_down_and_the_officer_phones(world: World) -> None:
    received = await asked(world)
    with pytest.raises(NameRefusedError) as refused:
        await deputy(world, received, "Martin Vance-Oduya")
    assert str(refused.value) == "This cannot be taken down here. Somebody will phone the agency about it."
    assert await world.rows("SELECT id FROM answers") == []
    (task,) = await world.rows("SELECT detail FROM tasks WHERE kind = 'name_refused' AND state = 'open'")
    assert "Vance" not in task["detail"]


async def test_trying_names_on_a_page_tells_nothing_after_the_first(world: World) -> None:
    received = await asked(world)
    for name in ("Martin Vance-Oduya", "Asha Okoro", "Nobody Atall"):
        with pytest.raises(NameRefusedError):
            await deputy(world, received, name)
    await deputy(world, received, "Asha Okoro", way=Way.PHONE)
    assert len(await world.rows("SELECT id FROM answers")) == 1


async def test_an_answer_over_a_forwarded_link_by_somebody_tied_to_the_case_is_not_taken_down(world: World) -> None:
    received = await asked(world)
    with pytest.raises(NameRefusedError):
        await deputy(world, received, "", answer=Answer.YES, reason="", given_by="Marty Vance")
    await deputy(world, received, "", answer=Answer.YES, reason="", given_by="Asha Okoro", way=Way.PHONE)
    assert [row["given_by"] for row in await world.rows("SELECT given_by FROM answers")] == ["Asha Okoro"]


async def test_names_that_cannot_be_read_let_nobody_through(world: World) -> None:
    received = await asked(world)
    await world.change("UPDATE people SET sealed_identity = '\\x00'")
    with pytest.raises(CannotInviteError, match="cannot be taken"):
        await named(world, received)


async def test_once_the_case_is_erased_there_is_nobody_left_to_be(world: World) -> None:
    received = await asked(world)
    await world.change("UPDATE requests SET wrapped_key = NULL")
    await named(world, received)
    assert (await world.delivered(OWN))["invite"] == 1


async def test_where_whoever_must_not_be_told_leads_the_school_the_body_above_it_is_invited(engine: object) -> None:
    above = (*DESKS, Desk("education_lead"), Desk("lado"))
    async with a_world(engine, desks=above) as world:  # type: ignore[arg-type]
        await asked(world, people=(replace(STEPFATHER, leads_it=True),))
        assert (await world.delivered("education.lead@lewisham.example"))["invite"] == 1
        assert (await world.delivered("lado@lewisham.example"))["invite"] == 1
        assert not await world.delivered(SCHOOL)


async def test_where_somebody_merely_works_there_the_body_above_is_left_alone(engine: object) -> None:
    above = (*DESKS, Desk("education_lead"), Desk("lado"))
    async with a_world(engine, desks=above) as world:  # type: ignore[arg-type]
        await asked(world)
        assert not await world.delivered("lado@lewisham.example")
