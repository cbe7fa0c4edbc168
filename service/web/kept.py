"""What was typed in any form, as a list to check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.web.wording import opened

# What a person has chosen from a list stands there as a code, and what the form carries along says nothing to them.
_CARRIED = frozenset({"version", "children", "people", "excluded", "more", "back", "seen", "once", "facts"})
_NAMES: Mapping[str, str] = {"by": "Who said so", "code": "Reason from the list", "slot": "Time", "nhs": "NHS number"}


def shown_rows(form: Mapping[str, str]) -> list[dict[str, Any]]:
    """A row for each field that holds something, in the order of their names."""
    return [
        {"key": {"text": _name(name)}, "value": {"text": "yes" if value == "1" else opened_code(value)}}
        for name, value in sorted(form.items())
        if value.strip() and name not in _CARRIED
    ]


def _name(name: str) -> str:
    words = _NAMES.get(name) or opened(name)
    return words[:1].upper() + words[1:]


def opened_code(value: str) -> str:
    """A code in words; what a person typed stays as it is."""
    return opened(value) if value.isascii() and value.replace("_", "").islower() and "_" in value else value
