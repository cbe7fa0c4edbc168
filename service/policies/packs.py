"""One pack file, read and checked by itself into a document of JSON values: the form that is merged and hashed."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from service.policies import ladders, shapes
from service.policies.refusal import PolicyRefused
from service.policies.rows import Row

Document = dict[str, Any]

_TABLES = (
    "flags",
    "role_groups",
    "ladders",
    "escalation",
    "short_notice_reasons",
    "medical_not_needed_reasons",
    "not_held_reasons",
    "teams",
    "front_door",
    "meeting_types",
)
_LISTS = ("rules", "notes", "seen_elsewhere", "yardsticks")


def read_pack(path: Path) -> Document:
    """Read one file. Rows get the pack's owner, review date and edition where they give none of their own.

    Raises:
        PolicyRefused: the file is missing, is no TOML, or holds a row that is wrong by itself.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PolicyRefused(path.name, "", "there is no such pack") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyRefused(path.name, "", f"this is not a readable TOML file: {error}") from error
    except OSError as error:
        raise PolicyRefused(path.name, "", f"the pack cannot be read: {error.strerror}") from error
    file = Row(path.name, "", _plain(raw))
    document: Document = {"pack": _head(file)}
    for key in _TABLES:
        document[key] = file.table(key)
    for key in _LISTS:
        document[key] = [{name: row.take(name) for name in row.names} for row in file.rows(key)]
    file.done()
    _fill(document)
    _check(path.name, document)
    return document


def _plain(value: Any) -> Any:
    """TOML values as JSON holds them, so that a pack read from the database is the pack read from its file."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value


def _head(file: Row) -> Document:
    head = file.row("pack")
    found: Document = {
        "id": head.text("id"),
        "name": head.text("name"),
        "version": head.text("version"),
        "owner": head.text("owner"),
        "review_by": head.day("review_by").isoformat(),
        "edition": head.text("edition", "edition not stated"),
    }
    if head.has("extends"):
        found["extends"] = head.text("extends")
    head.done()
    return found


def _fill(document: Document) -> None:
    """Give every row with a source the pack's owner, review date and edition, and every rule its pack."""
    head = document["pack"]
    defaults = {key: head[key] for key in ("owner", "review_by", "edition")}
    for key in (*_TABLES, "rules", "notes", "yardsticks"):
        for table in _tables(document[key]):
            if "source" in table:
                table.update({name: value for name, value in defaults.items() if name not in table})
    for rule in document["rules"]:
        rule["pack"] = head["id"]


def _tables(value: object) -> Iterator[Document]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _tables(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _tables(inner)


def _check(file: str, document: Document) -> None:
    """Read every row once and throw the values away: what is wrong by itself is refused with its own file's name."""
    shapes.flags(Row(file, "flags", document["flags"]))
    shapes.role_groups(Row(file, "role_groups", document["role_groups"]))
    for key in ("short_notice_reasons", "medical_not_needed_reasons", "not_held_reasons"):
        shapes.reasons(Row(file, key, document[key]))
    for name, table in document["ladders"].items():
        ladders.ladder(Row(file, f"ladders.{name}", table))
    ladders.check_escalation(Row(file, "escalation", document["escalation"]))
    shapes.front_door(Row(file, "front_door", document["front_door"]))
    for name, table in document["teams"].items():
        shapes.team(Row(file, f"teams.{name}", table))
    for name, table in document["meeting_types"].items():
        shapes.meeting_type_parts(Row(file, f"meeting_types.{name}", table))
    seen: set[str] = set()
    for number, table in enumerate(document["rules"], 1):
        name = Row(file, f"rules[{number}]", table).text("id")
        if name in seen:
            raise PolicyRefused(file, name, "this rule id is used twice in this pack")
        seen.add(name)
        shapes.rule(Row(file, name, table), None)
    for number, table in enumerate(document["yardsticks"], 1):
        shapes.yardstick(Row(file, f"yardsticks[{number}]", table))
