"""Dissent and refused requests: sealed, at a stage of the ladder with its task, taken further when time runs out."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from service.domain.disagreeing import Kind
from service.domain.papers import Kind as PaperKind
from service.policies.load import load_pack
from service.scheduler.sweeps import sweep_disagreements
from service.store.actions import Action
from service.workflow.disagree import (
    DisagreementGiven,
    Raised,
    list_disagreements,
    raise_disagreement,
    read_disagreement,
    settle_disagreement,
    take_further,
)
from service.workflow.errors import BadReasonError, ErasedError, NoReasonError, NoSuchDisagreementError
from service.workflow.papers import PaperGiven, PlaceNamed, agree_papers
from tests.journey.world import World, a_request, reference_of

WORDS = "The social worker holds that Keziah Fennimore is not safe at home"
SOCIAL_WORKER = PlaceNamed("social_worker")
TASKS = "SELECT state, detail, due_at FROM tasks WHERE kind = 'disagreement' ORDER BY id"


def with_ladder(world: World) -> None:
    """Lewisham has published no ladder; here it keeps Wirral's."""
    policy = replace(world.services.policies["lewisham"], escalation=load_pack("wirral").escalation)
    services = replace(world.services, policies={"lewisham": policy})
    world.services, world.machinery = services, replace(world.machinery, services=services)


async def decided(world: World) -> str:
    reference = reference_of(await world.receive(a_request()))
    world.clock.pass_to((await world.one("SELECT starts_at FROM meetings"))["starts_at"] + timedelta(minutes=30))
    await agree_papers(world.services, "lewisham", reference, PaperKind.DECISION, [PaperGiven("home")], actor="chair")
    return reference


def dissent(decision: int | None = 1) -> DisagreementGiven:
    return DisagreementGiven(Kind.DISSENT, SOCIAL_WORKER, WORDS, decision)


async def raised(world: World, reference: str | None, given: DisagreementGiven) -> Raised:
    return await raise_disagreement(world.services, "lewisham", reference, given, actor="officer")


async def test_a_dissent_is_sealed_and_goes_up_the_ladder_as_its_time_runs_out(small: World) -> None:
    with_ladder(small)
    reference = await decided(small)
    first = await raised(small, reference, dissent())
    assert (first.new, first.rung.number) == (True, 1)
    row = await small.one("SELECT sealed_words, fingerprint FROM disagreements")
    assert b"Keziah" not in row["sealed_words"] + row["fingerprint"]
    assert "the practitioners' manager" in (await small.one(TASKS))["detail"]
    assert await sweep_disagreements(small.machinery) == 0, "its time has not run out"
    assert first.rung.due_at is not None
    small.clock.pass_to(first.rung.due_at + timedelta(seconds=1))
    assert await sweep_disagreements(small.machinery) == 1
    assert await sweep_disagreements(small.machinery) == 0, "the next stage has no time set, so it waits for a person"
    states = [(task["state"], task["due_at"] is None) for task in await small.rows(TASKS)]
    assert states == [("done", False), ("open", True)]
    (found,) = await list_disagreements(small.services, "lewisham", reference)
    assert (found.rung.number, found.rung.to, found.decision) == (2, "safeguarding leads", 1)
    for number in (3, 4):
        at = await take_further(small.services, "lewisham", first.id, actor="lcpp")
        assert at is not None
        assert at.number == number
    assert await take_further(small.services, "lewisham", first.id, actor="lcpp") is None
    await settle_disagreement(small.services, "lewisham", first.id, "Keziah stays with her aunt", actor="lcpp")
    assert {task["state"] for task in await small.rows(TASKS)} == {"done"}
    with pytest.raises(NoSuchDisagreementError):
        await take_further(small.services, "lewisham", first.id, actor="lcpp")
    assert await small.chains_hold()


async def test_without_a_ladder_a_task_says_so_and_nothing_moves_by_itself(small: World) -> None:
    reference = await decided(small)
    found = await raised(small, reference, dissent())
    assert found.rung.number == 0
    assert "has published no ladder" in (await small.one(TASKS))["detail"]
    small.clock.wait(timedelta(days=60))
    assert await sweep_disagreements(small.machinery) == 0
    assert await take_further(small.services, "lewisham", found.id, actor="lcpp") is None


async def test_the_same_dissent_pressed_twice_is_one(small: World) -> None:
    reference = await decided(small)
    both = await asyncio.gather(*(raised(small, reference, dissent()) for _ in range(3)))
    assert sorted(each.new for each in both) == [False, False, True]
    assert len({each.id for each in both}) == 1
    assert len(await small.rows(TASKS)) == 1


async def test_a_refused_meeting_needs_no_meeting_and_has_a_key_of_its_own(small: World) -> None:
    with_ladder(small)
    given = DisagreementGiven(Kind.REFUSED_MEETING, PlaceNamed("school"), WORDS)
    first = await raised(small, None, given)
    row = await small.one("SELECT meeting_id, wrapped_key IS NOT NULL AS keyed, stage FROM disagreements")
    assert row == {"meeting_id": None, "keyed": True, "stage": 1}
    assert [each.id for each in await list_disagreements(small.services, "lewisham", None)] == [first.id]
    said = await read_disagreement(small.services, "lewisham", first.id, reason="to answer it", actor="lcpp")
    assert said == WORDS
    with pytest.raises(BadReasonError, match="Name one"):
        await raised(small, None, DisagreementGiven(Kind.REFUSED_TO_COME, PlaceNamed("school"), WORDS))
    assert await small.chains_hold()


@pytest.mark.parametrize("decision", [None, 7])
async def test_a_dissent_names_a_decision_there_is(small: World, decision: int | None) -> None:
    reference = await decided(small)
    with pytest.raises(BadReasonError, match="by its number"):
        await raised(small, reference, dissent(decision))


async def test_reading_needs_a_reason_is_audited_and_ends_with_erasure(small: World) -> None:
    reference = await decided(small)
    found = await raised(small, reference, dissent())
    with pytest.raises(NoReasonError):
        await read_disagreement(small.services, "lewisham", found.id, reason=" ", actor="lcpp")
    assert await small.rows("SELECT 1 FROM audit_events WHERE action = :a", a=str(Action.DISAGREEMENT_OPENED)) == []
    assert await read_disagreement(small.services, "lewisham", found.id, reason="to settle it", actor="lcpp") == WORDS
    told = await small.one("SELECT actor FROM audit_events WHERE action = :a", a=str(Action.DISAGREEMENT_OPENED))
    assert told["actor"] == "lcpp"
    with pytest.raises(NoSuchDisagreementError):
        await read_disagreement(small.services, "lewisham", UUID(int=1), reason="why", actor="lcpp")
    await small.change("UPDATE requests SET wrapped_key = NULL")
    with pytest.raises(ErasedError):
        await read_disagreement(small.services, "lewisham", found.id, reason="to settle it", actor="lcpp")
