"""Lengths of time as the procedures state them: "5 working days", "24 hours", "3 months", "same day"."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Unit(StrEnum):
    """The units a procedure counts in. A unit is part of the rule: 1 working day is not 24 hours."""

    MINUTES = "minutes"
    HOURS = "hours"
    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    MONTHS = "months"
    SAME_DAY = "same_day"
    ASAP = "asap"
    GESTATION_WEEK = "gestation_week"


# These carry no count. "As soon as possible" also has no last instant: it can be kept or missed only in words.
UNCOUNTED = frozenset({Unit.SAME_DAY, Unit.ASAP})
LAST_GESTATION_WEEK = 42


@dataclass(frozen=True, slots=True)
class Span:
    """A count of one unit. ``same_day`` and ``asap`` carry no count: their amount is always 0.

    A ``gestation_week`` is no length but a place in a pregnancy: its amount is the week, 1 to 42.
    """

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        """Refuse a negative count, a count where none belongs, and a week no pregnancy has."""
        if self.amount < 0:
            raise ValueError(f"a length of time cannot be negative: {self.amount} {self.unit}")
        if self.unit in UNCOUNTED and self.amount:
            raise ValueError(f"{self.unit} takes no amount")
        if self.unit is Unit.GESTATION_WEEK and not 1 <= self.amount <= LAST_GESTATION_WEEK:
            raise ValueError(f"a pregnancy has no week {self.amount}")

    def __str__(self) -> str:
        """Plain words for a page or a command line: "5 working days", "the same day"."""
        if self.unit is Unit.SAME_DAY:
            return "the same day"
        if self.unit is Unit.ASAP:
            return "as soon as possible"
        if self.unit is Unit.GESTATION_WEEK:
            return f"week {self.amount} of the pregnancy"
        word = self.unit.replace("_", " ")
        return f"{self.amount} {word[:-1] if self.amount == 1 else word}"

    @property
    def code(self) -> str:
        """The form a row keeps: ``working_days:5``. ``span_from_code`` reads it back."""
        return f"{self.unit}:{self.amount}"


@lru_cache(maxsize=256)
def span_from_code(code: str | None) -> Span | None:
    """Read a row's form back; None stays None, for a figure the partnership has not set.

    Raises:
        ValueError: the text is not of that form.
    """
    if code is None:
        return None
    unit, _, amount = code.partition(":")
    return Span(int(amount), Unit(unit))
