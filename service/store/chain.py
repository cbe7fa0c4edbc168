"""The hash chain of the audit: what exactly is hashed, so that a change of any byte of any event shows.

Data may hold text, whole numbers, truth values, null, lists and objects of these. Fractions are refused, because a
database may write one back differently and the hash would no longer hold.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

JSON: TypeAlias = "str | int | bool | Sequence[JSON] | Mapping[str, JSON] | None"

GENESIS: Final = bytes(32)
"""What stands as the previous hash of an event with number 1."""

_CANONICAL: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def instant_text(at: datetime) -> str:
    """An aware instant in UTC with microseconds, as RFC 3339 writes it: ``2026-11-02T09:00:00.000000Z``."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def chain_name(partnership: str, meeting_id: UUID | None) -> str:
    """One chain for each meeting, and one for each partnership for what belongs to no meeting."""
    return partnership if meeting_id is None else str(meeting_id)


def check_data(value: object) -> None:
    """Refuse data that would not come back from the database as it went in.

    Raises:
        TypeError: a fraction, a key that is not text, or a value JSON does not know.
        ValueError: text PostgreSQL cannot keep (the character NUL, half of a surrogate pair).
    """
    if isinstance(value, str):
        if "\x00" in value:
            raise ValueError("audit data cannot hold the character NUL")
        value.encode()
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError(f"a key of audit data is text, not {type(key).__name__}")
            check_data(key)
            check_data(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            check_data(inner)
    elif value is not None and not isinstance(value, int):
        raise TypeError(f"audit data cannot hold {type(value).__name__}")


def hash_of(row: Mapping[str, Any]) -> bytes:
    """SHA-256 over the canonical JSON of a row of ``audit_events``, its own ``hash`` left out.

    Canonical: keys sorted by code point, no spaces, UTF-8, instants as ``instant_text``, bytes as hexadecimal.
    """
    content = {
        "action": row["action"],
        "actor": row["actor"],
        "at": instant_text(row["at"]),
        "chain": row["chain"],
        "data": row["data"],
        "id": str(row["id"]),
        "meeting_id": None if row["meeting_id"] is None else str(row["meeting_id"]),
        "number": row["number"],
        "partnership_id": row["partnership_id"],
        "previous": row["previous"].hex(),
    }
    return hashlib.sha256(_CANONICAL.encode(content).encode("utf-8", "surrogatepass")).digest()
