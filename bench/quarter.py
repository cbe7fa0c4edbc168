"""A simulated quarter of one council: times chosen first come first served, and times chosen by the ranking.

Assumptions, all drawn with one seed and the same for both ways: 29 enquiries a week, the mean of 153 authorities
(230,590 a year, DfE children in need 2025); each is called in office hours; a third must be held within a working day,
the others within three; two chairs; one police desk that also serves two neighbours, and one seat at each other desk;
four working hours' notice owed to everybody. None of these is a partnership's published figure. An agency comes when
its desk has a seat free and a coin with its own bias says so, the same coin both ways.

First come first served: the earliest quarter-hour at which a chair is free, whoever else can come, as an officer with
one diary does it. Shown a second time with everybody's notice waited for, so that the two gains are told apart.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from bench.figures import Verdict, show
from service.domain.clocks import AgencyNotice, two_clocks
from service.domain.hours import OFFICE, SCHOOL, parse
from service.domain.london import at, local_date
from service.domain.quorum import RULES, quorum
from service.domain.slots import Board, board_of
from service.domain.slots_asked import Attendee, Busy, Chair, History, Wanted
from service.domain.slots_grid import first_of, largest
from service.domain.spans import Span, Unit
from service.policies.holidays import working_calendar

WEEKS, A_WEEK = 13, 29
_FIRST = date(2026, 9, 7)
_CALENDAR = working_calendar(_FIRST)
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


def calls(seed: int, weeks: int = WEEKS) -> list[Call]:
    """The quarter's enquiries, in the order in which they are called."""
    draw = random.Random(seed)  # noqa: S311 - a reproducible quarter, not a secret
    found = []
    for _ in range(weeks * A_WEEK):
        day = _CALENDAR.add_working_days(_FIRST, draw.randrange(5 * weeks))
        now = at(day, datetime.min.time()) + timedelta(minutes=draw.randrange(9 * 60, 17 * 60))
        allowed = 1 if draw.random() < 1 / 3 else 3
        last = at(_CALENDAR.add_working_days(day, allowed), datetime.min.time()) + timedelta(hours=17)
        comes = {role: draw.random() < chance for role, (_, chance, asked) in _DESKS.items() if draw.random() < asked}
        found.append(Call(now, last, comes))
    return sorted(found, key=lambda call: call.now)


def neighbours(seed: int, weeks: int = WEEKS) -> list[Busy]:
    """The police desk's meetings for the two councils beside ours: together half as many as ours."""
    draw = random.Random(seed)  # noqa: S311 - a reproducible quarter, not a secret
    found = []
    for _ in range(weeks * A_WEEK // 2):
        day = _CALENDAR.add_working_days(_FIRST, draw.randrange(5 * weeks))
        start = at(day, datetime.min.time()) + timedelta(minutes=15 * draw.randrange(36, 64))
        found.append(Busy(start, start + _HOUR))
    return found


class Way(StrEnum):
    """How a time is chosen."""

    FIRST = "first come"
    AFTER_NOTICE = "first after notice"
    RANKED = "ranked"


def _choose(board: Board, way: Way) -> int:
    if way is Way.RANKED:
        return board.best(board.allowed)
    fair = board.layers[0] if way is Way.AFTER_NOTICE else ()
    return first_of(largest(board.allowed, fair))


def play(quarter: list[Call], taken: list[Busy], way: Way) -> Diary:
    """Hold the whole quarter one way."""
    diary = Diary()
    diary.desks["police_child_protection"] += taken
    for call in quarter:
        wanted = _wanted(call, diary)
        board = board_of(wanted, _CALENDAR)
        if board.allowed:
            place = _choose(board, way)
        else:
            # Nothing is in time: held at the first start after the deadline that a chair has.
            board = board_of(_wanted(call, diary, in_time=False), _CALENDAR)
            place = first_of(board.allowed)
        _hold(call, wanted, board.grid.start_of(place), diary)
    return diary


def _wanted(call: Call, diary: Diary, *, in_time: bool = True) -> Wanted:
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
    clocks = two_clocks(call.now, [each.notice for each in attendees], call.deadline if in_time else None, _CALENDAR)
    chairs = tuple(
        Chair(f"chair {number}", busy=tuple(block for block in busy if block.end > soon), load=len(busy))
        for number, busy in enumerate(diary.chairs)
    )
    mean = History(sum(came for came, _ in past.values()), sum(asked for _, asked in past.values()))
    return Wanted(call.now, clocks, attendees, chairs, _HOUR, quorum=RULES["Q1"], mean=mean, days=10)


def _hold(call: Call, wanted: Wanted, start: datetime, diary: Diary) -> None:
    meeting = Busy(start, start + _HOUR)
    diary.chairs[next(
        number for number, busy in enumerate(diary.chairs)
        if all(block.end <= start or meeting.end <= block.start for block in busy)
    )].append(meeting)  # fmt: skip
    present = {"lcpp"}
    board = board_of(wanted, _CALENDAR)
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


def compare(seed: int = 1, weeks: int = WEEKS) -> tuple[int, dict[Way, Diary]]:
    """The number of meetings, and the quarter held in every way."""
    quarter, taken = calls(seed, weeks), neighbours(seed + 1, weeks)
    return len(quarter), {way: play(quarter, taken, way) for way in Way}


def run() -> list[Verdict]:
    """Print the quarters side by side, and judge that the ranking gains quorum and costs no lawfulness."""
    number, held = compare()
    counts = {
        "quorum met (rule Q1)": [each.met for each in held.values()],
        "police came": [each.police for each in held.values()],
        "notice kept for everybody": [each.kept for each in held.values()],
        "held in time": [each.lawful for each in held.values()],
    }
    rows = [(name, *(_of(count, number) for count in each)) for name, each in counts.items()]
    most = [str(max(diary.police_days.values())) for diary in held.values()]
    rows.append(("police desk: most of ours on one day", *most))
    show(f"A simulated quarter of {number} meetings", ("", *held), rows)
    plain, ranked = held[Way.AFTER_NOTICE], held[Way.RANKED]
    better = ranked.met > plain.met and ranked.lawful >= plain.lawful
    return [
        Verdict("quorum, ranked over first after notice", f"{ranked.met} over {plain.met}", "more, none later", better)
    ]


def _of(count: int, number: int) -> str:
    return f"{count} of {number} ({100 * count / number:.0f}%)"
