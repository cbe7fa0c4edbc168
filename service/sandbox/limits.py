"""Graph's limits for one application on one mailbox: requests in flight, requests per window, mails per minute."""

import math
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from service.sandbox.errors import mailbox_concurrency, throttled, too_many_recipients

_DAY_SECONDS = 86_400.0


class Window:
    """At most so many in so many real seconds, counted one by one."""

    def __init__(self, most: int, seconds: float, timer: Callable[[], float]) -> None:
        self._most = most
        self._seconds = seconds
        self._timer = timer
        self._taken: deque[float] = deque()

    def take(self) -> int:
        """Count one; return 0, or for how many whole seconds to wait when over the limit.

        A call made while throttled still counts, as Graph says it does.
        """
        now = self._timer()
        while self._taken and self._taken[0] <= now - self._seconds:
            self._taken.popleft()
        if len(self._taken) >= 2 * self._most:
            self._taken.popleft()
        self._taken.append(now)
        if len(self._taken) <= self._most:
            return 0
        return max(1, math.ceil(self._taken[-self._most] + self._seconds - now))


class Meter:
    """Counts one mailbox's calls and refuses those over a limit with 429.

    Source: learn.microsoft.com/graph/throttling-limits (Outlook service limits) and Exchange Online sending limits.
    """

    def __init__(
        self,
        in_flight_limit: int,
        per_10_minutes: int,
        mail_per_minute: int | None,
        timer: Callable[[], float],
        *,
        recipients_per_day: int | None = None,
    ) -> None:
        self._recipients_per_day = recipients_per_day
        self._sent_to: deque[tuple[float, int]] = deque()
        self._timer = timer
        self._in_flight_limit = in_flight_limit
        self._requests = Window(per_10_minutes, 600.0, timer)
        self._mail = None if mail_per_minute is None else Window(mail_per_minute, 60.0, timer)
        self.in_flight = 0
        self.most_in_flight = 0
        self.refused = 0

    @contextmanager
    def request(self) -> Iterator[None]:
        """Hold one request in flight.

        Raises:
            GraphError: 429, too many in flight or too many in ten minutes.
        """
        wait = self._requests.take()
        if self.in_flight >= self._in_flight_limit:
            self.refused += 1
            raise mailbox_concurrency()
        if wait:
            self.refused += 1
            raise throttled(wait)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            yield
        finally:
            self.in_flight -= 1

    def mail(self, recipients: int = 1) -> None:
        """Count one mail about to leave, to so many people.

        Raises:
            GraphError: 429, over the mailbox's mails per minute, or its recipients within 24 hours.
        """
        now = self._timer()
        while self._sent_to and self._sent_to[0][0] <= now - _DAY_SECONDS:
            self._sent_to.popleft()
        sent = sum(count for _, count in self._sent_to)
        if self._recipients_per_day is not None and sent + recipients > self._recipients_per_day:
            self.refused += 1
            raise too_many_recipients()
        wait = self._mail.take() if self._mail else 0
        if wait:
            self.refused += 1
            raise throttled(wait)
        self._sent_to.append((now, recipients))
