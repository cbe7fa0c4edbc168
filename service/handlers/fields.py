"""The kinds of field a body may have: bounded text without control characters, real days, instants with an offset.

Each refuses with a sentence of ours; none repeats what was sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ConfigDict, StringConstraints, WithJsonSchema
from pydantic.main import BaseModel
from pydantic_core import PydanticCustomError

# Control characters, line separators and the marks that reverse reading order have no place in a one-line field.
_LINE = r"^[^\p{Cc}\u{2028}\u{2029}\u{202A}-\u{202E}\u{2066}-\u{2069}]*$"
_LINES = r"^(?:[^\p{Cc}\u{2028}\u{2029}\u{202A}-\u{202E}\u{2066}-\u{2069}]|\r?\n)*$"

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


class Strict(BaseModel):
    """A body of ours: unknown fields refused, types as JSON gives them, values never changed afterwards."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


def _text(pattern: str, at_most: int, at_least: int = 0) -> tuple[StringConstraints, WithJsonSchema]:
    # The pattern is Rust's: a reader of the description could not run it, so only the lengths are described.
    checked = StringConstraints(pattern=pattern, min_length=at_least, max_length=at_most, strip_whitespace=True)
    return checked, WithJsonSchema({"type": "string", "minLength": at_least, "maxLength": at_most})


Line = Annotated[str, *_text(_LINE, 200)]
ShortLine = Annotated[str, *_text(_LINE, 80)]
NeededLine = Annotated[str, *_text(_LINE, 200, 1)]
Words = Annotated[str, *_text(_LINES, 1000)]
LongWords = Annotated[str, *_text(_LINES, 20_000, 1)]
Address = Annotated[str, *_text(_LINES, 500)]
# What another system calls a thing. It is shown and logged, so it must be a reference and nothing longer.
Ref = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
SchoolUrn = Annotated[str, StringConstraints(pattern=r"^([0-9]{6})?$")]
EarlyYearsUrn = Annotated[str, StringConstraints(pattern=r"^((EY|RP)?[0-9]{5,8})?$")]


def _day(value: Any) -> date:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise PydanticCustomError("day", "Give a date as YYYY-MM-DD.")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("day", "There is no such date in the calendar.") from None


def _instant(value: Any) -> datetime:
    match = _INSTANT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise PydanticCustomError("instant", "Give a date and time as 2026-11-23T16:50:00+00:00.")
    if match[1] is None:
        raise PydanticCustomError("instant", "Add the offset to this time, for example Z or +01:00.")
    try:
        instant = datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise PydanticCustomError("instant", "There is no such date and time.") from None
    if not _EARLIEST <= instant < _LATEST:
        raise PydanticCustomError("instant", "Give a date and time between 2000 and 2100.")
    return instant


Day = Annotated[date, BeforeValidator(_day)]
Instant = Annotated[datetime, BeforeValidator(_instant)]


def nhs_number_holds(digits: str) -> bool:
    """Whether ten digits carry the check digit of an NHS number (modulus 11, NHS Data Dictionary).

    Ten equal digits pass the sum and are nobody's number, so they are refused.
    """
    if len(digits) != 10 or not (digits.isascii() and digits.isdigit()) or len(set(digits)) == 1:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False))
    return (11 - total % 11) % 11 == int(digits[9])


def _nhs_number(value: str) -> str:
    digits = value.replace(" ", "").replace("-", "")
    if digits and not nhs_number_holds(digits):
        raise PydanticCustomError("nhs_number", "This is not an NHS number: its check digit does not fit.")
    return digits


NhsNumber = Annotated[str, StringConstraints(max_length=20), AfterValidator(_nhs_number)]


def one_of(kind: str, known: Iterable[str]) -> Callable[[str], str]:
    """A check that a label is one of ours. The refusal names the nearest label we know, not what was sent."""
    labels = tuple(str(label) for label in known)
    allowed = frozenset(labels)

    def check(value: str) -> str:
        if value in allowed:
            return value
        near = get_close_matches(value[:80], labels, n=1, cutoff=0.5)
        hint = f"The nearest is {near[0]}." if near else f"GET /api/openapi.json lists every {kind}."
        raise PydanticCustomError("unknown_label", "This {kind} is not known. {hint}", {"kind": kind, "hint": hint})

    return check


def listed(known: Iterable[str]) -> WithJsonSchema:
    """The JSON Schema of a label: its list."""
    return WithJsonSchema({"type": "string", "enum": sorted(str(value) for value in known)})
