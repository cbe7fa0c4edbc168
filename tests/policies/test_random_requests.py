"""Ten thousand random requests through every pack: no error, nobody without a rule, and the core always there."""

from __future__ import annotations

import json

import pytest

from service.domain.evaluate import evaluate
from service.domain.facts import Urgency
from service.domain.policy import EVERY_TRACK, Effect, Level, Rule
from service.domain.roles import group_of
from service.domain.timescales import timescale
from service.policies.explain import as_json, explain
from service.policies.holidays import working_calendar
from service.policies.load import load_pack
from tests.policies.random_requests import MONDAY, random_requests

PACKS = ("lewisham", "london", "national", "wirral")


CORE = {
    "child_protection": {"csc", "police", "health"},
    "core_group": {"csc"},
    "allegation": {"lado", "police", "csc", "employer"},
}


@pytest.mark.parametrize("name", PACKS)
def test_ten_thousand_requests_over_every_meeting_type_are_each_traceable_to_a_rule(name: str) -> None:
    policy = load_pack(name)
    rules = {rule.id: rule for rule in policy.rules}
    seen = set()

    for facts in random_requests(policy, 10_000, seed=20260202):
        evaluation = evaluate(policy, facts, explain=False)
        meeting_type = policy.meeting_type(facts.meeting_type)
        seen.add((meeting_type.id, facts.urgency))

        core = {group_of(each.role) for each in evaluation.requirements if each.level is Level.CORE}
        assert core >= CORE[meeting_type.track]
        assert core >= set(meeting_type.minimum_partners)
        named = {each.role: each for each in evaluation.requirements}
        assert len(named) == len(evaluation.requirements)
        for each in evaluation.requirements:
            assert each.because
            assert all(runs_on(rules[because.rule_id], meeting_type.track) for because in each.because)
        assert facts.excluded_roles == {role for role, each in named.items() if each.excluded}
        if meeting_type.track != "allegation":  # the family's own agencies are not told of an allegation against staff
            assert facts.involved_roles <= set(named)
    assert seen == {(meeting_type, urgency) for meeting_type in policy.meeting_types for urgency in Urgency}


def runs_on(rule: Rule, track: str) -> bool:
    return rule.track in {track, EVERY_TRACK} or rule.effect is Effect.EXCLUDE


@pytest.mark.parametrize("name", PACKS)
def test_every_deadline_is_an_instant_or_words_that_say_why_not(name: str) -> None:
    policy, calendar = load_pack(name), working_calendar(MONDAY.date())

    for facts in random_requests(policy, 1000, seed=5):
        found = timescale(policy.meeting_type(facts.meeting_type), facts, calendar)
        told = found.words

        if found.unknown:
            assert "the request does not say when that was" in told
        elif found.due_at is None:
            assert told == "not set by the partnership" or told.startswith("as soon as possible")
        else:
            assert ": by " in told


@pytest.mark.parametrize("name", PACKS)
def test_every_rule_of_the_track_either_fires_or_says_why_not(name: str) -> None:
    policy = load_pack(name)

    for facts in random_requests(policy, 300, seed=3):
        evaluation = evaluate(policy, facts)
        track = policy.meeting_type(facts.meeting_type).track

        fired = {because.rule_id for each in evaluation.requirements for because in each.because}
        fired |= {each.rule_id for each in evaluation.separate}
        fired |= {evaluation.routed.because.rule_id} if evaluation.routed else set()
        silent = {each.rule_id for each in evaluation.not_fired}
        assert fired | silent == {rule.id for rule in policy.rules if runs_on(rule, track)}
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
