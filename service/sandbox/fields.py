"""Strict checks for the properties of a JSON body: each takes a value and its path, and returns it checked."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from service.sandbox.errors import invalid_recipients, invalid_request, invalid_value

Check = Callable[[Any, str], Any]

_ADDRESS = re.compile(
    r"[^@\s<>(),;:\"\\\[\]]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+"
)
_EXTENDED_ID = re.compile(
    r"(?:String|Integer|Boolean|SystemTime|CLSID)\s+\{[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}\s+"
    r"(?:Name\s+\S.*|Id\s+0x[0-9A-Fa-f]+)|String\s+0x[0-9A-Fa-f]+"
)


def text(longest: int = 255) -> Check:
    """Accept a string of at most so many characters."""

    def check(value: Any, path: str) -> str:
        if not isinstance(value, str):
            raise invalid_value(path, "expected a string")
        if len(value) > longest:
            raise invalid_value(path, f"longer than {longest} characters")
        return value

    return check


def boolean(value: Any, path: str) -> bool:
    """Accept true or false."""
    if not isinstance(value, bool):
        raise invalid_value(path, "expected true or false")
    return value


def integer(least: int, most: int) -> Check:
    """Accept a whole number in the range."""

    def check(value: Any, path: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise invalid_value(path, f"expected a whole number from {least} to {most}")
        return value

    return check


def one_of(*values: str) -> Check:
    """Accept one of the enum's names; Graph reads them without regard to case and writes them in its own."""
    by_name = {value.casefold(): value for value in values}

    def check(value: Any, path: str) -> str:
        found = by_name.get(value.casefold()) if isinstance(value, str) else None
        if found is None:
            raise invalid_value(path, f"expected one of {', '.join(values)}")
        return found

    return check


def listing(each: Check, most: int = 1000) -> Check:
    """Accept an array whose every entry passes the check."""

    def check(value: Any, path: str) -> list[Any]:
        if not isinstance(value, list):
            raise invalid_value(path, "expected an array")
        if len(value) > most:
            raise invalid_value(path, f"more than {most} entries")
        return [each(entry, f"{path}/{number}") for number, entry in enumerate(value)]

    return check


def record(checks: Mapping[str, Check], *, required: tuple[str, ...] = ()) -> Check:
    """Accept an object with these properties only; null counts as not given.

    Raises:
        GraphError: 400, when called on an object with another property, or without a required one.
    """

    def check(value: Any, path: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise invalid_value(path, "expected an object")
        prefix = f"{path}/" if path else ""
        result: dict[str, Any] = {}
        for name, entry in value.items():
            if name == "@odata.type":
                continue
            if name not in checks:
                raise invalid_request(f"The property '{prefix}{name}' does not exist or may not be written.")
            if entry is not None:
                result[name] = checks[name](entry, f"{prefix}{name}")
        for name in required:
            if name not in result:
                raise invalid_value(f"{prefix}{name}", "it is required")
        return result

    return check


def address(value: Any, path: str) -> str:
    """Accept a well-formed SMTP address."""
    if not isinstance(value, str) or len(value) > 254 or not _ADDRESS.fullmatch(value):
        raise invalid_recipients(f"At least one recipient is not valid: {path}.")
    return value


def is_address(value: str) -> bool:
    """Tell whether a string is a well-formed SMTP address."""
    return len(value) <= 254 and _ADDRESS.fullmatch(value) is not None


EMAIL_ADDRESS = record({"address": address, "name": text()}, required=("address",))
RECIPIENT = record({"emailAddress": EMAIL_ADDRESS}, required=("emailAddress",))


def extended_id(value: Any, path: str) -> str:
    """Accept the id of a single-value extended property: type, property set, name."""
    if not isinstance(value, str) or not _EXTENDED_ID.fullmatch(value):
        raise invalid_value(path, "expected an id such as String {guid} Name Something")
    return value


def same_extended_id(stored: str, wanted: str) -> bool:
    """Compare two ids as Exchange does: type and property set without regard to case, the name exactly."""

    def parts(value: str) -> tuple[str, str]:
        head, brace, name = value.partition("}")
        return (head.casefold(), " ".join(name.split())) if brace else (value.casefold(), "")

    return parts(stored) == parts(wanted)


EXTENDED = listing(record({"id": extended_id, "value": text(32_000)}, required=("id", "value")), most=100)


def extended_values(entries: list[dict[str, str]]) -> dict[str, str]:
    """Turn checked extended properties into a mapping from id to value."""
    return {entry["id"]: entry["value"] for entry in entries}
