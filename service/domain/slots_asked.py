"""What a time is looked for: the meeting, who is asked and when each of them is taken, and who may chair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from service.domain.clocks import AgencyNotice, TwoClocks
from service.domain.hours import OFFICE, Hours
from service.domain.london import date_words, local_date, start_of_day, time_words, to_utc
from service.domain.policy import Level
from service.domain.quorum import QuorumRule
from service.domain.roles import words

_NOTHING = timedelta(0)
# The partnership's mean counts as this many meetings of an agency: a desk seen twice is no better or worse than the
# rest, a desk seen forty times speaks for itself. A statistical choice of this service, not a policy figure.
PRIOR_MEETINGS = 5
SCALE = 1000
CHAIR_ROLE = "lcpp"
# Between now and the earliest start, for everybody to be reached. Ours: no partnership has published one.
LEAD = timedelta(minutes=15)


class AcrossMidnightError(ValueError):
    """Raised by ``check_one_day``; the doors show its sentence."""


@dataclass(frozen=True, slots=True)
class Busy:
    """A time somebody cannot come, half-open, aware. ``in_person``: they must travel to or from it."""

    start: datetime
    end: datetime
    in_person: bool = False


Seat = tuple[Busy, ...]


@dataclass(frozen=True, slots=True)
class History:
    """``n`` of ``of`` required invitations at which an agency came or was represented."""

    n: int = 0
    of: int = 0

    def shrunk(self, mean: History) -> int:
        """The chance of coming in thousandths (1 to 1000), pulled towards the partnership's mean.

        A partnership without any record counts as one half, so that all its agencies weigh the same.
        """
        top, bottom = (mean.n, mean.of) if mean.of else (1, 2)
        return max(1, SCALE * (self.n * bottom + PRIOR_MEETINGS * top) // (bottom * (self.of + PRIOR_MEETINGS)))

    def __str__(self) -> str:
        """ "18 of 20", or that nothing is recorded."""
        return f"{self.n} of {self.of}" if self.of else "no record yet"


@dataclass(frozen=True, slots=True)
class Attendee:
    """One agency that is asked: what it is owed and when it is open, the appointments of each of its seats, its past.

    A desk that can sit in two meetings at once has two seats, whichever partnerships they serve. ``load`` is how many
    meetings it has on a London day. ``surgery``: it comes to meetings only then, whatever hours its notice is counted
    in. ``away``: nobody is there. ``travel`` instead of the search's own, where it is known for this desk.
    """

    notice: AgencyNotice
    level: Level = Level.CORE
    seats: tuple[Seat, ...] = ((),)
    history: History = History()
    load: Mapping[date, int] = field(default_factory=dict)
    surgery: Hours | None = None
    away: Seat = ()
    travel: timedelta | None = None

    @property
    def hours(self) -> Hours:
        """When it can come to a meeting, if it is free."""
        return self.surgery or self.notice.hours

    @property
    def words(self) -> str:
        """The agency's role in plain words."""
        return words(self.notice.role)


@dataclass(frozen=True, slots=True)
class Chair:
    """Somebody who can chair. ``load`` is how many meetings are theirs already; the order given is the rota's."""

    name: str
    hours: Hours = OFFICE
    busy: Seat = ()
    load: int = 0


@dataclass(frozen=True, slots=True)
class Room:
    """A room whose calendar is known. It stops no meeting: where none is free, somebody finds another place."""

    name: str
    busy: Seat = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """The meeting to find a time for. ``days`` is how many working days ahead are looked at.

    ``travel`` is kept free between this meeting and an appointment when both are in person. ``rooms`` count only for a
    meeting in person. ``lead`` passes before anything starts. ``told`` are sentences about what the search could know,
    said beside each suggestion.
    """

    now: datetime
    clocks: TwoClocks
    attendees: tuple[Attendee, ...]
    chairs: tuple[Chair, ...]
    length: timedelta
    in_person: bool = False
    travel: timedelta = _NOTHING
    quorum: QuorumRule | None = None
    groups: Mapping[str, str] = field(default_factory=dict)
    mean: History = History()
    days: int = 15
    step: timedelta = timedelta(minutes=15)
    rooms: tuple[Room, ...] = ()
    lead: timedelta = _NOTHING
    told: tuple[str, ...] = ()


def nobody_travels(wanted: Wanted) -> bool:
    """Whether holding the meeting online would save nobody a way."""
    return not wanted.in_person or not any([wanted.travel, *(each.travel for each in wanted.attendees)])


def check_one_day(start: datetime, length: timedelta) -> None:
    """Refuse a meeting that would run into the next London day; one that ends at midnight is still on its day.

    Raises:
        AcrossMidnightError: with a sentence that says the day and the time.
    """
    start = to_utc(start)
    midnight = start_of_day(local_date(start) + timedelta(days=1))
    if start + length > midnight:
        raise AcrossMidnightError(
            f"A meeting that starts on {date_words(local_date(start))} at {time_words(start)} would run past midnight: "
            "give it a start and a length that end on the same day, or call a second sitting for the next one."
        )


def rota_order(chairs: Sequence[Chair]) -> list[int]:
    """Places of the chairs, the one with the fewest meetings first; the order given decides between equals."""
    return sorted(range(len(chairs)), key=lambda number: chairs[number].load)


def core_roles(wanted: Wanted) -> tuple[str, ...]:
    """The roles that the meeting's quorum may call core."""
    return tuple(each.notice.role for each in wanted.attendees if each.level is Level.CORE)


def seats_of(blocks: Sequence[Busy], capacity: int) -> tuple[Seat, ...]:
    """Meetings laid onto the seats of a desk, each onto the first seat that is free for it.

    A desk that was given more than it can sit in has all its seats taken then; no block is dropped.
    """
    seats: list[list[Busy]] = [[] for _ in range(max(capacity, 1))]
    for block in sorted(blocks, key=lambda each: (each.start, each.end)):
        free = next((seat for seat in seats if not seat or seat[-1].end <= block.start), None)
        last = min(seats, key=lambda seat: seat[-1].end if seat else block.start)
        (free if free is not None else last).append(block)
    return tuple(tuple(seat) for seat in seats)
