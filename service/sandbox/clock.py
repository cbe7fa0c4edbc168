"""The sandbox's own clock: real time, or a business time that passes faster."""

from dataclasses import dataclass
from datetime import UTC, datetime


def real_now() -> datetime:
    """Return the present instant of the machine, in UTC."""
    # The sandbox imports nothing of ours, so it cannot borrow the service's clock: this is its only reading.
    return datetime.now(UTC)  # noqa: TID251


@dataclass(frozen=True, slots=True)
class Clock:
    """Business time: ``epoch + (real - started) * speed``; without an epoch, real time."""

    epoch: datetime | None = None
    started: datetime | None = None
    speed: float = 1.0

    def now(self) -> datetime:
        """Return the business instant, in UTC."""
        real = real_now()
        if self.epoch is None:
            return real
        return (self.epoch + (real - (self.started or real)) * self.speed).astimezone(UTC)


def graph_instant(at: datetime | None) -> str:
    """Write an instant as Graph does; None becomes the year-1 time Graph gives for "never"."""
    if at is None:
        return "0001-01-01T00:00:00Z"
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"
