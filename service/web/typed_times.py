"""Days and times as people type them: "3/12/26", "3 December", "2.30pm", "1430"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from service.domain.london import at, local_date

DAY_WANTED = "Enter a day, like 3/12/2026 or today"
TIME_WANTED = "Enter a time, like 2:30pm or 14:30"
SHORTEST, LONGEST = 15, 480
MINUTES_WANTED = f"Enter how long it takes in minutes, from {SHORTEST} to {LONGEST}"
STILL_TO_COME = "Enter a day and time that are still to come"

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NUMBERS = re.compile(r"([0-9]{1,2})[/.\- ]([0-9]{1,2})(?:[/.\- ]([0-9]{4}|[0-9]{2}))?")
_NAMED = re.compile(r"(?:[a-z]+,? )?([0-9]{1,2})(?:st|nd|rd|th)? ([a-z]{3,9})\.?(?:,? ([0-9]{4}|[0-9]{2}))?")
_TIME = re.compile(r"([0-9]{1,2})(?:[:.]?([0-9]{2}))? ?(am|pm)?")


def parse_day(text: str, today: date) -> date | None:
    """The day meant; without a year, the next one from today on. None when no such day can be read."""
    plain = " ".join(text.lower().split())
    if match := _NUMBERS.fullmatch(plain):
        return _day(int(match[1]), int(match[2]), match[3], today)
    match = _NAMED.fullmatch(plain)
    if match is None or match[2][:3] not in _MONTHS:
        return None
    return _day(int(match[1]), _MONTHS.index(match[2][:3]) + 1, match[3], today)


def _day(day: int, month: int, year: str | None, today: date) -> date | None:
    years = [today.year, today.year + 1] if year is None else [int(year) + (2000 if len(year) == 2 else 0)]
    for each in years:
        try:
            found = date(each, month, day)
        except ValueError:
            continue
        if year is not None or found >= today:
            return found
    return None


def parse_minutes(text: str) -> int | None:
    """A length in minutes; None when it is no number from the shortest to the longest."""
    minutes = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    return minutes if SHORTEST <= minutes <= LONGEST else None


def parse_time(text: str) -> time | None:
    """The time meant: "2.30pm", "14:30", "1430", "9am", "midday". None when no such time can be read."""
    plain = " ".join(text.lower().split())
    if plain in {"midday", "noon"}:
        return time(12)
    match = _TIME.fullmatch(plain)
    # A bare number could be anything: "9" is neither 9am nor 9pm.
    if match is None or (match[2] is None and match[3] is None):
        return None
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3] is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match[3] == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def meant_day(text: str, today: date, *, past: bool = False) -> date | None:
    """The day meant, "today", "tomorrow" and "yesterday" too; without a year the next one, with ``past`` the last."""
    near = {"today": 0, "tomorrow": 1, "yesterday": -1}.get(text.strip().lower())
    if near is not None:
        return today + timedelta(days=near)
    return parse_day(text, today - timedelta(days=364) if past else today)


@dataclass(frozen=True, slots=True)
class TypedMoment:
    """A day and a time as somebody typed them: the instant (UTC), or what is wrong with each, "" where nothing is."""

    instant: datetime | None
    day_error: str = ""
    time_error: str = ""

    def errors(self, day_field: str, time_field: str) -> dict[str, str]:
        """The sentences under the names of a form's fields."""
        return {name: said for name, said in ((day_field, self.day_error), (time_field, self.time_error)) if said}


def typed_moment(
    day_text: str, time_text: str, now: datetime, *, past: bool = False, ahead: bool = False
) -> TypedMoment:
    """The moment meant. ``past``: a day without a year has been; ``ahead``: the moment must still be to come."""
    day, clock = meant_day(day_text, local_date(now), past=past), parse_time(time_text)
    if day is None or clock is None:
        return TypedMoment(None, "" if day else DAY_WANTED, "" if clock is not None else TIME_WANTED)
    instant = at(day, clock)
    return TypedMoment(None, STILL_TO_COME) if ahead and instant <= now else TypedMoment(instant)
