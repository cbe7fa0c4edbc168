"""Reading a directory file: CSV as a spreadsheet saves it, every fault named by row and column, nothing half read.

Rows are counted as a spreadsheet shows them: the header is row 1.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from service.domain.hours import HoursError, parse
from service.domain.roles import MATCHED_BY_PLACE, ROLES, nearest
from service.store.changes.directory import InboxEntry
from service.workflow.errors import WorkflowError

LARGEST_BYTES = 1024 * 1024
MOST_ROWS = 5000
CHANNELS = ("outlook", "calendar_mail", "phone")
COLUMNS = (
    "role",
    "place",
    "name",
    "address",
    "phone",
    "hours",
    "escalation_name",
    "escalation_address",
    "escalation_phone",
    "capacity",
    "channel",
)

_LONGEST = 200
# A school may list the terms of two years.
_LONGEST_HOURS = 1000
_FORMULA = ("=", "+", "-", "@")
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{5,24}(?: ?(?:x|ext\.?) ?[0-9]{1,6})?")
_ADDRESS = re.compile(r"[a-z0-9_'+&-]+(?:\.[a-z0-9_'+&-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_PLACES = {"school": re.compile(r"[0-9]{6}"), "early_years": re.compile(r"(?:EY|RP)?[0-9]{5,8}")}
_PLACE_WORDS = {
    "school": "give the school's URN, six digits",
    "early_years": "give the setting's URN, for example EY900003",
}


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One thing wrong in a file. ``row`` is 0 and ``column`` empty where the whole file is meant."""

    row: int
    column: str
    sentence: str

    def __str__(self) -> str:
        where = ", ".join(part for part in (f"row {self.row}" if self.row else "", self.column) if part)
        return f"{where}: {self.sentence}" if where else self.sentence


class DirectoryRefusedError(WorkflowError):
    """A directory file that cannot be imported; nothing was. The command line and the import page list ``problems``."""

    def __init__(self, problems: tuple[RowProblem, ...]) -> None:
        super().__init__(f"The file has {len(problems)} fault{'s' if len(problems) > 1 else ''}; nothing was imported.")
        self.problems = problems


class _BadCellError(ValueError):
    """Raised while one cell is read, with the sentence; caught where its row and column are known."""


def read_directory(raw: bytes) -> tuple[InboxEntry, ...]:
    """The rows of a file: UTF-8 with or without a byte-order mark, the columns of ``COLUMNS`` in any order.

    Raises:
        DirectoryRefusedError: with every fault of every row.
    """
    lines = list(_lines(_text(raw)))
    header = _header(lines)
    problems: list[RowProblem] = []
    entries: list[tuple[int, InboxEntry]] = []
    for number, cells in lines[1:]:
        if not any(cell.strip() for cell in cells):
            continue
        found = _entry(number, dict(zip(header, cells, strict=False)), len(cells) - len(header))
        if isinstance(found, InboxEntry):
            entries.append((number, found))
        else:
            problems.extend(found)
    problems.extend(_repeated(entries))
    if not problems and not entries:
        problems.append(RowProblem(0, "", "The file has a header and no row under it."))
    if problems:
        raise DirectoryRefusedError(tuple(sorted(problems, key=lambda problem: problem.row)))
    return tuple(entry for _, entry in entries)


def read_row(cells: Mapping[str, str]) -> InboxEntry | list[RowProblem]:
    """One inbox, its cells by their column, read as a row of a file is: the inbox, or every fault."""
    return _entry(0, cells, 0)


def _refuse(sentence: str, row: int = 0, column: str = "") -> DirectoryRefusedError:
    return DirectoryRefusedError((RowProblem(row, column, sentence),))


