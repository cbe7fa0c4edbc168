"""The bank holidays we count with: official, agreed by a second source, and not about to run out."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from service.policies.holidays import YEARS_AHEAD, computed, last_official_year, official, working_calendar

TODAY = datetime.now(UTC).date()  # noqa: TID251 - staleness is about the real day, not a story's
MEND = "upgrade govuk-bank-holidays (and holidays) in the requirement files, then run the tests again"


def test_next_years_official_bank_holidays_are_here() -> None:
    assert last_official_year() > TODAY.year, f"the official list ends with {last_official_year()}: {MEND}"


def test_the_calendar_reaches_as_far_as_any_pack_can_count() -> None:
    assert working_calendar(TODAY).known_until >= date(TODAY.year + YEARS_AHEAD, 12, 31), MEND


def test_the_official_and_the_computed_list_agree_on_every_known_year() -> None:
    known = official()
    years = range(min(known).year, last_official_year() + 1)
    assert computed(years) == known, f"the two packages disagree on {sorted(computed(years) ^ known)}: {MEND}"


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2022-09-19", "Monday: the state funeral of Queen Elizabeth II, proclaimed nine days before"),
        ("2026-04-03", "Good Friday"),
        ("2026-04-06", "Easter Monday"),
        ("2026-05-04", "early May, a Monday"),
        ("2026-05-25", "spring, a Monday"),
        ("2026-08-31", "summer, a Monday"),
        ("2026-12-25", "Christmas, a Friday"),
        ("2026-12-28", "Monday: the substitute for Boxing Day on Saturday"),
        ("2027-12-27", "Monday: the substitute for Christmas on Saturday"),
        ("2027-12-28", "Tuesday: the substitute for Boxing Day on Sunday"),
        ("2028-01-03", "Monday: the substitute for New Year's Day on Saturday"),
        ("2029-03-30", "Good Friday of a year GOV.UK has not listed yet"),
    ],
)
def test_a_bank_holiday_is_no_working_day(day: str, why: str) -> None:
    assert not working_calendar(date(2026, 11, 23)).is_working_day(date.fromisoformat(day)), why


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2026-03-17", "Tuesday: St Patrick's Day is Northern Ireland's"),
        ("2026-11-30", "Monday: St Andrew's Day is Scotland's"),
        ("2027-01-04", "Monday: 2 January is Scotland's"),
        ("2026-12-29", "Tuesday after the substitute Monday"),
    ],
)
def test_a_holiday_elsewhere_in_the_kingdom_is_a_working_day(day: str, why: str) -> None:
    assert working_calendar(date(2026, 11, 23)).is_working_day(date.fromisoformat(day)), why


def test_a_holiday_announced_since_counts_without_a_release() -> None:
    coronation = date(2027, 6, 4)
    today = date(2026, 11, 23)
    assert working_calendar(today).is_working_day(coronation)
    assert not working_calendar(today, {coronation}).is_working_day(coronation)


def test_years_beyond_the_official_list_come_later_with_the_years() -> None:
    assert working_calendar(date(2031, 1, 1)).known_until == date(2031 + YEARS_AHEAD, 12, 31)
