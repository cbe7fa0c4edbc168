"""Who may pass each door. A route without a permission cannot be registered."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """What a route asks for. The first group is proved by the request itself, the second by an API client's key."""

    OPEN = "open"
    PUBLIC_SIGNED = "public_signed"
    PUBLIC_LINK = "public_link"
    GRAPH_STATE = "graph_state"
    OPERATIONS = "operations"
    LOOPBACK_PAGES = "loopback_pages"

    SEND_REQUESTS = "requests"
    READ = "read"
    ARRANGE = "arrange"
    ANSWER = "answer"
    ATTENDANCE = "attendance"
    DISCLOSE = "disclose"
    REPORT = "report"


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
    }
)
