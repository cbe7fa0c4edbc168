"""Whose location is protected, and what says where somebody is."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.locations import LIVES_WITH, PROTECTED, Hidden, Ties, hidden, without_location

LIVES, KEPT = frozenset({LIVES_WITH}), frozenset({PROTECTED})


@pytest.mark.parametrize(
    ("people", "children", "adults", "why"),
    [
        ({"mother": {"ada": LIVES}}, set(), set(), "no tie says so"),
        ({"mother": {"ada": LIVES | KEPT}}, {"ada"}, {"mother"}, "the two of them"),
        ({"father": {"ada": KEPT}, "mother": {"ada": LIVES}}, {"ada"}, {"father", "mother"}, "and who lives with her"),
        ({"mother": {"ada": KEPT | LIVES, "ben": LIVES}}, {"ada", "ben"}, {"mother"}, "one address is one address"),
        ({"mother": {"ada": KEPT}, "gran": {"cleo": LIVES}}, {"ada"}, {"mother"}, "not another household"),
    ],
)
def test_who_must_not_be_found(people: Mapping[str, Ties], children: set[str], adults: set[str], why: str) -> None:
    assert hidden(people) == Hidden(frozenset(children), frozenset(adults)), why


def test_an_identity_without_its_location_keeps_the_name_and_nothing_of_where() -> None:
    full = {"name": "Ada", "address": "3 Elm Row", "school_urn": "900001", "early_years_urn": "EY1", "birth_date": ""}
    assert without_location(full) == {"name": "Ada", "birth_date": ""}


FLAGS = st.frozensets(st.sampled_from([PROTECTED, LIVES_WITH]))
PEOPLE = st.dictionaries(st.sampled_from("PQRS"), st.dictionaries(st.sampled_from("abc"), FLAGS))


@given(PEOPLE)
def test_whoever_shares_a_home_with_somebody_protected_is_protected(people: Mapping[str, Ties]) -> None:
    found = hidden(people)
    for person, ties in people.items():
        for child, flags in ties.items():
            if LIVES_WITH in flags:
                assert (person in found.people) == (child in found.children)
