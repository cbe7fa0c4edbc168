"""The pilots' own teams: which one a meeting belongs to, why, and who comes with it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from service.domain.evaluate import Evaluation, evaluate
from service.domain.facts import ADOLESCENT, AgeBand, ChildFacts, RequestFacts, Urgency
from service.domain.requests import Child, MeetingRequest, derive_facts
from service.policies.explain import explain
from service.policies.load import load_file, load_pack
from service.policies.refusal import PolicyRefused
from tests.policies.pack_files import pack

TUESDAY = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
TEAM_HEALTH = {"macpt_health_lead", "adolescent_protection_health_lead"}


def child(ref: str, *, adolescent: bool = False) -> ChildFacts:
    flags = frozenset({ADOLESCENT}) if adolescent else frozenset[str]()
    return ChildFacts(ref, AgeBand.SCHOOL_AGE, on_school_roll=True, flags=flags)


def facts(children: tuple[ChildFacts, ...], *circumstances: str, meeting_type: str = "strategy") -> RequestFacts:
    return RequestFacts(
        meeting_type,
        Urgency.STANDARD,
        TUESDAY,
        children,
        circumstances=frozenset(circumstances),
        came_through="front_door",
    )


def health_leads(found: Evaluation) -> set[str]:
    return {each.role for each in found.requirements} & TEAM_HEALTH


@pytest.mark.parametrize(
    ("why", "children", "circumstances", "team", "leads"),
    [
        ("a young child at home", (child("a"),), ("neglect",), "child_protection_team", {"macpt_health_lead"}),
        (
            "a teenager harmed at home",
            (child("a", adolescent=True),),
            ("physical_injury",),
            "child_protection_team",
            {"macpt_health_lead"},
        ),
        (
            "a teenager harmed outside it",
            (child("a", adolescent=True),),
            ("harm_outside_home",),
            "adolescent_protection_team",
            {"adolescent_protection_health_lead"},
        ),
        (
            "a teenager exploited",
            (child("a", adolescent=True),),
            ("exploitation_or_gangs",),
            "adolescent_protection_team",
            {"adolescent_protection_health_lead"},
        ),
        (
            "a young child harmed outside it",
            (child("a"),),
            ("harm_outside_home",),
            "child_protection_team",
            {"macpt_health_lead"},
        ),
        (
            "a teenager harmed outside it, and a little sister",
            (child("a"), child("b", adolescent=True)),
            ("harm_outside_home",),
            "adolescent_protection_team",
            TEAM_HEALTH,
        ),
    ],
)
def test_lewisham_goes_by_age_and_harm_outside_the_home(
    why: str, children: tuple[ChildFacts, ...], circumstances: tuple[str, ...], team: str, leads: set[str]
) -> None:
    found = evaluate(load_pack("lewisham"), facts(children, *circumstances))

    assert found.routed is not None
    assert (found.routed.team, health_leads(found)) == (team, leads), why


def test_wirral_s_operational_group_works_every_case_and_its_school_is_core() -> None:
    found = evaluate(load_pack("wirral"), facts((child("a"),), "neglect"))

    assert found.routed is not None
    assert (found.routed.team, found.routed.because.rule_id) == ("operational_group", "W02")
    school = next(each for each in found.requirements if each.role == "school")
    assert str(school.level) == "core"
    lcpp = next(each for each in found.requirements if each.role == "lcpp")
    assert "conference chairs" in lcpp.because[0].reason
    assert load_pack("wirral").teams["strategic_group"].words.endswith("meets monthly")


def test_the_national_pack_names_no_team_and_neither_does_an_allegations_meeting() -> None:
    assert evaluate(load_pack("national"), facts((child("a"),))).routed is None
    assert evaluate(load_pack("lewisham"), facts((child("a"),), meeting_type="asv")).routed is None


@pytest.mark.parametrize(
    ("role", "circumstances", "flags"),
    [
        ("family_help_lead", (), ()),
        ("parental_mental_health_adviser", ("parental_mental_illness",), ()),
        ("social_landlord", ("housing_risk",), ()),
        ("primary_care_liaison_nurse", (), ("registered_gp",)),
    ],
)
def test_lewisham_invites_its_own_roles(role: str, circumstances: tuple[str, ...], flags: tuple[str, ...]) -> None:
    known = ChildFacts("a", AgeBand.SCHOOL_AGE, flags=frozenset(flags))

    assert role in {each.role for each in evaluate(load_pack("lewisham"), facts((known,), *circumstances)).requirements}
    assert role not in {
        each.role for each in evaluate(load_pack("wirral"), facts((known,), *circumstances)).requirements
    }


def test_a_pregnancy_calls_the_newborn_pathway_beside_midwifery() -> None:
    unborn = ChildFacts("a", AgeBand.UNBORN)

    asked = {each.role for each in evaluate(load_pack("lewisham"), facts((unborn,))).requirements}
    assert {"newborn_pathway", "midwifery", "health_visitor"} <= asked


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        (date(2015, 12, 1), True),  # eleven on the day of the request
        (date(2015, 12, 2), False),  # eleven tomorrow
        (date(2008, 12, 2), True),  # still seventeen
        (date(2008, 12, 1), False),  # eighteen on the day
    ],
)
def test_an_adolescent_is_aged_eleven_to_seventeen(born: date, expected: bool) -> None:
    request = MeetingRequest(
        "lewisham", "strategy", "s", "r", "c", TUESDAY, Urgency.STANDARD, (Child("a", birth_date=born),)
    )

    (derived,) = derive_facts(request, date(2026, 12, 1)).children
    assert (ADOLESCENT in derived.flags) is expected


def test_the_explanation_says_where_requests_start_which_teams_there_are_and_whose_this_is() -> None:
    policy, asked = load_pack("lewisham"), facts((child("a", adolescent=True),), "harm_outside_home")
    told = explain(policy, asked, evaluate(policy, asked))

    assert told.team is not None
    assert (told.team.words, told.team.rule) == ("Adolescent Protection Team", "L03")
    assert [row.words for row in told.arranged_here if row.about == "requests start at"] == [
        "Families First Contact Point"
    ]
    assert all(row.source and row.owner and row.review_by for row in told.arranged_here)


def test_a_rule_of_an_unknown_team_is_refused_with_the_nearest(tmp_path: Path) -> None:
    rows = """
[teams.operational_group]
name = "operational group"
does = "works the cases"
source = "minute 1"
confidence = "S"

[[rules]]
id = "X01"
when = "always"
team = "operational_groop"
level = "core"
strength = "must"
reason = "theirs"
source = "minute 1"
confidence = "S"
"""
    with pytest.raises(PolicyRefused, match="operational_group"):
        load_file(pack(tmp_path, rows, extends="national"))


def test_a_rule_may_ask_by_which_door_the_request_came(tmp_path: Path) -> None:
    rows = """
[[rules]]
id = "X01"
when = { fact = "came_through", operator = "is", value = "front_door" }
invite = ["family_wellbeing_team"]
level = "conditional"
strength = "should"
reason = "it came through the front door"
source = "minute 1"
confidence = "S"
"""
    found = evaluate(load_file(pack(tmp_path, rows, extends="national")), facts((child("a"),)))
    (because,) = next(each for each in found.requirements if each.role == "family_wellbeing_team").because
    assert because.fact == "the request came through the front door"
