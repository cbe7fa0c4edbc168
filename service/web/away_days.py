"""Days away as somebody types them: one stretch on each line, "24/12/2026 to 1/1/2027" or one day."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from service.web.typed_times import parse_day

Stretch = tuple[date, date]
HINT = "One stretch on each line, like 24/12/2026 to 1/1/2027; both days are counted. Take a line out to end it"
_MOST_LINES = 60


class BadDaysError(ValueError):
    """Raised for a line that cannot be read; the sentence quotes it."""


def read_days(text: str, today: date) -> tuple[Stretch, ...]:
    """The stretches, in order.

    Raises:
        BadDaysError: a line is no day and no two days in order, or there are too many.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > _MOST_LINES:
        raise BadDaysError(f"Write up to {_MOST_LINES} stretches")
    return tuple(sorted({_stretch(line, today) for line in lines}))


def _stretch(line: str, today: date) -> Stretch:
    parts = re.split(r"\s+to\s+|\s*–\s*", line, maxsplit=1)
    days = [parse_day(part, today) for part in parts]
    first, last = days[0], days[-1]
    if first is None or last is None:
        raise BadDaysError(f"“{line[:40]}” is no day. Write it like 24/12/2026 to 1/1/2027")
    if last < first:
        raise BadDaysError(f"“{line[:40]}” ends before it begins")
    return first, last


def days_text(stretches: Iterable[Stretch]) -> str:
    """The stretches as they are typed."""
    return "\n".join(_day(first) if first == last else f"{_day(first)} to {_day(last)}" for first, last in stretches)


def _day(day: date) -> str:
    return f"{day.day}/{day.month}/{day.year}"
