"""Row ids that sort by time: UUID version 7 (RFC 9562, section 5.7, with method 3 of section 6.2).

The twelve bits after the version carry the fraction of the millisecond, so ids made a microsecond apart sort too.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_RANDOM_BITS = (1 << 62) - 1


def make_id(now: datetime, entropy: bytes) -> UUID:
    """An id for a row made at ``now`` from at least 8 random bytes (62 bits are used).

    Raises:
        ValueError: fewer than 8 bytes, a time without a zone, or one before 1970.
    """
    if len(entropy) < 8:
        raise ValueError("an id needs at least 8 random bytes")
    return UUID(int=_stamp(now) | int.from_bytes(entropy[:8]) & _RANDOM_BITS)


@lru_cache(maxsize=16)
def _stamp(now: datetime) -> int:
    """Everything of an id that is not random. All rows of one change are made at one instant, so it is kept."""
    if now.tzinfo is None:
        raise ValueError("an id needs a time with a zone")
    microseconds = (now - _EPOCH) // _MICROSECOND
    if microseconds < 0:
        raise ValueError("an id cannot be older than 1970")
    milliseconds, rest = divmod(microseconds, 1000)
    fraction = (rest << 12) // 1000
    return milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62
