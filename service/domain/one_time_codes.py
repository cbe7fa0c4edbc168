"""One-time codes: how somebody at an agency's own inbox proves that they are there. Pure rules; real time throughout.

The figures are ours and no partnership's. A code has six characters of the reference alphabet (29⁶, some 590 million),
works for a quarter of an hour and once; five wrong tries end every code that is out for the place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

CHARACTERS = 6
LIFE = timedelta(minutes=15)
MOST_WRONG = 5
MOST_WRONG_AT_DOOR = 10
"""How many agency codes one address of the network may try at the door for one reference within the life of a code;
then none fits for whoever comes from there."""
MOST_WRONG_FROM_ONE = 50
"""The same for all references together, so that nobody walks through them."""
MOST_WRONG_FOR_ONE = 600
"""How many may be tried for one reference from everywhere. One stranger does not come so far alone; for whoever has
sixty addresses and two weeks, this is 1 chance in 30,000 to meet one of twenty codes of eight characters (29⁸)."""
MOST_ASKED = 3
"""How many codes one place can be sent within the life of one: nobody's inbox is flooded through a forwarded link."""
PHONE_AFTER = timedelta(seconds=60)
"""When the page says to phone instead of waiting on."""
SESSION = timedelta(hours=8)
"""How long a desk session lasts: one shift."""


@dataclass(frozen=True, slots=True)
class Code:
    """One code that was sent to a place's inbox; never what it says. ``wrong``: tries that fitted none."""

    id: UUID
    asked_at: datetime
    wrong: int
    used: bool

    def lives(self, now: datetime) -> bool:
        """Whether it can still be used."""
        return not self.used and self.wrong < MOST_WRONG and now < self.asked_at + LIFE


class NoCode(StrEnum):
    """Why a code is not taken."""

    NONE_OUT = "none_out"
    WRONG = "wrong"
    TOO_MANY = "too_many"


NO_CODE_WORDS = {
    NoCode.NONE_OUT: "This code has run out or has been used. Ask for a new one",
    NoCode.WRONG: "This is not the code that was sent. Check it and type it again",
    NoCode.TOO_MANY: "Too many wrong codes were typed. Ask for a new one",
}


def living(codes: Sequence[Code], now: datetime) -> list[Code]:
    """The codes that can be used now, whichever arrived first: mail overtakes mail."""
    return [code for code in codes if code.lives(now)]


def too_many_asked(codes: Sequence[Code], now: datetime) -> bool:
    """Whether the place has been sent as many codes as it can have for now."""
    return sum(now < code.asked_at + LIFE for code in codes) >= MOST_ASKED


def why_not(alive: Sequence[Code]) -> NoCode:
    """Why what was typed is refused, when it fitted none of the codes that were alive before this try."""
    if not alive:
        return NoCode.NONE_OUT
    return NoCode.TOO_MANY if all(code.wrong + 1 >= MOST_WRONG for code in alive) else NoCode.WRONG
