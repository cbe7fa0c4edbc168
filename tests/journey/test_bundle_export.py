"""The evidence bundle of a meeting that really went out: whole, without an identity or a personal link, and audited."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import timedelta
from typing import Any

import pytest

from service.domain.answers import Answer, Way
from service.domain.attendance import Outcome
from service.domain.bundle import PARTS
from service.domain.bundle_check import check
from service.domain.disagreeing import Kind as Dispute
from service.domain.papers import Kind, Opener, Proof
from service.domain.requests import Wishes
from service.store.actions import Action
from service.workflow.attend import AttendanceGiven, record_attendance
from service.workflow.bundle import BundleRefusedError, export_bundle
from service.workflow.disagree import DisagreementGiven, raise_disagreement
from service.workflow.errors import NoSuchMeetingError
from service.workflow.opening import open_papers
from service.workflow.papers import PaperGiven, PlaceNamed, agree_papers
from service.workflow.reply import GivenAnswer, record_answer
from tests.journey.acts import START
from tests.journey.world import World, a_request, reference_of

COMMENT = "Ms Fennimore phoned about Keziah"


async def publish_in_full(world: World) -> None:
    """The journeys' policy row holds only its hash; evidence needs what it says."""
    content = world.services.policies["lewisham"].canonical
    await world.change("UPDATE policy_versions SET content = CAST(:content AS jsonb)", content=content)


async def a_meeting(world: World) -> str:
    """A meeting that was invited to, answered, chased and attended."""
    await publish_in_full(world)
    reference = reference_of(await world.receive(a_request(wishes=Wishes(start=START))))
    await world.settle()
    given = GivenAnswer(Answer.YES, Way.PHONE, world.clock.now(), "call 1", role="social_worker", comment=COMMENT)
    await record_answer(world.services, "lewisham", reference, given, actor="officer")
    world.clock.pass_to(START + timedelta(hours=2))
    came = AttendanceGiven("social_worker", Outcome.ATTENDED)
    await record_attendance(world.services, "lewisham", reference, [came], actor="officer")
    decided = PaperGiven("Keziah Fennimore stays with her aunt until Monday")
    await agree_papers(world.services, "lewisham", reference, Kind.DECISION, [decided], actor="chair")
    dissent = DisagreementGiven(Dispute.DISSENT, PlaceNamed("social_worker"), "Keziah is not safe there", 1)
    await raise_disagreement(world.services, "lewisham", reference, dissent, actor="officer")
    opener = Opener("Dana Okoro", Proof.CALL_BACK, "the agency asked for its decisions")
    place = PlaceNamed("social_worker")
    await open_papers(world.services, "lewisham", reference, Kind.DECISION, opener, place, actor="officer")
    return reference


def parts_of(bundle: bytes) -> dict[str, list[Any]]:
    read = [json.loads(line) for line in bundle.splitlines()]
    return {name: [each["row"] for each in read if each["part"] == name] for name in PARTS}


async def test_a_bundle_holds_the_whole_record_and_checks_without_the_database(small: World) -> None:
    reference = await a_meeting(small)
    exported = await export_bundle(small.services, "lewisham", reference, actor="command:amy")
    found = check(exported.content)
    assert found.holds, found.differences
    parts = parts_of(exported.content)
    empty = {"calls", "not_held", "sittings", "proposed_by_teams", "reports", "outcome", "actions"} | (
        {"chases"} if not parts["chases"] else set()
    )
    assert {name for name in PARTS if not parts[name]} == empty
    sent = [row for row in parts["messages"] if row["state"] == "done"]
    assert {row["role"] for row in sent} == {None, "social_worker"}
    assert all(row["sent"] and row["finished_at"] and row["frozen_at"] for row in sent)
    assert all(because["rule"] for row in parts["requirements"] for because in row["because"])
    assert parts["attendance"][0]["outcome"] == "attended"
    assert parts["answers"][0]["sealed_comment"]
    assert parts["policy"][0]["content"]["rules"]
    assert parts["papers"][0]["sealed_text"]
    assert parts["disagreements"][0]["sealed_words"]
    assert parts["receipts"][0]["paper_id"] == parts["papers"][0]["id"]


async def test_no_identity_no_comment_and_no_personal_link_stands_in_it(small: World) -> None:
    reference = await a_meeting(small)
    before = b"".join(row["frozen"] for row in await small.rows("SELECT frozen FROM outbox WHERE frozen IS NOT NULL"))
    tokens = re.findall(rb"/r/([A-Za-z0-9_-]+)", before)
    assert tokens
    content = (await export_bundle(small.services, "lewisham", reference, actor="command:amy")).content
    for secret in (*tokens, b"Fennimore", b"Keziah", b"Rosalind", b"Elm Row", b"2018-05-04", b"900001"):
        assert secret not in content, secret
    taken = check(content).manifest["links_taken_out"]
    assert sum(each["links"] for each in taken) == len(tokens)


