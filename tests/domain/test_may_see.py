"""Whom an agency may be told of: only the children its rules name it for, and the people tied to those."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.may_see import Ties, may_see, ties_of
from service.domain.roles import ROLES

LIVES, HARMED, CUSTODY = frozenset({"lives_with"}), frozenset({"alleged_to_have_harmed"}), frozenset({"in_custody"})
HALF_SIBLINGS: dict[str, Ties] = {
    "mother": {"ada": LIVES, "ben": LIVES},
    "ada's father": {"ada": HARMED},
    "ben's father": {"ben": CUSTODY},
    "lodger": {},
}
WHOLE: list[dict[str, Any]] = [{"rule": "C01", "children": []}]
OF_ADA: list[dict[str, Any]] = [{"rule": "C07", "children": ["ada"]}]
HELD_BACK: list[dict[str, Any]] = [{"rule": "C30", "children": None}]
EVERYBODY = {"mother", "ada's father", "ben's father"}


@pytest.mark.parametrize(
    ("role", "because", "kept_for", "children", "people", "why"),
    [
        ("police_child_protection", WHOLE, (), ("ada", "ben"), EVERYBODY, "a core agency is asked for the whole case"),
        ("school", OF_ADA, ("ada",), ("ada",), {"mother", "ada's father"}, "her school, for her"),
        (
            "school",
            WHOLE + OF_ADA,
            ("ada",),
            ("ada",),
            {"mother", "ada's father"},
            "a school opens its own only",
        ),
        ("school", WHOLE, (), (), set(), "a school tied to no child opens nobody"),
        ("health_visitor", OF_ADA, ("ada",), ("ada",), {"mother", "ada's father"}, "one child's health visitor"),
        ("health_practitioner", WHOLE + OF_ADA, ("ada",), ("ada", "ben"), EVERYBODY, "the wider of two rules"),
        ("school_nurse", OF_ADA + HELD_BACK, ("ada",), ("ada",), {"mother", "ada's father"}, "C30 widens nothing"),
        ("prison", WHOLE, (), ("ben",), {"ben's father"}, "a prison knows of the adult it holds, and his child"),
        ("camhs", [{"rule": "C12"}], ("ben",), ("ben",), {"mother", "ben's father"}, "a row from before: the narrower"),
        ("camhs", [{"rule": "C12"}], (), ("ada", "ben"), EVERYBODY, "a row from before, of the whole case"),
    ],
)
def test_an_agency_opens_whom_its_rules_need(
    role: str,
    because: list[dict[str, Any]],
    kept_for: tuple[str, ...],
    children: tuple[str, ...],
    people: set[str],
    why: str,
) -> None:
    seen = may_see(role, because, kept_for, ["ada", "ben"], HALF_SIBLINGS)
    assert (seen.children, set(seen.people)) == (children, people), why


def test_a_person_seen_for_one_child_shows_no_tie_to_the_other() -> None:
    seen = may_see("school", OF_ADA, ("ada",), ["ada", "ben"], HALF_SIBLINGS)
    assert seen.people["mother"] == {"ada": LIVES}


def test_the_school_of_an_only_child_opens_that_child_though_nobody_tied_it() -> None:
    assert may_see("school", WHOLE, (), ["ada"], {"mother": {"ada": LIVES}}).children == ("ada",)


def test_two_ties_to_one_child_are_one_with_the_flags_of_both() -> None:
    stored: list[dict[str, Any]] = [
        {"child": "ada", "flags": ["lives_with"]},
        {"child": "ada", "flags": ["in_custody"]},
        {"child": "ben"},
    ]
    assert ties_of(stored) == {"ada": LIVES | CUSTODY, "ben": frozenset()}


CHILDREN = ["a", "b", "c"]
SOME = st.lists(st.sampled_from(CHILDREN), unique=True)
RULES = st.fixed_dictionaries({"rule": st.just("C")}, optional={"children": st.none() | SOME})
FLAGS = st.frozensets(st.sampled_from(["lives_with", "in_custody", "alleged_to_have_harmed"]))
PEOPLE = st.dictionaries(st.sampled_from("PQRS"), st.dictionaries(st.sampled_from(CHILDREN), FLAGS))


@given(st.sampled_from(sorted(ROLES)), st.lists(RULES, min_size=1), SOME, PEOPLE)
def test_nobody_is_opened_but_through_a_child_that_is(
    role: str, because: list[Mapping[str, Any]], kept_for: list[str], people: Mapping[str, Ties]
) -> None:
    seen = may_see(role, because, kept_for, CHILDREN, people)
    assert set(seen.children) <= set(CHILDREN)
    for person, ties in seen.people.items():
        assert ties
        assert set(ties) <= set(seen.children)
        assert all(ties[child] == people[person][child] for child in ties)


@given(st.sampled_from(sorted(ROLES)), st.lists(SOME.filter(bool), min_size=1), PEOPLE)
def test_an_agency_asked_for_some_children_never_opens_another_one_s_father(
    role: str, fired_for: list[list[str]], people: Mapping[str, Ties]
) -> None:
    own = {child for children in fired_for for child in children}
    because = [{"rule": "C", "children": children} for children in fired_for]
    seen = may_see(role, because, sorted(own), CHILDREN, people)
    assert set(seen.children) <= own
    strangers = {person for person, ties in people.items() if not own & set(ties)}
    assert not strangers & set(seen.people)
