"""Whether a name may be that of somebody tied to the case, as people write names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.tied_names import TiedNames, tied_names, whole_name

CASE = tied_names(
    [
        {"names": ["Martin Vance-Oduya"], "aliases": ["Marty Vance"]},
        {"name": "Keziah Fennimore"},
        {"names": ["Siobhán O'Neill"], "aliases": []},
        {"names": ["Cher"]},
    ]
)


@pytest.mark.parametrize(
    "name",
    [
        "Martin Vance-Oduya",
        "martin vance oduya",
        "Vance-Oduya, Martin",
        "Mr M. Vance-Oduya",
        "Martin Oduya",
        "Martin James Vance-Oduya",
        "Martyn Vance-Oduya",
        "Marty Vance",
        "K Fennimore",
        "Keziah Fenimore",
        "Keziah Fennimoer",
        "Siobhan O’Neill",
        "Cher",
        "Dr Cher Bono",
    ],
)
def test_somebody_tied_to_the_case_is_found_however_the_name_is_written(name: str) -> None:
    assert CASE.may_be(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Fennimore",
        "Asha Okoro",
        "Rosalind Fennimore",
        "Martin Smith",
        "M. V.",
        "Dr",
        "Siobhan McNeill",
        "Kezia Fennel",
    ],
)
def test_somebody_else_is_not(name: str) -> None:
    assert not CASE.may_be(name)


@pytest.mark.parametrize(
    ("address", "hit"),
    [
        ("martin.vance-oduya@school.example", True),
        ("m.vance.oduya2@school.example", True),
        ("keziah_fennimore@school.example", True),
        ("asha.okoro@school.example", False),
        ("office@fennimore.example", False),
    ],
)
def test_an_address_made_of_the_name_is_found(address: str, hit: bool) -> None:
    assert CASE.in_address(address) is hit


@pytest.mark.parametrize(
    ("name", "whole"), [("Asha Okoro", True), ("A. Okoro", False), ("Okoro", False), ("Dr X", False)]
)
def test_a_whole_name_is_a_first_and_a_last(name: str, whole: bool) -> None:
    assert whole_name(name) is whole


NAMES = st.text(st.characters(categories=["Lu", "Ll"]), min_size=2, max_size=12)


@given(st.lists(NAMES, min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_a_name_is_found_in_any_order_and_case(parts: list[str], chance: object) -> None:
    known = tied_names([{"names": [" ".join(parts)]}])
    mixed = list(parts)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    if any(name for name in known.names if len(name) > 1):
        assert known.may_be(", ".join(mixed).upper()) or known.may_be(", ".join(mixed))


@given(NAMES, NAMES)
def test_nobody_is_tied_to_a_case_without_names(first: str, last: str) -> None:
    assert not TiedNames().may_be(f"{first} {last}")
