"""A thousand random requests through every pack: no error, nobody without a rule, and the core always there."""

from __future__ import annotations

import json

import pytest

from service.domain.evaluate import evaluate
from service.domain.policy import Level
from service.domain.roles import group_of
from service.policies.explain import as_json, explain
from service.policies.load import load_pack
from tests.policies.random_requests import random_requests

PACKS = ("lewisham", "london", "national", "wirral")


@pytest.mark.parametrize("name", PACKS)
def test_every_requirement_is_traceable_to_a_rule_and_the_core_is_never_missing(name: str) -> None:
    policy = load_pack(name)
    rules = {rule.id: rule for rule in policy.rules}

    for facts in random_requests(policy, 1000, seed=20260202):
        evaluation = evaluate(policy, facts)

        core = {group_of(each.role) for each in evaluation.requirements if each.level is Level.CORE}
        assert core >= {"csc", "police", "health"}
        for each in evaluation.requirements:
            assert each.because
            assert {because.rule_id for because in each.because} <= set(rules)
        named = [each.role for each in evaluation.requirements]
        assert len(named) == len(set(named))
        assert facts.excluded_roles == {each.role for each in evaluation.requirements if each.excluded}
        assert facts.involved_roles <= set(named)


@pytest.mark.parametrize("name", PACKS)
def test_every_rule_either_fires_or_says_why_not(name: str) -> None:
    policy = load_pack(name)

    for facts in random_requests(policy, 200, seed=3):
        evaluation = evaluate(policy, facts)

        fired = {because.rule_id for each in evaluation.requirements for because in each.because}
        fired |= {each.rule_id for each in evaluation.separate}
        silent = {each.rule_id for each in evaluation.not_fired}
        assert fired | silent == {rule.id for rule in policy.rules}
        assert not fired & silent
        assert all(each.why for each in evaluation.not_fired)


@pytest.mark.parametrize("name", PACKS)
def test_a_local_pack_is_never_weaker_than_the_national_one(name: str) -> None:
    national, local = load_pack("national"), load_pack(name)

    for facts in random_requests(national, 300, seed=7):
        wider = {each.role: each.level for each in evaluate(national, facts).requirements}
        nearer = {each.role: each.level for each in evaluate(local, facts).requirements}
        assert {role for role, level in wider.items() if level is Level.CORE} <= {
            role for role, level in nearer.items() if level is Level.CORE
        }
        assert set(wider) <= set(nearer)


def test_every_explanation_can_be_written_as_json() -> None:
    policy = load_pack("wirral")

    for facts in random_requests(policy, 50, seed=11):
        assert json.loads(json.dumps(as_json(explain(policy, facts, evaluate(policy, facts)))))
