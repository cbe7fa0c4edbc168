"""Whose turn a disagreement is, by the partnership's own ladder; days by weekday."""

from __future__ import annotations

from datetime import date

import pytest

from service.domain.disagreeing import Rung, first_rung, rung, settle_by
from service.domain.london import from_wall, wall
from service.policies.holidays import working_calendar
from service.policies.load import load_pack

CALENDAR = working_calendar(date(2026, 11, 23))
WIRRAL, LEWISHAM = load_pack("wirral").escalation, load_pack("lewisham").escalation


@pytest.mark.parametrize(
    ("raised", "due", "why"),
    [
        ("2026-12-01T15:00:00", "2026-12-02T23:59:59", "Tuesday: the manager by Wednesday night"),
        ("2026-12-04T16:00:00", "2026-12-07T23:59:59", "Friday: Monday night"),
        ("2026-12-24T16:00:00", "2026-12-29T23:59:59", "Christmas Eve: the Tuesday after"),
    ],
)
def test_wirral_s_first_stage_is_the_manager_within_one_working_day(raised: str, due: str, why: str) -> None:
    found = first_rung(WIRRAL, from_wall(raised), CALENDAR)
    assert (found.number, found.to) == (1, "the practitioners' manager")
    assert found.due_at is not None
    assert wall(found.due_at) == due, why


def test_a_stage_without_a_published_time_has_none() -> None:
    assert rung(WIRRAL, 2, from_wall("2026-12-01T15:00:00"), CALENDAR) == Rung(2, "safeguarding leads", None)
    assert rung(WIRRAL, 5, from_wall("2026-12-01T15:00:00"), CALENDAR) is None


def test_the_whole_is_settled_within_a_working_week_where_that_is_published() -> None:
    found = settle_by(WIRRAL, from_wall("2026-12-01T15:00:00"), CALENDAR)
    assert found is not None
    assert wall(found) == "2026-12-08T23:59:59"  # Tuesday to Tuesday


def test_without_a_ladder_nothing_is_invented() -> None:
    start = from_wall("2026-12-01T15:00:00")
    assert first_rung(LEWISHAM, start, CALENDAR) == Rung(0, "", None)
    assert settle_by(LEWISHAM, start, CALENDAR) is None
