"""When minutes are due, by weekday, and whether they were in time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.london import from_wall, wall
from service.domain.minutes import MinutesClock, minutes_due
from service.domain.spans import Span, Unit
from service.policies.holidays import working_calendar

CALENDAR = working_calendar(date(2026, 11, 23))


@pytest.mark.parametrize(
    ("ends", "span", "due", "why"),
    [
        ("2026-12-01T15:00:00", Span(1, Unit.WORKING_DAYS), "2026-12-02T23:59:59", "Tuesday: all of Wednesday"),
        ("2026-12-01T15:00:00", Span(2, Unit.WORKING_DAYS), "2026-12-03T23:59:59", "Tuesday: Thursday"),
        ("2026-12-04T16:30:00", Span(1, Unit.WORKING_DAYS), "2026-12-07T23:59:59", "Friday afternoon: Monday"),
        ("2026-12-05T11:00:00", Span(1, Unit.WORKING_DAYS), "2026-12-07T23:59:59", "called on a Saturday: Monday"),
        ("2026-12-24T12:00:00", Span(1, Unit.WORKING_DAYS), "2026-12-29T23:59:59", "Christmas Eve: the Tuesday after"),
        ("2026-04-02T10:00:00", Span(2, Unit.WORKING_DAYS), "2026-04-08T23:59:59", "Maundy Thursday: Wednesday"),
        ("2026-12-01T15:00:00", Span(0, Unit.SAME_DAY), "2026-12-01T23:59:59", "the same Tuesday"),
        ("2026-10-24T15:00:00", Span(24, Unit.HOURS), "2026-10-25T14:00:00", "24 real hours over the autumn night"),
        ("2026-12-04T16:00:00", Span(4, Unit.WORKING_HOURS), "2026-12-07T12:00:00", "Friday 4pm: Monday midday"),
        ("2026-12-01T15:00:00", Span(10, Unit.CALENDAR_DAYS), "2026-12-11T23:59:59", "Tuesday: the Friday after next"),
        ("2026-12-01T23:30:00", Span(1, Unit.WORKING_DAYS), "2026-12-02T23:59:59", "an evening meeting on Tuesday"),
    ],
)
def test_minutes_are_due_so_long_after_the_end(ends: str, span: Span, due: str, why: str) -> None:
    found = minutes_due(from_wall(ends), span, CALENDAR)
    assert found is not None
    assert wall(found) == due, why


@pytest.mark.parametrize("span", [None, Span(0, Unit.ASAP), Span(34, Unit.GESTATION_WEEK)])
def test_without_a_last_instant_nothing_is_due_and_nothing_late(span: Span | None) -> None:
    assert minutes_due(from_wall("2026-12-01T15:00:00"), span, CALENDAR) is None
    assert MinutesClock(None, None).in_time(datetime(2030, 1, 1, tzinfo=UTC)) is None


def test_beyond_the_known_bank_holidays_there_is_no_day() -> None:
    end = datetime(2099, 1, 1, 12, tzinfo=UTC)
    assert minutes_due(end, Span(2, Unit.WORKING_DAYS), CALENDAR) is None


DUE = datetime(2026, 12, 3, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("issued", "now", "in_time", "why"),
    [
        (None, DUE, None, "the last second of Thursday has not gone"),
        (None, DUE + timedelta(seconds=1), False, "Friday has begun without them"),
        (DUE, DUE + timedelta(days=9), True, "issued on Thursday, asked much later"),
        (DUE + timedelta(seconds=1), DUE + timedelta(days=9), False, "issued on Friday"),
    ],
)
def test_whether_minutes_were_in_time(issued: datetime | None, now: datetime, in_time: bool | None, why: str) -> None:
    assert MinutesClock(DUE, issued).in_time(now) is in_time, why


@given(days=st.integers(1, 30), later=st.integers(0, 60 * 24 * 30))
def test_a_later_end_is_never_due_earlier(days: int, later: int) -> None:
    end, span = from_wall("2026-11-30T10:00:00"), Span(days, Unit.WORKING_DAYS)
    first, second = minutes_due(end, span, CALENDAR), minutes_due(end + timedelta(minutes=later), span, CALENDAR)
    assert first is not None
    assert second is not None
    assert first <= second
