"""Saying that nobody is at work behind the pages, so that what they show of Outlook is old."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from service.domain.london import length_words

# Periodic jobs run at least every 30 seconds and end within 55 (service.settings, service.scheduler.jobs).
STALE_AFTER = timedelta(minutes=3)

_MEANWHILE = (
    "Invitations and chases wait, and answers given in Outlook are not shown. "
    "Phone whoever cannot wait, and tell whoever runs the service."
)


def stale_words(last_successes: Iterable[datetime | None], real_now: datetime) -> str:
    """The warning above a page; empty while every periodic job has ended well lately.

    Takes when each job last ended well, None for never, in real time: a demo's clock runs ahead of it.
    """
    known = list(last_successes)
    ended = [each for each in known if each is not None]
    if not known or len(ended) < len(known):
        return f"The service has not begun to send and to read. {_MEANWHILE}"
    quiet = real_now - min(ended)
    if quiet <= STALE_AFTER:
        return ""
    return f"The service has not sent and read as it should for {length_words(quiet)}. {_MEANWHILE}"
