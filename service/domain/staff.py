"""Who works with this service: the roles a council gives its people, and how a role is written in Entra.

A role is given for one partnership. In Entra it is an app role whose value is ``partnership.role``, for example
``lewisham.officer``; groups are not used, because a token leaves them out beyond two hundred.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum


class StaffRole(StrEnum):
    """What somebody is here to do. Each role says what it may, not who is above whom."""

    REQUESTER = "requester"
    OFFICER = "officer"
    CHAIR = "chair"
    MANAGER = "manager"
    EMERGENCY_DUTY = "emergency_duty"
    ANALYST = "analyst"
    POLICY_OWNER = "policy_owner"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    SCRUTINEER = "scrutineer"


ROLE_WORDS: Mapping[StaffRole, str] = {
    StaffRole.REQUESTER: "asks for meetings",
    StaffRole.OFFICER: "business support officer",
    StaffRole.CHAIR: "chair (lead child protection practitioner)",
    StaffRole.MANAGER: "team manager",
    StaffRole.EMERGENCY_DUTY: "emergency duty team",
    StaffRole.ANALYST: "analyst",
    StaffRole.POLICY_OWNER: "policy owner",
    StaffRole.ADMINISTRATOR: "administrator",
    StaffRole.AUDITOR: "auditor",
    StaffRole.SCRUTINEER: "independent scrutineer",
}

Roles = Mapping[str, frozenset[StaffRole]]


def roles_of(values: Iterable[str], partnerships: Iterable[str]) -> Roles:
    """The roles a token's ``roles`` claim gives, by partnership; a partnership without any is left out.

    What is not ``partnership.role`` with a partnership we serve and a role we know gives nothing: the application may
    have app roles that mean something to somebody else, and an unknown word must never open a door.
    """
    known = set(partnerships)
    found: dict[str, set[StaffRole]] = {}
    for value in values:
        partnership, _, role = value.partition(".")
        if partnership in known and role in set(StaffRole):
            found.setdefault(partnership, set()).add(StaffRole(role))
    return {partnership: frozenset(roles) for partnership, roles in sorted(found.items())}


def role_words_of(roles: Iterable[StaffRole]) -> str:
    """The roles in plain words, in the order of the enum."""
    held = set(roles)
    return ", ".join(ROLE_WORDS[role] for role in StaffRole if role in held)
