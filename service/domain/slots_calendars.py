"""What was seen of calendars, laid beside what the service knows itself: its own meetings, hours, seats, surgeries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from service.domain.calendars import Appointment, Seen, not_ours
from service.domain.slots_asked import Attendee, Busy, Chair, Room, seats_of

Ours = Iterable[tuple[datetime, datetime]]


def with_calendar(attendee: Attendee, seen: Seen | None, ours: Ours) -> Attendee:
    """An agency that cannot come when its calendar is taken.

    An appointment takes one of its seats, as a meeting of ours does; out of office takes them all. ``ours`` are our own
    meetings there, which stand in the calendar too.
    """
    if seen is None or not seen.appointments:
        return attendee
    others = not_ours(seen.appointments, ours)
    blocks = [block for seat in attendee.seats for block in seat]
    taken = [_busy(each) for each in others if not each.away]
    away = tuple(_busy(each) for each in others if each.away)
    seats = seats_of([*blocks, *taken], len(attendee.seats)) if attendee.seats else ()
    return replace(attendee, seats=seats, away=(*attendee.away, *away))


def chair_with_calendar(chair: Chair, seen: Seen | None, ours: Ours) -> Chair:
    """A chair who cannot come when their calendar is taken; how many meetings are theirs stays as it was."""
    if seen is None:
        return chair
    return replace(chair, busy=(*chair.busy, *(_busy(each) for each in not_ours(seen.appointments, ours))))


def rooms_of(seen: Iterable[Seen]) -> tuple[Room, ...]:
    """The rooms whose calendar is known: of one that could not be read nobody can say that it is free."""
    return tuple(Room(each.who, tuple(map(_busy, each.appointments))) for each in seen if each.at is not None)


def _busy(appointment: Appointment) -> Busy:
    return Busy(appointment.start, appointment.end)
