"""Whose notice a start cuts short: Tuesday 1 December 2026, nine in the morning, is when the invitations leave."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.clocks import AgencyNotice, short_for
from service.domain.hours import parse
from service.domain.spans import Span, Unit
from service.domain.working_time import OFFICE
from service.policies.holidays import working_calendar

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
CALENDAR = working_calendar(NOW.date())
DAY = Span(24, Unit.HOURS)
AGENCIES = [
    AgencyNotice("police_child_protection", Span(4, Unit.HOURS), parse("always")),
    AgencyNotice("health_practitioner", Span(8, Unit.WORKING_HOURS), OFFICE),
    AgencyNotice("school", DAY, OFFICE),
    AgencyNotice("gp", None, OFFICE),
]


@pytest.mark.parametrize(
    ("start", "short"),
    [
        ("2026-12-01T12:59", ("police_child_protection", "health_practitioner", "school")),
        ("2026-12-01T13:00", ("health_practitioner", "school")),  # Tuesday, exactly four hours later
        ("2026-12-01T17:00", ("school",)),  # Tuesday, eight working hours later
        ("2026-12-02T08:59", ("school",)),
        ("2026-12-02T09:00", ()),  # Wednesday, exactly a day later
    ],
)
def test_each_agency_is_short_until_its_own_notice_is_over(start: str, short: tuple[str, ...]) -> None:
    assert short_for(NOW, datetime.fromisoformat(start).replace(tzinfo=UTC), AGENCIES, CALENDAR) == short


@given(st.integers(0, 60 * 24 * 10), st.integers(0, 60 * 24 * 10))
def test_a_later_start_is_never_short_for_more(first: int, second: int) -> None:
    sooner, later = sorted((NOW + timedelta(minutes=first), NOW + timedelta(minutes=second)))
    assert set(short_for(NOW, later, AGENCIES, CALENDAR)) <= set(short_for(NOW, sooner, AGENCIES, CALENDAR))
