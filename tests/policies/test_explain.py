"""The explanation: each agency with its reasons and sources, each silent rule with what was missing, in words."""

from __future__ import annotations

from service.domain.evaluate import evaluate
from service.domain.facts import AgeBand, ChildFacts, RequestFacts, Urgency
from service.policies.explain import Explanation, as_json, explain
from service.policies.load import load_pack
from tests.policies.random_requests import MONDAY


def explained(pack: str, urgency: Urgency = Urgency.STANDARD, meeting_type: str = "strategy") -> Explanation:
    policy = load_pack(pack)
    facts = RequestFacts(
        meeting_type,
        urgency,
        MONDAY,
        (ChildFacts("ref-a", AgeBand.UNBORN), ChildFacts("ref-b", AgeBand.SCHOOL_AGE, on_school_roll=True)),
        circumstances=frozenset({"staff_allegation", "home_authority_elsewhere"}),
        excluded_roles=frozenset({"school"}),
    )
    return explain(policy, facts, evaluate(policy, facts))


def test_an_agency_row_says_who_why_on_whose_word_and_what_notice() -> None:
    row = next(each for each in explained("lewisham").agencies if each.role == "midwifery")

    assert (row.words, row.level, row.children) == ("midwifery", "conditional", ("ref-a",))
    assert (row.notice_standard, row.notice_minimum) == ("not set by the partnership",) * 2
    (reason,) = row.reasons
    assert (reason.rule, reason.pack, reason.fact, reason.confidence) == ("C05", "national", "a child is unborn", "S")
    assert reason.source.startswith("Surrey 8.7 and Devon")


def test_an_excluded_agency_is_shown_with_the_safety_rule() -> None:
    row = next(each for each in explained("lewisham").agencies if each.role == "school")

    assert row.excluded
    assert [reason.rule for reason in row.reasons] == ["C07", "C30"]
    assert row.reasons[1].strength == "proposed by this service"


def test_silent_rules_separate_meetings_and_arrangements_are_in_words() -> None:
    found = explained("lewisham")

    silent = {each.rule: (each.would_invite, each.why) for each in found.silent}
    assert silent["C13"] == (("sexual assault referral centre",), "not recorded: sexual abuse or exploitation")
    assert [(each.rule, each.words) for each in found.separate] == [
        ("C24", "allegations against staff and volunteers (ASV) meeting")
    ]
    assert found.arrangements[0] == "tell this agency at once, before the invitation (C09)"


def test_figures_carry_words_source_and_owner_and_unset_says_so() -> None:
    figures = {each.about: each for each in explained("wirral", Urgency.IMMEDIATE).figures}

    assert (figures["deadline"].words, figures["deadline"].confidence) == ("the same day", "S-part")
    assert figures["quorum"].words == "not set by the partnership"
    assert figures["clock starts at"].words == "the concern being recorded"
    assert figures["minimum notice"].owner == "Wirral Safeguarding Children Partnership"


def test_a_neighbours_figure_stands_apart_with_its_place() -> None:
    told = {(each.place, each.words) for each in explained("lewisham").seen_elsewhere}

    assert ("Bexley", "within 3 days") in told


def test_an_urgent_lewisham_meeting_says_what_must_follow() -> None:
    assert explained("lewisham", Urgency.IMMEDIATE).followed_by == "follow-up strategy meeting"
    assert explained("lewisham").followed_by is None


def test_the_policy_version_is_named_so_that_the_explanation_can_be_checked_later() -> None:
    found = as_json(explained("lewisham"))

    assert found["content_hash"] == load_pack("lewisham").content_hash
    assert (found["policy"], found["extends"], found["version"]) == ("lewisham", ("london", "national"), "2026.1")
