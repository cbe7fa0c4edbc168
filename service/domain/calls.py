"""Phoning the agencies together, now: in which order, what one call can come to, and which call tells of a start.

A strategy discussion about immediate risk is held by phone (Lewisham's procedures: first by phone, then all meet). The
order is this service's own: no procedure gives one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from service.domain.answers import FILLS_THE_PLACE, Answer
from service.domain.hours import OFFICE, Hours
from service.domain.policy import STRENGTH, Level
from service.domain.roles import group_of
from service.domain.working_time import WorkingCalendar, is_open


class CallOutcome(StrEnum):
    """What one phone call came to."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    JOINED = "joined"
    LEFT_MESSAGE = "left_message"


CALL_WORDS: Mapping[CallOutcome, str] = {
    CallOutcome.REACHED: "reached",
    CallOutcome.NO_ANSWER: "no answer",
    CallOutcome.JOINED: "joined",
    CallOutcome.LEFT_MESSAGE: "left a message",
}

# Somebody of the agency has heard it. A message that was left may lie there unheard.
TELLS: frozenset[CallOutcome] = frozenset({CallOutcome.REACHED, CallOutcome.JOINED})


@dataclass(frozen=True, slots=True)
class ToCall:
    """What the order of the list depends on. ``last``: what the last call came to; ``answer``: to the last version."""

    role: str
    slot: str
    group: str
    level: Level
    hours: Hours
    answer: Answer | None = None
    last: CallOutcome | None = None


def at_night(now: datetime, calendar: WorkingCalendar) -> bool:
    """Whether offices are closed: evenings, nights, weekends and bank holidays.

    Raises:
        CalendarTooShortError: the instant lies beyond the known bank holidays.
    """
    return not is_open(now, OFFICE, calendar)


def in_order(
    places: Sequence[ToCall], needed: Collection[str], now: datetime, calendar: WorkingCalendar
) -> tuple[ToCall, ...]:
    """The places in the order in which to phone them; the same places always give the same order.

    Who has joined or said yes already stands last. Else the agencies that must come are first; among them those that
    can be reached when offices are closed; among those the groups that the quorum needs.

    Raises:
        CalendarTooShortError: as ``at_night``.
    """
    night, groups = at_night(now, calendar), list(needed)

    def rank(place: ToCall) -> tuple[object, ...]:
        names = {place.group, group_of(place.role)}
        first = next((number for number, group in enumerate(groups) if group in names), len(groups))
        settled = place.last is CallOutcome.JOINED or place.answer in FILLS_THE_PLACE
        closed = night and not is_open(now, place.hours, calendar)
        return settled, STRENGTH[place.level], closed, first, place.role, place.slot

    return tuple(sorted(places, key=rank))


@dataclass(frozen=True, slots=True)
class CallMade:
    """One call as the record has it. ``about_start``: the start it was about; None while the meeting had none yet.

    ``version`` is the meeting's version it was about: the one to come, for a meeting that had no time yet.
    """

    outcome: CallOutcome
    called_at: datetime
    version: int
    about_start: datetime | None


def told_at(
    calls: Collection[CallMade], version: int, starts_at: datetime | None, *, begun_by_phone: bool
) -> datetime | None:
    """When an agency was first told by phone of the meeting's start, as notice counts it; None when it was not.

    A call before there was any time tells of a discussion that then began by phone, and of no other start.
    ``queries.standard_facts`` counts by the same rule.
    """
    told = [
        call.called_at
        for call in calls
        if call.outcome in TELLS
        and (
            (call.about_start is not None and call.about_start == starts_at)
            or (call.about_start is None and call.version == version and begun_by_phone)
        )
    ]
    return min(told, default=None)
