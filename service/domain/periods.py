"""The periods a partnership reports on: a London month, and the year from April to March of its annual report."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
_YEAR = re.compile(r"(20\d\d)-(\d\d)")


class PeriodKind(StrEnum):
    """A month, for the strategic group; a year, for the annual report."""

    MONTHLY = "monthly"
    ANNUAL = "annual"


class PeriodError(ValueError):
    """Raised for a period that cannot be; the sentence says how to write one that can."""


@dataclass(frozen=True, slots=True)
class Period:
    """The London days ``first`` to ``last``, both counted. ``key`` is how it is asked for: "2026-10", "2025-26"."""

    kind: PeriodKind
    key: str
    first: date
    last: date

    @property
    def words(self) -> str:
        """The period as a heading names it: "October 2026", "April 2025 to March 2026"."""
        if self.kind is PeriodKind.MONTHLY:
            return f"{self.first:%B %Y}"
        return f"{self.first:%B %Y} to {self.last:%B %Y}"

    @property
    def before(self) -> Period:
        """The period of the same kind before it."""
        if self.kind is PeriodKind.ANNUAL:
            return _year(self.first.year - 1)
        return _month(self.first - timedelta(days=1))

    @property
    def months(self) -> tuple[Period, ...]:
        """The months it consists of, in order; a month is its own."""
        found, first = [], self.first
        while first <= self.last:
            found.append(_month(first))
            first = _next_month(first)
        return tuple(found)

    @property
    def twelve_months(self) -> tuple[date, date]:
        """The twelve months that end with it."""
        return _next_month(date(self.last.year - 1, self.last.month, 1)), self.last


def month_of(text: str) -> Period:
    """A month as "2026-10".

    Raises:
        PeriodError: it is none.
    """
    found = _MONTH.fullmatch(text)
    if found is None:
        raise PeriodError(f"{text!r} is no month. Write it as year and month: 2026-10.")
    return _month(date(int(found[1]), int(found[2]), 1))


def year_of(text: str) -> Period:
    """A year from 1 April to 31 March as "2025-26".

    Raises:
        PeriodError: it is none, or its two years do not follow one another.
    """
    found = _YEAR.fullmatch(text)
    if found is None:
        raise PeriodError(f"{text!r} is no year. Write the April it begins in and the March it ends in: 2025-26.")
    first = int(found[1])
    if int(found[2]) != (first + 1) % 100:
        raise PeriodError(f"{text!r} is no single year: it begins in April {first}, so write {_year(first).key}.")
    return _year(first)


def _year(first: int) -> Period:
    key = f"{first}-{(first + 1) % 100:02d}"
    return Period(PeriodKind.ANNUAL, key, date(first, 4, 1), date(first + 1, 3, 31))


def _month(day: date) -> Period:
    first = day.replace(day=1)
    return Period(PeriodKind.MONTHLY, f"{first:%Y-%m}", first, _next_month(first) - timedelta(days=1))


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
