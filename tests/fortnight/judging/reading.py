"""How a history is read: what people did and were told, and what stood in calendars and inboxes outside. Plain JSON
all of it, and nothing of the service."""

from __future__ import annotations

import base64
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Row = dict[str, Any]

# What asks the personal adviser, or lets it off, while the others hear nothing.
ONE_MORE_OR_LESS = ("correct", "add", "let_off")


INVITED, MOVED, OFF, STOPPED, ASKED_AGAIN, JOIN = "invited", "moved", "cancelled", "withdrawn", "chase", "join"
_SUBJECTS = {
    "you are invited to a professionals' meeting": INVITED,
    "the professionals' meeting has moved": MOVED,
    "the professionals' meeting is cancelled": OFF,
    "your agency is no longer asked to come": STOPPED,
    "please answer about a professionals' meeting": ASKED_AGAIN,
    "how to join the professionals' meeting now": JOIN,
}
# A mail that carries a calendar entry has the subject of the event; what it says stands in its words.
_SAYS = {
    "is invited to a professionals": INVITED,
    "is invited to has a new time": MOVED,
    "was invited to will not take place": OFF,
    "is no longer asked to come": STOPPED,
    "takes the entry of professionals": STOPPED,
}
_ENTRY = re.compile(r"^(METHOD|UID|SEQUENCE):(.+?)\r?$", re.MULTILINE)
_REFERENCE = re.compile(r"CV-[0-9A-Z]{4}-[0-9A-Z]{4}")
_LINK = re.compile(r"https?://\S+|/r/[\w-]+")


@dataclass
class Read:
    """A history with the ways through it that several questions need."""

    history: Row
    diary: list[Row]
    meetings: dict[str, Row]
    places: dict[str, list[Row]]
    address: dict[str, str]
    channel: dict[str, str]
    mail: list[Row] = field(default_factory=list)

    @classmethod
    def of(cls, history: Row) -> Read:
        records = history["records"]
        by_id = {row["id"]: row for row in records["meetings"]}
        places: dict[str, list[Row]] = defaultdict(list)
        for place in records["requirements"]:
            places[by_id[place["meeting_id"]]["reference"]].append(place)
        read = cls(
            history,
            history["diary"],
            {row["reference"]: row for row in records["meetings"]},
            places,
            {row["id"]: row["address"] for row in records["inboxes"]},
            {row["id"]: row["channel"] for row in records["inboxes"]},
        )
        for address, items in history["inboxes"].items():
            for item in items:
                read.mail.append(
                    {
                        "to": address,
                        "at": instant(item["received"]),
                        "reference": reference_in(item["subject"]),
                        "calendar": item["kind"] if item["event"] else "",
                        "says": _said(item),
                        "entry": _entry(item),
                        "text": _LINK.sub("", f"{item['kind']} {item['subject']} {item['body']} {item['note']}"),
                    }
                )
        return read

    def rows(self, name: str) -> list[Row]:
        found: list[Row] = self.history["records"][name]
        return found

    def acted(self, reference: str, *kinds: str) -> list[Row]:
        """What people did to one meeting and were told was done."""
        return [
            entry
            for entry in self.diary
            if entry.get("reference") == reference and entry["did"] in kinds and entry.get("accepted")
        ]

    def messages(self, reference: str, *says: str, to: str = "") -> list[Row]:
        return [
            mail
            for mail in self.mail
            if mail["reference"] == reference and mail["says"] in says and (not to or mail["to"] == to)
        ]

    def anew(self, reference: str) -> Row | None:
        """The act by which a meeting was called anew, without somebody, in the place of another one."""
        by_id = {row["id"]: row["reference"] for row in self.rows("meetings")}
        before = by_id.get(self.meetings[reference]["linked_meeting_id"] or "", "")
        return next(iter(self.acted(before, "exclude")), None)

    def times(self, reference: str) -> list[tuple[datetime, datetime | None]]:
        """When the meeting was given a time, and which: by those who asked, agreed or moved, or when called anew."""
        made = self.anew(reference)
        acts = [*self.acted(reference, "ask", "confirm", "move"), *([made] if made else [])]
        return [(instant(entry["at"]), instant(entry["start"]) if entry.get("start") else None) for entry in acts]

    def start_at(self, reference: str, at: datetime) -> datetime:
        """The start that the meeting had at an instant."""
        known = [(set_at, start) for set_at, start in self.times(reference) if start is not None and set_at <= at]
        return max(known)[1]

    def urgency(self, reference: str) -> str:
        """How urgent the request was, also of a meeting that was called anew in the place of the one asked for."""
        by_id = {row["id"]: row["reference"] for row in self.rows("meetings")}
        while not (asked := self.acted(reference, "ask")):
            reference = by_id[self.meetings[reference]["linked_meeting_id"]]
        return str(asked[0]["urgency"])

    def audit_of(self, meeting: Row, action: str) -> list[Row]:
        return [row for row in self.history["audit"] if row["meeting_id"] == meeting["id"] and row["action"] == action]

    def inbox_of(self, place: Row) -> str:
        return self.address.get(place["inbox_id"], "")


def _said(item: Row) -> str:
    known = _SUBJECTS.get(item["subject"].partition(": ")[2], "")
    return known or next((says for words, says in _SAYS.items() if words in item["body"]), "")


def _entry(item: Row) -> dict[str, str]:
    """What a mail does to a calendar: METHOD, UID and SEQUENCE; empty for a mail that does nothing to one."""
    for part in item["attachments"]:
        if part["content_type"].startswith("text/calendar"):
            return dict(_ENTRY.findall(base64.b64decode(part["content"]).decode()))
    return {}


def reference_in(subject: str) -> str:
    """The meeting's reference in a subject; empty for none."""
    found = _REFERENCE.search(subject)
    return found.group() if found else ""


def instant(words: str) -> datetime:
    """An instant as JSON has it, in UTC."""
    return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", words).replace("Z", "+00:00")).astimezone(UTC)


def time_set_at(read: Read, reference: str) -> datetime:
    """When the meeting was given the time it has."""
    return max((at for at, _ in read.times(reference)), default=datetime.min.replace(tzinfo=UTC))


def answered(read: Read, meeting: Row, entry: Row) -> bool:
    """Whether what an agency said is kept as it was said, once or more."""
    roles = {place["id"]: place["role"] for place in read.rows("requirements")}
    return any(
        row["meeting_id"] == meeting["id"]
        and row["way"] == entry["way"]
        and row["answer"] == entry["answer"]
        and roles.get(row["requirement_id"]) == entry["desk"]
        and instant(row["answered_at"]) == instant(entry["at"])
        for row in read.rows("answers")
    )
