"""What planning a meeting anew comes to: facts that change, places, invitations, the policy and the deadline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from service.domain.amending import FactChange
from service.domain.replanning import Difference

Place = tuple[str, str]
"""A place by its role and slot."""


class Effect(StrEnum):
    """What becomes of one agency's invitation. An agency that is in none of these hears nothing."""

    INVITED = "invited"
    INVITED_LATER = "invited_later"
    PHONED = "phoned"
    NO_INBOX = "no_inbox"
    HELD_BACK = "held_back"
    TOLD = "told"
    UNTOLD = "untold"
    PHONED_OFF = "phoned_off"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True)
class PolicyName:
    """A policy version as people tell it from another."""

    pack: str
    version: str
    hash: str


@dataclass(frozen=True, slots=True)
class Replanned:
    """The difference, and whether it was done. ``mark`` names it: hand it back to do exactly this.

    ``inboxes`` has the name of each inbox that is asked or let off; ``separate`` the meetings that must be opened
    beside this one, in the words of their rules. ``team`` is what the policy calls the partnership's own team that the
    meeting belongs to, empty where no rule names one. Deadlines are aware; None is not set, or unknown.
    """

    reference: str
    version: int
    mark: str
    done: bool
    nothing_to_do: bool
    facts: tuple[FactChange, ...]
    difference: Difference
    effects: Mapping[Place, Effect]
    inboxes: Mapping[Place, str]
    policy_before: PolicyName
    policy: PolicyName
    deadline_before: datetime | None
    deadline: datetime | None
    team_before: str
    team: str
    separate: tuple[str, ...]
