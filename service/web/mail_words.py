"""Mail to read, in words. Never what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MEANINGS: Mapping[str, str] = {
    "yes": "Yes, they come",
    "no": "No, they cannot come",
    "deputy": "Someone else comes",
    "nothing": "Nothing to do",
}
_KINDS = {
    "ordinary": "A mail came from",
    "automatic": "An automatic reply that somebody is away came from",
    "acknowledgement": "An automatic acknowledgement came from",
    "bounce": "Mail came back that was sent to",
}
_STATES = {"open": "", "answered": " It was read and recorded as an answer.", "nothing": " It was read: nothing to do."}


@dataclass(frozen=True, slots=True)
class MailShown:
    """One mail on a meeting's page; ``href`` is empty for somebody who may not read it."""

    text: str
    href: str
    waits: bool


def mail_sentence(kind: str, who: str, when: str, state: str) -> str:
    """What came, from whom and when, and what became of it."""
    became = " It was filed." if kind == "acknowledgement" else _STATES.get(state, "")
    return f"{_KINDS.get(kind, 'A mail came from')} {who or 'somebody we cannot place'}, {when}.{became}"
