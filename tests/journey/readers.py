"""Whoever reads an agency's inbox: what they have been told of each meeting so far, and whether a letter adds to it.

Knows nothing of the service but the words that people read: a letter that nobody can place fails too.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Any

_REFERENCE = re.compile(r"CV-[0-9A-Z]{4}-[0-9A-Z]{4}")
_AGENCY = re.compile(r"your agency \(([^)]+)\)", re.IGNORECASE)
_FACTS = re.compile(r"^(?:When|How|To join): .*$|^Another meeting of the same sitting.*$", re.MULTILINE)
_OPENINGS = {
    "is invited to a professionals' meeting:": "asked",
    "This message brings its calendar entry": "entry by mail",
    "that your agency": "changed",
    "will not take place": "off",
    "is no longer asked to come": "off",
    "out of your calendar": "entry off",
    "the meeting below": "chased",
}


class NothingNewError(AssertionError):
    """A letter that says nothing its reader does not know already, or that nobody can place."""


@dataclass
class Place:
    """What one agency's place at one meeting was last told: when, how and where; ``None`` while it is not asked."""

    facts: str | None = None
    chases: set[str] = field(default_factory=set)
    unsettled: bool = False


@dataclass
class Reader:
    """One inbox, read letter by letter in order of arrival."""

    address: str
    read: int = 0
    entries: dict[str, str] = field(default_factory=dict)
    places: dict[tuple[str, str], Place] = field(default_factory=dict)
    kinds: list[str] = field(default_factory=list)

    mailed: set[tuple[str, str]] = field(default_factory=set)
    answered: bool = False
    judging: bool = True

    def take(self, items: list[dict[str, Any]], *, judging: bool = True) -> list[str]:
        """Read what has come since; returns what kind each was. Not ``judging``: it was not sent by the service.

        Raises:
            NothingNewError: one of them says nothing new.
        """
        new, self.read, self.judging = items[self.read :], len(items), judging
        found = [self._letter(item) for item in new]
        self.kinds.extend(found)
        return found

    def _letter(self, item: dict[str, Any]) -> str:
        if item["kind"] == "message":
            return self._message(item)
        uid, said = item["event"]["uid"], f"{item['subject'].removeprefix('Updated: ')}\n{item['note']}\n{item['body']}"
        match item["kind"]:
            case "invite":
                self._new(uid not in self.entries, item, "invited to an entry it has")
                self.entries[uid] = said
            case "update":
                self._new(self.entries.get(uid) != said, item, "an update like what it has")
                self.entries[uid] = said
                for place in self.places.values():
                    place.unsettled = True
            case _:
                self._new(self.entries.pop(uid, None) is not None, item, "cancelled an entry it has not")
        return f"entry {item['kind']}"

    def _message(self, item: dict[str, Any]) -> str:
        text = _words(item["body"])
        kind = next((kind for words, kind in _OPENINGS.items() if words in text), None)
        reference, agency = _REFERENCE.search(item["subject"]), _AGENCY.search(text)
        if kind is None or reference is None:
            raise NothingNewError(f"{self.address}: nobody can place this: {item['subject']}\n{text}")
        if kind.startswith("entry"):
            self._new((reference[0], kind) not in self.mailed, item, "brought or took an entry twice")
            self.mailed = {each for each in self.mailed if each[0] != reference[0]} | {(reference[0], kind)}
            return kind
        self._new(agency is not None, item, "a message that names no agency")
        place = self.places.setdefault((reference[0], agency[1] if agency else ""), Place())
        facts = "\n".join(_FACTS.findall(text))
        match kind:
            case "asked":
                self._new(place.facts is None, item, "asked to what it was asked to")
                place.facts, place.chases, place.unsettled = facts, set(), False
            case "changed":
                lost, stands = "calendar entry was lost" in text, "A change to it was taken back" in text
                back = stands and (place.unsettled or self.answered)
                self._new(lost or back or place.facts != facts, item, "a change that changes nothing")
                self._new("has a new time" not in text or _times(place.facts) != _times(facts), item, "no new time")
                place.facts, place.chases, place.unsettled = facts, set(), False
            case "off":
                self._new(place.facts is not None, item, "let off from what it was not asked to")
                place.facts = None
            case "chased":
                self._new(text not in place.chases, item, "chased twice in the same words")
                place.chases.add(text)
        return kind

    def _new(self, holds: bool, item: dict[str, Any], why: str) -> None:
        if self.judging and not holds:
            raise NothingNewError(f"{self.address}: {why}: {item['subject']}; {item['note']}\n{_words(item['body'])}")


def _times(facts: str | None) -> str:
    return (facts or "").partition(" to ")[0]


def _words(body: str) -> str:
    lines = re.sub(r"<br ?/?>|</p>|</li>|</div>", "\n", body)
    return html.unescape(re.sub(r"<[^>]+>", "", lines)).replace("\r", "")
