"""The few OData query options this sandbox understands; every other one is refused."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from service.sandbox.errors import invalid_request

_LITERAL = r"'((?:[^']|'')*)'"
_EXTENDED = re.compile(
    r"singleValueExtendedProperties/any\(\s*(\w+)\s*:\s*\1/id\s+eq\s+"
    + _LITERAL
    + r"\s+and\s+\1/value\s+eq\s+"
    + _LITERAL
    + r"\s*\)",
    re.IGNORECASE,
)
_UID = re.compile(r"iCalUId\s+eq\s+" + _LITERAL)
_INTERNET_ID = re.compile(r"internetMessageId\s+eq\s+" + _LITERAL, re.IGNORECASE)
_EXPAND = re.compile(r"singleValueExtendedProperties\(\s*\$filter\s*=\s*(.*)\)")
_EXPAND_ID = re.compile(r"id\s+eq\s+" + _LITERAL)


@dataclass(frozen=True, slots=True)
class ExtendedFilter:
    """Find items by one extended property."""

    id: str
    value: str


@dataclass(frozen=True, slots=True)
class UidFilter:
    """Find events by iCalendar UID."""

    uid: str


@dataclass(frozen=True, slots=True)
class InternetIdFilter:
    """Find messages by their Message-ID."""

    internet_id: str


def read_options(raw_path: str) -> dict[str, str]:
    """Read the query of a request target; a plus sign stays one, so a space must be written ``%20``.

    Raises:
        GraphError: 400, an option given twice.
    """
    options: dict[str, str] = {}
    for pair in filter(None, raw_path.partition("?")[2].split("&")):
        name, _, value = pair.partition("=")
        key = unquote(name)
        if key in options:
            raise invalid_request(f"Query option '{key}' was specified more than once.")
        options[key] = unquote(value)
    return options


def only(options: dict[str, str], *allowed: str) -> None:
    """Refuse an option this resource does not support.

    Raises:
        GraphError: 400.
    """
    if unknown := sorted(set(options) - set(allowed)):
        raise invalid_request(f"The query option is not supported here: {', '.join(unknown)}.")


def read_filter(text: str) -> ExtendedFilter | UidFilter | InternetIdFilter:
    """Read ``$filter``: by extended property, by iCalUId or by Message-ID, nothing else.

    Raises:
        GraphError: 400, any other filter (``transactionId`` among them).
    """
    if found := _EXTENDED.fullmatch(text.strip()):
        return ExtendedFilter(_unquoted(found.group(2)), _unquoted(found.group(3)))
    if found := _UID.fullmatch(text.strip()):
        return UidFilter(_unquoted(found.group(1)))
    if found := _INTERNET_ID.fullmatch(text.strip()):
        return InternetIdFilter(_unquoted(found.group(1)))
    raise invalid_request("The filter expression is not supported for this resource.")


def read_expand(text: str | None) -> tuple[str, ...] | None:
    """Read ``$expand=singleValueExtendedProperties($filter=id eq '…')``; several ids may be joined by ``or``.

    Raises:
        GraphError: 400, any other expansion.
    """
    if text is None:
        return None
    found = _EXPAND.fullmatch(text.strip())
    parts = re.split(r"\s+or\s+", found.group(1).strip()) if found else []
    ids = [_EXPAND_ID.fullmatch(part) for part in parts]
    if not ids or not all(ids):
        raise invalid_request("Only singleValueExtendedProperties($filter=id eq '…') may be expanded.")
    return tuple(_unquoted(match.group(1)) for match in ids if match)


def select(item: dict[str, Any], names: str | None) -> dict[str, Any]:
    """Keep the properties named in ``$select``, and what Graph always adds.

    Raises:
        GraphError: 400, an unknown property.
    """
    if names is None:
        return item
    wanted = {name.strip() for name in names.split(",")}
    if unknown := sorted(wanted - set(item)):
        raise invalid_request(f"Could not find a property named '{unknown[0]}'.")
    kept = wanted | {"@odata.etag", "@odata.type", "id", "singleValueExtendedProperties"}
    return {name: value for name, value in item.items() if name in kept}


def read_count(options: dict[str, str], name: str, default: int, *, most: int = 1000) -> int:
    """Read ``$top`` or ``$skip``.

    Raises:
        GraphError: 400, not a number in range.
    """
    text = options.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or int(text) > most:
        raise invalid_request(f"Invalid value for {name}.")
    return int(text)


def _unquoted(literal: str) -> str:
    return literal.replace("''", "'")
