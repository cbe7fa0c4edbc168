"""The only place that reads the time.

A demo day passes in minutes: with an epoch and a speed, *business time* runs ahead of real time, the same in every
process that was given the same three settings. Leases and signature checks always use real time.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


def real_now() -> datetime:
    """The real time, in UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds on a clock that never goes back, for measuring how long something took."""
    return time.monotonic()


@dataclass(frozen=True, slots=True)
class Clock:
    """Business time. ``epoch`` is the business instant that was reached at the real instant ``started``.

    Without an epoch, business time is real time. ``speed`` is business seconds per real second.
    """

    epoch: datetime | None = None
    started: datetime | None = None
    speed: float = 1.0

    def now(self) -> datetime:
        """The business time, in UTC."""
        if self.epoch is None or self.started is None:
            return real_now()
        return self.epoch + (real_now() - self.started) * self.speed

    def business(self, real: timedelta) -> timedelta:
        """How much business time passes in a stretch of real time."""
        return real * self.speed
