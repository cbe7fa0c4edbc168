"""Reading a file that describes desks (TOML): every fault named by its desk, nothing half read.

[[desk]]
name = "Joint police desk"
seats = 2
surgery = "Tue/Thu 09:30-12:00"       # may be left out: whenever its inboxes are open
travel_minutes = 30                   # may be left out: not known
away = [{ from = 2026-12-24, to = 2027-01-01 }]
inboxes = [
  { partnership = "lewisham", role = "police_child_protection", address = "police@lewisham.example" },
  { partnership = "wirral", role = "police_child_protection", address = "police@wirral.example" },
]
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from service.domain.hours import HoursError, parse
from service.domain.roles import ROLES
from service.workflow.errors import WorkflowError

LARGEST_BYTES = 1024 * 1024
_LONGEST_NAME = 200
_MOST_SEATS, _MOST_TRAVEL = 99, 480
_KEYS = frozenset({"name", "seats", "surgery", "travel_minutes", "away", "inboxes"})


class DesksRefusedError(WorkflowError):
    """A file of desks that cannot be imported; nothing was. The command line lists ``problems``."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__(f"The file has {len(problems)} fault{'s' if len(problems) > 1 else ''}; nothing was imported.")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class DeskInbox:
    """One inbox that shares a desk's seats, as the directory of its partnership has it."""

    partnership: str
    role: str
    address: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class DeskEntry:
    """One desk. ``surgery`` is read by ``domain.hours``; ``away`` are London days, both counted; None: not known."""

    name: str
    seats: int
    inboxes: tuple[DeskInbox, ...]
    surgery: str | None = None
    travel_minutes: int | None = None
    away: tuple[tuple[date, date], ...] = ()


class _BadDeskError(ValueError):
    """Raised while one desk is read, with the sentence; caught where its name is known."""


def read_desks(raw: bytes) -> tuple[DeskEntry, ...]:
    """The desks of a file.

    Raises:
        DesksRefusedError: with every fault.
    """
    try:
        document = tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise DesksRefusedError(("The file is not in UTF-8.",)) from None
    except tomllib.TOMLDecodeError as error:
        raise DesksRefusedError((f"This is not TOML: {error}.",)) from None
    listed = document.get("desk")
    if set(document) != {"desk"} or not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise DesksRefusedError(("The file holds [[desk]] tables and nothing else.",))
    problems: list[str] = []
    found: list[DeskEntry] = []
    for number, values in enumerate(listed, 1):
        try:
            found.append(_desk(values))
        except _BadDeskError as bad:
            problems.append(f"desk {number}: {bad}")
    problems.extend(_twice(found))
    if problems:
        raise DesksRefusedError(tuple(problems))
    return tuple(found)


def read_desk(values: Mapping[str, Any]) -> DeskEntry:
    """One desk as a form gives it. Raises DesksRefusedError: with the fault."""
    try:
        return _desk(values)
    except _BadDeskError as bad:
        raise DesksRefusedError((str(bad),)) from None


def _desk(values: Mapping[str, Any]) -> DeskEntry:
    if unknown := sorted(set(values) - _KEYS):
        raise _BadDeskError(f"{', '.join(unknown)} is not known; a desk has: {', '.join(sorted(_KEYS))}.")
    name = values.get("name")
    if not isinstance(name, str) or not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
        raise _BadDeskError(f"name: give it a name of up to {_LONGEST_NAME} visible characters.")
    inboxes = values.get("inboxes")
    if not isinstance(inboxes, list) or not inboxes:
        raise _BadDeskError("inboxes: name at least one, with partnership, role and address.")
    return DeskEntry(
        name=name.strip(),
        seats=_number(values, "seats", 1, _MOST_SEATS),
        inboxes=tuple(map(_inbox, inboxes)),
        surgery=_surgery(values.get("surgery")),
        travel_minutes=_number(values, "travel_minutes", 0, _MOST_TRAVEL) if "travel_minutes" in values else None,
        away=tuple(sorted(_away(each) for each in _listed(values, "away"))),
    )


def _number(values: Mapping[str, Any], key: str, least: int, most: int) -> int:
    value = values.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise _BadDeskError(f"{key}: give a whole number from {least} to {most}.")
    return value


def _listed(values: Mapping[str, Any], key: str) -> list[Any]:
    listed = values.get(key, [])
    if not isinstance(listed, list):
        raise _BadDeskError(f"{key}: give a list.")
    return listed


def _surgery(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise _BadDeskError('surgery: write it as hours, for example "Tue/Thu 09:30-12:00".')
    try:
        return str(parse(value))
    except HoursError as error:
        raise _BadDeskError(f"surgery: {error}.") from None


def _away(value: object) -> tuple[date, date]:
    if not isinstance(value, dict) or set(value) != {"from", "to"}:
        raise _BadDeskError("away: write each as { from = 2026-12-24, to = 2027-01-01 }.")
    first, last = value["from"], value["to"]
    # A TOML time is a date too, for Python.
    if not all(isinstance(day, date) and not isinstance(day, datetime) for day in (first, last)) or last < first:
        raise _BadDeskError("away: from and to are days without quotes, in order.")
    return first, last


def _inbox(value: object) -> DeskInbox:
    needed, may = {"partnership", "role", "address"}, {"place"}
    if not isinstance(value, dict) or not needed <= set(value) <= needed | may:
        raise _BadDeskError("inboxes: each has partnership, role and address, and place for a school or nursery.")
    if not all(isinstance(each, str) for each in value.values()):
        raise _BadDeskError("inboxes: partnership, role, address and place are texts in quotes.")
    if value["role"] not in ROLES:
        raise _BadDeskError(f"inboxes: {value['role']!r} is no role. The directory’s page “Import a file” has all.")
    return DeskInbox(value["partnership"], value["role"], value["address"].strip().lower(), value.get("place", ""))


def _twice(found: list[DeskEntry]) -> list[str]:
    names = [desk.name for desk in found]
    inboxes = [inbox for desk in found for inbox in desk.inboxes]
    said = [f"the name {name!r} stands twice." for name in sorted({name for name in names if names.count(name) > 1})]
    doubled = {inbox for inbox in inboxes if inboxes.count(inbox) > 1}
    return [*said, *(f"{each.address} ({each.role}) stands at two desks." for each in sorted(doubled, key=str))]
