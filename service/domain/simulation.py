"""A simulated quarter of one council: times chosen first come first served, and times chosen by the ranking.

``ASSUMPTIONS`` are ours, the same for every way; none is a partnership's published figure. First come first
served is the earliest quarter-hour at which a chair is free, whoever else can come, as an officer with one diary does
it; shown a second time with everybody's notice waited for, so that the two gains are told apart.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from service.domain.clocks import AgencyNotice, two_clocks
from service.domain.hours import OFFICE, SCHOOL, parse
from service.domain.london import at, local_date
from service.domain.quorum import RULES, quorum
from service.domain.slots import Board, board_of
from service.domain.slots_asked import LEAD, Attendee, Busy, Chair, History, Wanted
from service.domain.slots_grid import first_of, largest
from service.domain.spans import Span, Unit
from service.domain.working_time import WorkingCalendar

WEEKS, A_WEEK = 13, 29
FIRST = date(2026, 9, 7)
_HOUR = timedelta(hours=1)
_NOTICE = Span(4, Unit.WORKING_HOURS)
# Role, its hours, the chance that a desk with a seat free really comes, and how often it is asked.
_DESKS = {
    "police_child_protection": (parse("Mon-Fri 08:00-18:00"), 0.9, 1.0),
    "social_worker": (OFFICE, 0.97, 1.0),
    "health_practitioner": (OFFICE, 0.8, 1.0),
    "school": (SCHOOL, 0.85, 0.6),
    "health_visitor": (parse("Mon-Thu 09:00-16:00"), 0.75, 0.35),
    "housing": (OFFICE, 0.5, 0.15),
}
ASSUMPTIONS: tuple[str, ...] = (
    f"{A_WEEK} enquiries a week, the mean of 153 authorities (230,590 a year, children in need census 2025)",
    "each is called in office hours; a third must be held within a working day, the others within three",
    "two chairs; one seat at each desk; the police desk also serves two neighbours, together half as busy",
    "four working hours of notice are owed to everybody, and the quorum is rule Q1",
    "an agency comes when its desk has a seat free and a coin with its own bias says so, the same coin every way",
)


@dataclass
class Call:
    """One enquiry: when it is called, by when it must be held, who is asked, and who would come."""

    now: datetime
    deadline: datetime
    comes: dict[str, bool]


@dataclass
class Diary:
    """What one way of choosing has booked, and how it went."""

    desks: dict[str, list[Busy]] = field(default_factory=lambda: defaultdict(list))
    chairs: tuple[list[Busy], list[Busy]] = field(default_factory=lambda: ([], []))
    past: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    police_days: dict[date, int] = field(default_factory=lambda: defaultdict(int))
    met: int = 0
    kept: int = 0
    lawful: int = 0
    police: int = 0


def calls(seed: int, weeks: int, calendar: WorkingCalendar) -> list[Call]:
    """The quarter's enquiries, in the order in which they are called."""
    draw = random.Random(seed)  # noqa: S311 - a reproducible quarter, not a secret
    found = []
    for _ in range(weeks * A_WEEK):
        day = calendar.add_working_days(FIRST, draw.randrange(5 * weeks))
        now = at(day, datetime.min.time()) + timedelta(minutes=draw.randrange(9 * 60, 17 * 60))
        allowed = 1 if draw.random() < 1 / 3 else 3
        last = at(calendar.add_working_days(day, allowed), datetime.min.time()) + timedelta(hours=17)
        comes = {role: draw.random() < chance for role, (_, chance, asked) in _DESKS.items() if draw.random() < asked}
        found.append(Call(now, last, comes))
    return sorted(found, key=lambda call: call.now)


