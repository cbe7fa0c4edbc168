"""Percentages with their intervals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.rates import Rate, rate_of, wilson


@pytest.mark.parametrize(
    ("n", "of", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),  # nobody of ten: still up to 28%
        (10, 10, 0.7225, 1.0),
        (5, 10, 0.2366, 0.7634),
        (19, 20, 0.7639, 0.9911),  # a dip sample of 20
        (81, 263, 0.2553, 0.3662),  # the worked example of Newcombe, Statistics in Medicine 17 (1998), table I
        (0, 0, 0.0, 1.0),
    ],
)
def test_the_wilson_interval_of_known_cases(n: int, of: int, low: float, high: float) -> None:
    assert list(wilson(n, of)) == pytest.approx([low, high], abs=0.00006)


def test_the_ends_touch_nothing_and_all_whatever_the_rounding() -> None:
    assert {wilson(0, of)[0] for of in range(1, 3000)} == {0.0}
    assert {wilson(of, of)[1] for of in range(1, 3000)} == {1.0}


def test_95_to_93_percent_on_a_small_sample_is_noise() -> None:
    before, after = wilson(38, 40), wilson(37, 40)
    assert before[0] < 37 / 40 < before[1]
    assert after[0] < 38 / 40 < after[1]


@given(st.integers(1, 100_000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_interval_holds_the_share_and_lies_between_nothing_and_all(pair: tuple[int, int]) -> None:
    n, of = pair
    low, high = wilson(n, of)
    assert 0 <= low <= n / of <= high <= 1
    assert (low == 0) == (n == 0)
    assert (high == 1) == (n == of)


@given(st.integers(1, 500).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_more_of_the_same_narrows_the_interval_and_the_other_side_mirrors_it(pair: tuple[int, int]) -> None:
    n, of = pair
    low, high = wilson(n, of)
    more_low, more_high = wilson(10 * n, 10 * of)
    assert more_high - more_low < high - low
    assert list(wilson(of - n, of)) == pytest.approx([1 - high, 1 - low])


def test_a_rate_is_in_percent_and_of_nothing_is_unknown() -> None:
    rate = rate_of(3, 4)
    assert (rate.n, rate.of, rate.percent) == (3, 4, 75.0)
    assert rate.low == pytest.approx(30.06, abs=0.01)
    assert rate.high == pytest.approx(95.44, abs=0.01)
    assert rate_of(0, 0) == Rate(0, 0, None, None, None)


@pytest.mark.parametrize(("n", "of"), [(2, 1), (-1, 5), (0, -1)])
def test_a_proportion_that_cannot_be_is_refused(n: int, of: int) -> None:
    with pytest.raises(ValueError, match="no proportion"):
        wilson(n, of)
