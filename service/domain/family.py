"""Parents at conferences: which meetings they may come to, who of a case is a parent, and how they may be reached.

A parent is never a guest of the calendar event and never invited to a strategy meeting. That list stands here and not
in the packs, so that no pack can open another meeting to the family. Each parent is told alone, by a route an officer
found to be safe; "do not contact" stops it, whatever was arranged before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

# Working Together: parents are invited to conferences; strategy meetings are for professionals.
CONFERENCES: frozenset[str] = frozenset(
    {"icpc", "prebirth_icpc", "rcpc_first", "rcpc_later", "prebirth_review", "transfer_in"}
)


class Route(StrEnum):
    """How a parent is told. Only e-mail leaves by itself; the others are a task for an officer."""

    EMAIL = "email"
    POST = "post"
    PHONE = "phone"
    BY_HAND = "by_hand"


class Sharing(StrEnum):
    """Whether the parents sit in the conference together or one after the other. The chair chooses."""

    JOINT = "joint"
    SPLIT = "split"


class Advocate(StrEnum):
    """Where the offer of an advocate stands."""

    NOT_OFFERED = "not_offered"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class Stopped(StrEnum):
    """Why a parent is not told."""

    MUST_NOT_BE_TOLD = "must_not_be_told"
    DO_NOT_CONTACT = "do_not_contact"


class NotTold(StrEnum):
    """Why an arranged message to a parent did not leave."""

    NO_CONFERENCE = "no_conference"
    DO_NOT_CONTACT = "do_not_contact"
    NO_SHARING = "no_sharing"
    NO_ROUTE = "no_route"
    CANCELLED = "cancelled"
    NEVER_TOLD = "never_told"
    SUPERSEDED = "superseded"
    STARTED = "started"


ROUTE_WORDS: dict[str, str] = {
    Route.EMAIL: "by e-mail",
    Route.POST: "by post",
    Route.PHONE: "by phone",
    Route.BY_HAND: "by hand",
}
SHARING_WORDS: dict[str, str] = {
    Sharing.JOINT: "the parents come together",
    Sharing.SPLIT: "the parents come one after the other",
}
ADVOCATE_WORDS: dict[str, str] = {
    Advocate.NOT_OFFERED: "not offered yet",
    Advocate.OFFERED: "offered",
    Advocate.ACCEPTED: "said yes",
    Advocate.DECLINED: "said no",
}


@dataclass(frozen=True, slots=True)
class Tied:
    """What a request says of one person: the flags of all their ties to the case's children, joined."""

    ref: str
    flags: frozenset[str]


def may_come(meeting_type: str) -> bool:
    """Whether the family may be invited to this kind of meeting at all."""
    return meeting_type in CONFERENCES


def parents(people: Iterable[Tied]) -> tuple[tuple[Tied, Stopped | None], ...]:
    """Those with parental responsibility, each with why they are not told, where the request already says so."""
    return tuple(
        (person, Stopped.MUST_NOT_BE_TOLD if "must_not_be_told" in person.flags else None)
        for person in people
        if "parental_responsibility" in person.flags
    )
