"""What makes a figure reproducible to the row: each meeting that was counted with a digest of all it was counted from.

Whoever counts again on a later day compares the lists: a meeting that is new, gone or has another digest is the reason
for another figure. The digest says nothing of the meeting; the list names references only and is never published.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from service.domain.meeting_facts import MeetingFact, PlaceFact


@dataclass(frozen=True, slots=True)
class CountedRow:
    """One meeting as it was counted. ``starts_at`` is None for one that was cancelled before it had a time."""

    reference: str
    meeting_type: str
    starts_at: datetime | None
    cancelled: bool
    digest: str


def counted_row(fact: MeetingFact) -> CountedRow:
    """The row of one meeting; the digest is SHA-256 (hex) over every fact of it and of its places."""
    canonical = json.dumps(_plain(asdict(fact)), sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return CountedRow(fact.reference, fact.meeting_type, fact.starts_at, fact.cancelled, digest)


def seal_of(rows: Sequence[CountedRow]) -> str:
    """SHA-256 (hex) over the digests, whatever their order: the same rows have the same seal."""
    return hashlib.sha256("\n".join(sorted(row.digest for row in rows)).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, PlaceFact):
        value = value._asdict()
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, frozenset):
        return sorted(map(str, value))
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, (date, datetime)) else value
