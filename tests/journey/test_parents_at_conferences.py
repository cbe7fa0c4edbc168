"""Parents at a conference: told alone, by a safe route, never on the event, never to a strategy meeting, and never
against "do not contact"."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from service.domain.family import CONFERENCES, Advocate, Route, Sharing
from service.domain.leaflet import CONFERENCE
from service.domain.requests import Person, Tie, Wishes
from service.policies.load import load_pack, pack_names
from service.workflow.bundle import export_bundle
from service.workflow.errors import BadRouteError, NoReasonError, NoSuchParentError, NotAConferenceError
from service.workflow.family import Family, ParentArranged, arrange_family
from service.workflow.identity import read_route
from service.workflow.meetings import NewTime, cancel_meeting, move_meeting
from tests.journey.world import TUESDAY_NINE, World, a_request, reference_of

PARENTAL = frozenset({"parental_responsibility"})
MOTHER = Person("P1", "mother", ("Rosalind Fennimore",), ties=(Tie("C1", PARENTAL | {"lives_with"}),))
FATHER = Person("P2", "father", ("Ambrose Fennimore",), ties=(Tie("C1", PARENTAL),))
STEPFATHER = Person("P3", "stepfather", ("Cyril Marchbanks",), ties=(Tie("C1", frozenset({"lives_with"})),))
AT_HOME, AT_WORK = "rosalind.fennimore@home.example", "ambrose.fennimore@work.example"
START = TUESDAY_NINE + timedelta(days=13)


def conference(*people: Person, **changes: Any) -> Any:
    values: dict[str, Any] = {
        "meeting_type": "icpc",
        "people": people or (MOTHER, FATHER),
        "wishes": Wishes(start=START, minutes=120, mode="in_person", venue="Conference room 2"),
    }
    return a_request(**(values | changes))


async def arrange(world: World, reference: str, *parents: ParentArranged, sharing: Sharing | None = None) -> Family:
    return await arrange_family(
        world.services, "lewisham", reference, sharing=sharing, arranged=parents, actor="command:chair"
    )


async def mail(world: World, address: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await world.sandbox.control.inbox(address)
    return found


async def unsent(world: World) -> list[str]:
    rows = await world.rows(
        "SELECT not_sent_because AS why FROM outbox WHERE kind = 'family_message' ORDER BY sequence"
    )
    return [row["why"] for row in rows]


async def test_each_parent_has_a_message_of_its_own_and_no_place_on_the_event(world: World) -> None:
    reference = reference_of(await world.receive(conference()))
    assert "invite_family" in await world.tasks()
    await arrange(
        world,
        reference,
        ParentArranged("P1", Route.EMAIL, AT_HOME, interpreter="Tamil", advocate=Advocate.ACCEPTED),
        ParentArranged("P2", Route.EMAIL, AT_WORK),
        sharing=Sharing.JOINT,
    )
    await world.pump()

    (to_mother,), (to_father,) = await mail(world, AT_HOME), await mail(world, AT_WORK)
    assert to_mother["kind"] == to_father["kind"] == "message"
    text = json.dumps(to_mother)
    assert CONFERENCE.title in text
    assert f"Leaflet {CONFERENCE.version}" in text
    assert "An advocate" in text  # both pathfinders offer one
    assert "An interpreter will be there (Tamil)" in text
    assert "Conference room 2" in text
    assert "interpreter will be there" not in json.dumps(to_father)
    for told in (to_mother, to_father):
        assert "Fennimore" not in told["subject"] + json.dumps(told.get("body", ""))
    events = json.dumps(await world.events())
    assert AT_HOME not in events
    assert AT_WORK not in events
    assert await world.tasks() >= {"book_interpreter"}
    assert "invite_family" not in await world.tasks()
    assert await world.chains_hold()


async def test_nobody_is_told_before_the_chair_has_chosen(world: World) -> None:
    reference = reference_of(await world.receive(conference()))
    await arrange(
        world, reference, ParentArranged("P1", Route.EMAIL, AT_HOME), ParentArranged("P2", Route.EMAIL, AT_WORK)
    )
    await world.pump()
    assert not await mail(world, AT_HOME)
    assert "invite_family" in await world.tasks()

    await arrange(world, reference, sharing=Sharing.JOINT)
    await world.pump()
    assert len(await mail(world, AT_HOME)) == len(await mail(world, AT_WORK)) == 1


async def test_one_parent_needs_no_choice(world: World) -> None:
    reference = reference_of(await world.receive(conference(MOTHER, STEPFATHER)))
    await arrange(world, reference, ParentArranged("P1", Route.EMAIL, AT_HOME))
    await world.pump()
    assert len(await mail(world, AT_HOME)) == 1
    with pytest.raises(NoSuchParentError):
        await arrange(world, reference, ParentArranged("P3", Route.EMAIL, AT_WORK))


async def test_apart_each_learns_only_its_own_time(world: World) -> None:
    reference = reference_of(await world.receive(conference()))
    later = START + timedelta(hours=1)
    split = (
        ParentArranged("P1", Route.EMAIL, AT_HOME, comes_at=START),
        ParentArranged("P2", Route.EMAIL, AT_WORK, comes_at=later),
    )
    same = (ParentArranged("P1", comes_at=later), split[1])
    with pytest.raises(BadRouteError, match="a time of their own"):
        await arrange(world, reference, *same, sharing=Sharing.SPLIT)
    await arrange(world, reference, *split, sharing=Sharing.SPLIT)
    await world.pump()

    (to_mother,), (to_father,) = await mail(world, AT_HOME), await mail(world, AT_WORK)
    assert "9am" in json.dumps(to_mother)
    assert "10am" in json.dumps(to_father)
    assert "9am" not in json.dumps(to_father)


async def test_a_move_forgets_the_times_apart_and_asks_again(world: World) -> None:
    reference = reference_of(await world.receive(conference()))
    later = START + timedelta(hours=1)
    await arrange(
        world,
        reference,
        ParentArranged("P1", Route.EMAIL, AT_HOME, comes_at=START),
        ParentArranged("P2", Route.EMAIL, AT_WORK, comes_at=later),
        sharing=Sharing.SPLIT,
    )
    await world.pump()
    moved = NewTime(START + timedelta(days=1), 120, "in_person", "Conference room 2")
    await move_meeting(world.services, "lewisham", reference, moved, actor="command:chair")
    await world.pump()
    assert len(await mail(world, AT_HOME)) == 1
    assert "invite_family" in await world.tasks()

    await arrange(
        world,
        reference,
        ParentArranged("P1", comes_at=moved.start),
        ParentArranged("P2", comes_at=moved.start + timedelta(hours=1)),
    )
    await world.pump()
    assert "has changed" in json.dumps(await mail(world, AT_HOME))
    assert len(await mail(world, AT_HOME)) == 2


async def test_do_not_contact_stops_a_message_that_is_on_its_way_and_everything_after(world: World) -> None:
    reference = reference_of(await world.receive(conference()))
    await arrange(
        world,
        reference,
        ParentArranged("P1", Route.EMAIL, AT_HOME),
        ParentArranged("P2", Route.EMAIL, AT_WORK),
        sharing=Sharing.JOINT,
    )
    await arrange(world, reference, ParentArranged("P2", do_not_contact=True))
    await world.pump()
    assert len(await mail(world, AT_HOME)) == 1
    assert not await mail(world, AT_WORK)
    assert "do_not_contact" in await unsent(world)
    with pytest.raises(BadRouteError, match="must not be contacted"):
        await arrange(world, reference, ParentArranged("P2", Route.EMAIL, AT_WORK))

    await arrange(world, reference, ParentArranged("P1", do_not_contact=True))
    await cancel_meeting(world.services, "lewisham", reference, reason="facts_now_clear", actor="command:chair")
    await world.pump()
    assert len(await mail(world, AT_HOME)) == 1
    assert not await mail(world, AT_WORK)


async def test_who_must_not_be_told_is_stopped_from_the_start_and_cannot_be_let_in(world: World) -> None:
    hidden = Person("P2", "father", ("Ambrose Fennimore",), ties=(Tie("C1", PARENTAL | {"must_not_be_told"}),))
    reference = reference_of(await world.receive(conference(MOTHER, hidden)))
    with pytest.raises(BadRouteError, match="must not be contacted"):
        await arrange(world, reference, ParentArranged("P2", Route.EMAIL, AT_WORK))
    with pytest.raises(BadRouteError, match="must not be told"):
        await arrange(world, reference, ParentArranged("P2", do_not_contact=False))


async def test_a_route_that_is_no_mail_is_a_task_and_a_cancellation_another(world: World) -> None:
    reference = reference_of(await world.receive(conference(MOTHER)))
    await arrange(world, reference, ParentArranged("P1", Route.BY_HAND))
    await world.pump()
    details = [row["detail"] for row in await world.rows("SELECT detail FROM tasks WHERE kind = 'tell_parent'")]
    assert [detail.startswith("Tell P1 (mother) by hand") for detail in details] == [True]
    await cancel_meeting(world.services, "lewisham", reference, reason="facts_now_clear", actor="command:chair")
    open_now = await world.rows("SELECT detail FROM tasks WHERE kind = 'tell_parent' AND state = 'open'")
    assert ["off" in row["detail"] for row in open_now] == [True]


async def test_a_parent_who_was_told_hears_that_it_is_off_and_one_who_was_not_hears_nothing(world: World) -> None:
    reference = reference_of(await world.receive(conference()))
    await arrange(world, reference, ParentArranged("P1", Route.EMAIL, AT_HOME), sharing=Sharing.JOINT)
    await world.pump()
    await arrange(world, reference, ParentArranged("P2", Route.EMAIL, AT_WORK))
    await cancel_meeting(world.services, "lewisham", reference, reason="facts_now_clear", actor="command:chair")
    await world.pump()
    assert ["called off" in item["subject"] for item in await mail(world, AT_HOME)].count(True) == 1
    assert not await mail(world, AT_WORK)


async def test_where_a_place_is_protected_no_parent_reads_where(world: World) -> None:
    protected = Person("P2", "father", ("Ambrose Fennimore",), ties=(Tie("C1", frozenset({"location_protected"})),))
    reference = reference_of(await world.receive(conference(MOTHER, protected)))
    await arrange(world, reference, ParentArranged("P1", Route.EMAIL, AT_HOME))
    await world.pump()
    assert "Conference room 2" not in json.dumps(await mail(world, AT_HOME))


async def test_words_that_would_name_somebody_hold_the_message_back(world: World) -> None:
    reference = reference_of(await world.receive(conference(MOTHER)))
    spoken = "the one Keziah Fennimore speaks"
    await arrange(world, reference, ParentArranged("P1", Route.EMAIL, AT_HOME, interpreter=spoken))
    await world.pump()
    assert not await mail(world, AT_HOME)
    assert {"held_back", "not_delivered"} <= await world.tasks()


async def test_the_same_route_given_twice_tells_nobody_twice(world: World) -> None:
    reference = reference_of(await world.receive(conference(MOTHER)))
    for _ in range(2):
        await arrange(world, reference, ParentArranged("P1", Route.EMAIL, AT_HOME))
        await world.pump()
    assert len(await mail(world, AT_HOME)) == 1


async def test_the_address_is_nowhere_in_the_clear(world: World) -> None:
    reference = reference_of(await world.receive(conference(MOTHER)))
    await arrange(world, reference, ParentArranged("P1", Route.EMAIL, AT_HOME))
    await world.pump()
    assert len(await mail(world, AT_HOME)) == 1
    kept = await world.one("SELECT frozen FROM outbox WHERE kind = 'family_message'")
    assert AT_HOME.encode() not in bytes(kept["frozen"])
    content = world.services.policies["lewisham"].canonical
    await world.change("UPDATE policy_versions SET content = CAST(:content AS jsonb)", content=content)
    bundle = await export_bundle(world.services, "lewisham", reference, actor="command:chair")
    assert AT_HOME.encode() not in bundle.content
    rows = await world.rows(
        "SELECT f::text AS row FROM family_invitations f UNION ALL SELECT a::text FROM audit_events a "
        "UNION ALL SELECT t::text FROM tasks t UNION ALL SELECT o::text FROM outbox o"
    )
    assert len(rows) > 10
    assert AT_HOME not in json.dumps(rows)


async def test_a_route_is_opened_for_a_reason_that_the_audit_keeps(world: World) -> None:
    reference = reference_of(await world.receive(conference(MOTHER)))
    await arrange(world, reference, ParentArranged("P1", Route.POST, "7 Safe Street"))
    with pytest.raises(NoReasonError):
        await read_route(world.services, "lewisham", reference, "P1", reason=" ", actor="command:officer")
    opened = await read_route(world.services, "lewisham", reference, "P1", reason="posting it", actor="command:officer")
    assert opened == "7 Safe Street"
    event = await world.one("SELECT actor, data FROM audit_events WHERE action = 'identity:route:opened'")
    assert (event["actor"], event["data"]["reason"]) == ("command:officer", "posting it")
    assert "Safe Street" not in str(event)


async def test_a_message_whose_reply_was_lost_is_found_and_not_sent_twice(world: World) -> None:
    reference = reference_of(await world.receive(conference(MOTHER)))
    await world.pump()
    await world.sandbox.control.fault("*", "lose_reply_after_commit", times=2)
    await arrange(world, reference, ParentArranged("P1", Route.EMAIL, AT_HOME))
    await world.settle()
    assert len(await mail(world, AT_HOME)) == 1


async def test_a_strategy_meeting_has_no_parents_and_refuses_them(world: World) -> None:
    reference = reference_of(await world.receive(a_request(people=(MOTHER, FATHER))))
    assert await world.rows("SELECT id FROM family_invitations") == []
    with pytest.raises(NotAConferenceError):
        await arrange(world, reference, ParentArranged("P1", Route.EMAIL, AT_HOME), sharing=Sharing.JOINT)


async def test_a_row_smuggled_in_for_a_strategy_meeting_is_never_sent(world: World) -> None:
    """Even a record made behind the service's back invites no parent to a meeting of professionals."""
    reference = reference_of(await world.receive(conference(MOTHER)))
    await arrange(world, reference, ParentArranged("P1", Route.EMAIL, AT_HOME))
    await world.change("UPDATE meetings SET meeting_type = 'strategy' WHERE reference = :r", r=reference)
    await world.pump()
    assert not await mail(world, AT_HOME)
    assert await unsent(world) == ["no_conference"]


@pytest.mark.parametrize("name", pack_names())
def test_no_pack_has_a_strategy_meeting_the_family_could_come_to(name: str) -> None:
    types = load_pack(name).meeting_types
    assert set(types) >= CONFERENCES
    professionals = {each for each in types if each.startswith("strategy") or each in {"complex_abuse", "asv"}}
    assert not professionals & CONFERENCES
    assert all("police" not in types[each].minimum_partners for each in CONFERENCES)
