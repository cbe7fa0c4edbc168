"""Saying that nobody is at work behind the pages, or Outlook cannot be read, so that what they show of it is old."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from service.domain.london import length_words, words

# Periodic jobs run at least every 30 seconds and end within 55 (service.settings, service.scheduler.jobs).
STALE_AFTER = timedelta(minutes=3)

_MEANWHILE = (
    "Invitations and chases wait, and answers given in Outlook are not shown. "
    "Phone whoever cannot wait, and tell whoever runs the service."
)

_OLD_ANSWERS = (
    "What was answered there since is not shown, and invitations and chases may wait. "
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


def unread_words(reads: Iterable[datetime | None], now: datetime, late_after: timedelta) -> str:
    """The warning above a page whose answers are old because Outlook cannot be read; empty while it is read lately.

    Takes when each organiser mailbox was last read to its end, None for never; all of it in business time.
    """
    known = list(reads)
    if any(each is None for each in known):
        return f"Answers given in Outlook have not been read yet. {_OLD_ANSWERS}"
    oldest = min((each for each in known if each is not None), default=now)
    if now - oldest <= late_after:
        return ""
    return f"Answers given in Outlook were last read on {words(oldest)}. {_OLD_ANSWERS}"
