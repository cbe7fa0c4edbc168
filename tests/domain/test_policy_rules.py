"""Every rule C01-C35 of the national pack fires on its own fact, invites whom it names, and is silent without it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from service.domain.evaluate import Evaluation, evaluate
from service.domain.facts import AgeBand, ChildFacts, RequestFacts, Urgency
from service.domain.policy import Confidence, Level, Strength
from service.policies.load import load_pack

MONDAY = datetime(2026, 2, 2, 9, tzinfo=UTC)
CORE = frozenset({"social_worker", "police_child_protection", "health_practitioner"})
PLAIN_CHILD = ChildFacts("child-1", AgeBand.ADULT)


@dataclass(frozen=True)
class Case:
    """One rule, what makes it fire, and whom it adds to the core."""

    rule: str
    name: str
    invites: frozenset[str] = frozenset()
    circumstances: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()
    age: AgeBand = AgeBand.ADULT
    on_roll: bool = False
    involved: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    led: frozenset[str] = frozenset()
    referrer: str | None = None
    asks: frozenset[str] = field(default_factory=frozenset)

    def facts(self) -> RequestFacts:
        return RequestFacts(
            meeting_type="strategy",
            urgency=Urgency.STANDARD,
            concern_recorded_at=MONDAY,
            children=(ChildFacts("child-1", self.age, self.on_roll, self.flags),),
            circumstances=self.circumstances,
            involved_roles=self.involved,
            excluded_roles=self.excluded,
            led_roles=self.led,
            referrer_role=self.referrer,
        )


def when(rule: str, circumstance: str, *roles: str, asks: str = "") -> Case:
    """A rule about one circumstance of the case."""
    asked = frozenset({asks}) if asks else frozenset()
    return Case(rule, circumstance, frozenset(roles), frozenset({circumstance}), asks=asked)


def flagged(rule: str, flag: str, *roles: str, asks: str = "") -> Case:
    """A rule about one flag of a child."""
    asked = frozenset({asks}) if asks else frozenset()
    return Case(rule, flag, frozenset(roles), flags=frozenset({flag}), asks=asked)


CASES = (
    Case("C01", "every case has social care"),
    Case("C02", "every case has police"),
    Case("C03", "every case has health"),
    Case("C04", "a GP refers", frozenset({"gp"}), referrer="gp"),
    Case("C05", "unborn child", frozenset({"midwifery", "health_visitor"}), age=AgeBand.UNBORN),
    Case("C06", "child under five", frozenset({"health_visitor"}), age=AgeBand.UNDER_FIVE),
    Case(
        "C06-setting",
        "child under five at nursery",
        frozenset({"health_visitor", "early_years"}),
        flags=frozenset({"attends_early_years"}),
        age=AgeBand.UNDER_FIVE,
    ),
    Case("C07", "child of school age", frozenset({"school", "school_nurse"}), age=AgeBand.SCHOOL_AGE),
    Case("C07", "four years old and in reception", frozenset({"school", "school_nurse"}), on_roll=True),
    flagged("C08", "looked_after", "fostering_or_residential_provider", "placing_authority", "cla_nurse"),
    when("C09", "home_authority_elsewhere", "home_authority", asks="inform_at_once"),
    flagged("C10", "in_patient", "paediatrician", "ward_nurse", asks="venue_hospital"),
    when("C11", "physical_injury", "paediatrician"),
    when("C12", "medical_planned_or_done", "examining_doctor"),
    when("C13", "sexual_abuse", "sarc"),
    when("C14", "online_images", "online_police_unit"),
    when("C15", "domestic_abuse", "adult_domestic_abuse_service"),
    Case(
        "C15-probation",
        "domestic abuse by an adult open to probation",
        frozenset({"adult_domestic_abuse_service", "probation"}),
        frozenset({"domestic_abuse", "probation_open"}),
    ),
    when("C16", "parental_substance_misuse", "substance_misuse_service"),
    when("C17", "parental_mental_illness", "adult_mental_health"),
    when("C18", "exploitation_or_gangs", "youth_justice", "mace_lead", "violence_reduction_unit"),
    when("C19", "transport_incident", "british_transport_police"),
    when("C20", "radicalisation", "prevent_lead"),
    when("C21", "fgm_forced_marriage_hba", "specialist_police", "specialist_health", asks="complex_abuse_route"),
    when("C22", "fabricated_or_induced_illness", "paediatrician", asks="face_to_face"),
    when("C23", "complex_or_organised_abuse", "legal", asks="senior_chair"),
    flagged("C25", "disability_or_complex_health", "treating_team"),
    when("C26", "military_family", "military_welfare_service", "unit_welfare_officer"),
    when("C27", "housing_risk", "housing"),
    flagged("C28", "registered_gp", "gp"),
    flagged("C29", "child_mental_health", "camhs"),
    Case("C30", "a parent works at the school", frozenset({"school"}), excluded=frozenset({"school"})),
    when("C31", "unaccompanied_or_trafficked", "nrm_first_responder"),
    when("C32", "adult_in_custody", "prison", "probation"),
    when("C33", "care_leaver_parent", "personal_adviser"),
    when("C34", "adult_care_needs", "adult_social_care"),
    *(
        Case(
            rule,
            f"{role} is led by somebody who must not be told",
            frozenset({role, *above}),
            excluded=frozenset({role}),
            led=frozenset({role}),
        )
        for rule, role, above in (
            ("C36", "early_years", ("education_lead", "lado")),
            ("C37", "gp", ("designated_nurse",)),
            ("C38", "fostering_or_residential_provider", ("lado",)),
            ("C39", "family_help_lead", ("service_manager",)),
        )
    ),
    Case("A01", "probation already works with them", frozenset({"probation"}), involved=frozenset({"probation"})),
)


# Rules of meeting types with agencies of their own: tests/policies/test_meeting_types.py.
OTHER_MEETINGS = frozenset({"H01", "M01", "M02", "T01", "K01", "K02", "S01", "S02", "S03", "S04", "S05", "S06"})


def run(case: Case) -> Evaluation:
    return evaluate(load_pack("national"), case.facts())


def fired(evaluation: Evaluation) -> set[str]:
    named = {because.rule_id for each in evaluation.requirements for because in each.because}
    return named | {each.rule_id for each in evaluation.separate}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}: {case.name}")
def test_a_rule_fires_on_its_own_fact_and_invites_exactly_whom_it_names(case: Case) -> None:
    evaluation = run(case)

    assert case.rule in fired(evaluation)
    assert {each.role for each in evaluation.requirements} == CORE | case.invites
    assert {each.slug for each in evaluation.arrangements} == case.asks


@pytest.mark.parametrize("case", CASES[3:], ids=lambda case: f"{case.rule}: {case.name}")
def test_a_rule_stays_silent_without_its_fact_and_says_what_was_missing(case: Case) -> None:
    evaluation = run(Case("", "nothing is recorded"))

    silent = {each.rule_id: each.why for each in evaluation.not_fired}
    assert case.rule not in fired(evaluation)
    assert silent[case.rule]


@pytest.mark.parametrize(
    ("rule", "circumstance", "opens"),
    [("C24", "staff_allegation", "asv"), ("C35", "harm_by_another_child", "strategy")],
)
def test_a_separate_meeting_opens_beside_this_one_and_invites_nobody_to_it(
    rule: str, circumstance: str, opens: str
) -> None:
    evaluation = run(when(rule, circumstance))

    assert [(each.rule_id, each.meeting_type) for each in evaluation.separate] == [(rule, opens)]
    assert {each.role for each in evaluation.requirements} == CORE


def test_the_allegation_meeting_names_the_four_its_procedure_names() -> None:
    (separate,) = run(when("C24", "staff_allegation")).separate

    assert separate.roles == ("lado", "employer", "employer_hr", "regulator")


def test_the_table_holds_every_rule_of_the_policy_facts_and_each_is_a_row_of_the_pack() -> None:
    wanted = {f"C{number:02}" for number in range(1, 36)}
    rows = {rule.id for rule in load_pack("national").rules}

    assert wanted <= rows
    assert rows == {case.rule for case in CASES} | {"C07-core", "C07-lead", "C24", "C35"} | OTHER_MEETINGS


@pytest.mark.parametrize(
    ("rule", "level", "strength", "confidence"),
    [
        ("C01", Level.CORE, Strength.MUST, Confidence.SEEN),
        ("C09", Level.CONDITIONAL, Strength.MIXED, Confidence.SEEN),
        ("C11", Level.CONDITIONAL, Strength.MIXED, Confidence.SEEN),
        ("C12", Level.CONDITIONAL, Strength.MUST, Confidence.SEEN),
        ("C13", Level.CONDITIONAL, Strength.MIXED, Confidence.SEEN),
        ("C07-core", Level.CORE, Strength.SHOULD, Confidence.PILOT),
        ("C30", Level.OPTIONAL, Strength.OURS, Confidence.PROPOSED),
        ("C31", Level.CONDITIONAL, Strength.SHOULD, Confidence.GENERAL_KNOWLEDGE),
        ("C32", Level.CONDITIONAL, Strength.SHOULD, Confidence.GENERAL_KNOWLEDGE),
        ("C33", Level.CONDITIONAL, Strength.SHOULD, Confidence.GENERAL_KNOWLEDGE),
        ("C34", Level.CONDITIONAL, Strength.SHOULD, Confidence.GENERAL_KNOWLEDGE),
        ("C35", Level.CORE, Strength.OURS, Confidence.PROPOSED),
    ],
)
def test_a_rule_says_how_well_it_is_known(rule: str, level: Level, strength: Strength, confidence: Confidence) -> None:
    found = next(each for each in load_pack("national").rules if each.id == rule)

    assert (found.level, found.strength, found.provenance.confidence) == (level, strength, confidence)


def test_a_gp_may_send_a_report_instead_of_coming() -> None:
    gp = next(each for each in run(flagged("C28", "registered_gp")).requirements if each.role == "gp")

    assert gp.report_accepted
