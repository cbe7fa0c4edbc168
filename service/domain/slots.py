"""Finding the time: the starts at which a meeting is best held, ranked, as a pure function over intervals.

Hard rules come first and no suggestion breaks one: not before everybody can be reached, not after the deadline, within
one opening and free of other appointments of a chair, and on one day. Among the starts that are left, one start is
better than another by the first of these in which they differ:

1. it lies between the two clocks (``domain.clocks``), so that every agency has its notice;
2. those who can come would meet the quorum, where the partnership has set one;
3. more of the required agencies are expected, by each one's own history (``History.shrunk``), then more optional ones;
4. more agencies have the notice they are owed (which differs only where the clocks have crossed);
5. a known room is free, for a meeting in person;
6. the desks that would come have fewer meetings on that day;
7. a chair who has fewer meetings is free (the rota);
8. it is earlier. Nothing is decided by a name, so renaming an agency changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain.hours import Hours
from service.domain.london import local_date, start_of_day, to_utc
from service.domain.notice import kept_from
from service.domain.policy import Level
from service.domain.quorum import Quorum, quorum
from service.domain.slots_asked import CHAIR_ROLE, SCALE, Attendee, Chair, Seat, Wanted, core_roles, rota_order
from service.domain.slots_grid import Grid, Starts, add, first_of, largest
from service.domain.slots_quorum import can_meet
from service.domain.working_time import WorkingCalendar

_NOTHING = timedelta(0)
# More meetings than this on one day are all the same: the desk is full.
_MOST_LOAD = 15


@dataclass(frozen=True, slots=True)
class CannotCome:
    """An agency that cannot come then, and why in words."""

    attendee: Attendee
    why: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One start (UTC) and what speaks for and against it.

    ``expected`` is how many of the ``required`` are expected to come, to a thousandth; None without any record.
    ``fair``: all have their notice; None when no agency's is set. ``short`` are those whose notice it cuts.
    ``rooms``: the known rooms that are free then, for a meeting in person.
    """

    start: datetime
    end: datetime
    chair: Chair
    coming: tuple[Attendee, ...]
    cannot: tuple[CannotCome, ...]
    expected: float | None
    required: int
    quorum: Quorum
    fair: bool | None
    short: tuple[Attendee, ...]
    rooms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Board:
    """A grid with everything known about its starts: who is open and free, which are allowed, and the layers."""

    grid: Grid
    open: tuple[Starts, ...]
    free: tuple[Starts, ...]
    chairs: tuple[Starts, ...]
    rooms: tuple[Starts, ...]
    allowed: Starts
    layers: tuple[tuple[Starts, ...], ...]

    def best(self, among: Starts) -> int:
        """The place of the best of some starts, of which there must be one."""
        for planes in self.layers:
            among = largest(among, planes)
        return first_of(among)


