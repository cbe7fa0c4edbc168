"""What the answers so far mean for quorum: checked against every combination of answers that could still come."""

from __future__ import annotations

from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.answers import FILLS_THE_PLACE, Answer
from service.domain.forecast import STILL_OPEN, Goal, Place, forecast, with_a_no
from service.domain.quorum import RULES, missing_partners, quorum
from service.domain.roles import ROLES

HEALTH_AS_ONE = {slug: role.group for slug, role in ROLES.items()}
HEALTH_SEPARATELY = {**HEALTH_AS_ONE, "health_visitor": "health_visitor", "school_nurse": "school_nurse"}
LEAST = ("csc", "police", "health")
CORE = {"social_worker", "police_child_protection", "health_practitioner"}
SOME = [
    "social_worker",
    "lcpp",
    "police_child_protection",
    "online_police_unit",
    "health_practitioner",
    "health_visitor",
    "school_nurse",
    "school",
    "housing",
]


def asked(**answers: Answer | None) -> tuple[Place, ...]:
    return tuple(Place(role, role in CORE, answer) for role, answer in answers.items())


YES, NO, MAYBE = Answer.YES, Answer.NO, Answer.MAYBE


def test_either_of_two_health_agencies_would_do_and_is_said_as_one_part() -> None:
    places = asked(lcpp=YES, police_child_protection=YES, midwifery=None, gp=None, school=None)
    found = forecast(RULES["Q1"], places, HEALTH_AS_ONE, LEAST)

    assert (found.quorum.met, found.quorum.ways) == (False, ((("gp", "midwifery"),),))
    # Either health agency can say no while the other is open; the chair and the police cannot.
    assert found.quorum.lost_by == ("lcpp", "police_child_protection")


@pytest.mark.parametrize(
    ("answer", "met"),
    [
        (Answer.YES, True),
        (Answer.DEPUTY, True),
        (Answer.MAYBE, False),
        (Answer.REPORT, False),  # written information is a contribution, not somebody who comes
        (Answer.ANOTHER_TIME, False),
        (Answer.NO, False),
        (None, False),
    ],
)
def test_only_a_yes_or_a_deputy_fills_the_place(answer: Answer | None, met: bool) -> None:
    places = asked(lcpp=YES, police_child_protection=YES, gp=answer)
    found = forecast(RULES["Q1"], places, HEALTH_AS_ONE, ())

    assert found.quorum.met is met
    assert found.quorum.out_of_reach is (answer in {Answer.NO, Answer.REPORT})
    assert found.maybe == (("gp",) if answer is Answer.MAYBE else ())


def test_what_a_decline_would_cost_is_known_before_it_is_pressed() -> None:
    places = asked(lcpp=YES, police_child_protection=YES, gp=YES)

    assert forecast(RULES["Q1"], places, HEALTH_AS_ONE, LEAST).quorum.lost_by == (
        "gp",
        "lcpp",
        "police_child_protection",
    )
    after = forecast(RULES["Q1"], with_a_no(places, "gp"), HEALTH_AS_ONE, LEAST)
    assert (after.quorum.met, after.quorum.missing, after.quorum.out_of_reach) == (False, ("health",), True)


def test_an_unset_quorum_stays_unset_while_the_national_least_is_told_beside_it() -> None:
    found = forecast(None, asked(social_worker=YES, police_child_protection=None, gp=YES), HEALTH_AS_ONE, LEAST)

    assert (found.quorum.met, found.quorum.missing, found.quorum.ways) == (None, (), ())
    assert found.words == "not set by the partnership"
    assert (found.partners.met, found.partners.missing) == (False, ("police",))
    assert found.partners.ways == ((("police_child_protection",),),)


