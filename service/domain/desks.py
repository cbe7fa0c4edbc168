"""A desk's seats: in how many meetings at once it can sit, which seat is free, and why one is asked for too much.

The reasons are this service's own list: no procedure publishes one. A reason never stops a meeting; it is kept beside
the desk with the name of whoever gave it, and counted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain.roles import words

# How long a time that somebody is looking at is kept for them. This service's choice: long enough for a phone call.
HOLD_FOR = timedelta(minutes=15)

IMMEDIATE_RISK = "immediate_risk"
OVERRIDES: Mapping[str, str] = {
    IMMEDIATE_RISK: "a child is at immediate risk",
    "desk_agreed": "the desk has agreed to come all the same",
    "no_other_time": "no other time is in time for the child",
    "without_desk": "the meeting goes on even if the desk sends nobody",
}
# Written by the service where nobody was asked: the desk is in the meeting already when its seat is looked for.
AGREED_BEFORE = "agreed_before"
INVITED_LATER = "invited_later"
DESK_CHANGED = "desk_changed"
OVERRIDE_WORDS: Mapping[str, str] = {
    **OVERRIDES,
    AGREED_BEFORE: "the time was agreed before the request came in",
    INVITED_LATER: "the meeting had its time before the desk was known",
    DESK_CHANGED: "the meeting had its time before the desk was described like this",
}


@dataclass(frozen=True, slots=True)
class FullDesk:
    """A desk with no seat left for a stretch of time. ``capacity``: in how many meetings at once it can sit."""

    role: str
    name: str
    capacity: int

    @property
    def sentence(self) -> str:
        """ "Lewisham police desk (police child protection unit) can sit in 1 meeting at once and is taken then."."""
        meetings = "1 meeting" if self.capacity == 1 else f"{self.capacity} meetings"
        return f"{self.name} ({words(self.role)}) can sit in {meetings} at once and is taken then."


@dataclass(frozen=True, slots=True)
class NextBest:
    """Another time that every desk can make, in UTC, with its words."""

    start: datetime
    end: datetime
    words: str


def free_seat(occupied: Collection[int], capacity: int) -> int | None:
    """The lowest seat that nobody sits in, counted from 1; None when the desk is full.

    Seats above the capacity are those of a desk that could once sit in more: they count, so that it is not overbooked.
    """
    if len(set(occupied)) >= capacity:
        return None
    return next(seat for seat in range(1, capacity + 1) if seat not in occupied)


def full_words(full: Collection[FullDesk], next_best: Collection[NextBest], *, immediate: bool) -> str:
    """What somebody is told who asked for a time at which a desk has no seat left."""
    said = [desk.sentence for desk in full]
    if next_best:
        said.append(f"Next best: {'; '.join(each.words for each in next_best)}.")
    else:
        said.append("No other time was found at which every desk has a seat.")
    if immediate:
        said.append(f"Nothing stops a meeting about immediate risk: ask again with the desk override {IMMEDIATE_RISK}.")
    else:
        said.append(f"To hold it then all the same, ask again with a desk override: {', '.join(OVERRIDES)}.")
    return " ".join(said)
