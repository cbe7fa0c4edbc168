"""Reading a meeting request from a file, as the API or as a webhook would have sent it."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from service.commands.failures import RefusedError

if TYPE_CHECKING:
    from service.handlers.reading import ReadRequest

LARGEST_BYTES = 256 * 1024


def read_bytes(path: Path, largest: int = LARGEST_BYTES) -> bytes:
    """The bytes of a file, or of standard input for ``-``.

    Raises:
        RefusedError: it cannot be read, or is larger than ``largest``.
    """
    try:
        with sys.stdin.buffer if str(path) == "-" else path.open("rb") as source:
            raw = source.read(largest + 1)
    except OSError as error:
        raise RefusedError(f"{path}: the file cannot be read ({error.strerror}).") from None
    if len(raw) > largest:
        raise RefusedError(f"{path}: the file is larger than {largest // 1024} KB. Check that it is the right one.")
    return raw


def read_request(path: Path, raw: bytes, now: datetime) -> ReadRequest:
    """A request out of a file's bytes: the request itself, or a webhook's body with the request under ``data``.

    Raises:
        RefusedError: one sentence for each fault, with its place; never a value.
    """
    from service.handlers import reading  # noqa: PLC0415 - only the commands that read a request wait for it

    try:
        return reading.read_delivery(raw, now) if _is_delivery(raw) else reading.read_request(raw, now)
    except reading.NotJsonError:
        raise RefusedError(f"{path}: this is not JSON in UTF-8.") from None
    except reading.UnknownTypeError:
        raise RefusedError(f"{path}: this webhook's type is not meeting.requested.") from None
    except reading.BodyRefusedError as refused:
        raise RefusedError(
            *(f"{path}, {fault.pointer or 'the whole'}: {fault.detail}" for fault in refused.faults)
        ) from None


def _is_delivery(raw: bytes) -> bool:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and "data" in found and "type" in found
