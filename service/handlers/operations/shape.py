"""What is said of one operation, and the statuses most of them share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

READ = (400, 401, 403, 404, 503)
ACT = (400, 401, 403, 404, 409, 413, 415, 422, 503)
MEETING = "/api/v1/meetings/{reference}"
OF_MEETING = ("reference", "partnership")


@dataclass(frozen=True, slots=True)
class File:
    """An answer that is a file instead of JSON: its content type, and what it is."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: its answer when it goes well, and the statuses of its problems."""

    method: str
    path: str
    id: str
    summary: str
    answer: type[BaseModel] | File
    status: int = 200
    body: type[BaseModel] | None = None
    parameters: tuple[str, ...] = ("partnership",)
    problems: tuple[int, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    also: tuple[str, ...] = ()
