"""A conference is stood down where the pack says so, a strategy meeting never."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.policy import Policy, StandDown, StandDownWhen
from service.domain.requests import Wishes
from service.domain.spans import Span, Unit
from service.policies.load import load_pack
from service.workflow.errors import BadReasonError, CannotStandDownError, NoSuchRequirementError
from service.workflow.stand_down import StoodDown, stand_down
from tests.journey.world import SOCIAL_WORKER, TUESDAY_NINE, World, a_request, reference_of

START = TUESDAY_NINE + timedelta(days=7, hours=2)
LEFT = "the police duty desk was called out"


def policy(when: StandDownWhen | None = StandDownWhen.QUORUM_NOT_MET, *, quorum: str | None = "Q3") -> Policy:
    """Lewisham's, with a quorum for conferences and a rule for standing them down."""
    known = load_pack("lewisham")
    kind = known.meeting_types["icpc"]
    assert kind.stand_down is not None
    again = replace(kind.stand_down.again_within, value=Span(10, Unit.WORKING_DAYS))
    rule = StandDown(when, again, not_twice=True, provenance=kind.quorum.provenance)
    icpc = replace(kind, quorum=replace(kind.quorum, rule=quorum), stand_down=rule)
    return replace(known, meeting_types={**known.meeting_types, "icpc": icpc})


async def conference(world: World, rule: Policy | None = None, kind: str = "icpc") -> str:
    world.services = replace(world.services, policies={"lewisham": rule or policy()})
    world.machinery = replace(world.machinery, services=world.services)
    received = await world.receive(a_request(meeting_type=kind, wishes=Wishes(start=START)))
    await world.pump()
    return reference_of(received)


async def off(world: World, reference: str, *came: str, reason: str = LEFT) -> StoodDown:
    return await stand_down(world.services, "lewisham", reference, reason=reason, actor="amy", came=came)


async def test_a_conference_without_its_quorum_is_called_off_counted_apart_and_to_be_held_again(world: World) -> None:
    reference = await conference(world)
    world.clock.pass_to(START + timedelta(minutes=10))
    found = await off(world, reference, "social_worker", "police_child_protection")
    assert found.missing == ("1 more agency",)
    meeting = await world.one("SELECT state, cancelled_because, inquorate_reason, inquorate_by FROM meetings")
    assert meeting == {
        "state": "cancelled",
        "cancelled_because": "stood_down",
        "inquorate_reason": LEFT,
        "inquorate_by": "amy",
    }
    task = await world.one("SELECT owner, due_at FROM tasks WHERE kind = 'hold_again' AND state = 'open'")
    assert (task["owner"], task["due_at"]) == ("lead child protection practitioner", found.again_by)
    assert found.again_by is not None
    assert found.again_by.date().isoformat() == "2026-12-22"
    event = await world.one("SELECT data FROM audit_events WHERE action = 'planning:meeting:stood_down'")
    assert event["data"]["came"] == ["police_child_protection", "social_worker"]
    assert LEFT not in str(event["data"])
    await world.pump()
    assert (await world.delivered(SOCIAL_WORKER, reference))["cancel"] == 1
    assert await world.chains_hold()


async def test_a_strategy_meeting_is_never_stood_down(world: World) -> None:
    reference = await conference(world, kind="strategy")
    world.clock.pass_to(START + timedelta(minutes=10))
    with pytest.raises(CannotStandDownError, match="safety comes first"):
        await off(world, reference)
    assert (await world.one("SELECT state FROM meetings"))["state"] == "confirmed"


REFUSED = {
    "unset": (policy(None), "not set by the partnership"),
    "never": (policy(StandDownWhen.NEVER), "never stood down"),
    "no quorum": (policy(quorum=None), "has set no quorum"),
}


@pytest.mark.parametrize(("rule", "sentence"), REFUSED.values(), ids=REFUSED)
async def test_where_the_pack_does_not_say_so_no_conference_is_stood_down(
    world: World, rule: Policy, sentence: str
) -> None:
    reference = await conference(world, rule)
    world.clock.pass_to(START + timedelta(minutes=10))
    with pytest.raises(CannotStandDownError, match=sentence):
        await off(world, reference)


async def test_before_it_begins_answers_to_come_are_waited_for_and_nobody_can_have_come(world: World) -> None:
    reference = await conference(world)
    with pytest.raises(CannotStandDownError, match="answers to come"):
        await off(world, reference)
    with pytest.raises(CannotStandDownError, match="has not begun"):
        await off(world, reference, "social_worker")


async def test_those_who_are_there_may_make_the_quorum_and_must_have_been_asked(world: World) -> None:
    reference = await conference(world)
    world.clock.pass_to(START + timedelta(minutes=10))
    with pytest.raises(CannotStandDownError, match="make the quorum"):
        await off(world, reference, "social_worker", "police_child_protection", "health_practitioner", "school")
    with pytest.raises(NoSuchRequirementError):
        await off(world, reference, "prison")
    with pytest.raises(BadReasonError):
        await off(world, reference, reason=" ")


async def test_two_conferences_of_one_case_are_not_stood_down_running(world: World) -> None:
    first = await conference(world)
    world.clock.pass_to(START + timedelta(minutes=10))
    await off(world, first, "social_worker")
    later = START + timedelta(days=7)
    again = reference_of(await world.receive(a_request(meeting_type="icpc", wishes=Wishes(start=later))))
    world.clock.pass_to(later + timedelta(minutes=10))
    with pytest.raises(CannotStandDownError, match="once only"):
        await off(world, again, "social_worker")
    with pytest.raises(CannotStandDownError, match="is cancelled"):
        await off(world, first, "social_worker")