async def test_the_export_is_audited_with_the_hash_of_the_file_and_stands_in_the_next_bundle(small: World) -> None:
    reference = await a_meeting(small)
    first = await export_bundle(small.services, "lewisham", reference, actor="command:amy")
    told = await small.one("SELECT actor, data FROM audit_events WHERE action = :a", a=str(Action.BUNDLE_EXPORTED))
    assert told["actor"] == "command:amy"
    assert told["data"] == {"sha256": first.sha256, "bytes": len(first.content)}
    assert await small.chains_hold()
    second = await export_bundle(small.services, "lewisham", reference, actor="command:amy")
    last = parts_of(second.content)["audit"][-1]
    assert last["data"]["sha256"] == first.sha256


async def test_the_same_record_at_the_same_time_is_the_same_bundle_but_for_its_own_export(small: World) -> None:
    reference = await a_meeting(small)
    first, second = [
        parts_of((await export_bundle(small.services, "lewisham", reference, actor="command:amy")).content)
        for _ in range(2)
    ]
    assert second["audit"][:-1] == first["audit"]
    assert {name: rows for name, rows in second.items() if name != "audit"} == {
        name: rows for name, rows in first.items() if name != "audit"
    }


@pytest.mark.parametrize(
    ("sql", "where"),
    [
        ("UPDATE requests SET case_ref = 'Fennimore-7'", "part 'request', row 1"),
        ("UPDATE meetings SET venue = 'At Keziah''s school'", "part 'meeting', row 1"),
        ("UPDATE tasks SET detail = 'Phone Rosalind Fennimore'", "part 'tasks', row 1"),
        ("UPDATE outbox SET frozen = 'born on 4 May 2018' WHERE frozen IS NOT NULL", "part 'messages', row 1"),
        ("UPDATE receipts SET reason = 'Keziah asked'", "part 'receipts', row 1"),
        ("UPDATE answers SET given_by = 'Fennimore, Keziah'", "part 'answers', row 1"),
    ],
)
async def test_an_identity_anywhere_in_the_record_keeps_the_bundle_in_the_house(
    small: World, sql: str, where: str
) -> None:
    reference = await a_meeting(small)
    await small.change(sql)
    with pytest.raises(BundleRefusedError, match=where) as refused:
        await export_bundle(small.services, "lewisham", reference, actor="command:amy")
    assert "Fennimore" not in str(refused.value)
    assert await small.rows("SELECT 1 FROM audit_events WHERE action = :a", a=str(Action.BUNDLE_EXPORTED)) == []


async def test_a_meeting_on_a_childs_birthday_is_no_leak(small: World) -> None:
    request = a_request(wishes=Wishes(start=START))
    born_that_day = [child.__class__("C1", birth_date=START.date(), name=child.name) for child in request.children]
    await publish_in_full(small)
    reference = reference_of(await small.receive(a_request(wishes=Wishes(start=START), children=tuple(born_that_day))))
    await small.settle()
    assert check((await export_bundle(small.services, "lewisham", reference, actor="amy")).content).holds


async def test_a_record_that_was_changed_behind_the_services_back_is_not_given_out_as_evidence(small: World) -> None:
    reference = await a_meeting(small)
    await small.change("UPDATE audit_events SET actor = 'nobody' WHERE number = 2 AND meeting_id IS NOT NULL")
    with pytest.raises(BundleRefusedError, match="event 2 was changed"):
        await export_bundle(small.services, "lewisham", reference, actor="command:amy")


async def test_another_partnerships_meeting_is_not_there(small: World) -> None:
    reference = await a_meeting(small)
    with pytest.raises(NoSuchMeetingError):
        await export_bundle(small.services, "wirral", reference, actor="command:amy")


async def test_exports_and_answers_at_once_leave_whole_chains_and_whole_bundles(small: World) -> None:
    reference = await a_meeting(small)

    async def answer(number: int) -> None:
        given = GivenAnswer(Answer.YES, Way.PHONE, small.clock.now(), f"again {number}", role="social_worker")
        await record_answer(small.services, "lewisham", reference, given, actor="officer")

    exports = [export_bundle(small.services, "lewisham", reference, actor="command:amy") for _ in range(4)]
    done = await asyncio.gather(*exports, *(answer(number) for number in range(4)))
    for exported in done[:4]:
        assert exported is not None
        found = check(exported.content)
        assert found.holds, found.differences
        parts = parts_of(exported.content)
        told = [row for row in parts["audit"] if row["action"] == Action.ANSWER_RECORDED]
        assert len(told) == len(parts["answers"])
    assert await small.chains_hold()


async def test_the_evidence_outlives_the_identities(small: World) -> None:
    reference = await a_meeting(small)
    await small.change("UPDATE requests SET wrapped_key = NULL")
    assert check((await export_bundle(small.services, "lewisham", reference, actor="amy")).content).holds


async def test_what_cannot_be_checked_for_identities_stays_in_the_house(small: World) -> None:
    reference = await a_meeting(small)
    await small.change("UPDATE people SET sealed_identity = children.sealed_identity FROM children")
    with pytest.raises(BundleRefusedError, match="cannot be opened to check"):
        await export_bundle(small.services, "lewisham", reference, actor="amy")
