"""What somebody changed in Outlook behind our back: one event as we handed it over, beside the event as it stands.

Pure. Nothing that somebody typed there is kept here: a subject, a place or words may name a child. A place that the
leak check finds to name nobody is added by the workflow.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from html.parser import HTMLParser
from types import MappingProxyType
from typing import Any

MORNING = time(5, 0)
"""When a day's comparison falls due, in UTC: before anybody of an office looks, in winter and in summer."""


class DriftKind(StrEnum):
    """What differs. ``MAILBOX``: the organiser mailbox itself is not there any more, and the event with it."""

    TIME = "time"
    GUESTS = "guests"
    WORDS = "words"
    PLACE = "place"
    GONE = "gone"
    MAILBOX = "mailbox"


DRIFT_WORDS: Mapping[DriftKind, str] = MappingProxyType(
    {
        DriftKind.TIME: "its time was changed",
        DriftKind.GUESTS: "its guests were changed",
        DriftKind.WORDS: "its words were changed",
        DriftKind.PLACE: "its place was changed",
        DriftKind.GONE: "it was deleted or cancelled",
        DriftKind.MAILBOX: "its organiser mailbox is not there any more",
    }
)


@dataclass(frozen=True, slots=True)
class EventSide:
    """One side of the comparison. ``guests`` are addresses, casefolded; ``text`` is the body without its markup."""

    start: datetime
    end: datetime
    subject: str
    text: str
    venue: str
    guests: frozenset[str]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs, with what a person must know to judge it: times and addresses, never free words."""

    kind: DriftKind
    detail: Mapping[str, Any] = field(default_factory=dict)


def differences(ours: EventSide, seen: EventSide, *, online: bool, text_mark: str = "") -> tuple[Difference, ...]:
    """What differs, in a steady order. ``text_mark`` is the mark of the body when it was first compared, "" for never.

    Teams adds its join details to the body of an online event and may name its place, so there our words need only
    be in it, and the whole must be what it was when first seen (Microsoft Graph, update event).
    """
    found: list[Difference] = []
    if (ours.start, ours.end) != (seen.start, seen.end):
        times = {"starts_at": _utc(seen.start), "ends_at": _utc(seen.end)}
        found.append(Difference(DriftKind.TIME, times))
    if ours.guests != seen.guests:
        guests = {"missing": sorted(ours.guests - seen.guests), "extra": sorted(seen.guests - ours.guests)}
        found.append(Difference(DriftKind.GUESTS, guests))
    what = [name for name, differs in _words(ours, seen, online=online, text_mark=text_mark) if differs]
    if what:
        # The mark tells a second change from the first, and says nothing of the words.
        found.append(Difference(DriftKind.WORDS, {"what": what, "mark": mark_of(seen.subject + "\n" + seen.text)}))
    if ours.venue != seen.venue and (ours.venue or not online):
        found.append(Difference(DriftKind.PLACE, {"mark": mark_of(seen.venue)}))
    return tuple(found)


def _words(ours: EventSide, seen: EventSide, *, online: bool, text_mark: str) -> tuple[tuple[str, bool], ...]:
    if online:
        changed = ours.text not in seen.text or text_mark not in {"", mark_of(seen.text)}
    else:
        changed = ours.text != seen.text
    return (("subject", ours.subject != seen.subject), ("body", changed))


def can_be_restored(detail: Mapping[str, Any], *, online: bool) -> bool:
    """Whether changed words can be put back by the service: the body of an online event cannot, because writing it
    anew would switch its Teams meeting off (Microsoft Graph, update event)."""
    return not (online and "body" in detail.get("what", ()))


def mark_of(text: str) -> str:
    """A short digest: the same text has the same one, and nobody can read the text from it."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def text_of(html: str) -> str:
    """The text of a body in one line. Exchange rewrites the markup, so bodies are never compared byte for byte."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    return " ".join("".join(reader.parts).split())


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the base's name
        self._hidden += tag in _HIDDEN
        self.parts.append(" " if tag in _BREAKS else "")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(0, self._hidden - (tag in _HIDDEN))
        self.parts.append(" " if tag in _BREAKS else "")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


_HIDDEN = frozenset({"head", "style", "script", "title"})
_BREAKS = frozenset({"p", "br", "div", "li", "ul", "ol", "tr", "td", "th", "h1", "h2", "h3", "hr", "table"})


def last_morning(now: datetime) -> datetime:
    """The last instant at which a day's comparison fell due, by ``now`` (aware)."""
    at = now.astimezone(UTC)
    due = datetime.combine(at.date(), MORNING, UTC)
    return due if due <= at else due - timedelta(days=1)


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat()
