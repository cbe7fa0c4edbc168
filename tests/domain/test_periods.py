"""Months and years as a partnership reports on them, and the list that makes a figure reproducible to the row."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.attendance import Outcome
from service.domain.measures import EVERY_MEASURE
from service.domain.meeting_facts import ChildFact, MeetingFact, PlaceFact
from service.domain.periods import PeriodError, month_of, year_of
from service.domain.row_seal import counted_row, seal_of
from service.domain.three_questions import ASSIGNED, Question, question_of

MONTHS = {
    "2026-10": (date(2026, 10, 1), date(2026, 10, 31), "October 2026", "2026-09"),
    "2027-01": (date(2027, 1, 1), date(2027, 1, 31), "January 2027", "2026-12"),
    "2028-02": (date(2028, 2, 1), date(2028, 2, 29), "February 2028", "2028-01"),
    "2027-02": (date(2027, 2, 1), date(2027, 2, 28), "February 2027", "2027-01"),
}


@pytest.mark.parametrize(("key", "wanted"), MONTHS.items(), ids=MONTHS)
def test_a_month_is_its_london_days(key: str, wanted: tuple[date, date, str, str]) -> None:
    period = month_of(key)
    assert (period.first, period.last, period.words, period.before.key) == wanted
    assert period.key == key


def test_a_year_runs_from_april_to_march_and_crosses_a_century() -> None:
    period = year_of("2025-26")
    assert (period.first, period.last) == (date(2025, 4, 1), date(2026, 3, 31))
    assert (period.words, period.before.key) == ("April 2025 to March 2026", "2024-25")
    assert year_of("2099-00").last == date(2100, 3, 31)


def test_the_twelve_months_of_a_month_end_with_it() -> None:
    assert month_of("2026-10").twelve_months == (date(2025, 11, 1), date(2026, 10, 31))
    assert month_of("2026-12").twelve_months == (date(2026, 1, 1), date(2026, 12, 31))


@given(st.dates(date(2001, 1, 1), date(2098, 12, 31)))
def test_periods_follow_one_another_without_a_gap(day: date) -> None:
    month = month_of(f"{day:%Y-%m}")
    assert month.first <= day <= month.last
    assert (month.first - month.before.last).days == 1


REFUSED = {
    "2026-13": "no month",
    "2026-1": "no month",
    "October": "no month",
    "1999-10": "no month",
}


@pytest.mark.parametrize(("text", "sentence"), REFUSED.items(), ids=REFUSED)
def test_what_is_no_month_is_refused_with_how_to_write_one(text: str, sentence: str) -> None:
    with pytest.raises(PeriodError, match=f"{sentence}.*2026-10"):
        month_of(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("2025", "2025-26"), ("2025-27", "so write 2025-26"), ("2026-25", "so write 2026-27"), ("2025/26", "2025-26")],
    ids=["one year", "two years", "reversed", "a stroke"],
)
def test_what_is_no_single_year_is_refused_with_how_to_write_one(text: str, sentence: str) -> None:
    with pytest.raises(PeriodError, match=sentence):
        year_of(text)


def test_every_assigned_measure_is_one_of_the_standard_and_every_question_has_some() -> None:
    known = {measure.id for measure in EVERY_MEASURE}
    assert set(ASSIGNED) <= known
    assert {question_of(each) for each in known} == set(Question)


FACT = MeetingFact(
    reference="CV-1",
    case_ref="LCS-1",
    month="2026-10",
    meeting_type="strategy",
    policy_hash="p1",
    starts_at=datetime(2026, 10, 1, 9, tzinfo=UTC),
    circumstances=frozenset({"neglect", "home_conditions"}),
    children=(ChildFact("C1", "5-17"),),
    places=(PlaceFact("lcpp", "csc", "core", invited=True, outcome=Outcome.ATTENDED),),
)


def test_any_fact_that_changes_changes_its_row_and_the_seal() -> None:
    row = counted_row(FACT)
    changed = [
        replace(FACT, deadline_at=FACT.starts_at),
        replace(FACT, places=(FACT.places[0]._replace(outcome=Outcome.NO_ANSWER),)),
        replace(FACT, circumstances=frozenset({"neglect"})),
        replace(FACT, policy_hash="p2"),
    ]
    assert len({counted_row(each).digest for each in changed} | {row.digest}) == len(changed) + 1
    assert all(seal_of([counted_row(each)]) != seal_of([row]) for each in changed)


def test_the_order_of_the_rows_does_not_change_the_seal_and_their_number_does() -> None:
    rows = [counted_row(FACT), counted_row(replace(FACT, reference="CV-2"))]
    assert seal_of(rows) == seal_of(rows[::-1])
    assert seal_of(rows) != seal_of(rows[:1])


def test_a_year_consists_of_its_months_and_a_month_of_itself() -> None:
    assert [each.key for each in year_of("2025-26").months][::11] == ["2025-04", "2026-03"]
    assert len(year_of("2025-26").months) == 12
    assert month_of("2026-02").months == (month_of("2026-02"),)
