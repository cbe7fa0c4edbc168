"""Europe/London, decided here and nowhere else: local dates, and the words in which a time is shown.

Instants come in aware and leave aware in UTC. A wall time that the spring change skips becomes the instant of the
change (01:00 UTC), and one that the autumn change repeats becomes its first occurrence, so that openings which
meet on the clock still meet in real time.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

# The name Outlook and Graph know the zone by: an event carries this, never a bare offset.
GRAPH_ZONE = "Europe/London"

# Both changes fall at 01:00 UTC (The Summer Time Order 2002, S.I. 2002/262).
_CHANGE_AT = time(1, tzinfo=UTC)


def to_utc(instant: datetime) -> datetime:
    """The same instant in UTC, where adding and comparing are real time.

    Raises:
        ValueError: the time carries no zone.
    """
    if instant.tzinfo is UTC:
        return instant
    if instant.tzinfo is None:
        raise ValueError(f"a time without a zone is not an instant: {instant.isoformat()}")
    return instant.astimezone(UTC)


def to_local(instant: datetime) -> datetime:
    """The same instant on a London clock.

    Raises:
        ValueError: the time carries no zone.
    """
    return to_utc(instant).astimezone(LONDON)


def local_date(instant: datetime) -> date:
    """The London calendar day an instant falls on."""
    return to_local(instant).date()


@lru_cache(maxsize=8192)
def at(day: date, clock: time) -> datetime:
    """The instant (UTC) at which London clocks show ``clock`` on ``day``."""
    instant = datetime.combine(day, clock, LONDON).astimezone(UTC)
    skipped = instant.astimezone(LONDON).time() != clock
    return datetime.combine(day, _CHANGE_AT) if skipped else instant


def start_of_day(day: date) -> datetime:
    """Midnight at the beginning of a London day, as an instant in UTC."""
    return at(day, time(0))


def end_of_day(day: date) -> datetime:
    """The last whole second of a London day (23:59:59), as an instant in UTC."""
    return at(day, time(23, 59, 59))


def wall(instant: datetime) -> str:
    """The London wall time as Graph wants it beside ``timeZone``: "2026-12-01T10:00:00"."""
    return to_local(instant).replace(tzinfo=None).isoformat(timespec="seconds")


def shown_twice(instant: datetime) -> bool:
    """Whether London clocks show this wall time twice: in the hour before and in the hour after they go back."""
    local = to_local(instant)
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def from_wall(text: str) -> datetime:
    """The instant (UTC) of a London wall time such as "2026-12-01T10:00:00" (Graph adds fractions; they are kept).

    Raises:
        ValueError: the text is no wall time, or carries a zone of its own.
    """
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is not None:
        raise ValueError(f"a London wall time carries no zone: {text}")
    return at(parsed.date(), parsed.time())


def day_words(instant: datetime) -> str:
    """The day with its weekday: "Thursday 3 December 2026"."""
    return date_words(local_date(instant))


def date_words(day: date) -> str:
    """A calendar day with its weekday: "Thursday 3 December 2026"."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def time_words(instant: datetime) -> str:
    """The time of day: "2:30pm", "9am", "midday", "midnight" (GOV.UK style). A time that London clocks show twice says
    which of the two it is: "1:50am (before the clocks go back)"."""
    local = to_local(instant)
    if local.minute == 0 and local.hour in {0, 12}:
        return "midday" if local.hour else "midnight"
    hour = local.hour % 12 or 12
    minutes = f":{local.minute:02d}" if local.minute else ""
    which = f" ({'after' if local.fold else 'before'} the clocks go back)" if shown_twice(instant) else ""
    return f"{hour}{minutes}{'am' if local.hour < 12 else 'pm'}{which}"


def words(instant: datetime) -> str:
    """Day and time: "Thursday 3 December 2026, 2:30pm"."""
    return f"{day_words(instant)}, {time_words(instant)}"


def length_words(length: timedelta) -> str:
    """A length of time in days, hours and minutes: "2 days 3 hours", "45 minutes", "no time"."""
    minutes = int(abs(length).total_seconds()) // 60
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    parts = [(days, "day"), (hours, "hour"), (left, "minute")]
    return _said(parts)


def hours_words(length: timedelta) -> str:
    """A length of working time, never in days: "19 hours 30 minutes", "1 hour", "no time"."""
    hours, minutes = divmod(int(abs(length).total_seconds()) // 60, 60)
    return _said([(hours, "hour"), (minutes, "minute")])


def _said(parts: list[tuple[int, str]]) -> str:
    said = [f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count]
    return " ".join(said) or "no time"
