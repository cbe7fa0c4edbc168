"""The fault switchboard: what goes wrong next, said explicitly, or drawn from a seed that says it again."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Any

OPERATIONS = frozenset({
    "token", "create_event", "list_events", "get_event", "patch_event", "cancel_event", "delete_event", "delta",
    "calendar", "get_schedule",
    "create_message", "list_messages", "get_message", "delete_message", "send_message", "send_mail",
    "mail_delta", "get_message_mime",
    "create_subscription", "list_subscriptions", "get_subscription", "patch_subscription", "delete_subscription",
    "reauthorize_subscription",
    "list_online_meetings", "list_attendance_reports", "get_attendance_report", "list_attendance_records",
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
    CUT_REPLY = "cut_reply"
    REPEAT_ITEMS = "repeat_items"
    DUPLICATE_NOTIFICATION = "duplicate_notification"
    DROP_NOTIFICATION = "drop_notification"
    LATE_NOTIFICATION = "late_notification"
    REORDER_NOTIFICATION = "reorder_notification"


ABOUT_NOTIFICATIONS = frozenset({
    FaultKind.DUPLICATE_NOTIFICATION, FaultKind.DROP_NOTIFICATION, FaultKind.LATE_NOTIFICATION,
    FaultKind.REORDER_NOTIFICATION,
})  # fmt: skip
_STATUSES = frozenset({401, 403, 404, 408, 409, 410, 412, 429, 500, 502, 503, 504, 509})
_PROPERTIES = frozenset({"operation", "kind", "times", "skip", "seconds", "status", "retry_after", "code"})

BY_CHANCE: Mapping[str, Mapping[str, Any]] = {
    "lose_reply_after_commit": {"kind": FaultKind.LOSE_REPLY_AFTER_COMMIT},
    "drop_before": {"kind": FaultKind.DROP_BEFORE},
    "html": {"kind": FaultKind.HTML},
    "cut_reply": {"kind": FaultKind.CUT_REPLY},
    "repeat_items": {"kind": FaultKind.REPEAT_ITEMS},
    "busy": {"kind": FaultKind.STATUS, "status": 503, "code": "ErrorServerBusy", "retry_after": "2"},
    "throttled": {"kind": FaultKind.STATUS, "status": 429, "retry_after": "3"},
    "bandwidth": {"kind": FaultKind.STATUS, "status": 509, "code": "activityLimitReached", "retry_after": "in a while"},
    "broken": {"kind": FaultKind.STATUS, "status": 500},
    "duplicate_notification": {"kind": FaultKind.DUPLICATE_NOTIFICATION},
    "drop_notification": {"kind": FaultKind.DROP_NOTIFICATION},
    "reorder_notification": {"kind": FaultKind.REORDER_NOTIFICATION},
}
"""Faults that may be left to chance, by name: those a client gets over without a person."""


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
    code: str = ""

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
    if unknown := sorted(set(raw) - _PROPERTIES):
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
    if not isinstance(code := raw.get("code", ""), str):
        raise ValueError("code must be a string")  # noqa: TRY004 - one kind of refusal for a bad fault
    after = None if retry_after is None else str(retry_after)
    return Fault(str(operation), kind, times, skip, float(seconds), status, after, code)


class Chance:
    """Faults drawn from a seed: each call suffers one with a probability, and the same seed draws the same again."""

    def __init__(self, seed: int, rate: float, names: tuple[str, ...]) -> None:
        self._random = Random(seed)  # noqa: S311 - not a secret: the point is that it can be drawn again
        self._rate = rate
        self._names = names

    def draw(self, operation: str) -> Fault | None:
        """What this call suffers by chance, if anything."""
        hit, name = self._random.random() < self._rate, self._random.choice(self._names)
        fault = Fault(operation=operation, **BY_CHANCE[name])
        return fault if hit and fault.concerns(operation) else None


def read_chance(raw: dict[str, Any]) -> Chance:
    """Read what is to be left to chance as the control API is given it.

    Raises:
        ValueError: an unknown property or fault, or a number out of range.
    """
    if unknown := sorted(set(raw) - {"seed", "rate", "faults"}):
        raise ValueError(f"unknown properties: {', '.join(unknown)}")
    seed, rate, names = raw.get("seed"), raw.get("rate"), raw.get("faults", sorted(BY_CHANCE))
    if not isinstance(seed, int) or isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate <= 1:
        raise ValueError("seed must be a whole number, and rate above 0 and at most 1")
    if not isinstance(names, list) or not names or set(names) - set(BY_CHANCE):
        raise ValueError(f"faults must be some of {', '.join(sorted(BY_CHANCE))}")
    return Chance(seed, float(rate), tuple(names))


class Switchboard:
    """Planned faults, taken in the order they were set."""

    def __init__(self) -> None:
        self._planned: deque[Fault] = deque()
        self._chance: Chance | None = None

    def plan(self, fault: Fault) -> None:
        """Add a fault behind those already planned."""
        self._planned.append(fault)

    def leave_to(self, chance: Chance) -> None:
        """From now on, a call that no planned fault strikes suffers what chance draws."""
        self._chance = chance

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
        # The token is asked for before anything else, and what it suffers says nothing of Outlook.
        return self._chance.draw(operation) if self._chance is not None and operation != "token" else None

    def clear(self) -> None:
        """Forget every planned fault, and leave nothing to chance."""
        self._planned.clear()
        self._chance = None

    def waiting(self) -> list[dict[str, Any]]:
        """Describe the faults still planned."""
        return [
            {"operation": fault.operation, "kind": fault.kind.value, "times": fault.times, "skip": fault.skip}
            for fault in self._planned
        ]
