"""What keeps figures honest: small numbers cannot be worked out, noise is no trend, and a draw can be repeated."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.dip_sample import Candidate, Parameters, Stratum, draw, seal, shares
from service.domain.rates import Rate, rate_of
from service.domain.suppression import Counted, hidden, tells
from service.domain.trend import Change, change, steps

COUNTS = st.integers(0, 40).flatmap(
    lambda of: st.builds(Counted, st.integers(0, of), st.just(of), st.integers(min(of, 1), of))
)


@given(st.lists(COUNTS, max_size=8))
def test_what_is_hidden_cannot_be_worked_out_from_the_total(lines: list[Counted]) -> None:
    meetings = sum(line.meetings for line in lines)
    total = Counted(sum(line.n for line in lines), sum(line.of for line in lines), meetings)
    gone = hidden(lines, total)
    shown = [line for place, line in enumerate(lines) if place not in gone]
    assert not any(tells(line.n, line.of) or line.meetings in range(1, 5) for line in shown)
    if gone and shown:
        assert len(gone) > 1
        assert not tells(total.n - sum(line.n for line in shown), total.of - sum(line.of for line in shown))


SMALL = {
    "n of 1 to 4": ((4, 30), True),
    "all but 1 to 4": ((26, 30), True),
    "a whole of 1 to 4": ((0, 4), True),
    "five and the rest five": ((5, 10), False),
    "nobody of many": ((0, 30), False),
    "nobody of nobody": ((0, 0), False),
}


@pytest.mark.parametrize(("figure", "small"), SMALL.values(), ids=SMALL.keys())
def test_a_small_number(figure: tuple[int, int], small: bool) -> None:
    assert tells(*figure) is small


def test_one_hidden_line_takes_the_smallest_other_with_it() -> None:
    lines = [Counted(2, 9, 9), Counted(10, 30, 30), Counted(6, 15, 15)]
    assert hidden(lines, Counted(18, 54, 54)) == {0, 2}


def test_many_places_at_few_meetings_are_as_small_as_few_places() -> None:
    lines = [Counted(6, 20, 2), Counted(30, 80, 40), Counted(20, 60, 30)]
    assert hidden(lines, Counted(56, 160, 72)) == {0, 2}
    assert hidden([Counted(6, 20, 10)], Counted(6, 20, 3)) == {0}


CHANGES = {
    "the published 95 to 93, were it of 20 meetings each": (rate_of(19, 20), rate_of(18, 20), Change.NO_CLEAR_CHANGE),
    "35 to 95 of 40": (rate_of(14, 40), rate_of(38, 40), Change.HIGHER),
    "95 to 35 of 40": (rate_of(38, 40), rate_of(14, 40), Change.LOWER),
    "nothing before": (rate_of(0, 0), rate_of(3, 4), Change.NOT_KNOWN),
    "hidden": (None, rate_of(3, 4), Change.NOT_KNOWN),
}


@pytest.mark.parametrize(("before", "after", "expected"), CHANGES.values(), ids=CHANGES.keys())
def test_noise_is_no_trend(before: Rate | None, after: Rate | None, expected: Change) -> None:
    assert change(before, after) is expected


def test_a_trend_compares_neighbours_and_the_ends() -> None:
    lines = [("2026-10", rate_of(14, 40)), ("2026-11", rate_of(25, 40)), ("2026-12", rate_of(38, 40))]
    told = [(step.before, step.after, step.change) for step in steps(lines)]
    assert told[-1] == ("2026-10", "2026-12", Change.HIGHER)
    assert [pair[:2] for pair in told[:2]] == [("2026-10", "2026-11"), ("2026-11", "2026-12")]


PARAMETERS = Parameters("lewisham", date(2026, 10, 1), date(2026, 12, 31), 8, "2026-Q4")
FRAME = [
    Candidate(f"CV-{number:03}", f"2026-1{number % 3}", "icpc" if number % 4 == 0 else "strategy")
    for number in range(50)
]


@given(st.permutations(FRAME))
def test_the_draw_does_not_depend_on_the_order_of_rows(frame: list[Candidate]) -> None:
    assert draw(frame, PARAMETERS) == draw(FRAME, PARAMETERS)


def test_the_seal_can_be_computed_by_hand() -> None:
    import hashlib  # noqa: PLC0415 - beside its only use

    sample = draw(FRAME, PARAMETERS)
    text = "partnership=lewisham\nfrom=2026-10-01\nto=2026-12-31\nsize=8\nseed=2026-Q4\nby=month,type\n"
    text += "".join(f"{reference}\n" for reference in sorted(sample.references))
    assert sample.seal == hashlib.sha256(text.encode()).hexdigest()
    assert seal(PARAMETERS, sample.references[::-1]) == sample.seal


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(1, 60), min_size=1), st.integers(1, 200))
def test_seats_are_proportional_and_add_up(sizes: dict[str, int], seats: int) -> None:
    given_seats = shares(sizes, seats)
    whole = sum(sizes.values())
    assert sum(given_seats.values()) == min(seats, whole)
    for key, size in sizes.items():
        assert 0 <= given_seats[key] <= size
        assert abs(given_seats[key] - min(seats, whole) * size / whole) < 1


def test_another_seed_draws_another_list_and_each_stratum_gives_its_part() -> None:
    other = Parameters(PARAMETERS.partnership, PARAMETERS.first, PARAMETERS.last, 8, "another")
    assert draw(FRAME, other).references != draw(FRAME, PARAMETERS).references
    by_type = Parameters(*(PARAMETERS.partnership, PARAMETERS.first, PARAMETERS.last), 8, "s", (Stratum.TYPE,))
    assert {drawn.key: len(drawn.references) for drawn in draw(FRAME, by_type).strata} == {"icpc": 2, "strategy": 6}


def test_a_sample_larger_than_its_frame_is_the_frame() -> None:
    parameters = Parameters("lewisham", PARAMETERS.first, PARAMETERS.last, 500, "s")
    assert set(draw(FRAME, parameters).references) == {candidate.reference for candidate in FRAME}
    with pytest.raises(ValueError, match="at least one"):
        draw(FRAME, Parameters("lewisham", PARAMETERS.first, PARAMETERS.last, 0, "s"))
