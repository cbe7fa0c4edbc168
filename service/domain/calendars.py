"""What can be known of somebody's Outlook calendar: when it is taken, when that was seen, and why it could not be.

Nothing but stretches of time: no subject, no place, no guest. A calendar that cannot be read never stops a search:
whoever it belongs to is then looked for in their standing hours, and the answer says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from service.domain.london import length_words

# Our choices, not anybody's policy: a calendar seen so lately is not asked for again; one seen longer ago than a day is
# no longer worth believing.
FRESH_FOR = timedelta(minutes=5)
BELIEVED_FOR = timedelta(hours=24)
# After a try that failed, so long nobody waits for another.
RESTS_FOR = timedelta(minutes=1)
# How far ahead a calendar is read: the fifteen working days of a search, whatever holidays fall into them.
AHEAD = timedelta(days=31)


class Kind(StrEnum):
    """Whose calendar it is."""

    AGENCY = "agency"
    CHAIR = "chair"
    ROOM = "room"


class NotSeen(StrEnum):
    """Why a calendar could not be read."""

    AWAY = "away"
    BUSY = "busy"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    HIDDEN = "hidden"
    TOO_MANY = "too_many"
    UNREADABLE = "unreadable"

    @property
    def words(self) -> str:
        """The reason as the end of a sentence."""
        return _WORDS[self]


_WORDS = {
    NotSeen.AWAY: "Outlook does not answer",
    NotSeen.BUSY: "Outlook is asked for too much just now",
    NotSeen.REFUSED: "Outlook does not let this service read calendars",
    NotSeen.UNKNOWN: "Outlook does not know the address",
    NotSeen.HIDDEN: "its owner does not show it",
    NotSeen.TOO_MANY: "it holds more than Outlook shows",
    NotSeen.UNREADABLE: "Outlook's answer could not be understood",
}


@dataclass(frozen=True, slots=True)
class Appointment:
    """A time at which a calendar is taken, half-open, aware. ``away``: its owner is out of office, whoever else sits
    at the desk."""

    start: datetime
    end: datetime
    away: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of one calendar. ``who`` is a role in words or a name; ``at`` is when it was last read.

    ``at`` None: never, or too long ago to be believed; then ``appointments`` is empty. ``problem`` is why it could not
    be read just now; None where what is known is fresh.
    """

    kind: Kind
    who: str
    appointments: tuple[Appointment, ...] = ()
    at: datetime | None = None
    problem: NotSeen | None = None

    def words(self, now: datetime) -> str | None:
        """What somebody who reads a suggestion must know of this calendar; None where it is fresh."""
        if self.problem is None:
            return None
        if self.at is None:
            instead = "ask whether it is free" if self.kind is Kind.ROOM else "standing hours used"
            return f"The calendar of {self.who} could not be read ({self.problem.words}): {instead}."
        ago = length_words(now - self.at)
        ago = "less than a minute" if ago == "no time" else ago
        return f"We last saw the calendar of {self.who} {ago} ago ({self.problem.words})."


def not_ours(appointments: Iterable[Appointment], ours: Iterable[tuple[datetime, datetime]]) -> tuple[Appointment, ...]:
    """The appointments that are not our own meetings, which stand in the same calendars.

    One with the very times of a meeting of ours is taken to be it, once for each such meeting: a private event shows no
    more of itself. The desk's seat for it is counted already.
    """
    left = Counter(ours)
    found: list[Appointment] = []
    for each in appointments:
        if not each.away and left[each.start, each.end] > 0:
            left[each.start, each.end] -= 1
        else:
            found.append(each)
    return tuple(found)


def sentences(seen: Sequence[Seen], now: datetime) -> tuple[str, ...]:
    """What must be said of the calendars of one search, in the order given."""
    return tuple(said for each in seen if (said := each.words(now)) is not None)
