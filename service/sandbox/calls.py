"""The log of every call the sandbox answered, for tests to read."""

from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

KEPT = 20_000


@dataclass(slots=True)
class Logged:
    """One call; ``status`` is 0 where the connection was dropped on purpose."""

    operation: str
    method: str
    path: str
    mailbox: str | None
    at: str
    status: int | None = None
    fault: str | None = None


class CallLog:
    """The newest calls, oldest first."""

    def __init__(self) -> None:
        self._calls: deque[Logged] = deque(maxlen=KEPT)

    def __iter__(self) -> Iterator[Logged]:
        return iter(self._calls)

    def open(self, entry: Logged) -> Logged:
        """Note a call that has arrived."""
        self._calls.append(entry)
        return entry

    def clear(self) -> None:
        """Forget all calls."""
        self._calls.clear()

    def shown(self) -> list[dict[str, Any]]:
        """Return the calls as plain values."""
        return [asdict(call) for call in self._calls]
