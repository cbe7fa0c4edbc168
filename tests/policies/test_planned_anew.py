"""Random requests through every pack, planned twice: the same facts change nothing, other facts give the plan anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest

from service.domain.binding import RequirementState, bind
from service.domain.evaluate import evaluate
from service.domain.facts import RequestFacts
from service.domain.policy import Policy
from service.domain.replanning import Difference, PlannedPlace, Reason, applied, difference
from service.policies.load import load_pack
from service.store.queries.directory import Inbox
from tests.policies.random_requests import random_requests

NOBODY: list[Inbox] = []
PACKS = ("national", "london", "lewisham", "wirral")


def planned(policy: Policy, facts: RequestFacts) -> tuple[PlannedPlace, ...]:
    """The places a request needs, where the directory knows nobody yet."""
    return tuple(
        PlannedPlace(
            role=each.requirement.role,
            slot=each.slot,
            group=policy.role_groups[each.requirement.role],
            level=str(each.requirement.level),
            children=each.children,
            because=tuple(Reason(why.rule_id, why.reason, why.source, why.fact) for why in each.requirement.because),
            held_back=each.state is RequirementState.STOPPED,
        )
        for each in bind(evaluate(policy, facts, explain=False).requirements, NOBODY, {})
    )


def pairs(policy: Policy) -> Iterator[tuple[tuple[PlannedPlace, ...], tuple[PlannedPlace, ...]]]:
    """One request and what it might become: the facts of the next one, at the same type of meeting."""
    for before, after in pairwise(random_requests(policy, 400, 3)):
        yield planned(policy, before), planned(policy, replace(after, meeting_type=before.meeting_type))


@pytest.mark.parametrize("pack", PACKS)
def test_the_same_facts_change_nothing_whatever_the_pack(pack: str) -> None:
    policy = load_pack(pack)
    for facts in random_requests(policy, 400, 2):
        plan = planned(policy, facts)
        assert difference(plan, planned(policy, facts)) == Difference((), (), (), plan)


@pytest.mark.parametrize("pack", PACKS)
def test_the_difference_applied_is_the_plan_made_anew_whatever_the_pack(pack: str) -> None:
    changed = 0
    for before, after in pairs(load_pack(pack)):
        found = difference(before, after)
        changed += not found.empty
        now = applied(before, found)
        held = {(place.role, place.slot) for place in before if place.held_back}
        # What was held back stays so; in all else it is the plan that the new facts alone would have given.
        assert {replace(place, held_back=False) for place in now} == {
            replace(place, held_back=False) for place in after
        }
        assert all(place.held_back for place in now if (place.role, place.slot) in held)
        assert difference(now, after).empty
    assert changed > 300
