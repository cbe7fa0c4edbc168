"""Every meeting type of the policy facts: which pack has it, whom it calls, what is set and what is seen elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.domain.clock_starts import ClockStart
from service.domain.evaluate import Evaluation, evaluate
from service.domain.facts import AgeBand, ChildFacts, RequestFacts, Urgency
from service.domain.family import CONFERENCES
from service.domain.meeting_kinds import CONTINUING_TYPES, INITIAL_CONFERENCES, STRATEGY_TYPES
from service.domain.policy import Confidence, Level
from service.domain.spans import Span, Unit
from service.policies.explain import explain
from service.policies.load import content, from_content, load_file, load_pack, overdue
from service.policies.refusal import PolicyRefused
from tests.policies.pack_files import PROVENANCE, figure, pack
from tests.policies.random_requests import MONDAY

PACKS = ("lewisham", "london", "national", "wirral")
EVERYWHERE = {
    "strategy": ClockStart.CONCERN_RECORDED,
    "strategy_after_emergency": ClockStart.ACTION_TAKEN,
    "strategy_hospital": ClockStart.CONCERN_RECORDED,
    "strategy_review": ClockStart.DECISION,
    "complex_abuse": ClockStart.CONCERN_RECORDED,
    "icpc": ClockStart.INITIATING_SD,
    "core_group_first": ClockStart.ICPC,
    "rcpc_first": ClockStart.ICPC,
    "rcpc_later": ClockStart.PREVIOUS_REVIEW,
    "transfer_in": ClockStart.WRITTEN_NOTIFICATION,
    "prebirth_icpc": ClockStart.INITIATING_SD,
    "prebirth_review": ClockStart.ICPC,
    "asv": ClockStart.LADO_REFERRAL,
}
LEWISHAM_ONLY = {
    "strategy_followup": ClockStart.PREVIOUS_DISCUSSION,
    "strategy_missing": ClockStart.MISSING_SINCE,
}
WORKING_DAYS = Unit.WORKING_DAYS


def called(
    name: str, meeting_type: str, *circumstances: str, flags: frozenset[str] = frozenset(), **more: frozenset[str]
) -> Evaluation:
    child = ChildFacts("child-1", AgeBand.ADULT, flags=flags)
    facts = RequestFacts(
        meeting_type,
        Urgency.STANDARD,
        MONDAY,
        (child,),
        circumstances=frozenset(circumstances),
        involved_roles=more.get("involved", frozenset()),
        excluded_roles=more.get("excluded", frozenset()),
    )
    return evaluate(load_pack(name), facts)


def at(evaluation: Evaluation, level: Level) -> set[str]:
    return {each.role for each in evaluation.requirements if each.level is level}


@pytest.mark.parametrize("name", PACKS)
def test_each_pack_has_its_meeting_types_each_with_its_clock(name: str) -> None:
    wanted = EVERYWHERE | (LEWISHAM_ONLY if name == "lewisham" else {})

    assert {each.id: each.clock for each in load_pack(name).meeting_types.values()} == wanted


@pytest.mark.parametrize("name", PACKS)
@pytest.mark.parametrize(
    ("meeting_type", "deadline"),
    [
        ("core_group_first", Span(10, WORKING_DAYS)),
        ("rcpc_first", Span(3, Unit.MONTHS)),
        ("rcpc_later", Span(6, Unit.MONTHS)),
        ("transfer_in", Span(15, WORKING_DAYS)),
        ("prebirth_icpc", Span(15, WORKING_DAYS)),
        ("prebirth_review", Span(3, Unit.MONTHS)),
    ],
)
def test_what_is_law_is_the_same_in_every_pack_and_marked_so(name: str, meeting_type: str, deadline: Span) -> None:
    figure_of = load_pack(name).meeting_type(meeting_type).deadline.otherwise

    assert (figure_of.value, figure_of.statutory) == (deadline, True)


@pytest.mark.parametrize("name", PACKS)
@pytest.mark.parametrize("meeting_type", ["strategy_hospital", "strategy_review", "complex_abuse", "asv"])
def test_where_no_deadline_is_published_none_is_set(name: str, meeting_type: str) -> None:
    assert load_pack(name).meeting_type(meeting_type).deadline.otherwise.value is None


@pytest.mark.parametrize(
    ("name", "meeting_type", "place", "words"),
    [
        ("wirral", "asv", "Sefton", "within 5 working days"),
        ("wirral", "prebirth_icpc", "Sefton", "week 34"),
        ("wirral", "prebirth_review", "Liverpool", "20 working days after the birth"),
        ("lewisham", "prebirth_review", "Bromley", "within 10 working days of the birth"),
        ("lewisham", "strategy_hospital", "Southwark", "designated nurse"),
        ("national", "complex_abuse", "an unattributed guidance on complex child sexual exploitation", "72 hours"),
        ("national", "transfer_in", "Tees", "accepting the referral"),
    ],
)
def test_a_neighbours_figure_for_these_meetings_is_words_and_no_value(
    name: str, meeting_type: str, place: str, words: str
) -> None:
    policy = load_pack(name)
    seen = [each for each in policy.seen_elsewhere if (each.meeting_type, each.place) == (meeting_type, place)]

    assert any(words in each.words for each in seen)
    assert policy.meeting_type(meeting_type).or_earlier == {}


def test_one_partnerships_neighbours_are_not_shown_to_the_other() -> None:
    merseyside = {each.place for each in load_pack("wirral").seen_elsewhere}
    south_east_london = {each.place for each in load_pack("lewisham").seen_elsewhere}

    assert {"Sefton", "Liverpool", "Knowsley"} <= merseyside - south_east_london
    assert {"Bromley", "Bexley", "Southwark"} <= south_east_london - merseyside


@pytest.mark.parametrize(
    ("name", "meeting_type", "days"),
    [
        ("lewisham", "icpc", 2),
        ("lewisham", "prebirth_icpc", 2),
        ("lewisham", "rcpc_first", 5),
        ("lewisham", "rcpc_later", 5),
        ("lewisham", "prebirth_review", 5),
        ("lewisham", "core_group_first", None),
        ("wirral", "rcpc_first", None),  # Knowsley's and Pan Sussex's days are other places'
        ("national", "rcpc_later", None),
    ],
)
def test_reports_are_due_where_the_partnership_says_so(name: str, meeting_type: str, days: int | None) -> None:
    due = load_pack(name).meeting_type(meeting_type).report_due.value

    assert due == (None if days is None else Span(days, WORKING_DAYS))


def test_in_lewisham_a_child_missing_for_48_hours_is_a_trigger_and_not_a_deadline() -> None:
    missing = load_pack("lewisham").meeting_type("strategy_missing")

    assert missing.called_after.value == Span(48, Unit.HOURS)
    assert missing.deadline.otherwise.value is None


@pytest.mark.parametrize("urgency", Urgency)
def test_after_emergency_action_the_meeting_is_as_soon_as_possible(urgency: Urgency) -> None:
    assert load_pack("wirral").meeting_type("strategy_after_emergency").deadline.of(urgency).value == Span(0, Unit.ASAP)


def test_an_allegations_meeting_is_a_track_of_its_own_with_its_own_core() -> None:
    evaluation = called(
        "wirral", "asv", "home_authority_elsewhere", "domestic_abuse", flags=frozenset({"looked_after"})
    )

    assert at(evaluation, Level.CORE) == {"lado", "police_child_protection", "social_worker", "employer"}
    assert at(evaluation, Level.CONDITIONAL) == {
        "employer_hr",
        "regulator",
        "fostering_or_residential_provider",
        "home_authority",
    }


def test_an_allegations_meeting_does_not_call_those_who_work_with_the_family() -> None:
    evaluation = called("lewisham", "asv", involved=frozenset({"health_visitor"}))

    assert "health_visitor" not in {each.role for each in evaluation.requirements}


@pytest.mark.parametrize("meeting_type", [*EVERYWHERE, *LEWISHAM_ONLY])
def test_the_safety_rule_holds_an_inbox_back_on_every_track(meeting_type: str) -> None:
    evaluation = called("lewisham", meeting_type, excluded=frozenset({"employer", "social_worker"}))

    held = {each.role: each.excluded for each in evaluation.requirements}
    assert held["employer"]
    assert held["social_worker"]


def test_a_first_core_group_calls_its_members_and_not_the_strategy_meetings_core() -> None:
    evaluation = called("wirral", "core_group_first", involved=frozenset({"health_visitor", "housing"}))

    assert at(evaluation, Level.CORE) == {"social_worker"}
    assert at(evaluation, Level.CONDITIONAL) == {"health_visitor", "housing"}


@pytest.mark.parametrize(
    ("meeting_type", "role"),
    [("strategy_hospital", "paediatrician"), ("complex_abuse", "legal"), ("transfer_in", "originating_social_worker")],
)
def test_a_meeting_type_adds_its_own_agency_to_the_core_and_only_there(meeting_type: str, role: str) -> None:
    assert role in at(called("national", meeting_type), Level.CORE)
    assert role not in {each.role for each in called("national", "strategy").requirements}


def test_a_hospital_meeting_is_at_the_hospital_and_complex_abuse_has_a_senior_chair() -> None:
    assert [each.slug for each in called("national", "strategy_hospital").arrangements] == ["venue_hospital"]
    assert [each.slug for each in called("national", "complex_abuse").arrangements] == ["senior_chair"]


def test_an_allegation_within_complex_abuse_calls_the_lado_and_opens_the_meeting_of_its_own() -> None:
    evaluation = called("wirral", "complex_abuse", "staff_allegation")

    assert "lado" in at(evaluation, Level.CONDITIONAL)
    assert [each.meeting_type for each in evaluation.separate] == ["asv"]


def test_another_councils_child_is_told_of_at_once_and_in_london_taken_over_only_in_writing() -> None:
    asks = [each.slug for each in called("lewisham", "strategy", "home_authority_elsewhere").arrangements]

    assert asks == ["inform_at_once", "written_acceptance"]


def test_wirral_escalates_in_four_stages_of_which_only_the_first_has_a_time() -> None:
    ladder = load_pack("wirral").escalation

    assert [stage.number for stage in ladder.stages] == [1, 2, 3, 4]
    assert [stage.within.value for stage in ladder.stages] == [Span(1, WORKING_DAYS), None, None, None]
    assert ladder.stages[3].to == "the chair of the partnership"
    assert ladder.resolve_within.value == Span(5, WORKING_DAYS)
    assert {stage.within.provenance.owner for stage in ladder.stages} == {"Wirral Safeguarding Children Partnership"}


@pytest.mark.parametrize("name", ["lewisham", "london", "national"])
def test_elsewhere_no_escalation_is_published_and_none_is_invented(name: str) -> None:
    ladder = load_pack(name).escalation

    assert (ladder.stages, ladder.resolve_within.value) == ((), None)
    assert ladder.provenance.confidence is Confidence.NOT_PUBLISHED


def test_the_explanation_tells_the_stages_the_trigger_and_further_limits(tmp_path: Path) -> None:
    path = pack(tmp_path, figure("prebirth_review.or_earlier.birth", "20 working days"), extends="wirral")
    policy = load_file(path)
    facts = RequestFacts("prebirth_review", Urgency.STANDARD, MONDAY, ())
    found = explain(policy, facts, evaluate(policy, facts))

    assert next((each.about, each.words) for each in found.escalation) == (
        "stage 1: the practitioners' manager",
        "1 working day",
    )
    figures = {each.about: each.words for each in found.figures}
    assert figures["or from the birth"] == "20 working days"
    assert figures["called when it has lasted"] == "not set by the partnership"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            f'[escalation]\n{PROVENANCE}\n[escalation.resolve_within]\nvalue = "unset"\n{PROVENANCE}',
            "at least one stage",
        ),
        (f'[escalation]\n{PROVENANCE}\n[[escalation.stages]]\nvalue = "unset"\n{PROVENANCE}', "'to' is missing"),
        ("[escalation]\nstages = 4", "'stages' must be a list of rows"),
    ],
)
def test_an_escalation_ladder_that_is_none_is_refused(tmp_path: Path, body: str, sentence: str) -> None:
    with pytest.raises(PolicyRefused) as refused:
        load_file(pack(tmp_path, body, extends="national"))
    assert refused.value.rule.startswith("escalation")
    assert sentence in refused.value.sentence


def test_a_version_published_before_there_was_an_escalation_ladder_still_reads() -> None:
    older = content(load_pack("wirral"))
    del older["escalation"]

    assert from_content(older).escalation.stages == ()


def test_figures_of_the_new_kinds_are_listed_when_their_review_is_late() -> None:
    late = overdue(load_pack("wirral"), MONDAY.date().replace(year=2028))

    assert any(line.startswith("the escalation ladder was to be reviewed") for line in late)
    assert any(line.startswith("called after of strategy ") for line in late)


def test_every_type_of_every_pack_is_a_strategy_meeting_a_conference_or_neither_as_its_name_says() -> None:
    types = {kind.id: kind.name for name in PACKS for kind in load_pack(name).meeting_types.values()}
    assert {each for each, name in types.items() if "strategy meeting" in name} == STRATEGY_TYPES
    assert {each for each, name in types.items() if "conference" in name} == CONFERENCES
    assert {each for each in CONFERENCES if each.endswith("icpc")} == INITIAL_CONFERENCES
    assert CONTINUING_TYPES < STRATEGY_TYPES
