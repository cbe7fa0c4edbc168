"""Never to somebody who must not know: whoever asks who a meeting is about gives a name and a role, is told of nobody
their rules do not need, and cannot tell a refusal from a meeting that does not exist."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from service.domain.papers import Kind, Opener, Proof
from service.domain.requests import Child, Exclusion, Person, Tie, Wishes
from service.store import sealing
from service.workflow import identity
from service.workflow.bundle import export_bundle
from service.workflow.codes import ask_for_code, code_words
from service.workflow.deliveries import Received
from service.workflow.disclosing import Asker, OpenedMeeting, open_for_agency
from service.workflow.errors import NoNameError, NoReasonError, NoSuchMeetingError
from service.workflow.opening import open_papers
from service.workflow.papers import PaperGiven, PlaceNamed, agree_papers
from service.workflow.safe_route import NamedPerson, StoppedPlace, name_person
from tests.journey.test_bundle_export import publish_in_full
from tests.journey.world import TUESDAY_NINE, World, a_request, reference_of

START = TUESDAY_NINE + timedelta(days=7, hours=5)
LIVES = frozenset({"lives_with"})
FAMILY = a_request(
    children=(
        Child("C1", birth_date=date(2018, 5, 4), name="Keziah Fennimore", school_urn="900001", address="3 Elm Row"),
        Child("C2", birth_date=date(2023, 2, 1), name="Tobias Fennimore", address="3 Elm Row"),
    ),
    people=(
        Person("P1", "mother", ("Rosalind Fennimore",), ties=(Tie("C1", LIVES), Tie("C2", LIVES))),
        Person("P2", "father of C1", ("Martin Vance-Oduya",), ties=(Tie("C1", frozenset({"alleged_to_have_harmed"})),)),
        Person("P3", "father of C2", ("Julius Abernathy",), ties=(Tie("C2"),)),
    ),
    exclusions=(Exclusion("school_nurse", "her sister"),),
    wishes=Wishes(start=START),
)
UNKNOWN = "CV-7K3Q-9XHD"


async def tell(
    world: World, reference: str, role: str, name: str = "Asha Okoro", reason: str = "called back", slot: str = ""
) -> OpenedMeeting:
    return await open_for_agency(
        world.services, "lewisham", reference, Asker(name, role, reason, slot=slot), actor="command:officer"
    )


@pytest.fixture
async def received(world: World) -> Received:
    return await world.receive(FAMILY)


async def test_a_school_opens_its_own_child_and_never_the_half_sibling_or_the_other_father(
    world: World, received: Received
) -> None:
    opened = await tell(world, reference_of(received), "school")
    assert [child.identity["name"] for child in opened.children] == ["Keziah Fennimore"]
    assert {name for person in opened.people for name in person.identity["names"]} == {
        "Rosalind Fennimore",
        "Martin Vance-Oduya",
    }
    assert all(set(person.ties) == {"C1"} for person in opened.people)


async def test_police_open_the_whole_family(world: World, received: Received) -> None:
    opened = await tell(world, reference_of(received), "police_child_protection")
    assert ([each.ref for each in opened.children], [each.ref for each in opened.people]) == (
        ["C1", "C2"],
        ["P1", "P2", "P3"],
    )


async def test_what_was_opened_is_kept_with_its_reason_and_proof_and_the_audit_has_no_name(
    world: World, received: Received
) -> None:
    await tell(world, reference_of(received), "school")
    kept = await world.one("SELECT proof, reason, children, people, opened_by, sealed_name FROM openings")
    assert (kept["proof"], kept["reason"], kept["children"], kept["people"], kept["opened_by"]) == (
        "call_back",
        "called back",
        ["C1"],
        ["P1", "P2"],
        "command:officer",
    )
    assert b"Asha" not in kept["sealed_name"]
    event = await world.one("SELECT data FROM audit_events WHERE action = 'identity:request:opened'")
    assert not [name for name in ("Asha", "Okoro", "Keziah", "Vance") if name in json.dumps(event["data"])]
    assert await world.chains_hold()


REFUSED = [
    ("nobody knows it", UNKNOWN, "school", "Asha Okoro"),
    ("the father", "", "school", "Martin Vance-Oduya"),
    ("the father, for an agency that may see everything", "", "police_child_protection", "M. Vance Oduya"),
    ("the other father, whom the school may not even know of", "", "school", "Julius Abernathy"),
    ("the child", "", "school", "Keziah Fennimore"),
    ("an inbox that must not be told", "", "school_nurse", "Asha Okoro"),
    ("an agency that is not asked", "", "prison", "Asha Okoro"),
    ("a role nobody has", "", "postman", "Asha Okoro"),
]


@pytest.mark.parametrize(("why", "reference", "role", "name"), REFUSED, ids=[row[0] for row in REFUSED])
async def test_every_refusal_is_that_of_a_meeting_nobody_knows(
    world: World, received: Received, why: str, reference: str, role: str, name: str
) -> None:
    asked = reference or reference_of(received)
    with pytest.raises(NoSuchMeetingError) as refused:
        await tell(world, asked, role, name)
    assert str(refused.value) == str(NoSuchMeetingError(asked)), why
    assert await world.rows("SELECT id FROM openings") == []
    (event,) = await world.rows("SELECT actor FROM audit_events WHERE action = 'identity:request:refused'")
    assert event["actor"] == "command:officer"


@pytest.mark.parametrize(("why", "reference", "role", "name"), REFUSED, ids=[row[0] for row in REFUSED])
async def test_every_refusal_takes_the_unsealing_of_a_family(
    world: World, received: Received, monkeypatch: pytest.MonkeyPatch, why: str, reference: str, role: str, name: str
) -> None:
    opened: list[str] = []

    def counted(key: sealing.DataKey, table: str, *more: object) -> bytes:
        opened.append(table)
        return sealing.unseal(key, table, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(identity, "unseal", counted)
    with pytest.raises(NoSuchMeetingError):
        await tell(world, reference or reference_of(received), role, name)
    assert {"children", "people"} <= set(opened), why
    assert 4 <= len(opened) <= 5, why


async def test_somebody_tied_to_the_case_who_asks_is_put_in_front_of_the_officer(
    world: World, received: Received
) -> None:
    with pytest.raises(NoSuchMeetingError):
        await tell(world, reference_of(received), "school", "Martin Vance-Oduya")
    (task,) = await world.rows("SELECT detail FROM tasks WHERE kind = 'name_refused' AND state = 'open'")
    assert "Vance" not in task["detail"]


async def test_where_a_person_was_named_nobody_else_of_that_agency_is_told(world: World, received: Received) -> None:
    reference, nurse = reference_of(received), StoppedPlace("school_nurse")
    person = NamedPerson("Bela Ruiz", "bela.ruiz@lewisham.example")
    await name_person(world.services, "lewisham", reference, nurse, person, actor="officer")
    with pytest.raises(NoSuchMeetingError):
        await tell(world, reference, "school_nurse", "Asha Okoro")
    assert (await tell(world, reference, "school_nurse", "RUIZ, Bela")).children


async def test_names_and_reasons_are_asked_for_before_anything_is_looked_up(world: World, received: Received) -> None:
    for reference in (UNKNOWN, reference_of(received)):
        with pytest.raises(NoNameError):
            await tell(world, reference, "school", "Asha")
        with pytest.raises(NoReasonError):
            await tell(world, reference, "school", reason=" ")
    assert await world.rows("SELECT id FROM audit_events WHERE action LIKE 'identity:%'") == []


async def test_a_family_that_cannot_be_read_is_told_to_nobody(world: World, received: Received) -> None:
    await world.change("UPDATE people SET sealed_identity = '\\x00' WHERE ref = 'P3'")
    with pytest.raises(NoSuchMeetingError):
        await tell(world, reference_of(received), "school")


async def test_an_erased_family_opens_references_and_nothing_of_anybody(world: World, received: Received) -> None:
    await world.change("UPDATE requests SET wrapped_key = NULL")
    opened = await tell(world, reference_of(received), "school")
    assert [(each.ref, each.identity) for each in opened.children] == [("C1", {})]
    assert [(each.ref, each.identity) for each in opened.people] == [("P1", {}), ("P2", {})]


async def test_decisions_are_not_read_to_somebody_tied_to_the_case_nor_to_another_than_was_named(
    world: World, received: Received
) -> None:
    reference = reference_of(received)
    person = NamedPerson("Bela Ruiz", "bela.ruiz@lewisham.example")
    await name_person(world.services, "lewisham", reference, StoppedPlace("school_nurse"), person, actor="officer")
    world.clock.pass_to(START + timedelta(hours=1))
    await agree_papers(world.services, "lewisham", reference, Kind.DECISION, [PaperGiven("Start.")], actor="chair")

    async def read_out(role: str, name: str) -> object:
        opener = Opener(name, Proof.CODE)
        return await open_papers(
            world.services, "lewisham", reference, Kind.DECISION, opener, PlaceNamed(role), actor="officer"
        )

    for role, name in (("school", "Julius Abernathy"), ("school_nurse", "Asha Okoro")):
        with pytest.raises(NoSuchMeetingError):
            await read_out(role, name)
    assert await world.rows("SELECT id FROM receipts") == []
    assert await read_out("school", "Asha Okoro")
    assert await read_out("school_nurse", "Bela Ruiz")


async def test_a_code_reaches_the_agency_s_own_inbox_and_stands_nowhere_in_the_records(world: World) -> None:
    await publish_in_full(world)
    received = await world.receive(a_request(wishes=Wishes(start=START)))
    await world.pump()
    place = await world.one(
        "SELECT r.id, i.address FROM requirements r JOIN inboxes i ON i.id = r.inbox_id WHERE r.role = 'social_worker'"
    )
    await ask_for_code(world.services, "lewisham", place["id"], actor="page:social_worker")
    await world.pump()
    code = code_words(world.services.links, (await world.one("SELECT id FROM codes"))["id"])
    items = await world.sandbox.control.inbox(place["address"])
    [letter] = [item for item in items if "one-time code" in item["subject"]]
    assert code in letter["body"]
    assert reference_of(received) in letter["subject"]
    kept = await world.rows("SELECT * FROM codes") + await world.rows("SELECT * FROM outbox")
    assert not any(code.encode() in bytes(row["frozen"]) for row in kept if row.get("frozen"))
    assert code not in json.dumps(kept, default=str)
    bundle = await export_bundle(world.services, "lewisham", reference_of(received), actor="command:test")
    assert code.encode() not in bundle.content


async def test_a_code_that_came_too_late_is_not_sent(world: World) -> None:
    await world.receive(a_request(wishes=Wishes(start=START)))
    await world.pump()
    place = await world.one("SELECT id FROM requirements WHERE role = 'social_worker'")
    await ask_for_code(world.services, "lewisham", place["id"], actor="page:social_worker")
    await world.change(
        "UPDATE outbox SET detail = detail || '{\"until\": \"2020-01-01T00:00:00+00:00\"}' WHERE state = 'waiting'"
    )
    await world.pump()
    ended = await world.one("SELECT state, not_sent_because FROM outbox WHERE stream LIKE 'code:%'")
    assert (ended["state"], ended["not_sent_because"]) == ("not_sent", "run_out")
