"""Who came to an online meeting, session by session, as Teams reports it afterwards."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from service.sandbox.clock import graph_instant
from service.sandbox.events import Event
from service.sandbox.fields import is_address


@dataclass(frozen=True, slots=True)
class Present:
    """One person's stay. ``address`` is None for a guest and for a caller by phone."""

    address: str | None
    name: str
    role: str
    joined: datetime
    left: datetime
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def seconds(self) -> int:
        """How long it was."""
        return int((self.left - self.joined).total_seconds())


@dataclass(frozen=True, slots=True)
class Report:
    """One session of one online meeting."""

    meeting: str
    people: tuple[Present, ...]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def start(self) -> datetime:
        """When the first came."""
        return min(each.joined for each in self.people)

    @property
    def end(self) -> datetime:
        """When the last had left."""
        return max(each.left for each in self.people)


def online_id(event: Event) -> str:
    """The id of an event's online meeting."""
    return f"online-{event.uid[-32:]}"


def read_report(meeting: str, joined: Any) -> Report:
    """Read a session as the control API is given it.

    Raises:
        ValueError: nobody, a property too many or too few, no instant, or somebody who left before coming.
    """
    if not isinstance(joined, list) or not joined:
        raise ValueError("joined must be a list of at least one person")
    return Report(meeting, tuple(_present(each) for each in joined))


def _present(raw: Any) -> Present:
    known = {"address", "name", "role", "from", "to"}
    if not isinstance(raw, dict) or not {"address", "from", "to"} <= set(raw) <= known:
        raise ValueError("each of joined needs address, from and to, and may have name and role")
    address, role = raw["address"], raw.get("role", "Attendee")
    if address is not None and not (isinstance(address, str) and is_address(address)):
        raise ValueError("address must be an address, or null")
    if role not in {"Attendee", "Presenter", "Organizer"}:
        raise ValueError("role must be Attendee, Presenter or Organizer")
    came, left = (_instant(raw[name], name) for name in ("from", "to"))
    if left <= came:
        raise ValueError("to must be after from")
    return Present(address, str(raw.get("name", address or "Guest")), role, came, left)


def _instant(value: Any, name: str) -> datetime:
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be an instant in ISO 8601") from error
    if at.tzinfo is None:
        raise ValueError(f"{name} must carry a UTC offset")
    return at


def report_json(report: Report, records: Sequence[dict[str, Any]] | None = None) -> dict[str, Any]:
    """A report as Graph gives it; its records only where they were asked for."""
    shown = {
        "id": report.id,
        "totalParticipantCount": len(report.people),
        "meetingStartDateTime": graph_instant(report.start),
        "meetingEndDateTime": graph_instant(report.end),
    }
    return shown if records is None else {**shown, "attendanceRecords": list(records)}


def record_json(each: Present) -> dict[str, Any]:
    """One person's record as Graph gives it."""
    identity = {"id": each.id, "displayName": each.name, "tenantId": None}
    stay = {
        "joinDateTime": graph_instant(each.joined),
        "leaveDateTime": graph_instant(each.left),
        "durationInSeconds": each.seconds,
    }
    return {
        "id": each.id,
        "emailAddress": each.address,
        "totalAttendanceInSeconds": each.seconds,
        "role": each.role,
        "identity": identity,
        "attendanceIntervals": [stay],
    }
