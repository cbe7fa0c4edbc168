"""Which agency may open which decision or minutes, and when it has its part."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.papers import Kind, Opening, Paper, Proof, current, out, part_of, receipt

TUESDAY = datetime(2026, 12, 1, 15, tzinfo=UTC)
POLICE, SCHOOL, GP = (UUID(int=number) for number in (101, 102, 103))


def paper(
    number: int, *places: UUID, replaces: int | None = None, issued: bool = True, kind: Kind = Kind.DECISION
) -> Paper:
    before = None if replaces is None else UUID(int=replaces)
    at = TUESDAY if issued else None
    return Paper(UUID(int=number), kind, number, frozenset(places), before, "chair", TUESDAY, "chair", at)


def opened(place: UUID | None, *numbers: int) -> list[Opening]:
    proof = Proof.CALL_BACK if place else Proof.STAFF
    return [
        Opening(place, UUID(int=number), "Dana Okoro", proof, TUESDAY + timedelta(minutes=number)) for number in numbers
    ]


def numbers(papers: Iterable[Paper]) -> list[int]:
    return [each.number for each in papers]


@pytest.mark.parametrize(
    ("papers", "now", "why"),
    [
        ([paper(2), paper(1)], [1, 2], "by number"),
        ([paper(1), paper(2, replaces=1)], [2], "the corrected one is history"),
        ([paper(1), paper(2, replaces=1), paper(3, replaces=2)], [3], "corrected twice"),
        ([paper(1), paper(2, replaces=1, issued=False)], [1], "a draft replaces nothing that is out"),
        ([paper(1, issued=False)], [], "a draft is not out"),
        ([paper(1, kind=Kind.MINUTES)], [], "minutes are no decision"),
    ],
)
def test_what_agencies_may_open_is_what_is_issued_and_not_replaced(
    papers: list[Paper], now: list[int], why: str
) -> None:
    assert numbers(out(papers, Kind.DECISION)) == now, why


def test_staff_see_the_draft_in_the_place_of_what_it_corrects() -> None:
    minutes = [paper(1, kind=Kind.MINUTES), paper(2, replaces=1, issued=False, kind=Kind.MINUTES)]
    assert numbers(current(minutes, Kind.MINUTES)) == [2]


@pytest.mark.parametrize(
    ("place", "opens", "of", "done", "complete"),
    [
        (POLICE, opened(POLICE, 1, 2), 2, 2, True),
        (POLICE, opened(POLICE, 1), 2, 1, False),
        (POLICE, opened(POLICE, 1, 1), 2, 1, False),
        (POLICE, opened(SCHOOL, 1, 2, 3), 2, 0, False),
        (POLICE, opened(None, 1, 2), 2, 0, False),
        (SCHOOL, opened(SCHOOL, 1, 3), 2, 2, True),
        (SCHOOL, opened(SCHOOL, 1, 2), 2, 1, False),
        (GP, [], 1, 0, False),
    ],
)
def test_an_agency_has_its_part_when_it_has_opened_every_paper_that_concerns_it(
    place: UUID, opens: list[Opening], of: int, done: int, complete: bool
) -> None:
    papers = out([paper(1), paper(2, POLICE), paper(3, SCHOOL)], Kind.DECISION)
    found = receipt(papers, opens, place)
    assert (found.of, found.opened, found.complete) == (of, done, complete)


def test_an_agency_nothing_concerns_has_neither_opened_nor_failed_to() -> None:
    assert receipt((paper(1, POLICE),), [], SCHOOL).complete is None


def test_a_correction_asks_everybody_to_open_again() -> None:
    before = out([paper(1)], Kind.DECISION)
    after = out([paper(1), paper(2, replaces=1)], Kind.DECISION)
    assert receipt(before, opened(POLICE, 1), POLICE).complete
    assert not receipt(after, opened(POLICE, 1), POLICE).complete


@given(concerned=st.lists(st.sets(st.sampled_from([POLICE, SCHOOL, GP])), max_size=6))
def test_nobody_is_shown_a_paper_that_concerns_others_only(concerned: list[set[UUID]]) -> None:
    papers = [paper(number, *places) for number, places in enumerate(concerned, 1)]
    for place in (POLICE, SCHOOL, GP):
        shown = part_of(papers, place)
        assert all(not each.concerns or place in each.concerns for each in shown)
        assert len(shown) == sum(not places or place in places for places in concerned)
