"""The calendar file: what a calendar program reads in it, and what never stands in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from service.domain.calendar_file import CalendarFacts, calendar_file, file_name

NOW = datetime(2026, 11, 30, 10, 0, 0, 123, tzinfo=UTC)
FACTS = CalendarFacts(
    meeting_id=UUID(int=7),
    reference="CV-7K3Q-9XHD",
    version=1,
    starts_at=datetime(2026, 12, 1, 14, tzinfo=UTC),
    ends_at=datetime(2026, 12, 1, 15, tzinfo=UTC),
    mode="online",
    venue="",
    join_url="https://teams.example/l/meetup-join/19%3ameeting_1",
    service_name="Lewisham",
    service_phone="020 7946 0000",
    cancelled=False,
)


def read(facts: CalendarFacts) -> tuple[Calendar, dict[str, object]]:
    calendar = Calendar.from_ical(calendar_file(facts, NOW))
    assert isinstance(calendar, Calendar)
    (event,) = calendar.walk("VEVENT")
    assert not event.errors
    return calendar, dict(event)


def test_a_calendar_reads_the_time_the_reference_and_how_to_join() -> None:
    calendar, event = read(FACTS)
    assert (calendar["METHOD"], calendar["VERSION"]) == ("PUBLISH", "2.0")
    assert (event["UID"], event["SUMMARY"]) == (str(UUID(int=7)), "Professionals' meeting CV-7K3Q-9XHD")
    assert FACTS.join_url in str(event["DESCRIPTION"])
    assert event["LOCATION"] == "online, by Teams"
    assert event["STATUS"] == "CONFIRMED"
    assert {"ORGANIZER", "ATTENDEE", "URL"}.isdisjoint(event)


def test_each_later_state_replaces_the_one_before() -> None:
    states = [
        FACTS,
        replace(FACTS, cancelled=True),
        replace(FACTS, version=2),
        replace(FACTS, version=2, cancelled=True),
    ]
    found = [read(state)[1] for state in states]
    assert [event["SEQUENCE"] for event in found] == [2, 3, 4, 5]
    assert len({event["UID"] for event in found}) == 1


def test_a_cancelled_one_says_so_and_gives_no_way_in() -> None:
    text = calendar_file(replace(FACTS, cancelled=True, venue="Room 2"), NOW).decode()
    assert "STATUS:CANCELLED" in text
    assert "teams.example" not in text
    assert "Room 2" not in text


@pytest.mark.parametrize("month", [3, 10])
def test_a_clock_change_moves_no_meeting(month: int) -> None:
    # The last Sundays of March and October 2026; both changes fall at 01:00 UTC.
    day = {3: 29, 10: 25}[month]
    for hour in range(4):
        start = datetime(2026, month, day, hour, tzinfo=UTC)
        elsewhere = start.astimezone(timezone(timedelta(hours=1)))
        text = calendar_file(replace(FACTS, starts_at=elsewhere, ends_at=start + timedelta(hours=1)), NOW).decode()
        assert f"DTSTART:{start:%Y%m%dT%H%M%SZ}" in text


def test_an_end_that_is_not_after_the_start_is_refused() -> None:
    with pytest.raises(ValueError, match="after it starts"):
        calendar_file(replace(FACTS, ends_at=FACTS.starts_at), NOW)


@given(st.text(max_size=300))
def test_no_venue_can_break_out_of_its_line(venue: str) -> None:
    raw = calendar_file(replace(FACTS, mode="in_person", venue=venue), NOW)
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    calendar = Calendar.from_ical(raw)
    assert [part.name for part in calendar.walk()] == ["VCALENDAR", "VEVENT"]
    assert set(calendar.walk("VEVENT")[0]) == set(read(FACTS)[1])


def test_the_file_is_named_by_the_reference_alone() -> None:
    assert file_name("CV-7K3Q-9XHD") == "CV-7K3Q-9XHD.ics"
