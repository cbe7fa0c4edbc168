"""London clocks: the words people read, and both nights on which the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from service.domain import london


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("instant", "said"),
    [
        ("2026-12-03T14:30", "Thursday 3 December 2026, 2:30pm"),
        ("2026-06-01T08:00", "Monday 1 June 2026, 9am"),  # summer time is an hour ahead
        ("2026-12-25T12:00", "Friday 25 December 2026, midday"),
        ("2026-12-25T00:00", "Friday 25 December 2026, midnight"),
        ("2026-12-25T00:05", "Friday 25 December 2026, 12:05am"),
        ("2026-12-25T12:45", "Friday 25 December 2026, 12:45pm"),
        ("2026-06-30T23:30", "Wednesday 1 July 2026, 12:30am"),  # already tomorrow in London
    ],
)
def test_an_instant_is_said_with_its_london_weekday(instant: str, said: str) -> None:
    assert london.words(utc(instant)) == said


@pytest.mark.parametrize(
    ("wall", "instant", "why"),
    [
        ("2026-10-25T00:30:00", "2026-10-24T23:30", "Sunday, still summer time"),
        ("2026-10-25T01:30:00", "2026-10-25T00:30", "the repeated hour means its first pass"),
        ("2026-10-25T02:00:00", "2026-10-25T02:00", "winter time from here"),
        ("2027-03-28T00:59:59", "2027-03-28T00:59:59", "Sunday, last second of winter time"),
        ("2027-03-28T01:30:00", "2027-03-28T01:00", "the skipped hour is the instant of the change"),
        ("2027-03-28T02:00:00", "2027-03-28T01:00", "summer time from here"),
    ],
)
def test_wall_time_on_the_nights_the_clocks_change(wall: str, instant: str, why: str) -> None:
    assert london.from_wall(wall) == utc(instant), why


def test_wall_time_is_what_graph_wants() -> None:
    assert london.wall(utc("2026-07-01T09:00")) == "2026-07-01T10:00:00"
    assert london.wall(utc("2026-12-01T10:00")) == "2026-12-01T10:00:00"


def test_graph_fractions_are_read() -> None:
    assert london.from_wall("2026-07-01T10:00:00.0000000") == utc("2026-07-01T09:00")


def test_a_wall_time_with_its_own_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="carries no zone"):
        london.from_wall("2026-07-01T10:00:00+00:00")


def test_a_time_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 7, 1, 10)  # noqa: DTZ001 - the point of the test
    with pytest.raises(ValueError, match="without a zone"):
        london.words(naive)


def test_a_day_ends_at_its_last_second_and_may_last_25_hours() -> None:
    sunday = date(2026, 10, 25)
    assert london.end_of_day(sunday) - london.start_of_day(sunday) == timedelta(hours=25, seconds=-1)
    assert london.end_of_day(sunday) == utc("2026-10-25T23:59:59")
    assert london.at(date(2026, 7, 1), time(9)) == utc("2026-07-01T08:00")


@pytest.mark.parametrize(
    ("length", "in_days", "in_hours"),
    [
        (timedelta(0), "no time", "no time"),
        (timedelta(minutes=1), "1 minute", "1 minute"),
        (timedelta(hours=1, minutes=30), "1 hour 30 minutes", "1 hour 30 minutes"),
        (timedelta(days=1, hours=2), "1 day 2 hours", "26 hours"),
        (timedelta(days=-2), "2 days", "48 hours"),
    ],
)
def test_lengths_are_said_in_days_or_in_hours(length: timedelta, in_days: str, in_hours: str) -> None:
    assert london.length_words(length) == in_days
    assert london.hours_words(length) == in_hours


@pytest.mark.parametrize(
    ("instant", "twice"),
    [
        ("2026-10-24T23:59:59", False),
        ("2026-10-25T00:00:00", True),
        ("2026-10-25T01:59:59", True),
        ("2026-10-25T02:00:00", False),
        ("2026-03-29T00:59:00", False),
        ("2026-03-29T01:00:00", False),
    ],
)
def test_only_the_hour_before_and_after_clocks_go_back_is_shown_twice(instant: str, twice: bool) -> None:
    assert london.shown_twice(utc(instant)) is twice


@pytest.mark.parametrize(
    ("instant", "said"),
    [
        ("2026-10-25T00:50:00", "Sunday 25 October 2026, 1:50am (before the clocks go back)"),
        ("2026-10-25T01:50:00", "Sunday 25 October 2026, 1:50am (after the clocks go back)"),
        ("2026-10-25T01:00:00", "Sunday 25 October 2026, 1am (after the clocks go back)"),
        ("2026-10-25T02:00:00", "Sunday 25 October 2026, 2am"),
        ("2026-10-24T23:30:00", "Sunday 25 October 2026, 12:30am"),
    ],
)
def test_a_time_that_clocks_show_twice_says_which_of_the_two_it_is(instant: str, said: str) -> None:
    assert london.words(utc(instant)) == said