def test_where_nothing_is_set_nothing_is_met_missed_or_lost_and_who_comes_is_still_told() -> None:
    found = forecast(None, asked(gp=YES, social_worker=Answer.DEPUTY, school=NO, housing=None), HEALTH_AS_ONE, ())

    assert found.quorum == found.partners == Goal(None, (), (), more_ways=False, lost_by=())
    assert (found.coming, found.maybe) == (("gp", "social_worker"), ())
    assert (found.chair_may_accept, found.short) == (False, False)


@pytest.mark.parametrize(("coming", "may"), [(1, False), (2, True), (3, False)])
def test_the_chair_may_accept_two_agencies_of_three_and_no_fewer(coming: int, may: bool) -> None:
    roles = ["lcpp", "police_child_protection", "gp"]
    places = [Place(role, False, YES if number < coming else None) for number, role in enumerate(roles)]

    assert forecast(RULES["Q4"], places, HEALTH_AS_ONE, ()).chair_may_accept is may


# Beside police and a chair who come, unless the row says otherwise: which open places are said as one part.
@pytest.mark.parametrize(
    ("rule", "places", "groups", "ways", "why"),
    [
        (
            "Q1",
            asked(police_child_protection=YES, gp=YES, lcpp=None, team_manager=None, social_worker=None),
            HEALTH_AS_ONE,
            ((("lcpp", "team_manager"),),),
            "a social worker is of the managers' group and is none of them",
        ),
        (
            "Q1",
            (Place("gp", True, None), Place("midwifery", True, None), *asked(lcpp=YES, police_child_protection=YES)),
            HEALTH_AS_ONE,
            ((("gp", "midwifery"),),),
            "both are core, and this rule does not ask for every core agency",
        ),
        (
            "Q5",
            (Place("gp", True, None), Place("midwifery", True, None)),
            HEALTH_AS_ONE,
            ((("gp",), ("midwifery",)),),
            "both are core, and this rule does",
        ),
        (
            "Q1",
            asked(lcpp=YES, police_child_protection=YES, gp=None, midwifery=None),
            {"gp": "health"},
            ((("gp", "midwifery"),),),
            "the pack says nothing of midwifery, so it counts where it always does",
        ),
        (
            "Q3",
            asked(lcpp=YES, health_visitor=None, school_nurse=None),
            HEALTH_SEPARATELY,
            ((("health_visitor",), ("school_nurse",)),),
            "both are of the health service, and this pack counts each",
        ),
        (
            "Q1",
            asked(lcpp=YES, police_child_protection=YES, gp=None, housing=None),
            {"gp": "community", "housing": "community"},
            ((("gp",),),),
            "counted together by the pack, but only one of them is the health agency the rule names",
        ),
    ],
)
def test_places_are_one_part_exactly_where_the_rule_cannot_tell_them_apart(
    rule: str, places: tuple[Place, ...], groups: dict[str, str], ways: object, why: str
) -> None:
    assert forecast(RULES[rule], places, groups, ()).quorum.ways == ways, why


@pytest.mark.parametrize("more", [12, 13])
def test_twelve_ways_are_all_there_are_and_thirteen_are_said_to_be_more(more: int) -> None:
    one_of_each = list({role.group: slug for slug, role in ROLES.items()}.values())
    coming, still_open = one_of_each[:2], one_of_each[2 : 2 + more]
    places = [*(Place(role, False, YES) for role in coming), *(Place(role, False, None) for role in still_open)]
    goal = forecast(RULES["Q4"], places, HEALTH_AS_ONE, ()).quorum

    assert goal.ways == tuple(((role,),) for role in sorted(still_open)[:12])
    assert goal.more_ways is (more > 12)


def test_of_many_ways_only_the_shortest_are_listed_and_the_rest_are_owned_to() -> None:
    many = ["lcpp", "police_child_protection", "gp", "school", "housing", "probation", "legal", "youth_justice"]
    found = forecast(RULES["Q4"], [Place(role, core=False, answer=None) for role in many], HEALTH_AS_ONE, ())

    assert (len(found.quorum.ways), found.quorum.more_ways) == (12, True)
    assert {len(way) for way in found.quorum.ways} == {3}


