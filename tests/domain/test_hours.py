"""Opening hours as a directory file writes them."""

from __future__ import annotations

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.hours import OFFICE, ROUND_THE_CLOCK, SCHOOL, Hours, HoursError, parse


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("Mon-Fri 09:00-17:00", OFFICE),
        ("monday-friday 9:00-17:00", OFFICE),
        ("Mon-Fri 08:30-16:00", SCHOOL),
        (" Always ", ROUND_THE_CLOCK),
        ("Mon-Sun 00:00-24:00; bank holidays", ROUND_THE_CLOCK),
    ],
)
def test_common_hours_are_read(text: str, hours: Hours) -> None:
    assert parse(text) == hours


@pytest.mark.parametrize(
    "text",
    [
        "always",
        "Mon-Fri 09:00-17:00",
        "Mon-Thu 09:00-12:30 13:30-17:00; Fri 09:00-12:30",
        "Mon 09:30-12:00; Wed 09:30-12:00",
        "Mon-Sun 08:00-24:00; bank holidays",
        "Mon-Fri 08:30-16:00; term 2026-09-02 to 2026-10-23; term 2026-11-02 to 2026-12-18",
    ],
)
def test_the_text_form_comes_back_unchanged(text: str) -> None:
    assert str(parse(text)) == text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "at least one opening"),
        ("9 to 5", "not a weekday"),
        ("Mon-Fri", "days and times such as"),
        ("Fri-Mon 09:00-17:00", "runs backwards"),
        ("Mon-Fri 09:00", "write it as 09:00-17:00"),
        ("Mon-Fri 25:00-26:00", "hours go to 24:00"),
        ("Mon-Fri 17:00-09:00", "write an opening over midnight as two"),
        ("Mon 09:00-12:00 11:00-13:00", "overlap"),
        ("Mon 09:00-24:00 11:00-13:00", "overlap"),
        ("Mon-Fri 09:00-17:00; Wed 09:00-17:00", "overlap"),
        ("Mon-Fri 09:00-16:00; term soon", 'write it as "term'),
        ("Mon-Fri 09:00-16:00; term 2026-02-30 to 2026-03-01", 'write it as "term'),
        ("Mon-Fri 09:00-16:00; term 2026-12-18 to 2026-09-02", "terms in order"),
    ],
)
def test_hours_that_cannot_be_are_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(HoursError, match=sentence):
        parse(text)


def test_a_weekday_outside_the_week_is_refused() -> None:
    with pytest.raises(HoursError, match="from 0"):
        Hours(((7, time(9), time(17)),))


def test_only_the_whole_week_with_bank_holidays_is_round_the_clock() -> None:
    assert ROUND_THE_CLOCK.always
    assert not parse("Mon-Sun 00:00-24:00").always
    assert not OFFICE.always


def test_a_school_is_closed_between_terms_and_open_where_terms_are_unknown() -> None:
    school = parse("Mon-Fri 08:30-16:00; term 2026-09-02 to 2026-10-23; term 2026-11-02 to 2026-12-18")
    assert school.in_term(date(2026, 10, 23))  # Friday, last day before half-term
    assert not school.in_term(date(2026, 10, 26))  # Monday of half-term
    assert school.in_term(date(2026, 11, 2))  # Monday back
    assert school.in_term(date(2027, 2, 1))  # beyond the terms we were told: assumed term time
    assert SCHOOL.in_term(date(2026, 8, 3))  # no terms known at all


_minutes = st.lists(st.integers(0, 1440), min_size=2, max_size=6, unique=True).map(sorted)


@given(st.dictionaries(st.integers(0, 6), _minutes, min_size=1), st.booleans())
def test_any_hours_survive_being_written_and_read(week: dict[int, list[int]], bank_holidays: bool) -> None:
    openings = tuple(
        (weekday, _clock(opens), _clock(closes))
        for weekday, minutes in week.items()
        for opens, closes in zip(minutes[::2], minutes[1::2], strict=False)
    )
    hours = Hours(openings, bank_holidays)
    assert parse(str(hours)).week == hours.week
    assert parse(str(hours)).always == hours.always


def _clock(minute: int) -> time:
    return time(minute // 60 % 24, minute % 60)
