"""Reading a file that says whose calendars are inside the tenant (TOML): every fault named, nothing half read.

agencies = ["social.work@council.example"]      # shared inboxes, by their address in the directory

[[chair]]
name = "Priya Shah"                              # as requests and meetings name the chair
address = "priya.shah@council.example"

[[room]]
name = "Civic Suite, room 2"
address = "room2@council.example"
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from service.domain.calendars import Kind
from service.workflow.errors import WorkflowError

LARGEST_BYTES = 1024 * 1024
_LONGEST_NAME = 200
_ADDRESS = re.compile(r"[^@\s<>(),;:\"\\\[\]]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_KEYS = frozenset({"agencies", "chair", "room"})


class CalendarsRefusedError(WorkflowError):
    """A list of calendars that cannot be imported; nothing was. The command line lists ``problems``."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__(f"The file has {len(problems)} fault{'s' if len(problems) > 1 else ''}; nothing was imported.")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One calendar that Outlook may be asked for. ``name`` is empty for an agency; the address is in lower case."""

    kind: Kind
    name: str
    address: str


def read_calendar_list(raw: bytes) -> tuple[CalendarEntry, ...]:
    """The calendars of a file, which may be none.

    Raises:
        CalendarsRefusedError: with every fault.
    """
    try:
        document = tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise CalendarsRefusedError(("The file is not in UTF-8.",)) from None
    except tomllib.TOMLDecodeError as error:
        raise CalendarsRefusedError((f"This is not TOML: {error}.",)) from None
    if unknown := sorted(set(document) - _KEYS):
        raise CalendarsRefusedError((f"{', '.join(unknown)} is not known; the file holds agencies, chair and room.",))
    problems: list[str] = []
    found = [*_agencies(document.get("agencies", []), problems)]
    for kind in (Kind.CHAIR, Kind.ROOM):
        found.extend(_named(kind, document.get(kind.value, []), problems))
    problems.extend(_twice(found))
    if problems:
        raise CalendarsRefusedError(tuple(problems))
    return tuple(found)


def _agencies(listed: Any, problems: list[str]) -> Iterable[CalendarEntry]:
    if not isinstance(listed, list):
        problems.append("agencies: give a list of addresses.")
        return
    for number, each in enumerate(listed, 1):
        address = _address(each)
        if address is None:
            problems.append(f"agencies, {number}: give an e-mail address in quotes.")
        else:
            yield CalendarEntry(Kind.AGENCY, "", address)


def _named(kind: Kind, listed: Any, problems: list[str]) -> Iterable[CalendarEntry]:
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        problems.append(f"{kind}: write each as a [[{kind}]] table with name and address.")
        return
    for number, each in enumerate(listed, 1):
        name, address = each.get("name"), _address(each.get("address"))
        if set(each) != {"name", "address"}:
            problems.append(f"{kind} {number}: has name and address, and nothing else.")
        elif not isinstance(name, str) or not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
            problems.append(f"{kind} {number}: name: give a name of up to {_LONGEST_NAME} visible characters.")
        elif address is None:
            problems.append(f"{kind} {number}: address: give an e-mail address in quotes.")
        else:
            yield CalendarEntry(kind, name.strip(), address)


def _address(value: Any) -> str | None:
    address = value.strip().lower() if isinstance(value, str) else ""
    return address if len(address) <= 254 and _ADDRESS.fullmatch(address) else None


def _twice(found: list[CalendarEntry]) -> list[str]:
    addresses = Counter((each.kind, each.address) for each in found)
    names = Counter((each.kind, each.name) for each in found if each.name)
    return [
        *(f"{kind}: {address} stands twice." for (kind, address), times in addresses.items() if times > 1),
        *(f"{kind}: the name {name!r} stands twice." for (kind, name), times in names.items() if times > 1),
    ]