places_of = st.lists(
    st.builds(
        Place,
        role=st.sampled_from(SOME),
        core=st.booleans(),
        answer=st.sampled_from([None, *Answer]),
    ),
    unique_by=lambda place: place.role,
    max_size=8,
)


@given(places_of, st.sampled_from(sorted(RULES)), st.sampled_from([HEALTH_AS_ONE, HEALTH_SEPARATELY]))
def test_the_ways_are_exactly_the_smallest_sets_an_exhaustive_search_finds(
    places: list[Place], rule: str, groups: dict[str, str]
) -> None:
    sure = {place.role for place in places if place.answer in FILLS_THE_PLACE}
    left = sorted({place.role for place in places if place.answer in STILL_OPEN})
    core = [place.role for place in places if place.core]

    def met(roles: set[str]) -> bool:
        return quorum(RULES[rule], roles, groups, core).met is True

    every = chain.from_iterable(combinations(left, size) for size in range(len(left) + 1))
    enough = [frozenset(chosen) for chosen in every if met(sure | set(chosen))]
    smallest = {chosen for chosen in enough if not any(other < chosen for other in enough)}
    goal = forecast(RULES[rule], places, groups, ()).quorum
    assert goal.met is met(sure)
    assert bool(goal.missing) is not goal.met
    if goal.met:
        assert (goal.ways, goal.more_ways) == ((), False)
    found = {chosen for way in goal.ways for chosen in _spelled(way)}
    assert found <= smallest
    if not goal.met and not goal.more_ways:
        assert found == smallest
    assert goal.out_of_reach is (not goal.met and not enough)


def _spelled(way: tuple[tuple[str, ...], ...]) -> list[frozenset[str]]:
    sets: list[frozenset[str]] = [frozenset()]
    for part in way:
        sets = [chosen | {role} for chosen in sets for role in part]
    return sets


@given(places_of, st.sampled_from([*sorted(RULES), None]), st.data())
def test_one_more_yes_never_makes_a_meeting_less_quorate(
    places: list[Place], rule: str | None, data: st.DataObject
) -> None:
    chosen = RULES[rule] if rule else None
    before = forecast(chosen, places, HEALTH_AS_ONE, LEAST)
    if not places:
        return
    role = data.draw(st.sampled_from([place.role for place in places]))
    more = [Place(place.role, place.core, YES) if place.role == role else place for place in places]
    after = forecast(chosen, more, HEALTH_AS_ONE, LEAST)
    assert (after.quorum.met or False) >= (before.quorum.met or False)
    assert bool(after.partners.met) >= bool(before.partners.met)


@given(places_of, st.sampled_from(sorted(RULES)))
def test_a_role_is_named_as_the_one_whose_no_costs_it_exactly_when_its_no_does(places: list[Place], rule: str) -> None:
    before = forecast(RULES[rule], places, HEALTH_AS_ONE, LEAST).quorum
    for place in places:
        if place.answer not in FILLS_THE_PLACE | STILL_OPEN:
            continue
        after = forecast(RULES[rule], with_a_no(places, place.role), HEALTH_AS_ONE, LEAST).quorum
        costs = (before.met and not after.met) or (not before.out_of_reach and after.out_of_reach)
        if before.met and place.answer in STILL_OPEN:
            costs = False
        assert (place.role in before.lost_by) is bool(costs), place


def test_the_national_least_agrees_with_the_count_it_is_made_from() -> None:
    places = asked(social_worker=YES, police_child_protection=MAYBE, gp=NO, health_visitor=None)
    found = forecast(None, places, HEALTH_AS_ONE, LEAST).partners

    assert found.missing == missing_partners(LEAST, {"social_worker"})
    assert found.ways == ((("health_visitor",), ("police_child_protection",)),)
    assert found.lost_by == ("health_visitor", "police_child_protection", "social_worker")
