"""The five quorum rules a partnership may choose, and what an unset one says."""

from __future__ import annotations

import pytest

from service.domain.quorum import RULES, QuorumRule, missing_partners, quorum
from service.domain.roles import GROUPS, MATCHED_BY_PLACE, NAMED_PER_CASE, ROLES, group_words, nearest, words

HEALTH_AS_ONE = {slug: role.group for slug, role in ROLES.items()}
HEALTH_SEPARATELY = {**HEALTH_AS_ONE, "health_visitor": "health_visitor", "school_nurse": "school_nurse"}


@pytest.mark.parametrize(
    ("rule", "present", "met", "missing"),
    [
        ("Q1", {"social_worker", "police_child_protection"}, False, 2),  # health silent, and no manager chairs
        ("Q1", {"lcpp", "police_child_protection", "midwifery"}, True, 0),
        ("Q1", {"team_manager", "british_transport_police", "gp"}, False, 1),  # another force is not the local police
        ("Q2", {"social_worker", "team_manager", "health_visitor", "online_police_unit"}, True, 0),
        ("Q2", {"lcpp", "health_visitor", "police_child_protection"}, False, 1),  # the chair is not the social worker
        ("Q2", {"social_worker", "health_visitor", "police_child_protection"}, False, 1),  # nor the other way round
        ("Q2", {"social_worker", "lcpp", "police_child_protection"}, False, 1),  # health is missing
        ("Q2", {"social_worker", "lcpp", "health_visitor"}, False, 1),  # the police are missing
        ("Q3", {"social_worker", "school", "gp"}, True, 0),
        ("Q3", {"social_worker", "health_visitor", "school_nurse"}, False, 1),  # health counts as one
        ("Q3", {"school", "gp", "police_child_protection"}, False, 1),  # social care is missing
        ("Q4", {"social_worker", "gp", "school"}, True, 0),
        ("Q4", {"social_worker", "gp"}, False, 1),
        ("Q4", set(), False, 1),
    ],
)
def test_each_rule_counts_the_agencies_it_names(rule: str, present: set[str], met: bool, missing: int) -> None:
    found = quorum(RULES[rule], present, HEALTH_AS_ONE)

    assert (found.met, len(found.missing)) == (met, missing)
    assert found.words == RULES[rule].words


def test_an_unset_quorum_is_neither_met_nor_missed() -> None:
    found = quorum(None, {"social_worker"}, HEALTH_AS_ONE)

    assert (found.met, found.missing, found.chair_may_accept) == (None, (), False)
    assert found.words == "not set by the partnership"


def test_health_visitor_and_school_nurse_each_count_where_the_pack_says_so() -> None:
    present = {"social_worker", "health_visitor", "school_nurse"}

    assert quorum(RULES["Q3"], present, HEALTH_SEPARATELY).met
    assert not quorum(RULES["Q3"], present, HEALTH_AS_ONE).met


def test_a_health_role_counted_by_itself_still_answers_for_health() -> None:
    present = {"lcpp", "police_child_protection", "health_visitor"}

    assert quorum(RULES["Q1"], present, HEALTH_SEPARATELY).met


def test_the_chair_may_accept_two_agencies_but_not_one() -> None:
    assert quorum(RULES["Q4"], {"social_worker", "gp"}, HEALTH_AS_ONE).chair_may_accept
    assert not quorum(RULES["Q4"], {"social_worker"}, HEALTH_AS_ONE).chair_may_accept


def test_all_core_names_whoever_of_the_core_is_missing_and_leaves_it_to_the_chair() -> None:
    core = ("social_worker", "police_child_protection", "health_practitioner")
    found = quorum(RULES["Q5"], {"social_worker", "police_child_protection"}, HEALTH_AS_ONE, core)

    assert (found.met, found.missing, found.chair_may_accept) == (False, ("health practitioner",), True)
    assert quorum(RULES["Q5"], core, HEALTH_AS_ONE, core).met
    assert quorum(RULES["Q5"], (), HEALTH_AS_ONE, core).chair_may_accept


@pytest.mark.parametrize("rule", ["Q1", "Q2", "Q3", "Q4"])
def test_a_rule_that_does_not_ask_for_every_core_agency_is_met_without_them(rule: str) -> None:
    present = {"social_worker", "lcpp", "police_child_protection", "gp"}

    assert quorum(RULES[rule], present, HEALTH_AS_ONE, ("school", "housing")).met


def test_a_role_the_pack_groups_nowhere_counts_in_its_own_group() -> None:
    assert quorum(RULES["Q3"], {"social_worker", "school", "gp"}, {}).met


def test_a_rule_of_groups_and_of_every_core_agency_names_both_gaps() -> None:
    both = QuorumRule("own", "words", "source", groups=("police",), all_core=True)

    assert quorum(both, {"gp"}, HEALTH_AS_ONE, ("gp", "school")).missing == ("police", words("school"))


def test_missing_agencies_are_named_in_words() -> None:
    assert quorum(RULES["Q3"], {"gp"}, HEALTH_AS_ONE).missing == ("children's social care", "1 more agency")
    assert quorum(RULES["Q4"], {"gp"}, HEALTH_AS_ONE).missing == ("2 more agencies",)
    assert quorum(RULES["Q1"], {"gp"}, HEALTH_AS_ONE).missing == (
        "police",
        f"{words('team_manager')} or {words('service_manager')} or lead child protection practitioner",
    )


def test_the_national_minimum_is_counted_apart_from_quorum() -> None:
    minimum = ("csc", "police", "health")

    assert missing_partners(minimum, {"lcpp", "gp"}) == ("police",)
    assert missing_partners(minimum, {"lcpp", "gp", "police_child_protection"}) == ()


def test_every_role_has_words_and_a_group_with_words() -> None:
    assert all(role.words and role.group in GROUPS for role in ROLES.values())
    assert set(ROLES) >= MATCHED_BY_PLACE | NAMED_PER_CASE
    assert (words("coast_guard"), group_words("health_visitor")) == ("coast guard", "health visitor")
    assert nearest("paediatrican") == "paediatrician"
