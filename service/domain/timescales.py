"""By when a meeting must be: each limit its type sets, the instant it falls on, and words for one that has none.

A type may set several limits ("3 months after the conference, or 20 working days after the birth if that is sooner");
the earliest that is known holds. A limit whose clock the request does not start is unknown, which is not "not set".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from service.domain.clock_starts import CLOCK_WORDS, ClockStart, clock_instant
from service.domain.deadlines import due, earliest
from service.domain.facts import RequestFacts
from service.domain.london import words
from service.domain.notice import NOT_SET
from service.domain.policy import Figure, MeetingType
from service.domain.spans import Span, Unit
from service.domain.working_time import WorkingCalendar


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit. ``due_at`` (UTC) is None when the figure is not set, has no last instant, or its clock is unknown."""

    clock: ClockStart
    figure: Figure
    starts_at: datetime | None
    due_at: datetime | None

    @property
    def unknown(self) -> bool:
        """Whether a limit is set and the request does not say when its clock started."""
        return _counts(self.figure.value) and self.starts_at is None

    @property
    def sentence(self) -> str:
        """The limit in plain words: "15 working days from …: by …", "unknown: …", "not set by the partnership"."""
        span, clock = self.figure.value, CLOCK_WORDS[self.clock]
        if span is None:
            return NOT_SET
        counted = f"by {span}" if span.unit is Unit.GESTATION_WEEK else f"{span} from {clock}"
        if span.unit is Unit.ASAP:
            return f"{span} after {clock}, which sets no last instant"
        if self.due_at is None:
            return f"unknown: {counted}, and the request does not say when that was"
        return f"{counted}: by {words(self.due_at)}"


@dataclass(frozen=True, slots=True)
class Timescale:
    """Every limit of one meeting, its own clock's first."""

    limits: tuple[Limit, ...]

    @property
    def due_at(self) -> datetime | None:
        """The earliest limit that is known, in UTC; None when none is."""
        return earliest(*(limit.due_at for limit in self.limits))

    @property
    def unknown(self) -> tuple[ClockStart, ...]:
        """The clocks that a limit counts from and the request does not start."""
        return tuple(limit.clock for limit in self.limits if limit.unknown)

    @property
    def words(self) -> str:
        """All limits in one sentence, for a page or a command line."""
        told = [limit.sentence for limit in self.limits if limit.figure.value is not None]
        if not told:
            return NOT_SET
        return told[0] if len(told) == 1 else f"the earliest of: {'; '.join(told)}"


def timescale(meeting_type: MeetingType, facts: RequestFacts, calendar: WorkingCalendar) -> Timescale:
    """Work out every limit of a meeting type for one request.

    Raises:
        CalendarTooShortError: a count runs beyond the known bank holidays.
    """
    own = (meeting_type.clock, meeting_type.deadline.of(facts.urgency))
    return Timescale(
        tuple(_limit(clock, figure, facts, calendar) for clock, figure in (own, *meeting_type.or_earlier.items()))
    )


def _limit(clock: ClockStart, figure: Figure, facts: RequestFacts, calendar: WorkingCalendar) -> Limit:
    starts_at, span = clock_instant(clock, facts), figure.value
    due_at = None
    if span is not None and starts_at is not None and _counts(span):
        due_at = due(starts_at, span, calendar)
    return Limit(clock, figure, starts_at, due_at)


def _counts(span: Span | None) -> bool:
    return span is not None and span.unit is not Unit.ASAP
