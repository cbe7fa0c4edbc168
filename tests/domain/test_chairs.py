"""Who can chair instead: by rota, leave and meetings, and then by how much they have already."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.chairs import NotFree, OnRota, substitutes, why_not
from service.domain.hours import OFFICE, parse
from service.policies.holidays import working_calendar

TUESDAY_TEN = datetime(2026, 12, 1, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
CALENDAR = working_calendar(TUESDAY_TEN.date())
TUESDAY = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("chair", "immediate", "why"),
    [
        (OnRota("a", OFFICE), False, None),
        (OnRota("a", OFFICE, away=((TUESDAY, TUESDAY),)), False, NotFree.AWAY),
        (OnRota("a", OFFICE, away=((TUESDAY, TUESDAY),)), True, NotFree.AWAY),
        (OnRota("a", OFFICE, away=((date(2026, 12, 2), date(2026, 12, 9)),)), False, None),
        (OnRota("a", parse("Wed-Fri 09:00-17:00")), False, NotFree.OUT_OF_HOURS),
        (OnRota("a", parse("Wed-Fri 09:00-17:00")), True, None),
        # The meeting runs past the end of their hours.
        (OnRota("a", parse("Mon-Fri 09:00-10:30")), False, NotFree.OUT_OF_HOURS),
        (OnRota("a", OFFICE, meetings=((TUESDAY_TEN - HOUR, TUESDAY_TEN),)), False, None),
        (OnRota("a", OFFICE, meetings=((TUESDAY_TEN + HOUR / 2, TUESDAY_TEN + HOUR),)), False, NotFree.IN_A_MEETING),
        (OnRota("a", OFFICE, kept_out=True), True, NotFree.KEPT_OUT),
    ],
)
def test_who_is_free(chair: OnRota, *, immediate: bool, why: NotFree | None) -> None:
    assert why_not(chair, TUESDAY_TEN, TUESDAY_TEN + HOUR, CALENDAR, immediate=immediate) is why


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 4)), unique_by=lambda each: each[0]))
def test_the_fewest_meetings_come_first_whatever_the_order_of_the_rota(loads: list[tuple[str, int]]) -> None:
    rota = [OnRota(name, OFFICE, load=load) for name, load in loads]
    found = substitutes(rota, TUESDAY_TEN, TUESDAY_TEN + HOUR, CALENDAR)
    assert [(each.load, each.name) for each in found] == sorted((load, name) for name, load in loads)
    assert found == substitutes(rota[::-1], TUESDAY_TEN, TUESDAY_TEN + HOUR, CALENDAR)
