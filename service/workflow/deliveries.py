"""How a thing asked for reached us, and what we answer: the same for every door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from service.store.queries.follow_up import Readers


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
class Follows:
    """The meeting that a new one follows, and who may know of its case: the same people may know of the new one.

    ``narrowed``: the agencies that no rule calls and that were asked for some of the children alone, by role; in the
    new meeting they are asked for the same children.
    """

    meeting_id: UUID
    reference: str
    readers: Readers
    narrowed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Received:
    """The answer to a request taken in. ``replayed``: this key was answered before, and this is that same answer."""

    answer: dict[str, Any]
    replayed: bool = False
