"""What exactly is hashed in the audit, so that a change of any byte of any event shows.

Here and not in the store, because an evidence bundle is checked where there is no database.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

GENESIS: Final = bytes(32)
"""What stands as the previous hash of an event with number 1."""

_CANONICAL: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def canonical(value: object) -> bytes:
    """The one way to write JSON values: keys sorted by code point, no spaces, UTF-8."""
    return _CANONICAL.encode(value).encode("utf-8", "surrogatepass")


def instant_text(at: datetime) -> str:
    """An aware instant in UTC with microseconds, as RFC 3339 writes it: ``2026-11-02T09:00:00.000000Z``."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def hash_of(row: Mapping[str, Any]) -> bytes:
    """SHA-256 over the canonical JSON of a row of ``audit_events``, its own ``hash`` left out.

    Instants as ``instant_text``, bytes as hexadecimal.
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
    return hashlib.sha256(canonical(content)).digest()
