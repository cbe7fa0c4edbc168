"""Time zones by IANA or Windows name, and wall times as Graph reads and writes them."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from service.sandbox.errors import invalid_value

WINDOWS = {
    "UTC": "Etc/UTC",
    "GMT Standard Time": "Europe/London",
    "Greenwich Standard Time": "Atlantic/Reykjavik",
    "W. Europe Standard Time": "Europe/Berlin",
    "Romance Standard Time": "Europe/Paris",
    "Central Europe Standard Time": "Europe/Budapest",
    "E. Europe Standard Time": "Europe/Chisinau",
    "Eastern Standard Time": "America/New_York",
    "Pacific Standard Time": "America/Los_Angeles",
    "India Standard Time": "Asia/Kolkata",
    "tzone://Microsoft/Utc": "Etc/UTC",
}

_WALL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,7})?)?")


@cache
def _iana() -> frozenset[str]:
    return frozenset(available_timezones())


def zone(name: str) -> ZoneInfo | None:
    """Return the zone of an IANA or Windows name, or None for a name the mailbox server does not know."""
    key = WINDOWS.get(name, name)
    return ZoneInfo(key) if key in _iana() else None


@dataclass(frozen=True, slots=True)
class Moment:
    """A wall time with its zone, as ``dateTimeTimeZone`` carries it."""

    instant: datetime
    zone: str


def read_moment(value: Any, path: str) -> Moment:
    """Read ``{"dateTime": wall time without offset, "timeZone": name}``.

    Raises:
        GraphError: 400, another shape, an offset in the time, an impossible date or an unknown zone.
    """
    if not isinstance(value, dict) or set(value) - {"dateTime", "timeZone", "@odata.type"}:
        raise invalid_value(path, "expected dateTime and timeZone")
    wall, name = value.get("dateTime"), value.get("timeZone")
    if not isinstance(wall, str) or not _WALL.fullmatch(wall):
        raise invalid_value(f"{path}/dateTime", "expected a local time such as 2026-12-01T10:00:00, without an offset")
    found = zone(name) if isinstance(name, str) else None
    if found is None or not isinstance(name, str):
        raise invalid_value(f"{path}/timeZone", "the time zone is not supported")
    try:
        return Moment(datetime.fromisoformat(wall).replace(tzinfo=found).astimezone(UTC), name)
    except (ValueError, OverflowError) as error:
        raise invalid_value(f"{path}/dateTime", "there is no such time") from error


def write_moment(instant: datetime, name: str) -> dict[str, str]:
    """Write an instant in the named zone: seven fractional digits and no offset, as Graph does."""
    wall = instant.astimezone(zone(name) or UTC)
    return {"dateTime": wall.strftime("%Y-%m-%dT%H:%M:%S.%f") + "0", "timeZone": name}
