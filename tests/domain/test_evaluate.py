"""Evaluating a request: strongest level, children, exclusions, education as a partner, and words for silence."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from service.domain.evaluate import Evaluation, Requirement, evaluate
from service.domain.facts import AgeBand, ChildFacts, RequestFacts, Urgency
from service.domain.policy import Level, UnknownMeetingTypeError
from service.policies.load import load_pack

MONDAY = datetime(2026, 2, 2, 9, tzinfo=UTC)
SCHOOLCHILD = ChildFacts("ref-a", AgeBand.SCHOOL_AGE, on_school_roll=True)
BABY = ChildFacts("ref-b", AgeBand.UNDER_FIVE)
UNBORN = ChildFacts("ref-c", AgeBand.UNBORN)


def request(
    *children: ChildFacts,
    circumstances: frozenset[str] = frozenset(),
    involved: frozenset[str] = frozenset(),
    excluded: frozenset[str] = frozenset(),
    referrer: str | None = None,
    meeting_type: str = "strategy",
) -> RequestFacts:
    return RequestFacts(meeting_type, Urgency.STANDARD, MONDAY, children, circumstances, involved, excluded, referrer)


def role(evaluation: Evaluation, slug: str) -> Requirement:
    return next(each for each in evaluation.requirements if each.role == slug)


def rules(requirement: Requirement) -> list[str]:
    return [because.rule_id for because in requirement.because]


def test_only_the_children_a_rule_fired_for_are_named() -> None:
    evaluation = evaluate(load_pack("national"), request(SCHOOLCHILD, BABY, UNBORN))

    assert role(evaluation, "school").children == ("ref-a",)
    assert role(evaluation, "health_visitor").children == ("ref-c", "ref-b")
    assert role(evaluation, "police_child_protection").children == ()


def test_each_reason_keeps_its_own_children_and_the_fact_that_fired_it() -> None:
    visitor = role(evaluate(load_pack("national"), request(BABY, UNBORN)), "health_visitor")

    told = [(because.rule_id, because.children, because.fact) for because in visitor.because]
    assert told == [
        ("C05", ("ref-c",), "a child is unborn"),
        ("C06", ("ref-b",), "a child is aged 0 to 4"),
    ]


def test_the_strongest_level_wins_when_several_rules_name_an_agency() -> None:
    facts = request(SCHOOLCHILD, referrer="school", involved=frozenset({"police_child_protection"}))
    evaluation = evaluate(load_pack("wirral"), facts)

    assert rules(role(evaluation, "school")) == ["C04", "C07", "C07-core"]
    assert role(evaluation, "school").level is Level.CORE
    assert rules(role(evaluation, "police_child_protection")) == ["C02", "A01"]
    assert role(evaluation, "police_child_protection").level is Level.CORE


def test_an_excluded_agency_that_is_needed_keeps_its_level_and_is_marked() -> None:
    facts = request(SCHOOLCHILD, excluded=frozenset({"school"}))
    school = role(evaluate(load_pack("national"), facts), "school")

    assert (school.level, school.excluded, rules(school)) == (Level.CONDITIONAL, True, ["C07", "C30"])


def test_an_excluded_core_agency_stays_core() -> None:
    facts = request(BABY, excluded=frozenset({"social_worker"}))
    social_worker = role(evaluate(load_pack("national"), facts), "social_worker")

    assert (social_worker.level, social_worker.excluded) == (Level.CORE, True)


def test_an_excluded_agency_nobody_asked_for_is_still_shown_as_optional() -> None:
    housing = role(evaluate(load_pack("national"), request(BABY, excluded=frozenset({"housing"}))), "housing")

    assert (housing.level, housing.excluded, rules(housing)) == (Level.OPTIONAL, True, ["C30"])


def test_requirements_come_strongest_first() -> None:
    facts = request(SCHOOLCHILD, BABY, excluded=frozenset({"housing"}), involved=frozenset({"camhs"}))
    levels = [each.level for each in evaluate(load_pack("lewisham"), facts).requirements]

    assert levels == sorted(levels, key=[Level.CORE, Level.CONDITIONAL, Level.OPTIONAL].index)


def test_a_report_stands_in_only_while_the_agency_is_not_core() -> None:
    child = ChildFacts("ref-a", AgeBand.ADULT, flags=frozenset({"registered_gp"}))

    assert role(evaluate(load_pack("national"), request(child)), "gp").report_accepted
    assert not role(evaluate(load_pack("national"), request(child)), "health_practitioner").report_accepted


def test_two_children_who_each_meet_half_of_a_rule_do_not_fire_it_together() -> None:
    """A five-year-old's nursery place and a baby at home do not make a nursery for the baby."""
    older = ChildFacts("ref-a", AgeBand.SCHOOL_AGE, flags=frozenset({"attends_early_years"}))
    evaluation = evaluate(load_pack("national"), request(older, BABY))

    silent = next(each for each in evaluation.not_fired if each.rule_id == "C06-setting")
    assert silent.why.startswith("no one child meets all of it")


def test_silence_is_explained_by_the_condition_that_failed_and_no_other() -> None:
    facts = request(BABY, circumstances=frozenset({"domestic_abuse"}))
    silent = {each.rule_id: each.why for each in evaluate(load_pack("national"), facts).not_fired}

    assert silent["C15-probation"] == "not recorded: an adult is open to probation"
    assert silent["C05"] == "no child is unborn"
    assert silent["C07-core"] == "not switched on here: education is partner"
    assert silent["C04"] == "no professional made the referral"
    assert silent["A01"] == "no agency is recorded as already working with the family"


def test_a_request_that_names_no_child_still_calls_the_core() -> None:
    evaluation = evaluate(load_pack("national"), request())

    assert [each.level for each in evaluation.requirements] == [Level.CORE] * 3
    silent = {each.rule_id: each.why for each in evaluation.not_fired}
    assert silent["C06"] == "the request names no child"


def test_in_wirral_a_child_without_a_school_has_the_education_lead_at_the_table() -> None:
    evaluation = evaluate(load_pack("wirral"), request(UNBORN))

    assert role(evaluation, "education_lead").level is Level.CORE
    assert "school" not in {each.role for each in evaluation.requirements}


def test_without_the_flag_the_school_is_conditional_and_no_education_lead_is_asked() -> None:
    evaluation = evaluate(load_pack("lewisham"), request(SCHOOLCHILD, UNBORN))

    assert role(evaluation, "school").level is Level.CONDITIONAL
    assert "education_lead" not in {each.role for each in evaluation.requirements}


def test_a_role_the_tables_do_not_know_is_still_asked_for_and_never_dropped() -> None:
    facts = request(BABY, involved=frozenset({"lifeboat_station"}))

    assert rules(role(evaluate(load_pack("national"), facts), "lifeboat_station")) == ["A01"]


def test_a_meeting_type_the_policy_does_not_have_is_refused_by_name() -> None:
    with pytest.raises(UnknownMeetingTypeError, match=r"no meeting type 'tea'; it has asv, .*, icpc, .*, strategy,"):
        evaluate(load_pack("national"), request(BABY, meeting_type="tea"))


def test_where_no_notice_is_published_none_is_owed() -> None:
    for pack in ("national", "london", "lewisham", "wirral"):
        for requirement in evaluate(load_pack(pack), request(BABY)).requirements:
            assert (requirement.notice.standard, requirement.notice.minimum) == (None, None)