def grid_of(wanted: Wanted, calendar: WorkingCalendar) -> Grid:
    """The starts to look at: quarter-hours of the clock, from now and the lead to the end of the last working day.

    Raises:
        CalendarTooShortError: the days run beyond the known bank holidays.
        ValueError: the length, the step or the days are not positive, or the step does not divide an hour.
    """
    if min(wanted.length, wanted.step) <= _NOTHING or wanted.days < 1 or timedelta(hours=1) % wanted.step:
        raise ValueError("a length and a step must be positive, and the step must divide an hour")
    first = to_utc(wanted.now) + wanted.lead
    day = start_of_day(local_date(first))
    origin = day - (day - first) // wanted.step * wanted.step
    end = start_of_day(calendar.add_working_days(local_date(wanted.now), wanted.days) + timedelta(days=1))
    return Grid(origin, (end - origin) // wanted.step, wanted.step, wanted.length)


def board_of(wanted: Wanted, calendar: WorkingCalendar) -> Board:
    """Lay out who is free when and how good each start is. Raises as ``grid_of``."""
    grid = grid_of(wanted, calendar)
    known: dict[Hours, Starts] = {}

    def opening(hours: Hours) -> Starts:
        if hours not in known:
            known[hours] = grid.open(hours, calendar)
        return known[hours]

    travel = wanted.travel if wanted.in_person else _NOTHING
    opened = tuple(opening(each.hours) & any_seat(grid, (each.away,), _NOTHING) for each in wanted.attendees)
    free = tuple(
        is_open
        & any_seat(grid, each.seats, _way(wanted, each))
        & (grid.between(_there_from(wanted, each), grid.start_of(grid.count)) if _way(wanted, each) else -1)
        for is_open, each in zip(opened, wanted.attendees, strict=True)
    )
    chairs = tuple(opening(chair.hours) & any_seat(grid, (chair.busy,), travel) for chair in wanted.chairs)
    chaired = 0
    for starts in chairs:
        chaired |= starts
    last = wanted.clocks.latest_lawful or grid.start_of(grid.count)
    allowed = chaired & grid.between(grid.origin, last)
    rooms = tuple(any_seat(grid, (room.busy,), _NOTHING) for room in wanted.rooms) if wanted.in_person else ()
    return Board(grid, opened, free, chairs, rooms, allowed, _layers(wanted, grid, free, chairs, rooms, calendar))


def _way(wanted: Wanted, attendee: Attendee) -> timedelta:
    if not wanted.in_person:
        return _NOTHING
    return wanted.travel if attendee.travel is None else attendee.travel


def _there_from(wanted: Wanted, attendee: Attendee) -> datetime:
    """The first instant at which an agency can have come, when it sets out now."""
    return to_utc(wanted.now) + _way(wanted, attendee)


def any_seat(grid: Grid, seats: Sequence[Seat], travel: timedelta) -> Starts:
    """The starts at which some seat is free for the whole meeting, and for the way where both are in person."""
    free, everywhere = 0, (1 << grid.count) - 1
    for seat in seats:
        taken = 0
        for block in seat:
            way = travel if block.in_person else _NOTHING
            taken |= grid.touching(block.start - way, block.end + way)
        free |= everywhere & ~taken
    return free


def _layers(
    wanted: Wanted,
    grid: Grid,
    free: Sequence[Starts],
    chairs: Sequence[Starts],
    rooms: Sequence[Starts],
    calendar: WorkingCalendar,
) -> tuple[tuple[Starts, ...], ...]:
    everywhere = (1 << grid.count) - 1
    some_room = 0
    for starts in rooms:
        some_room |= starts
    end = grid.start_of(grid.count)
    expected: list[Starts] = []
    optional: list[Starts] = []
    notice: list[Starts] = []
    load: list[Starts] = []
    days = {
        day: grid.between(start_of_day(day), start_of_day(day + timedelta(days=1)) - grid.step)
        for day in {day for each in wanted.attendees for day in each.load}
    }
    for each, starts in zip(wanted.attendees, free, strict=True):
        chance = each.history.shrunk(wanted.mean)
        add(optional if each.level is Level.OPTIONAL else expected, chance, starts)
        if each.notice.owed is not None:
            first = kept_from(wanted.now, each.notice.owed, each.notice.hours, calendar)
            add(notice, 1, grid.between(first, end))
        for day, meetings in each.load.items():
            add(load, min(meetings, _MOST_LOAD), starts & days[day])
    fair = wanted.clocks.earliest_fair
    met = (
        everywhere
        if wanted.quorum is None
        else can_meet(
            wanted.quorum, present_by_role(wanted, free, chairs), wanted.groups, core_roles(wanted), everywhere
        )
    )
    return (
        (everywhere if fair is None else grid.between(fair, end),),
        (met,),
        tuple(expected),
        tuple(optional),
        tuple(notice),
        (some_room,),
        # The least load is the largest of what is not there.
        tuple(everywhere & ~plane for plane in load),
        _rota(wanted.chairs, chairs),
    )


def _rota(chairs: Sequence[Chair], free: Sequence[Starts]) -> tuple[Starts, ...]:
    """Planes in which the starts of the chair with the fewest meetings stand highest."""
    planes: list[Starts] = []
    reached = 0
    for number in rota_order(chairs):
        reached |= free[number]
        planes.append(reached)
    return tuple(reversed(planes))


def present_by_role(wanted: Wanted, free: Sequence[Starts], chairs: Sequence[Starts]) -> dict[str, Starts]:
    """Role to the starts at which somebody of it can come; whoever chairs is there in the chair's role."""
    found: dict[str, Starts] = {}
    for each, starts in zip(wanted.attendees, free, strict=True):
        found[each.notice.role] = found.get(each.notice.role, 0) | starts
    for starts in chairs:
        found[CHAIR_ROLE] = found.get(CHAIR_ROLE, 0) | starts
    return found


def suggestion_at(wanted: Wanted, board: Board, place: int, calendar: WorkingCalendar) -> Suggestion:
    """What speaks for and against one start."""
    bit = 1 << place
    start = board.grid.start_of(place)
    coming = tuple(each for each, starts in zip(wanted.attendees, board.free, strict=True) if starts & bit)
    cannot = tuple(
        CannotCome(each, _why_not(each, bool(opened & bit), start < _there_from(wanted, each)))
        for each, opened, starts in zip(wanted.attendees, board.open, board.free, strict=True)
        if not starts & bit
    )
    chair = next(wanted.chairs[number] for number in rota_order(wanted.chairs) if board.chairs[number] & bit)
    required = [each for each in wanted.attendees if each.level is not Level.OPTIONAL]
    expected = sum(each.history.shrunk(wanted.mean) for each in coming if each.level is not Level.OPTIONAL)
    fair = wanted.clocks.earliest_fair
    return Suggestion(
        start=start,
        end=start + wanted.length,
        chair=chair,
        coming=coming,
        cannot=cannot,
        expected=expected / SCALE if wanted.mean.of or any(each.history.of for each in wanted.attendees) else None,
        required=len(required),
        quorum=quorum(
            wanted.quorum, {*(each.notice.role for each in coming), CHAIR_ROLE}, wanted.groups, core_roles(wanted)
        ),
        fair=None if fair is None else start >= fair,
        short=tuple(
            each
            for each in wanted.attendees
            if each.notice.owed is not None
            and start < kept_from(wanted.now, each.notice.owed, each.notice.hours, calendar)
        ),
        rooms=tuple(room.name for room, starts in zip(wanted.rooms, board.rooms, strict=False) if starts & bit),
    )


def _why_not(attendee: Attendee, is_open: bool, too_soon: bool) -> str:  # noqa: FBT001 - facts, not switches
    if not is_open:
        return "not open for all of that time"
    if too_soon:
        return "cannot be there so soon"
    if not attendee.seats:
        return "has no seat"
    return "another appointment" if len(attendee.seats) == 1 else f"all {len(attendee.seats)} seats are taken"


def rank(wanted: Wanted, calendar: WorkingCalendar, count: int = 3) -> tuple[Suggestion, ...]:
    """The best starts, best first, none overlapping another; empty when no start keeps every hard rule.

    Raises:
        CalendarTooShortError: the window runs beyond the known bank holidays.
        ValueError: the length, the step or the days make no grid.
    """
    board = board_of(wanted, calendar)
    left = board.allowed
    found: list[Suggestion] = []
    while left and len(found) < count:
        place = board.best(left)
        found.append(suggestion_at(wanted, board, place, calendar))
        start = board.grid.start_of(place)
        left &= ~board.grid.touching(start, start + wanted.length)
    return tuple(found)


def best_start(wanted: Wanted, calendar: WorkingCalendar) -> datetime | None:
    """The best start alone, in UTC; None when no start keeps every hard rule. Raises as ``rank``."""
    board = board_of(wanted, calendar)
    return board.grid.start_of(board.best(board.allowed)) if board.allowed else None
