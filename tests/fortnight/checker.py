"""Decides from an exported history alone whether any of the eleven things that must never happen has happened.

It shares no code with the service, and imports nothing of it: it reads what people did and were told (``diary``), what
stood in calendars and inboxes outside (``events``, ``inboxes``), what left the house, and the rows the service kept,
all as plain JSON. Nothing here is worked out the way the service works it out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.fortnight.judging.accounts import audited, reproducible, safety_first, unset_is_not_zero
from tests.fortnight.judging.chases import chases_explained
from tests.fortnight.judging.meetings import accepted_is_durable, nobody_left_out, one_event
from tests.fortnight.judging.outside import no_identity_outside, nothing_doubled, redis_may_vanish
from tests.fortnight.judging.reading import Read, Row


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that must never happen and did. ``never`` is its number in the list of eleven."""

    never: int
    words: str


def check(history: Row) -> list[Finding]:
    """Everything that is wrong with a history; empty for one in which nothing is."""
    read = Read.of(history)
    return [Finding(never, words) for never, ask in _NEVERS.items() for words in ask(read)]


_NEVERS: dict[int, Callable[[Read], Iterator[str]]] = {
    1: accepted_is_durable,
    2: one_event,
    3: nobody_left_out,
    4: chases_explained,
    5: no_identity_outside,
    6: redis_may_vanish,
    7: nothing_doubled,
    8: safety_first,
    9: reproducible,
    10: audited,
    11: unset_is_not_zero,
}
