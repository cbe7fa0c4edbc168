"""What the scheduler's jobs work with: the workflow's services, and Graph behind its gate."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from service.outlook.adapter import GraphCalls
from service.workflow.ports import Services


@dataclass(frozen=True, slots=True)
class Machinery:
    """Handed to every job. ``graph`` gives Graph behind the gate of one mailbox (its id, never its address).

    ``notification_url`` is where Graph posts changes; empty when replies are only polled for. ``poll_seconds`` is how
    often, in real seconds, a mailbox is read when nothing was notified; ``business`` turns a stretch of real time
    into business time (the same, unless the sandbox's clock runs fast). ``graph_now`` is the time as Graph has it:
    real time, or business time with the sandbox. ``reads_mail``: whether the mail in a mailbox may be read at all.
    ``graph_for_codes``: the same Graph for one-time codes, which go ahead of everything; None: by the ordinary one.
    ``recipients_per_day``: to how many one mailbox may send within a day, as Exchange limits it.
    ``wake_later`` wakes an outbox row when so many real seconds are over; without it a sweep finds the row.
    """

    services: Services
    graph: Callable[[UUID], GraphCalls]
    notification_url: str
    lifecycle_url: str
    poll_seconds: int
    business: Callable[[timedelta], timedelta]
    graph_now: Callable[[], datetime]
    reads_mail: bool = True
    graph_for_codes: Callable[[UUID], GraphCalls] | None = None
    recipients_per_day: int = 10_000
    wake_later: Callable[[UUID, float], Awaitable[None]] | None = None

    @property
    def recipients_for_all(self) -> int:
        """How many of them are for everything but one-time codes: a fiftieth is kept for those."""
        return self.recipients_per_day - self.recipients_per_day // 50
