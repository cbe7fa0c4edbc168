"""What was seen of a calendar, beside what the service knows: it only takes times away, and never our own meetings."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.calendars import Appointment, Kind, NotSeen, Seen, not_ours
from service.domain.clocks import AgencyNotice
from service.domain.hours import OFFICE
from service.domain.slots_asked import Attendee, Busy, Chair
from service.domain.slots_calendars import chair_with_calendar, rooms_of, with_calendar
from tests.domain.slots_cases import HOUR, MONDAY

AGENCY = AgencyNotice("social_worker", None, OFFICE)
ELEVEN, TWO = MONDAY - 2 * HOUR, MONDAY + HOUR


def seen(
    *appointments: Appointment, problem: NotSeen | None = None, minutes: int = 0, kind: Kind = Kind.AGENCY
) -> Seen:
    return Seen(kind, "Priya Shah", appointments, MONDAY - timedelta(minutes=minutes), problem)


def appointments() -> st.SearchStrategy[list[Appointment]]:
    made = st.builds(
        lambda first, length, away: Appointment(
            MONDAY + timedelta(minutes=first), MONDAY + timedelta(minutes=first + length), away
        ),
        st.integers(-300, 300),
        st.integers(1, 240),
        st.booleans(),
    )
    return st.lists(made, max_size=6)


def free_seats(attendee: Attendee, at: int) -> int:
    """How many seats nobody sits in at a minute from Monday one o'clock."""
    moment = MONDAY + timedelta(minutes=at)
    away = any(block.start <= moment < block.end for block in attendee.away)
    sitting = sum(any(block.start <= moment < block.end for block in seat) for seat in attendee.seats)
    return 0 if away else len(attendee.seats) - sitting


@given(appointments(), st.integers(1, 3), st.lists(st.integers(-300, 300), max_size=3), st.integers(-300, 300))
def test_a_calendar_only_takes_time_away_and_no_seat_twice(
    there: list[Appointment], capacity: int, meetings: list[int], at: int
) -> None:
    ours = [Busy(MONDAY + timedelta(minutes=each), MONDAY + timedelta(minutes=each) + HOUR) for each in meetings]
    attendee = Attendee(AGENCY, seats=tuple((block,) for block in ours) + ((),) * capacity)
    own = [(block.start, block.end) for block in ours]
    in_outlook = [Appointment(start, end) for start, end in own]
    after = with_calendar(attendee, seen(*there), own)
    assert len(after.seats) == len(attendee.seats)
    assert free_seats(after, at) <= free_seats(attendee, at)
    # Our own meetings stand in the calendar too, and change nothing.
    with_ours = with_calendar(attendee, seen(*there, *in_outlook), own)
    alone = with_calendar(attendee, seen(*(each for each in there if each not in in_outlook)), own)
    assert free_seats(with_ours, at) <= free_seats(attendee, at)
    assert free_seats(alone, at) >= free_seats(after, at)


def test_one_appointment_takes_one_seat_and_out_of_office_all_of_them() -> None:
    desk = Attendee(AGENCY, seats=((), ()))
    assert free_seats(with_calendar(desk, seen(Appointment(MONDAY, TWO)), ()), 5) == 1
    assert free_seats(with_calendar(desk, seen(Appointment(MONDAY, TWO, away=True)), ()), 5) == 0
    assert with_calendar(desk, None, ()) is desk


def test_an_appointment_at_the_times_of_a_meeting_of_ours_is_that_meeting_once_for_each() -> None:
    there = (Appointment(MONDAY, TWO), Appointment(MONDAY, TWO), Appointment(MONDAY, TWO, away=True))
    assert not_ours(there, [(MONDAY, TWO)]) == there[1:]
    assert not_ours(there, [(MONDAY, TWO)] * 3) == there[2:]
    assert not_ours(there, [(ELEVEN, TWO)]) == there


def test_a_chair_is_taken_by_their_calendar_and_has_no_more_meetings_for_it() -> None:
    chair = Chair("Priya Shah", busy=(Busy(ELEVEN, MONDAY),), load=1)
    found = chair_with_calendar(chair, seen(Appointment(ELEVEN, MONDAY), Appointment(MONDAY, TWO)), [(ELEVEN, MONDAY)])
    assert (found.busy, found.load) == ((Busy(ELEVEN, MONDAY), Busy(MONDAY, TWO)), 1)


def test_a_room_that_could_not_be_read_is_not_offered_as_free() -> None:
    unread = Seen(Kind.ROOM, "Room 1", problem=NotSeen.AWAY)
    assert [room.name for room in rooms_of([unread, seen(kind=Kind.ROOM)])] == ["Priya Shah"]


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (seen(), None),
        (
            seen(problem=NotSeen.AWAY, minutes=40),
            "We last saw the calendar of Priya Shah 40 minutes ago (Outlook does not answer).",
        ),
        (
            seen(problem=NotSeen.BUSY),
            "We last saw the calendar of Priya Shah less than a minute ago (Outlook is asked for too much just now).",
        ),
        (
            Seen(Kind.CHAIR, "Priya Shah", problem=NotSeen.UNKNOWN),
            "The calendar of Priya Shah could not be read (Outlook does not know the address): standing hours used.",
        ),
        (
            Seen(Kind.ROOM, "Room 2", problem=NotSeen.HIDDEN),
            "The calendar of Room 2 could not be read (its owner does not show it): ask whether it is free.",
        ),
    ],
)
def test_what_is_old_or_could_not_be_read_is_said_in_words(what: Seen, words: str | None) -> None:
    assert what.words(MONDAY) == words