def _text(raw: bytes) -> str:
    if len(raw) > LARGEST_BYTES:
        raise _refuse("The file is larger than 1 MB, which no directory is. Check that it is the right file.")
    if raw.startswith(b"PK\x03\x04"):
        raise _refuse("This is a spreadsheet, not a CSV file. Save it as “CSV UTF-8” and import that file.")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in raw:
        raise _refuse("The file is not in UTF-8 (it looks like UTF-16). Save it as “CSV UTF-8”.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = raw[: error.start].count(b"\n") + 1
        raise _refuse("The file is not in UTF-8 here. Save it as “CSV UTF-8”.", row) from None


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    first = text.split("\n", 1)[0]
    if "," not in first and (";" in first or "\t" in first):
        raise _refuse("Separate the columns with commas: this file uses another sign.", 1)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            if number > MOST_ROWS + 1:
                raise _refuse(f"The file has more than {MOST_ROWS} rows, which no directory has.")
            yield number, cells
    except csv.Error as error:
        raise _refuse(f"This row is not CSV ({error}). Check its quotation marks.", number + 1) from None


def _header(lines: list[tuple[int, list[str]]]) -> list[str]:
    if not lines:
        raise _refuse("The file is empty.")
    header = [cell.strip().casefold() for cell in lines[0][1]]
    problems: list[RowProblem] = []
    if missing := [name for name in COLUMNS if name not in header]:
        one = len(missing) == 1
        sentence = f"{'This column is' if one else 'These columns are'} missing. The columns are {', '.join(COLUMNS)}."
        problems.append(RowProblem(1, ", ".join(missing), sentence))
    for name in header:
        if name not in COLUMNS:
            near = get_close_matches(name[:40], COLUMNS, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            problems.append(RowProblem(1, _shown(name) or "(empty)", f"This column is not known: take it out.{hint}"))
    problems += [RowProblem(1, name, "This column stands there twice.") for name in COLUMNS if header.count(name) > 1]
    if problems:
        raise DirectoryRefusedError(tuple(problems))
    return header


def _entry(number: int, row: Mapping[str, str], extra: int) -> InboxEntry | list[RowProblem]:
    problems: list[RowProblem] = []
    if extra:
        which = "more" if extra > 0 else "fewer"
        problems.append(RowProblem(number, "", f"This row has {which} cells than the header. Check its commas."))
    values: dict[str, str] = {}
    for column in COLUMNS:
        try:
            values[column] = _cell(column, row.get(column, ""))
            if column in _READ and values[column]:
                values[column] = _READ[column](values[column])
        except (_BadCellError, HoursError) as error:
            problems.append(RowProblem(number, column, _sentence(str(error))))
    if extra:
        # What stands in which column is not known, so nothing more can be said of them.
        return problems[:1]
    faulty = {problem.column for problem in problems}
    problems += [problem for problem in _whole_row(number, values) if problem.column not in faulty]
    if problems:
        return problems
    return InboxEntry(
        role=values["role"],
        place=values["place"],
        name=values["name"],
        address=values["address"],
        phone=values["phone"],
        hours=values["hours"],
        escalation_name=values["escalation_name"],
        escalation_address=values["escalation_address"],
        escalation_phone=values["escalation_phone"],
        capacity=int(values["capacity"] or 1),
        channel=values["channel"] or "outlook",
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('?') else '.'}"


def _cell(column: str, raw: str) -> str:
    text = raw.replace("\u00a0", " ").strip()
    if any(not letter.isprintable() for letter in text):
        raise _BadCellError("this has a line break or another invisible character: write it on one line")
    longest = _LONGEST_HOURS if column == "hours" else _LONGEST
    if len(text) > longest:
        raise _BadCellError(f"this is longer than {longest} characters")
    international = column.endswith("phone") and text.startswith("+") and _PHONE.fullmatch(text)
    if text.startswith(_FORMULA) and not international:
        raise _BadCellError(f"this begins with {text[0]}, which a spreadsheet takes for a formula: write it without")
    return text


def _role(text: str) -> str:
    role = text.casefold().replace(" ", "_")
    if role in ROLES:
        return role
    near = nearest(role)
    hint = f": did you mean {near}?" if near else ': the page "Import a file" lists them all'
    raise _BadCellError(f"{_shown(text)!r} is not a role{hint}")


def is_address(text: str) -> bool:
    """Whether it is one e-mail address, in lower case."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


def is_phone(text: str) -> bool:
    """Whether it is one phone number."""
    return _PHONE.fullmatch(text) is not None


def _address(text: str) -> str:
    # Mail systems in use do not tell capitals apart, and one inbox written in two ways would be two.
    address = text.casefold()
    if not is_address(address):
        raise _BadCellError(f"{_shown(text)!r} is not one e-mail address")
    return address


def _phone(text: str) -> str:
    if not is_phone(text):
        raise _BadCellError(f"{_shown(text)!r} is not one phone number: write digits, as in 01632 960100")
    return text


def _hours(text: str) -> str:
    parse(text)
    return " ".join(text.split())


def _capacity(text: str) -> str:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 99):
        raise _BadCellError("how many meetings at once is a whole number from 1 to 99")
    return text


def _channel(text: str) -> str:
    if text.casefold() not in CHANNELS:
        raise _BadCellError(f"{_shown(text)!r} is not a channel; it is one of {', '.join(CHANNELS)}")
    return text.casefold()


def _shown(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"


_READ: Mapping[str, Callable[[str], str]] = {
    "role": _role,
    "place": str.upper,
    "address": _address,
    "phone": _phone,
    "hours": _hours,
    "escalation_address": _address,
    "escalation_phone": _phone,
    "capacity": _capacity,
    "channel": _channel,
}


def _whole_row(number: int, values: Mapping[str, str]) -> Iterator[RowProblem]:
    """What only the whole row shows: a cell that is needed, a place that fits its role."""
    for column in ("role", "name", "phone", "hours"):
        if not values.get(column):
            yield RowProblem(number, column, "This cell is needed.")
    if not values.get("address") and values.get("channel") != "phone":
        yield RowProblem(number, "address", "This cell is needed, unless the channel is phone.")
    role, place = values.get("role", ""), values.get("place", "")
    if role in MATCHED_BY_PLACE and not _PLACES[role].fullmatch(place):
        yield RowProblem(number, "place", f"This role is found by its place: {_PLACE_WORDS[role]}.")
    if role in ROLES and role not in MATCHED_BY_PLACE and place:
        yield RowProblem(number, "place", f"Leave this empty: only {' and '.join(sorted(MATCHED_BY_PLACE))} have one.")


def _repeated(entries: list[tuple[int, InboxEntry]]) -> Iterator[RowProblem]:
    first: dict[tuple[str, str, str], int] = {}
    for number, entry in entries:
        if entry.key in first:
            yield RowProblem(number, "address", f"This role, place and address stand in row {first[entry.key]} too.")
        first.setdefault(entry.key, number)
