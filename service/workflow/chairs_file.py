"""Reading a file of chairs (TOML): every fault named by its chair, nothing half read.

[[chair]]
name = "Ada Okafor"
hours = "Mon-Thu 09:00-17:00"          # may be left out: office hours
reader = "staff:0198…"                 # may be left out: who they are in this service, for restricted cases
away = [{ from = 2026-12-24, to = 2027-01-01 }]
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from service.domain.hours import OFFICE, HoursError, parse
from service.workflow.errors import WorkflowError

LARGEST_BYTES = 1024 * 1024
_LONGEST_NAME = 80
_KEYS = frozenset({"name", "hours", "reader", "away"})
_READER = re.compile(r"[a-z]+:[A-Za-z0-9._-]{1,80}")

Away = tuple[date, date]


class ChairsRefusedError(WorkflowError):
    """A file of chairs that cannot be imported; nothing was. The command line lists ``problems``."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__(f"The file has {len(problems)} fault{'s' if len(problems) > 1 else ''}; nothing was imported.")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class ChairEntry:
    """One chair as the file has them. ``hours`` is the text form of ``domain.hours``."""

    name: str
    hours: str
    reader: str = ""
    away: tuple[Away, ...] = ()


class _BadChairError(ValueError):
    """Raised while one chair is read, with the sentence; caught where the number is known."""


def read_chairs(raw: bytes) -> tuple[ChairEntry, ...]:
    """The chairs of a file. Raises ChairsRefusedError: with every fault."""
    try:
        document = tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ChairsRefusedError(("The file is not in UTF-8.",)) from None
    except tomllib.TOMLDecodeError as error:
        raise ChairsRefusedError((f"This is not TOML: {error}.",)) from None
    listed = document.get("chair")
    if set(document) != {"chair"} or not isinstance(listed, list) or not all(isinstance(row, dict) for row in listed):
        raise ChairsRefusedError(("The file holds [[chair]] tables and nothing else.",))
    problems: list[str] = []
    found: list[ChairEntry] = []
    for number, values in enumerate(listed, 1):
        try:
            found.append(_chair(values))
        except _BadChairError as bad:
            problems.append(f"chair {number}: {bad}")
    names = [chair.name for chair in found]
    problems += [f"the name {name!r} stands twice." for name in sorted(set(names)) if names.count(name) > 1]
    if problems:
        raise ChairsRefusedError(tuple(problems))
    return tuple(found)


def read_chair(values: Mapping[str, Any]) -> ChairEntry:
    """One chair as a form gives them. Raises ChairsRefusedError: with the fault."""
    try:
        return _chair(values)
    except _BadChairError as bad:
        raise ChairsRefusedError((str(bad),)) from None


def _chair(values: Mapping[str, Any]) -> ChairEntry:
    if unknown := sorted(set(values) - _KEYS):
        raise _BadChairError(f"{', '.join(unknown)} is not known; a chair has: {', '.join(sorted(_KEYS))}.")
    name, reader = values.get("name"), values.get("reader", "")
    if not isinstance(name, str) or not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
        raise _BadChairError(f"name: give a name of up to {_LONGEST_NAME} visible characters.")
    if not isinstance(reader, str) or (reader and not _READER.fullmatch(reader)):
        raise _BadChairError('reader: write it as the audit names people, for example "staff:0198…".')
    away = values.get("away", [])
    if not isinstance(away, list):
        raise _BadChairError("away: give a list.")
    days = tuple(sorted(_away(each) for each in away))
    return ChairEntry(" ".join(name.split()), _hours(values.get("hours")), reader, days)


def _hours(value: object) -> str:
    if value is None:
        return str(OFFICE)
    if not isinstance(value, str):
        raise _BadChairError('hours: write them as "Mon-Fri 09:00-17:00".')
    try:
        return str(parse(value))
    except HoursError as error:
        raise _BadChairError(f"hours: {error}.") from None


def _away(value: object) -> Away:
    if not isinstance(value, dict) or set(value) != {"from", "to"}:
        raise _BadChairError("away: write each as { from = 2026-12-24, to = 2027-01-01 }.")
    first, last = value["from"], value["to"]
    # A TOML time is a date too, for Python.
    if not all(isinstance(day, date) and not isinstance(day, datetime) for day in (first, last)) or last < first:
        raise _BadChairError("away: from and to are days without quotes, in order.")
    return first, last
