"""The hash chains of the audit: which event belongs to which, and what its data may hold; ``domain.chain`` hashes.

Data may hold text, whole numbers, truth values, null, lists and objects of these. Fractions are refused, because a
database may write one back differently and the hash would no longer hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias
from uuid import UUID

from service.domain.chain import GENESIS, hash_of, instant_text

__all__ = ["GENESIS", "JSON", "chain_name", "check_data", "hash_of", "instant_text"]

JSON: TypeAlias = "str | int | bool | Sequence[JSON] | Mapping[str, JSON] | None"


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
