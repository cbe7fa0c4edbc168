"""The page of what was changed in Outlook: each difference in a sentence, and what can be pressed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.domain.drift import DRIFT_WORDS, DriftKind, can_be_restored
from service.domain.london import words

# What the page says after a press; the address carries the word alone.
DRIFT_DONE: Mapping[str, str] = {
    "adopted": "The meeting has the time from Outlook. Every agency is being told and asked again.",
    "place": "The meeting has the place from Outlook. Every agency is being told and asked again.",
    "guests": "The guests are taken over as they are in Outlook. Each agency that is new, or let off, is told by us.",
    "some_guests": "Some of the guests are taken over. The others may not be, and are put back as we have them.",
    "restored": "The event is on its way back to how we have it. Outlook tells its guests.",
    "compare": "The calendars are compared again within a minute. Load the page again then.",
}


@dataclass(frozen=True, slots=True)
class DriftRow:
    """One difference. ``adopt`` and ``restore`` are the buttons' words; empty: that cannot be pressed."""

    id: str
    reference: str
    href: str
    act_href: str
    when: str
    what: str
    found: str
    adopt: str
    restore: str
    instead: str


@dataclass(frozen=True, slots=True)
class DriftPage:
    """The whole page. ``compared`` says for each mailbox when it was last compared."""

    base: str
    rows: tuple[DriftRow, ...]
    compared: tuple[str, ...]
    may_arrange: bool
    done: str


def drift_sentence(kind: DriftKind, detail: Mapping[str, Any]) -> str:
    """What differs, for a person who has to choose: times, addresses, and a place that names nobody. Nothing else that
    was typed is kept."""
    said = DRIFT_WORDS[kind]
    match kind:
        case DriftKind.TIME:
            start, end = (datetime.fromisoformat(detail[name]) for name in ("starts_at", "ends_at"))
            more = f": in Outlook it starts {words(start)} and ends {words(end)}"
        case DriftKind.GUESTS:
            parts = [
                f"{label} {', '.join(detail[name])}"
                for name, label in (("missing", "taken off:"), ("extra", "put on:"))
                if detail.get(name)
            ]
            more = f" ({'; '.join(parts)})"
        case DriftKind.PLACE if "place" in detail:
            more = f": in Outlook it is {detail['place']}"
        case DriftKind.WORDS:
            more = f" ({' and '.join('text' if each == 'body' else each for each in detail['what'])})"
        case _:
            more = ""
    return f"{said[:1].upper()}{said[1:]}{more}"


_ONLY_ANEW = (
    "What was typed may name somebody, so it is not taken over; and the text alone cannot be put back, because that "
    "would switch the Teams link off. Made anew, it has a new link, the old event is cancelled and every agency is "
    "asked again. If that is too much, take out in Outlook what was added."
)


def buttons(kind: DriftKind, detail: Mapping[str, Any], mode: str) -> tuple[str, str, str]:
    """The words of the adopting and of the restoring button, and what to do where neither is enough."""
    if kind is DriftKind.TIME:
        return "Take over this time", "Put the event back", ""
    if kind in {DriftKind.GONE, DriftKind.MAILBOX}:
        return "", "Make the event anew", "If nobody needs the meeting, cancel it from its page."
    if not can_be_restored(detail, online=mode == "online"):
        return "", "Make the event anew", _ONLY_ANEW
    if kind is DriftKind.GUESTS:
        return "Take over the guests", "Put the event back", ""
    if kind is DriftKind.PLACE and "place" in detail:
        return "Take over this place", "Put the event back", ""
    return "", "Put the event back", "What was typed may name somebody, so it is not kept and cannot be taken over."
