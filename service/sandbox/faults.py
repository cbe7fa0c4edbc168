"""The fault switchboard: what goes wrong next, said explicitly and never by chance."""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

OPERATIONS = frozenset({
    "token", "create_event", "list_events", "get_event", "patch_event", "cancel_event", "delete_event", "delta",
    "calendar", "get_schedule",
    "create_message", "list_messages", "get_message", "delete_message", "send_message", "send_mail",
    "create_subscription", "list_subscriptions", "get_subscription", "patch_subscription", "delete_subscription",
    "reauthorize_subscription",
})  # fmt: skip
NOTIFICATION = "notification"
SUBSCRIPTIONS = "subscriptions"


class FaultKind(StrEnum):
    """What may go wrong."""

    LOSE_REPLY_AFTER_COMMIT = "lose_reply_after_commit"
    DROP_BEFORE = "drop_before"
    DELAY = "delay"
    SLOW_REPLY = "slow_reply"
    STATUS = "status"
    HTML = "html"
    DUPLICATE_NOTIFICATION = "duplicate_notification"
    DROP_NOTIFICATION = "drop_notification"
    LATE_NOTIFICATION = "late_notification"


ABOUT_NOTIFICATIONS = frozenset(
    {FaultKind.DUPLICATE_NOTIFICATION, FaultKind.DROP_NOTIFICATION, FaultKind.LATE_NOTIFICATION}
)
_STATUSES = frozenset({401, 403, 404, 410, 429, 500, 502, 503, 504})


@dataclass(slots=True)
class Fault:
    """One planned fault: for the next ``times`` calls of an operation, after letting ``skip`` of them pass."""

    operation: str
    kind: FaultKind
    times: int = 1
    skip: int = 0
    seconds: float = 0.0
    status: int = 503
    retry_after: str | None = None

    def concerns(self, operation: str) -> bool:
        """Tell whether this fault is meant for an operation."""
        if (operation == NOTIFICATION) != (self.kind in ABOUT_NOTIFICATIONS):
            return False
        if self.operation == SUBSCRIPTIONS:
            return operation.endswith(("_subscription", "_subscriptions"))
        return self.operation in ("*", operation)


def read_fault(raw: dict[str, Any]) -> Fault:
    """Read one fault as the control API is given it.

    Raises:
        ValueError: an unknown operation, kind, status or property, or a number out of range.
    """
    if unknown := sorted(set(raw) - {"operation", "kind", "times", "skip", "seconds", "status", "retry_after"}):
        raise ValueError(f"unknown properties: {', '.join(unknown)}")
    kind = FaultKind(raw.get("kind", ""))
    operation = raw.get("operation", NOTIFICATION if kind in ABOUT_NOTIFICATIONS else None)
    if operation not in OPERATIONS | {NOTIFICATION, SUBSCRIPTIONS, "*"}:
        raise ValueError(f"unknown operation: {operation!r}")
    times, skip, seconds = raw.get("times", 1), raw.get("skip", 0), raw.get("seconds", 0)
    status, retry_after = raw.get("status", 503), raw.get("retry_after")
    if not isinstance(times, int) or not isinstance(skip, int) or times < 1 or skip < 0:
        raise ValueError("times must be at least 1 and skip at least 0")
    if not isinstance(seconds, int | float) or not 0 <= seconds <= 600:
        raise ValueError("seconds must be from 0 to 600")
    if status not in _STATUSES:
        raise ValueError(f"status must be one of {sorted(_STATUSES)}")
    after = None if retry_after is None else str(retry_after)
    return Fault(str(operation), kind, times, skip, float(seconds), status, after)


class Switchboard:
    """Planned faults, taken in the order they were set."""

    def __init__(self) -> None:
        self._planned: deque[Fault] = deque()

    def plan(self, fault: Fault) -> None:
        """Add a fault behind those already planned."""
        self._planned.append(fault)

    def take(self, operation: str) -> Fault | None:
        """Return the fault this call must suffer, if any, and use up one of its times."""
        for fault in self._planned:
            if not fault.concerns(operation):
                continue
            if fault.skip:
                fault.skip -= 1
                return None
            fault.times -= 1
            if not fault.times:
                self._planned.remove(fault)
            return fault
        return None

    def clear(self) -> None:
        """Forget every planned fault."""
        self._planned.clear()

    def waiting(self) -> list[dict[str, Any]]:
        """Describe the faults still planned."""
        return [
            {"operation": fault.operation, "kind": fault.kind.value, "times": fault.times, "skip": fault.skip}
            for fault in self._planned
        ]
