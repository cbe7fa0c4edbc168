"""What follows each kind of failure: one table for the whole scheduler.

Graph may fail in any way, for hours: nothing is lost and nothing is doubled. A failure that time can mend is tried
again; one that only a person can mend becomes a task.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from service.outlook.errors import (
    Ambiguous,
    Duplicate,
    Gone,
    GraphError,
    PermanentConfiguration,
    PermanentData,
    Throttled,
)


class Then(StrEnum):
    """What to do with the row."""

    TRY_AGAIN = "try_again"
    STOP_MAILBOX = "stop_mailbox"
    GIVE_TO_A_PERSON = "give_to_a_person"


# Quick at first, because most faults last seconds; then every five minutes, for as long as an outage lasts.
WAITS = tuple(timedelta(seconds=seconds) for seconds in (1, 2, 5, 10, 30, 60, 120, 300))
# About a day of tries, longer than any outage Microsoft has had; then a person must look.
MOST_ATTEMPTS = 300
SETTLING = timedelta(seconds=5)
CONFIGURATION_WAIT = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Follow:
    """What to do, and how long to wait before it."""

    then: Then
    after: timedelta = timedelta(0)


def wait(attempts: int) -> timedelta:
    """How long to wait after this many tries (1 or more)."""
    return WAITS[min(attempts, len(WAITS)) - 1]


def follow(error: GraphError, attempts: int) -> Follow:
    """What follows one failure of a row that has been tried ``attempts`` times."""
    if attempts >= MOST_ATTEMPTS:
        return Follow(Then.GIVE_TO_A_PERSON)
    match error:
        case PermanentData() | Duplicate() | Gone():
            return Follow(Then.GIVE_TO_A_PERSON)
        case PermanentConfiguration():
            return Follow(Then.STOP_MAILBOX, CONFIGURATION_WAIT)
    least = timedelta(0)
    if isinstance(error, Throttled):
        least = timedelta(seconds=error.seconds)
    elif isinstance(error, Ambiguous):
        # Exchange needs a moment before a look shows what a lost reply left behind.
        least = SETTLING
    return Follow(Then.TRY_AGAIN, max(least, wait(attempts)))
