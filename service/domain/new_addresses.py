"""A new address in the directory: nothing is sent to it before somebody who reads it has said so. Pure rules.

The figures are ours and no partnership's. The code has the six characters of every other code and works for a week,
because whoever reads a shared inbox may not be at it today; five wrong tries end it, and another can be sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from service.domain.one_time_codes import NoCode

LIFE = timedelta(days=7)
MOST_WRONG = 5
LATE_AFTER = timedelta(days=2)
"""When an address that nobody has confirmed becomes a task: by then it is not a matter of a free afternoon."""


class AddressField(StrEnum):
    """Which address of an inbox it is."""

    ADDRESS = "address"
    ESCALATION = "escalation_address"


class Proof(StrEnum):
    """How it was found that the right people read an address."""

    CODE = "code"
    CALL_BACK = "call_back"
    VOUCHED = "vouched"


FIELD_WORDS = {AddressField.ADDRESS: "address", AddressField.ESCALATION: "address of its duty desk or manager"}
PROOF_WORDS = {
    Proof.CODE: "the code was typed in by somebody who reads it",
    Proof.CALL_BACK: "the code was read out on a call back to the number in the directory",
    Proof.VOUCHED: "somebody vouched for it",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One new address that waits. ``coded_at`` is real time, the rest business time; ``known_phone`` is the number
    that stood in the directory before the change, so that nobody calls back a number that came with the address.
    """

    id: UUID
    inbox_id: UUID
    field: AddressField
    address: str
    channel: str
    known_phone: str
    number: int
    wrong: int
    asked_by: str
    asked_at: datetime
    coded_at: datetime
    mail_state: str
    last_error: str | None

    def lives(self, now: datetime) -> bool:
        """Whether its code can still be used, at this real instant."""
        return self.wrong < MOST_WRONG and now < self.coded_at + LIFE

    def why_not(self, now: datetime, *, typed_wrong: bool = False) -> NoCode:
        """Why a code is not taken; ``typed_wrong`` counts the try that has just failed."""
        if self.wrong + typed_wrong >= MOST_WRONG:
            return NoCode.TOO_MANY
        return NoCode.WRONG if self.lives(now) else NoCode.NONE_OUT


def is_late(asked_at: datetime, now: datetime) -> bool:
    """Whether an address has waited so long that somebody must see to it."""
    return now - asked_at >= LATE_AFTER