def neighbours(seed: int, weeks: int, calendar: WorkingCalendar) -> list[Busy]:
    """The police desk's meetings for the two councils beside ours: together half as many as ours."""
    draw = random.Random(seed)  # noqa: S311 - a reproducible quarter, not a secret
    found = []
    for _ in range(weeks * A_WEEK // 2):
        day = calendar.add_working_days(FIRST, draw.randrange(5 * weeks))
        start = at(day, datetime.min.time()) + timedelta(minutes=15 * draw.randrange(36, 64))
        found.append(Busy(start, start + _HOUR))
    return found


class Way(StrEnum):
    """How a time is chosen."""

    FIRST = "first come"
    AFTER_NOTICE = "first after notice"
    RANKED = "ranked"


WAY_WORDS: Mapping[Way, str] = {
    Way.FIRST: "the earliest quarter-hour at which a chair is free, whoever else can come",
    Way.AFTER_NOTICE: "the same, once everybody has their notice",
    Way.RANKED: "the best start by this service's ranking",
}


def _choose(board: Board, way: Way) -> int:
    if way is Way.RANKED:
        return board.best(board.allowed)
    fair = board.layers[0] if way is Way.AFTER_NOTICE else ()
    return first_of(largest(board.allowed, fair))


def play(
    quarter: list[Call], taken: list[Busy], way: Way, calendar: WorkingCalendar, held: Callable[[], None]
) -> Diary:
    """Hold the whole quarter one way; ``held`` is called after each meeting."""
    diary = Diary()
    diary.desks["police_child_protection"] += taken
    for call in quarter:
        wanted = _wanted(call, diary, calendar)
        board = board_of(wanted, calendar)
        if board.allowed:
            place = _choose(board, way)
        else:
            # Nothing is in time: held at the first start after the deadline that a chair has.
            board = board_of(_wanted(call, diary, calendar, in_time=False), calendar)
            place = first_of(board.allowed)
        _hold(call, wanted, board.grid.start_of(place), diary, calendar)
        held()
    return diary


def _wanted(call: Call, diary: Diary, calendar: WorkingCalendar, *, in_time: bool = True) -> Wanted:
    soon, past = call.now - _HOUR, diary.past
    attendees = tuple(
        Attendee(
            AgencyNotice(role, _NOTICE, _DESKS[role][0]),
            seats=(tuple(block for block in diary.desks[role] if block.end > soon),),
            history=History(*past[role]),
            load={local_date(call.now): diary.police_days[local_date(call.now)]} if role.startswith("police") else {},
        )
        for role in call.comes
    )
    clocks = two_clocks(call.now, [each.notice for each in attendees], call.deadline if in_time else None, calendar)
    chairs = tuple(
        Chair(f"chair {number}", busy=tuple(block for block in busy if block.end > soon), load=len(busy))
        for number, busy in enumerate(diary.chairs)
    )
    mean = History(sum(came for came, _ in past.values()), sum(asked for _, asked in past.values()))
    return Wanted(call.now, clocks, attendees, chairs, _HOUR, quorum=RULES["Q1"], mean=mean, days=10, lead=LEAD)


def _hold(call: Call, wanted: Wanted, start: datetime, diary: Diary, calendar: WorkingCalendar) -> None:
    meeting = Busy(start, start + _HOUR)
    diary.chairs[next(
        number for number, busy in enumerate(diary.chairs)
        if all(block.end <= start or meeting.end <= block.start for block in busy)
    )].append(meeting)  # fmt: skip
    present = {"lcpp"}
    board = board_of(wanted, calendar)
    bit = 1 << (start - board.grid.origin) // board.grid.step
    for each, free in zip(wanted.attendees, board.free, strict=True):
        role = each.notice.role
        came = bool(free & bit) and call.comes[role]
        diary.past[role][0] += came
        diary.past[role][1] += 1
        if free & bit:
            diary.desks[role].append(meeting)
        if came:
            present.add(role)
    police = "police_child_protection" in present
    diary.police += police
    diary.police_days[local_date(start)] += police
    diary.met += bool(quorum(RULES["Q1"], present, {}).met)
    fair = wanted.clocks.earliest_fair
    diary.kept += fair is None or start >= fair
    diary.lawful += start <= call.deadline


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one way of choosing went, as counts of ``meetings``. ``police_most``: ours at the police desk on one day."""

    meetings: int
    quorum_met: int
    police_came: int
    notice_kept: int
    in_time: int
    police_most: int


def simulate(
    seed: int,
    weeks: int,
    calendar: WorkingCalendar,
    held: Callable[[], None] = lambda: None,
    expect: Callable[[int], None] = lambda _: None,
) -> Mapping[Way, Outcome]:
    """The same quarter held in every way. ``expect`` is told how many meetings, ``held`` is called after each one.

    Raises:
        CalendarTooShortError: the weeks run beyond the known bank holidays.
    """
    quarter, taken = calls(seed, weeks, calendar), neighbours(seed + 1, weeks, calendar)
    expect(len(quarter))
    return {way: _outcome(len(quarter), play(quarter, taken, way, calendar, held)) for way in Way}


def _outcome(meetings: int, diary: Diary) -> Outcome:
    most = max(diary.police_days.values(), default=0)
    return Outcome(meetings, diary.met, diary.police, diary.kept, diary.lawful, most)
