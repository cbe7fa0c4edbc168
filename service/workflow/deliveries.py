"""How a thing asked for reached us, and what we answer: the same for every door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery. ``door`` and ``key`` together are the idempotency key; ``fingerprint`` is a SHA-256 of the content.

    ``actor`` goes into the audit: "webhook:liquidlogic", "api:eclipse", "command:amy".
    """

    door: str
    key: str
    fingerprint: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class Received:
    """The answer to a request taken in. ``replayed``: this key was answered before, and this is that same answer."""

    answer: dict[str, Any]
    replayed: bool = False
