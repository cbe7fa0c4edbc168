"""When to ask Teams who was there, and what may be said of it. Pure. A report proposes; only a person records.

Graph says no more than that a report is there once the online meeting has ended (meetingAttendanceReport); the ladder
is ours. Every step is taken: a meeting overruns, and people leave and come back in a session of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

LADDER = (timedelta(minutes=10), timedelta(minutes=30), timedelta(minutes=90), timedelta(days=1))
"""After the planned end."""
AGAIN_AFTER = timedelta(minutes=10)
"""Where Graph gave no answer, the same step is tried again."""
LOOKED_FOR = timedelta(days=7)
"""After this long nobody asks any more: who came has been recorded, or never will be from here."""
REFUSED_FOR = timedelta(days=1)
"""How long a mailbox whose reports may not be read is left alone; then one read finds out whether that was mended."""


@dataclass(frozen=True, slots=True)
class TeamsProposal:
    """What Teams says of one agency: somebody from its address came first at ``joined_at``, for ``seconds`` in all."""

    role: str
    slot: str
    joined_at: datetime
    seconds: int


def next_read(ends_at: datetime, now: datetime) -> datetime | None:
    """When to read again after a read at ``now``; None once every step is behind. Missed steps are not made up for."""
    return next((ends_at + step for step in LADDER if ends_at + step > now), None)


def proposal_words(seconds: int) -> str:
    """The sentence beside a proposal."""
    minutes = max(1, round(seconds / 60))
    length = "1 minute" if minutes == 1 else f"{minutes} minutes"
    return f"Teams says somebody from this address was there {length}; confirm it."
