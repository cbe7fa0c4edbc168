"""Days and times as people type them: "3/12/26", "3 December", "2.30pm", "1430"."""

from __future__ import annotations

import re
from datetime import date, time

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
