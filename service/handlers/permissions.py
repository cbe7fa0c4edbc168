"""Who may pass each door. A route without a permission cannot be registered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from service.domain.staff import StaffRole


class Permission(StrEnum):
    """What a route asks for.

    The first group is proved by the request itself, the second by an API client's key, the third by a person who has
    signed in and holds a role in the partnership the page is about.
    """

    OPEN = "open"
    PUBLIC_SIGNED = "public_signed"
    PUBLIC_LINK = "public_link"
    DESK_SESSION = "desk_session"
    GRAPH_STATE = "graph_state"
    OPERATIONS = "operations"

    SEND_REQUESTS = "requests"
    READ = "read"
    ARRANGE = "arrange"
    ANSWER = "answer"
    ATTENDANCE = "attendance"
    DISCLOSE = "disclose"
    REPORT = "report"
    DIRECTORY = "directory"
    GOVERN = "govern"

    STAFF = "staff"
    STAFF_REQUEST = "staff_request"
    STAFF_READ = "staff_read"
    STAFF_ARRANGE = "staff_arrange"
    STAFF_ATTENDANCE = "staff_attendance"
    STAFF_CONFIRM = "staff_confirm"
    STAFF_REPORT = "staff_report"
    STAFF_REVIEW = "staff_review"
    STAFF_OPERATE = "staff_operate"
    STAFF_AUDIT = "staff_audit"
    STAFF_POLICY = "staff_policy"
    STAFF_GOVERN = "staff_govern"


# The rights an API client can be given: the values of CONVENE_API_CLIENTS' ``may``.
API_RIGHTS: frozenset[Permission] = frozenset(
    {
        Permission.SEND_REQUESTS,
        Permission.READ,
        Permission.ARRANGE,
        Permission.ANSWER,
        Permission.ATTENDANCE,
        Permission.DISCLOSE,
        Permission.REPORT,
        Permission.DIRECTORY,
        Permission.GOVERN,
    }
)

_READ_AND_ARRANGE = frozenset(
    {
        Permission.STAFF_REQUEST,
        Permission.STAFF_READ,
        Permission.STAFF_ARRANGE,
        Permission.STAFF_ATTENDANCE,
        Permission.STAFF_REPORT,
    }
)

# What each role may do on the pages. ``STAFF`` itself, being signed in with any role, is given to all.
STAFF_RIGHTS: Mapping[StaffRole, frozenset[Permission]] = {
    StaffRole.REQUESTER: frozenset({Permission.STAFF_REQUEST}),
    StaffRole.OFFICER: _READ_AND_ARRANGE,
    StaffRole.CHAIR: _READ_AND_ARRANGE | {Permission.STAFF_CONFIRM, Permission.STAFF_REVIEW},
    StaffRole.MANAGER: _READ_AND_ARRANGE | {Permission.STAFF_CONFIRM, Permission.STAFF_POLICY, Permission.STAFF_REVIEW},
    StaffRole.EMERGENCY_DUTY: _READ_AND_ARRANGE - {Permission.STAFF_REPORT},
    StaffRole.ANALYST: frozenset({Permission.STAFF_REPORT, Permission.STAFF_REVIEW}),
    StaffRole.POLICY_OWNER: frozenset({Permission.STAFF_REPORT, Permission.STAFF_POLICY, Permission.STAFF_GOVERN}),
    StaffRole.ADMINISTRATOR: frozenset({Permission.STAFF_OPERATE}),
    StaffRole.AUDITOR: frozenset(
        {Permission.STAFF_READ, Permission.STAFF_REPORT, Permission.STAFF_REVIEW, Permission.STAFF_AUDIT}
    ),
    StaffRole.SCRUTINEER: frozenset({Permission.STAFF_REPORT}),
}

STAFF_PERMISSIONS: frozenset[Permission] = frozenset({Permission.STAFF}).union(*STAFF_RIGHTS.values())


def rights_of(roles: Iterable[StaffRole]) -> frozenset[Permission]:
    """All that somebody with these roles may do on the pages."""
    return frozenset().union(*(STAFF_RIGHTS[role] for role in roles))


def staff_may(roles: Iterable[StaffRole], permission: Permission) -> bool:
    """Whether somebody with these roles may do this; nobody without a role may do anything."""
    held = list(roles)
    return bool(held) and (permission is Permission.STAFF or any(permission in STAFF_RIGHTS[role] for role in held))
