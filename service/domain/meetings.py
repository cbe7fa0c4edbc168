"""The life of a meeting: its states, and the only moves allowed between them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from service.domain.london import local_date


class MeetingState(StrEnum):
    """Where a meeting stands.

    ``planned`` knows who must come but has no start; ``confirmed`` has a start and its invitations are on their
    way or out; ``held`` has had at least one attendance recorded after its start; ``cancelled`` never took place.
    """

    PLANNED = "planned"
    CONFIRMED = "confirmed"
    HELD = "held"
    CANCELLED = "cancelled"


MOVES: MappingProxyType[MeetingState, frozenset[MeetingState]] = MappingProxyType(
    {
        MeetingState.PLANNED: frozenset({MeetingState.CONFIRMED, MeetingState.CANCELLED}),
        # A confirmed meeting that is moved stays confirmed and its invitation version rises by one.
        MeetingState.CONFIRMED: frozenset({MeetingState.CONFIRMED, MeetingState.HELD, MeetingState.CANCELLED}),
        MeetingState.HELD: frozenset(),
        MeetingState.CANCELLED: frozenset(),
    }
)


# A meeting may run over: for so long after its end somebody can still be brought in or taken out. Our own figure.
OVERRUN = timedelta(hours=1)


def under_way(starts_at: datetime | None, ends_at: datetime | None, now: datetime) -> bool:
    """Whether a meeting with these times is sitting now, as far as anybody can tell from its times."""
    return starts_at is not None and ends_at is not None and starts_at <= now < ends_at + OVERRUN


# Whoever sees late at night that a meeting of the evening was not held says so before the morning. Our own figure.
NIGHT_AFTER = timedelta(hours=12)


def may_be_put_off(starts_at: datetime | None, deadline_at: datetime | None, *, immediate: bool, now: datetime) -> bool:
    """Whether "it could not be held today" can be true of an open meeting: today, in London, is its day or the night
    after it; or its deadline has come, and it has no time yet or there is immediate risk. At immediate risk a meeting
    without a time is one of now, whatever its deadline says."""
    today = local_date(now)
    if immediate and starts_at is None:
        return True
    if starts_at is not None and (local_date(starts_at) == today or starts_at <= now < starts_at + NIGHT_AFTER):
        return True
    due = deadline_at is not None and local_date(deadline_at) <= today
    return due and (immediate or starts_at is None)


def sitting_now(sittings: Iterable[tuple[int, datetime | None, datetime | None]], now: datetime) -> int | None:
    """Which of a meeting's sittings (number, start, end) is under way; the later one where one runs over into it."""
    return max((number for number, starts_at, ends_at in sittings if under_way(starts_at, ends_at, now)), default=None)


class IllegalMoveError(ValueError):
    """Raised by ``check_move``; the handlers turn it into a 409 with its sentence."""

    def __init__(self, current: MeetingState, wanted: MeetingState) -> None:
        super().__init__(f"a {current} meeting cannot become {wanted}")
        self.current = current
        self.wanted = wanted


def check_move(current: MeetingState, wanted: MeetingState) -> None:
    """Allow or refuse one change of state.

    Raises:
        IllegalMoveError: the table above does not hold this move.
    """
    if wanted not in MOVES[current]:
        raise IllegalMoveError(current, wanted)
