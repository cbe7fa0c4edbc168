"""Small random cases for the search of a time, and a slow search written another way: one start after the other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache

from hypothesis import strategies as st

from service.domain.clocks import AgencyNotice, two_clocks
from service.domain.hours import OFFICE, ROUND_THE_CLOCK, SCHOOL, Hours, parse
from service.domain.london import from_wall, local_date
from service.domain.notice import kept_from
from service.domain.policy import Level
from service.domain.quorum import RULES, quorum
from service.domain.slots_asked import Attendee, Busy, Chair, History, Room, Seat, Wanted, core_roles
from service.domain.spans import Span, Unit
from service.domain.working_time import is_open
from service.policies.holidays import working_calendar

CALENDAR = working_calendar(date(2026, 3, 1))
MONDAY = from_wall("2026-11-30T13:00:00")
STEP = timedelta(minutes=15)
HOUR = timedelta(hours=1)
SURGERY = parse("Tue/Thu 09:30-12:00")

ROLES = ["police_child_protection", "health_visitor", "school", "gp", "social_worker", "housing"]
# Ordinary weeks, and both nights of the year on which the clocks change.
NOWS = [MONDAY, from_wall("2026-12-01T08:07:00"), from_wall("2026-03-28T22:00:00"), from_wall("2026-10-24T22:30:00")]


def busy_in(now: datetime) -> st.SearchStrategy[Seat]:
    block = st.builds(
        lambda first, length, in_person: Busy(
            now + timedelta(minutes=first), now + timedelta(minutes=first + length), in_person
        ),
        st.integers(-60, 4000),
        st.integers(1, 600),
        st.booleans(),
    )
    return st.lists(block, max_size=4).map(tuple)


def attendees_in(now: datetime) -> st.SearchStrategy[Attendee]:
    owed = st.one_of(st.none(), st.builds(Span, st.integers(0, 9), st.sampled_from([Unit.HOURS, Unit.WORKING_HOURS])))
    hours = st.sampled_from([OFFICE, SCHOOL, ROUND_THE_CLOCK, SURGERY])
    days = st.sampled_from([local_date(now) + timedelta(days=number) for number in range(3)])
    return st.builds(
        Attendee,
        st.builds(AgencyNotice, st.sampled_from(ROLES), owed, hours),
        st.sampled_from(list(Level)),
        st.lists(busy_in(now), min_size=1, max_size=2).map(tuple),
        st.builds(lambda of, missed: History(max(of - missed, 0), of), st.integers(0, 9), st.integers(0, 9)),
        st.dictionaries(days, st.integers(0, 4), max_size=2),
        st.sampled_from([None, None, SURGERY]),
        st.sampled_from([(), (Busy(now, now + timedelta(hours=9)),)]),
        st.sampled_from([None, timedelta(0), timedelta(minutes=70)]),
    )


@st.composite
def wanted_meetings(draw: st.DrawFn) -> Wanted:
    now = draw(st.sampled_from(NOWS))
    attendees = tuple(draw(st.lists(attendees_in(now), max_size=5)))
    chair = st.builds(
        Chair, st.just("Chair"), st.sampled_from([OFFICE, ROUND_THE_CLOCK]), busy_in(now), st.integers(0, 3)
    )
    deadline = draw(st.one_of(st.none(), st.integers(-60, 3000)))
    latest = None if deadline is None else now + timedelta(minutes=deadline)
    return Wanted(
        now,
        two_clocks(now, [each.notice for each in attendees], latest, CALENDAR),
        attendees,
        tuple(draw(st.lists(chair, min_size=1, max_size=2))),
        draw(st.sampled_from([timedelta(minutes=40), HOUR, timedelta(hours=2)])),
        draw(st.booleans()),
        draw(st.sampled_from([timedelta(0), timedelta(minutes=25)])),
        draw(st.sampled_from([None, *RULES.values()])),
        mean=History(7, 10),
        days=1,
        step=draw(st.sampled_from([STEP, timedelta(minutes=30)])),
        rooms=tuple(draw(st.lists(st.builds(Room, st.just("Room"), busy_in(now)), max_size=2))),
        lead=draw(st.sampled_from([timedelta(0), timedelta(minutes=15), timedelta(minutes=70)])),
    )


def open_throughout(start: datetime, wanted: Wanted, hours: Hours) -> bool:
    """Whether an agency is open from the start to the end, looked at minute by minute, and on one day."""
    return _open_for(start, wanted.length, hours)


@cache
def _open_for(start: datetime, length: timedelta, hours: Hours) -> bool:
    minutes = range(int(length.total_seconds()) // 60)
    same_day = local_date(start) == local_date(start + length - timedelta(microseconds=1))
    return same_day and all(is_open(start + timedelta(minutes=minute), hours, CALENDAR) for minute in minutes)


def can_come(start: datetime, wanted: Wanted, attendee: Attendee) -> bool:
    """Whether an agency can come, as a person would find out."""
    return (
        open_throughout(start, wanted, attendee.surgery or attendee.notice.hours)
        and seat_free(start, wanted, (attendee.away,))
        and seat_free(start, wanted, attendee.seats, attendee.travel)
        and start >= wanted.now + _to_there(wanted, attendee)
    )


def _to_there(wanted: Wanted, attendee: Attendee) -> timedelta:
    if not wanted.in_person:
        return timedelta(0)
    return wanted.travel if attendee.travel is None else attendee.travel


def seat_free(start: datetime, wanted: Wanted, seats: Sequence[Seat], travel: timedelta | None = None) -> bool:
    def clear(block: Busy) -> bool:
        known = wanted.travel if travel is None else travel
        way = known if block.in_person and wanted.in_person else timedelta(0)
        return start + wanted.length <= block.start - way or block.end + way <= start

    return any(all(clear(block) for block in seat) for seat in seats)


def lawful(start: datetime, wanted: Wanted) -> bool:
    """Every hard rule, as a person would say it."""
    latest = wanted.clocks.latest_lawful
    return (
        start >= wanted.now + wanted.lead
        and (latest is None or start <= latest)
        and any(
            open_throughout(start, wanted, chair.hours) and seat_free(start, wanted, (chair.busy,))
            for chair in wanted.chairs
        )
    )


def free_rooms(start: datetime, wanted: Wanted) -> list[Room]:
    """The rooms in which nobody else is then; none is asked for online."""
    end = start + wanted.length
    taken = [room for room in wanted.rooms if any(each.start < end and start < each.end for each in room.busy)]
    return [room for room in wanted.rooms if room not in taken] if wanted.in_person else []


def goodness(start: datetime, wanted: Wanted) -> tuple[object, ...]:
    """What decides between two lawful starts: the larger is the better one."""
    free = [each for each in wanted.attendees if can_come(start, wanted, each)]
    roles = {*(each.notice.role for each in free), "lcpp"}
    order = sorted(range(len(wanted.chairs)), key=lambda number: wanted.chairs[number].load)
    first = next(
        place
        for place, number in enumerate(order)
        if open_throughout(start, wanted, wanted.chairs[number].hours)
        and seat_free(start, wanted, (wanted.chairs[number].busy,))
    )
    fair = wanted.clocks.earliest_fair
    return (
        fair is None or start >= fair,
        wanted.quorum is None or bool(quorum(wanted.quorum, roles, wanted.groups, core_roles(wanted)).met),
        sum(each.history.shrunk(wanted.mean) for each in free if each.level is not Level.OPTIONAL),
        sum(each.history.shrunk(wanted.mean) for each in free if each.level is Level.OPTIONAL),
        sum(
            start >= kept_from(wanted.now, each.notice.owed, each.notice.hours, CALENDAR)
            for each in wanted.attendees
            if each.notice.owed is not None
        ),
        bool(free_rooms(start, wanted)),
        -sum(each.load.get(local_date(start), 0) for each in free),
        -first,
        -start.timestamp(),
    )


def all_starts(wanted: Wanted) -> list[datetime]:
    """Every start on the clock's quarters or halves from now to the end of the last working day."""
    minutes = int(wanted.step.total_seconds()) // 60
    start = wanted.now.replace(minute=0)
    last = CALENDAR.add_working_days(local_date(wanted.now), wanted.days)
    found = []
    while local_date(start) <= last:
        found.append(start)
        start += timedelta(minutes=minutes)
    return [start for start in found if start >= wanted.now + wanted.lead]
