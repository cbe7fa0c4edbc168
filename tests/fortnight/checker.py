"""Decides from an exported history alone whether any of the eleven things that must never happen has happened.

It shares no code with the service, and imports nothing of it: it reads what people did and were told (``diary``), what
stood in calendars and inboxes outside (``events``, ``inboxes``), what left the house, and the rows the service kept,
all as plain JSON. Nothing here is worked out the way the service works it out.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Row = dict[str, Any]

# What asks the personal adviser, or lets it off, while the others hear nothing.
ONE_MORE_OR_LESS = ("correct", "add", "let_off")
CLOSING = {"yes", "no", "deputy", "report"}
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
# Tasks that put an agency in front of a person instead of, or because of, a message that did not reach it.
_STANDS_FOR = {"no_inbox", "must_not_be_told", "phone_invitation", "not_delivered", "held_back"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that must never happen and did. ``never`` is its number in the list of eleven."""

    never: int
    words: str


def check(history: Row) -> list[Finding]:
    """Everything that is wrong with a history; empty for one in which nothing is."""
    read = _Read.of(history)
    return [Finding(never, words) for never, ask in _NEVERS.items() for words in ask(read)]


@dataclass
class _Read:
    """A history with the ways through it that several questions need."""

    history: Row
    diary: list[Row]
    meetings: dict[str, Row]
    places: dict[str, list[Row]]
    address: dict[str, str]
    channel: dict[str, str]
    mail: list[Row] = field(default_factory=list)

    @classmethod
    def of(cls, history: Row) -> _Read:
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
                found = _REFERENCE.search(item["subject"])
                read.mail.append(
                    {
                        "to": address,
                        "at": _instant(item["received"]),
                        "reference": found.group() if found else "",
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
        return [(_instant(entry["at"]), _instant(entry["start"]) if entry.get("start") else None) for entry in acts]

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


def _instant(words: str) -> datetime:
    return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", words).replace("Z", "+00:00")).astimezone(UTC)


def _accepted_is_durable(read: _Read) -> Iterator[str]:
    """1. Whoever was told yes finds it kept."""
    for entry in read.diary:
        if not entry.get("accepted"):
            continue
        meeting = read.meetings.get(entry["reference"])
        if meeting is None:
            yield f"{entry['reference']}: accepted ({entry['did']}) and not kept"
        elif entry["did"] == "ask" and len(read.audit_of(meeting, "intake:request:received")) != 1:
            yield f"{entry['reference']}: taken in not exactly once"
        elif entry["did"] == "answer" and _heard_at_once(entry) and not _answered(read, meeting, entry):
            yield f"{entry['reference']}: the answer of {entry['desk']} by {entry['way']} is not kept"
    for reference, meeting in read.meetings.items():
        for did, action in (("move", "moved"), ("cancel", "cancelled"), ("confirm", "confirmed")):
            kept = len(read.audit_of(meeting, f"planning:meeting:{action}"))
            told = len(read.acted(reference, did)) + (did == "confirm" and _confirmed_at_once(read, reference))
            told += len(read.acted(reference, "exclude")) if did == "cancel" else 0
            if kept != told:
                yield f"{reference}: {told} times {action}, {kept} times kept"
        made = [row for row in read.rows("meetings") if row["linked_meeting_id"] == meeting["id"]]
        if len(made) != len(read.acted(reference, "exclude")):
            yield f"{reference}: called anew {len(made)} times"


def _heard_at_once(entry: Row) -> bool:
    return entry["way"] != "outlook" and not entry.get("skipped")


def _confirmed_at_once(read: _Read, reference: str) -> bool:
    asked = any(entry["state"] == "confirmed" for entry in read.acted(reference, "ask"))
    return asked or read.anew(reference) is not None


def _answered(read: _Read, meeting: Row, entry: Row) -> bool:
    roles = {place["id"]: place["role"] for place in read.rows("requirements")}
    return any(
        row["meeting_id"] == meeting["id"]
        and row["way"] == entry["way"]
        and row["answer"] == entry["answer"]
        and roles.get(row["requirement_id"]) == entry["desk"]
        and _instant(row["answered_at"]) == _instant(entry["at"])
        for row in read.rows("answers")
    )


def _one_event(read: _Read) -> Iterator[str]:
    """2. One meeting, one calendar event, at the meeting's time; none for what nobody asked for."""
    by_reference: dict[str, list[Row]] = defaultdict(list)
    for event in read.history["events"]:
        found = _REFERENCE.search(event["subject"])
        by_reference[found.group() if found else "?"].append(event)
    for reference in by_reference.keys() - read.meetings.keys():
        yield f"{reference}: an event that belongs to no meeting"
    for reference, meeting in read.meetings.items():
        events = by_reference[reference]
        if len(events) > 1:
            yield f"{reference}: {len(events)} events"
        live = [event for event in events if not event["cancelled"]]
        if meeting["state"] == "cancelled" and live:
            yield f"{reference}: cancelled, and its event stands"
        if (
            meeting["state"] in {"confirmed", "held"}
            and _has_guests(read, reference)
            and not _came_too_late(read, meeting)
        ):
            if len(live) != 1:
                yield f"{reference}: {len(live)} events stand"
            elif _instant(live[0]["start"]) != _instant(meeting["starts_at"]).replace(microsecond=0):
                yield f"{reference}: the event is at {live[0]['start']}, the meeting at {meeting['starts_at']}"

    yield from _one_entry_by_mail(read)


def _one_entry_by_mail(read: _Read) -> Iterator[str]:
    """The same for a calendar that is written by mail: one UID, a SEQUENCE that rises, taken away with the meeting."""
    written: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for mail in sorted(read.mail, key=lambda each: each["at"]):
        if mail["entry"]:
            written[(mail["to"], mail["reference"])].append(mail["entry"])
    for (address, reference), entries in written.items():
        if len({entry["UID"] for entry in entries}) != 1:
            yield f"{reference}: {address} has more than one calendar entry"
        numbers = [int(entry["SEQUENCE"]) for entry in entries]
        if sorted(set(numbers)) != numbers:
            yield f"{reference}: the entries sent to {address} count {numbers}"
        meeting = read.meetings.get(reference, {"state": "none"})
        if meeting["state"] in {"cancelled", "none"} and entries[-1]["METHOD"] != "CANCEL":
            yield f"{reference}: cancelled, and its entry stands with {address}"


def _has_guests(read: _Read, reference: str) -> bool:
    return any(
        place["state"] == "wanted" and read.channel.get(place["inbox_id"]) == "outlook"
        for place in read.places[reference]
    )


def _came_too_late(read: _Read, meeting: Row) -> bool:
    """Whether something about it could not leave before its start, and says so."""
    return any(row["data"].get("because") == "started" for row in read.audit_of(meeting, "outlook:message:not_sent"))


def _details_after_the_call(read: _Read) -> Iterator[str]:
    """The same for whoever is brought in: how to join leaves after a call that reached somebody, and to it alone."""
    for mail in read.mail:
        if mail["says"] != JOIN:
            continue
        calls = [entry for entry in read.acted(mail["reference"], "add_now") if entry["details"]]
        if not any(_instant(entry["at"]) <= mail["at"] for entry in calls):
            yield f"{mail['reference']}: {mail['to']} was sent how to join before anybody was reached"
        joined = [place for place in read.places[mail["reference"]] if place["state"] == "joined"]
        if mail["to"] not in {read.inbox_of(place) for place in joined}:
            yield f"{mail['reference']}: {mail['to']} was sent how to join, and was not brought in"


def _nobody_left_out(read: _Read) -> Iterator[str]:
    """3. Each required agency was told of the time the meeting has, or a person has a task about it."""
    standing = {row["requirement_id"] for row in read.rows("tasks") if row["kind"] in _STANDS_FOR}
    for reference, meeting in read.meetings.items():
        if meeting["state"] not in {"confirmed", "held"}:
            continue
        set_at = _time_set_at(read, reference)
        guests = {
            guest["address"]
            for event in read.history["events"]
            if reference in event["subject"] and not event["cancelled"]
            for guest in event["attendees"]
        }
        for place in read.places[reference]:
            if place["level"] == "optional" or place["state"] in {"withdrawn", "joined"} or place["id"] in standing:
                continue
            inbox = read.inbox_of(place)
            told = [mail for mail in read.messages(reference, INVITED, MOVED, to=inbox) if mail["at"] >= set_at]
            if not told:
                yield f"{reference}: {place['role']} was never told, and nobody has a task"
            elif read.channel.get(place["inbox_id"]) == "outlook" and inbox not in guests:
                yield f"{reference}: {place['role']} is no guest of the event"
    yield from _details_after_the_call(read)


def _time_set_at(read: _Read, reference: str) -> datetime:
    """When the meeting was given the time it has."""
    return max((at for at, _ in read.times(reference)), default=datetime.min.replace(tzinfo=UTC))


def _chases_explained(read: _Read) -> Iterator[str]:
    """4. Every planned chase was sent, or not sent because; never after an answer, a cancellation or the start."""
    by_id = {meeting["id"]: reference for reference, meeting in read.meetings.items()}
    mailed: Counter[str] = Counter()
    for chase in read.rows("chases"):
        reference = by_id[chase["meeting_id"]]
        if chase["state"] not in {"sent", "not_sent"} or (chase["state"] == "sent") != (
            chase["not_sent_because"] is None
        ):
            yield f"{reference}: step {chase['step']} ended as {chase['state']}, because {chase['not_sent_because']}"
        mailed[reference] += chase["state"] == "sent" and chase["to"] != "phone"
    for reference, meeting in read.meetings.items():
        arrived = read.messages(reference, ASKED_AGAIN)
        if len(arrived) != mailed[reference]:
            yield f"{reference}: {len(arrived)} chases arrived, {mailed[reference]} are recorded as sent"
        for mail in arrived:
            if why := _too_late_to_chase(read, reference, meeting, mail):
                yield f"{reference}: chased {mail['to']} at {mail['at']}, {why}"


def _too_late_to_chase(read: _Read, reference: str, meeting: Row, mail: Row) -> str:
    cancelled = [_instant(entry["at"]) for entry in read.acted(reference, "cancel", "exclude")]
    if any(mail["at"] > at for at in cancelled):
        return "after it was cancelled"
    starts = [(at, start) for at, start in read.times(reference) if start is not None]
    if mail["at"] >= max((set_at, start) for set_at, start in starts if set_at <= mail["at"])[1]:
        return "after it had started"
    latest: Row | None = None
    for row in read.rows("answers"):
        place = next((one for one in read.places[reference] if one["id"] == row["requirement_id"]), None)
        inbox = read.inbox_of(place) if place else ""
        if row["meeting_id"] != meeting["id"] or not inbox or not mail["to"].endswith(inbox):
            continue
        to_this_time = _instant(row["received_at"]) >= max(at for at, _ in starts if at <= mail["at"])
        if to_this_time and _instant(row["received_at"]) < mail["at"]:
            latest = max((latest or row, row), key=lambda each: each["answered_at"])
    return f"after the answer {latest['answer']}" if latest is not None and latest["answer"] in CLOSING else ""


def _excluded_hear_nothing(read: _Read) -> Iterator[str]:
    """An agency that must not be told hears of the old entry's end alone, and nothing of the meeting called anew."""
    for reference in read.meetings:
        made = read.anew(reference)
        for entry in (*read.acted(reference, "exclude"), *((made,) if made else ())):
            desks = {row["address"] for row in read.rows("inboxes") if row["role"] == entry["desk"]}
            mails = [mail for mail in read.mail if mail["reference"] == reference and mail["to"] in desks]
            for mail in mails if entry is made else [mail for mail in mails if mail["at"] > _instant(entry["at"])]:
                if entry is made or (mail["calendar"] != "cancel" and mail["entry"].get("METHOD") != "CANCEL"):
                    yield f"{reference}: {mail['to']} must not be told, and had {mail['text'][:70]}"
        if made is None:
            continue
        guests = [event["attendees"] for event in read.history["events"] if reference in event["subject"]]
        if any(guest["address"] in desks for each in guests for guest in each):
            yield f"{reference}: {made['desk']} must not be told, and is a guest"


def _no_identity_outside(read: _Read) -> Iterator[str]:
    """5. Nobody's identity in what left, in calendars, inboxes, logs, queues or the rows that are not sealed."""
    yield from _excluded_hear_nothing(read)
    outside = read.history["outside"]
    for where, texts in (
        *outside.items(),
        ("calendars", [json.dumps(read.history["events"])]),
        ("inboxes", [json.dumps(read.history["inboxes"])]),
        ("calls", [json.dumps(read.history["calls"])]),
        ("records", [json.dumps(read.history["records"])]),
        ("audit", [json.dumps(read.history["audit"])]),
    ):
        plain = "\n".join(texts).casefold()
        squeezed = re.sub(r"\\[nrt]|[\s\-./,_:;]+", "", plain)
        for word in read.history["forbidden"]:
            wanted = word.casefold()
            if wanted in plain or (len(wanted) > 7 and re.sub(r"[\s\-./,_:;]+", "", wanted) in squeezed):
                yield f"{where}: {word}"
    if any("@" in text for text in outside["redis"]):
        yield "redis: an address, where only ids belong"


def _redis_may_vanish(read: _Read) -> Iterator[str]:
    """6. Whatever Redis forgot, nothing is left undone: no intent waits, and every answer in Outlook was read."""
    for row in read.rows("outbox"):
        if row["state"] in {"waiting", "frozen"}:
            yield f"an intent ({row['kind']}, version {row['version']}) still waits at the end"
    for reference, meeting in read.meetings.items():
        for entry in read.acted(reference, "answer"):
            if entry["way"] != "outlook" or entry.get("skipped") or _overtaken(read, reference, entry):
                continue
            if not _answered(read, meeting, entry):
                yield f"{reference}: the answer of {entry['desk']} in Outlook was never read"


def _overtaken(read: _Read, reference: str, entry: Row) -> bool:
    """Whether Outlook forgot the answer before anybody need have read it: a later one, a new time, a withdrawal."""
    later = [
        other
        for other in read.acted(reference, "answer", "move", "cancel", "exclude", *ONE_MORE_OR_LESS)
        if _instant(other["at"]) >= _instant(entry["at"]) and other is not entry
    ]
    return any(
        other["did"] != "answer" or (other["desk"], other["way"]) == (entry["desk"], "outlook") for other in later
    )


def _nothing_doubled(read: _Read) -> Iterator[str]:
    """7. Nothing lost and nothing doubled by Graph: each change told each person once, each mail something new."""
    seen: Counter[tuple[str, str]] = Counter((mail["to"], mail["text"]) for mail in read.mail)
    for (address, text), times in seen.items():
        if times > 1:
            yield f"{address} had the same mail {times} times: {text[:70]}"
    for row in read.rows("outbox"):
        if row["state"] == "exhausted":
            yield f"an intent ({row['kind']}) was given up although everything was mended"
    if read.history["drafts_left"]:
        yield f"drafts lie unsent: {read.history['drafts_left']}"
    for reference in read.meetings:
        yield from _told_too_often(read, reference)


def _told_too_often(read: _Read, reference: str) -> Iterator[str]:
    moves = len(read.acted(reference, "move"))
    corrections = len(read.acted(reference, *ONE_MORE_OR_LESS))
    cancels, excludes = len(read.acted(reference, "cancel")), len(read.acted(reference, "exclude"))
    most = {
        INVITED: 1 + corrections,
        MOVED: moves,
        OFF: cancels + excludes,
        STOPPED: corrections + excludes,
        JOIN: sum(bool(entry["details"]) for entry in read.acted(reference, "add_now")),
        "invite": 1 + corrections,
        "update": moves,
        "cancel": cancels + corrections + excludes,
    }
    for entry in read.acted(reference, "exclude"):
        for mail in read.messages(reference, OFF, STOPPED):
            if mail["at"] >= _instant(entry["at"]) and mail["entry"].get("METHOD") != "CANCEL":
                yield f"{reference}: {mail['to']} was told of its end in words, and will be told by the new invitation"
    counted: Counter[tuple[str, str]] = Counter()
    for mail in read.mail:
        if mail["reference"] == reference:
            counted[(mail["to"], mail["calendar"] or mail["says"])] += 1
    for (address, kind), times in counted.items():
        if kind == "":
            yield f"{reference}: {address} had a mail that says nothing known"
        elif times > most.get(kind, times):
            yield f"{reference}: {address} was told {times} times ({kind}), with reason for {most[kind]}"


def _safety_first(read: _Read) -> Iterator[str]:
    """8. A time that was agreed is never refused for short notice or a missing partner."""
    for entry in read.diary:
        if entry["did"] == "ask" and entry.get("start") and entry.get("accepted") and entry["state"] != "confirmed":
            yield f"{entry['reference']}: asked for {entry['start']}, and is {entry['state']}"
        if entry["did"] in {"confirm", "move"} and entry.get("why") in {"BadReasonError", "NotReadyError"}:
            yield f"{entry['reference']}: {entry['did']} was refused ({entry['why']})"


def _reproducible(read: _Read) -> Iterator[str]:
    """9. The same question has the same answer, and that answer can be counted again from the rows."""
    first, *others = read.history["figures"]
    if any(other != first for other in others):
        yield "the same figures were asked for twice and differ"
    came, of = _recount(read)
    rate = first["attendance"]["required"]["overall"]["rate"]
    if (rate["n"], rate["of"]) != (came, of):
        yield f"attendance is given as {rate['n']} of {rate['of']}, and the rows say {came} of {of}"
    cancelled = sum(meeting["state"] == "cancelled" for meeting in read.meetings.values())
    if first["attendance"]["required"]["overall"]["cancelled"] != cancelled:
        yield "cancelled meetings are not counted apart"


def _recount(read: _Read) -> tuple[int, int]:
    """Attendance at meetings whose attendance was recorded, from what was recorded there; of the required places."""
    recorded: dict[str, str] = {}
    for row in read.history["audit"]:
        if row["action"] in {"attendance:row:recorded", "attendance:row:corrected"}:
            recorded[row["data"]["requirement"]] = row["data"]["outcome"]
    came = of = 0
    for reference, meeting in read.meetings.items():
        held = any(place["id"] in recorded for place in read.places[reference])
        for place in read.places[reference]:
            outcome = recorded.get(place["id"])
            if not held or meeting["state"] == "cancelled" or place["level"] == "optional":
                continue
            if outcome is None and place["state"] in {"withdrawn", "joined"}:
                continue
            if outcome is None and _was_invited(read, reference, place):
                continue
            of += 1
            came += outcome in {"attended", "represented"}
    return came, of


def _was_invited(read: _Read, reference: str, place: Row) -> bool:
    if place["state"] != "wanted":
        return False
    set_at = _time_set_at(read, reference)
    inbox = read.inbox_of(place)
    return any(mail["at"] >= set_at for mail in read.messages(reference, INVITED, MOVED, to=inbox))


def _audited(read: _Read) -> Iterator[str]:
    """10. The chains are whole, worked out anew here; and what happened outside stands in them as often."""
    chains: dict[str, list[Row]] = defaultdict(list)
    for row in read.history["audit"]:
        chains[row["chain"]].append(row)
    for chain, rows in chains.items():
        previous = bytes(32).hex()
        for number, row in enumerate(sorted(rows, key=lambda each: each["number"]), start=1):
            if row["number"] != number or row["previous"] != previous or row["hash"] != _hash(row):
                yield f"chain {chain} breaks at {number}"
                break
            previous = row["hash"]
    for reference, meeting in read.meetings.items():
        told = [
            ("outlook:invitation:sent", len(read.messages(reference, INVITED, MOVED))),
            ("outlook:message:sent", len(read.messages(reference, OFF, STOPPED, JOIN))),
            ("outlook:event:created", sum(reference in event["subject"] for event in read.history["events"])),
            ("replies:answer:recorded", sum(row["meeting_id"] == meeting["id"] for row in read.rows("answers"))),
        ]
        for action, times in told:
            if len(read.audit_of(meeting, action)) != times:
                yield f"{reference}: {times} times outside, {len(read.audit_of(meeting, action))} times {action}"
        chased = sum(row["meeting_id"] == meeting["id"] and row["state"] == "sent" for row in read.rows("chases"))
        if len(read.audit_of(meeting, "chasing:chase:sent")) != chased:
            yield f"{reference}: {chased} chases sent, {len(read.audit_of(meeting, 'chasing:chase:sent'))} audited"


def _hash(row: Row) -> str:
    """The hash of an event as docs/records.md describes it."""
    names = ("action", "actor", "chain", "data", "id", "meeting_id", "number", "partnership_id", "previous")
    content = {name: row[name] for name in names}
    content["at"] = _instant(row["at"]).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    written = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def _unset_is_not_zero(read: _Read) -> Iterator[str]:
    """11. Where nothing was set or counted no figure stands, in a report or in a mail."""
    for line in _lines(read.history["figures"][0]["attendance"]):
        rate = line["rate"]
        if (rate["of"] == 0) != (rate["percent"] is None):
            yield f"{line['key']}: {rate['percent']} percent of {rate['of']}"
    for reference in read.meetings:
        for place in read.places[reference]:
            owed = place["notice_standard"] is not None or place["notice_minimum"] is not None
            for mail in read.messages(reference, INVITED, MOVED, to=read.inbox_of(place) or "?"):
                if not owed and "not set by the partnership" not in mail["text"]:
                    yield f"{reference}: {mail['to']} was told of a notice nobody has set"


def _lines(attendance: Row) -> Iterator[Row]:
    for report in attendance.values():
        yield report["overall"]
        yield from report["lines"]


_NEVERS: dict[int, Callable[[_Read], Iterator[str]]] = {
    1: _accepted_is_durable,
    2: _one_event,
    3: _nobody_left_out,
    4: _chases_explained,
    5: _no_identity_outside,
    6: _redis_may_vanish,
    7: _nothing_doubled,
    8: _safety_first,
    9: _reproducible,
    10: _audited,
    11: _unset_is_not_zero,
}
