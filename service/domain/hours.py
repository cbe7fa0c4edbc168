"""When an agency can be reached: its weekly openings, and the text form of them that a directory file carries.

The text form is a list of parts with ";" between them (each part optional, in this order):
    always
    Mon-Thu 09:00-17:00; Fri 09:00-12:00 13:00-16:30
    Mon/Wed 09:30-12:00; bank holidays
    Mon-Fri 08:30-16:00; term 2026-09-02 to 2026-10-23; term 2026-11-02 to 2026-12-18
"bank holidays" says the desk keeps the same openings on them. Terms that are not known are taken as term time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, time
from functools import lru_cache
from itertools import pairwise

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MIDNIGHT = time(0)
_BANK_HOLIDAYS = "bank holidays"
_OPENING = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")
_TERM = re.compile(r"term (\d{4}-\d{2}-\d{2}) to (\d{4}-\d{2}-\d{2})")

Opening = tuple[int, time, time]
Times = tuple[tuple[time, time], ...]


class HoursError(ValueError):
    """Raised for opening hours that cannot be; caught by the directory import, which shows it beside the row."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Weekly openings on London clocks: (weekday with Monday as 0, opens, closes), closing 00:00 meaning midnight.

    ``bank_holidays``: open on them as on any other day. ``terms``: first and last day of each known term; a day
    between the first term's start and the last one's end that is in none of them is closed, and days outside the
    known terms are taken as term time.

    Raises:
        HoursError: no opening at all, an opening that ends before it starts, two that overlap, or terms out of order.
    """

    openings: tuple[Opening, ...]
    bank_holidays: bool = False
    terms: tuple[tuple[date, date], ...] = ()
    always: bool = field(init=False, default=False)
    week: tuple[Times, ...] = field(init=False, repr=False, compare=False, default=())

    def __post_init__(self) -> None:
        """Check the openings and lay them out by weekday, once."""
        if not self.openings:
            raise HoursError('give at least one opening, or "always"')
        week: tuple[Times, ...] = tuple(
            tuple(sorted((opens, closes) for on, opens, closes in self.openings if on == weekday))
            for weekday in range(7)
        )
        if sum(map(len, week)) != len(self.openings):
            raise HoursError("a weekday is a number from 0 (Monday) to 6 (Sunday)")
        for weekday, times in enumerate(week):
            _check_day(weekday, times)
        _check_terms(self.terms)
        whole_week = all(times == ((_MIDNIGHT, _MIDNIGHT),) for times in week)
        object.__setattr__(self, "week", week)
        object.__setattr__(self, "always", whole_week and self.bank_holidays and not self.terms)

    def in_term(self, day: date) -> bool:
        """Whether the agency works on this day as far as its terms say."""
        if not self.terms or not self.terms[0][0] <= day <= self.terms[-1][1]:
            return True
        return any(first <= day <= last for first, last in self.terms)

    def __str__(self) -> str:
        """The text form; ``parse`` reads it back to an equal value."""
        if self.always:
            return "always"
        parts = [f"{days} {times}" for days, times in _grouped(self.week)]
        parts += [_BANK_HOLIDAYS] if self.bank_holidays else []
        parts += [f"term {first.isoformat()} to {last.isoformat()}" for first, last in self.terms]
        return "; ".join(parts)


def _check_day(weekday: int, times: Times) -> None:
    for opens, closes in times:
        if closes <= opens and closes != _MIDNIGHT:
            raise HoursError(
                f"{DAYS[weekday]} {_span(opens, closes)} closes before it opens; write an opening over midnight as two"
            )
    for (_, closes), (opens, _) in pairwise(times):
        if closes == _MIDNIGHT or opens < closes:
            raise HoursError(f"two openings on {DAYS[weekday]} overlap")


def _check_terms(terms: tuple[tuple[date, date], ...]) -> None:
    flat = [day for term in terms for day in term]
    if any(last < first for first, last in terms) or flat != sorted(flat):
        raise HoursError("give terms in order, each with its first day before its last, none overlapping")


def _span(opens: time, closes: time) -> str:
    end = "24:00" if closes == _MIDNIGHT else f"{closes:%H:%M}"
    return f"{opens:%H:%M}-{end}"


def _grouped(week: tuple[Times, ...]) -> list[tuple[str, str]]:
    """Runs of neighbouring weekdays with the same openings, as text."""
    runs: list[tuple[int, int, Times]] = []
    for weekday, times in enumerate(week):
        if runs and runs[-1][2] == times and runs[-1][1] == weekday - 1:
            runs[-1] = (runs[-1][0], weekday, times)
        elif times:
            runs.append((weekday, weekday, times))
    return [
        (
            DAYS[first] if first == last else f"{DAYS[first]}-{DAYS[last]}",
            " ".join(_span(opens, closes) for opens, closes in times),
        )
        for first, last, times in runs
    ]


@lru_cache(maxsize=1024)
def parse(text: str) -> Hours:
    """Read the text form (see the module's head).

    Raises:
        HoursError: with a sentence naming the part that cannot be read.
    """
    plain = " ".join(text.split())
    if plain.lower() == "always":
        return ROUND_THE_CLOCK
    openings: list[Opening] = []
    terms: list[tuple[date, date]] = []
    bank_holidays = False
    for part in (piece.strip() for piece in plain.split(";")):
        if part.lower() == _BANK_HOLIDAYS:
            bank_holidays = True
        elif part.lower().startswith("term "):
            terms.append(_parse_term(part))
        elif part:
            openings += _parse_openings(part)
    return Hours(tuple(openings), bank_holidays, tuple(terms))


def _parse_openings(part: str) -> list[Opening]:
    days, *times = part.split(" ")
    if not times:
        raise HoursError(f'cannot read "{part}": write days and times such as "Mon-Fri 09:00-17:00", or "always"')
    return [(weekday, *_parse_span(span)) for weekday in _parse_days(days) for span in times]


def _parse_days(text: str) -> list[int]:
    found: list[int] = []
    for item in text.split("/"):
        first, _, last = item.partition("-")
        start, end = _weekday(first), _weekday(last or first)
        if end < start:
            raise HoursError(f'"{item}" runs backwards: the week starts on Monday')
        found += range(start, end + 1)
    return found


def _weekday(text: str) -> int:
    short = text.strip().title()[:3]
    if short not in DAYS:
        raise HoursError(f'"{text}" is not a weekday: use {", ".join(DAYS)}')
    return DAYS.index(short)


def _parse_span(text: str) -> tuple[time, time]:
    match = _OPENING.fullmatch(text)
    if match is None:
        raise HoursError(f'"{text}" is not an opening: write it as 09:00-17:00')
    hour, minute, to_hour, to_minute = (int(group) for group in match.groups())
    try:
        closes = _MIDNIGHT if (to_hour, to_minute) == (24, 0) else time(to_hour, to_minute)
        return time(hour, minute), closes
    except ValueError as error:
        raise HoursError(f'"{text}" is not an opening: hours go to 24:00 and minutes to 59') from error


def _parse_term(part: str) -> tuple[date, date]:
    match = _TERM.fullmatch(part.lower())
    first, last = match.groups() if match else ("", "")
    try:
        return date.fromisoformat(first), date.fromisoformat(last)
    except ValueError as error:
        raise HoursError(f'"{part}" is not a term: write it as "term 2026-09-02 to 2026-12-18"') from error


def _weekly(first: int, last: int, opens: time, closes: time) -> tuple[Opening, ...]:
    return tuple((weekday, opens, closes) for weekday in range(first, last + 1))


OFFICE = Hours(_weekly(0, 4, time(9), time(17)))
SCHOOL = Hours(_weekly(0, 4, time(8, 30), time(16)))
ROUND_THE_CLOCK = Hours(_weekly(0, 6, _MIDNIGHT, _MIDNIGHT), bank_holidays=True)
