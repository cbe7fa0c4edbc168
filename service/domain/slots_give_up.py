"""When no start keeps every hard rule: which of them to give up, least harm first, and what that would give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from service.domain.hours import ROUND_THE_CLOCK
from service.domain.london import length_words
from service.domain.slots import Suggestion, board_of, rank, suggestion_at
from service.domain.slots_asked import Wanted, nobody_travels
from service.domain.slots_grid import first_of
from service.domain.working_time import WorkingCalendar


@dataclass(frozen=True, slots=True)
class GivenUp:
    """One rule that could be given up, in words, and the best start without it."""

    words: str
    suggestion: Suggestion


def give_up(wanted: Wanted, calendar: WorkingCalendar) -> tuple[GivenUp, ...]:
    """Each rule that alone would help, least harm first. Raises as ``rank``.

    The way to a room harms nobody, a chair's other appointment one colleague, unsocial hours everybody who comes, and
    lateness the child: so lateness comes last, and is then as short as it can be.
    """
    ways = (found for way in (_online, _chair_moves, _other_hours) for found in way(wanted, calendar))
    return (*ways, *_late(wanted, calendar))


def _online(wanted: Wanted, calendar: WorkingCalendar) -> Iterator[GivenUp]:
    if not nobody_travels(wanted):
        for found in rank(replace(wanted, in_person=False), calendar, 1):
            yield GivenUp("hold it online, so that nobody has to travel", found)


def _chair_moves(wanted: Wanted, calendar: WorkingCalendar) -> Iterator[GivenUp]:
    chairs = tuple(replace(chair, busy=()) for chair in wanted.chairs)
    for found in rank(replace(wanted, chairs=chairs), calendar, 1):
        yield GivenUp(f"ask {found.chair.name} to move another appointment", found)


def _other_hours(wanted: Wanted, calendar: WorkingCalendar) -> Iterator[GivenUp]:
    chairs = tuple(replace(chair, hours=ROUND_THE_CLOCK) for chair in wanted.chairs)
    for found in rank(replace(wanted, chairs=chairs), calendar, 1):
        yield GivenUp(f"meet outside the hours of {found.chair.name}", found)


def _late(wanted: Wanted, calendar: WorkingCalendar) -> Iterator[GivenUp]:
    latest = wanted.clocks.latest_lawful
    if latest is None:
        return
    board = board_of(replace(wanted, clocks=replace(wanted.clocks, latest_lawful=None)), calendar)
    if board.allowed:
        found = suggestion_at(wanted, board, first_of(board.allowed), calendar)
        late = max(found.start - latest, timedelta(0))
        yield GivenUp(
            f"hold it {length_words(late)} after the latest lawful start, with the reason on the record", found
        )
