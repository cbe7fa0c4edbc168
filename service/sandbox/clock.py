"""The sandbox's own clock: real time, a business time that passes faster, or a time that stands until it is moved."""

from dataclasses import dataclass
from datetime import UTC, datetime


def real_now() -> datetime:
    """Return the present instant of the machine, in UTC."""
    # The sandbox imports nothing of ours, so it cannot borrow the service's clock: this is its only reading.
    return datetime.now(UTC)  # noqa: TID251


@dataclass(slots=True)
class Clock:
    """Business time: ``epoch + (real - started) * speed``; without an epoch, real time. Once pinned it stands."""

    epoch: datetime | None = None
    started: datetime | None = None
    speed: float = 1.0
    pinned: datetime | None = None

    def pin(self, at: datetime | None) -> None:
        """Stand at an instant until the next pin; None lets time pass again."""
        self.pinned = None if at is None else at.astimezone(UTC)

    def now(self) -> datetime:
        """Return the business instant, in UTC."""
        if self.pinned is not None:
            return self.pinned
        real = real_now()
        if self.epoch is None:
            return real
        return (self.epoch + (real - (self.started or real)) * self.speed).astimezone(UTC)


def graph_instant(at: datetime | None) -> str:
    """Write an instant as Graph does; None becomes the year-1 time Graph gives for "never"."""
    if at is None:
        return "0001-01-01T00:00:00Z"
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"
