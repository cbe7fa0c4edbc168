"""What was accepted is kept, each meeting has one event, and nobody is left out (nevers 1 to 3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tests.fortnight.judging.reading import (
    INVITED,
    JOIN,
    MOVED,
    Read,
    Row,
    answered,
    instant,
    reference_in,
    time_set_at,
)


def accepted_is_durable(read: Read) -> Iterator[str]:
    """1. Whoever was told yes finds it kept."""
    for entry in read.diary:
        if not entry.get("accepted"):
            continue
        meeting = read.meetings.get(entry["reference"])
        if meeting is None:
            yield f"{entry['reference']}: accepted ({entry['did']}) and not kept"
        elif entry["did"] == "ask" and len(read.audit_of(meeting, "intake:request:received")) != 1:
            yield f"{entry['reference']}: taken in not exactly once"
        elif entry["did"] == "answer" and _heard_at_once(entry) and not answered(read, meeting, entry):
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


def _confirmed_at_once(read: Read, reference: str) -> bool:
    asked = any(entry["state"] == "confirmed" for entry in read.acted(reference, "ask"))
    return asked or read.anew(reference) is not None


def one_event(read: Read) -> Iterator[str]:
    """2. One meeting, one calendar event, at the meeting's time; none for what nobody asked for."""
    by_reference: dict[str, list[Row]] = defaultdict(list)
    for event in read.history["events"]:
        by_reference[reference_in(event["subject"]) or "?"].append(event)
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
            elif instant(live[0]["start"]) != instant(meeting["starts_at"]).replace(microsecond=0):
                yield f"{reference}: the event is at {live[0]['start']}, the meeting at {meeting['starts_at']}"

    yield from _one_entry_by_mail(read)


def _one_entry_by_mail(read: Read) -> Iterator[str]:
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


def _has_guests(read: Read, reference: str) -> bool:
    return any(
        place["state"] == "wanted" and read.channel.get(place["inbox_id"]) == "outlook"
        for place in read.places[reference]
    )


def _came_too_late(read: Read, meeting: Row) -> bool:
    """Whether something about it could not leave before its start, and says so."""
    return any(row["data"].get("because") == "started" for row in read.audit_of(meeting, "outlook:message:not_sent"))


# Tasks that put an agency in front of a person instead of, or because of, a message that did not reach it.
_STANDS_FOR = {"no_inbox", "must_not_be_told", "phone_invitation", "not_delivered", "held_back"}


def _details_after_the_call(read: Read) -> Iterator[str]:
    """The same for whoever is brought in: how to join leaves after a call that reached somebody, and to it alone."""
    for mail in read.mail:
        if mail["says"] != JOIN:
            continue
        calls = [entry for entry in read.acted(mail["reference"], "add_now") if entry["details"]]
        if not any(instant(entry["at"]) <= mail["at"] for entry in calls):
            yield f"{mail['reference']}: {mail['to']} was sent how to join before anybody was reached"
        joined = [place for place in read.places[mail["reference"]] if place["state"] == "joined"]
        if mail["to"] not in {read.inbox_of(place) for place in joined}:
            yield f"{mail['reference']}: {mail['to']} was sent how to join, and was not brought in"


def nobody_left_out(read: Read) -> Iterator[str]:
    """3. Each required agency was told of the time the meeting has, or a person has a task about it."""
    standing = {row["requirement_id"] for row in read.rows("tasks") if row["kind"] in _STANDS_FOR}
    for reference, meeting in read.meetings.items():
        if meeting["state"] not in {"confirmed", "held"}:
            continue
        set_at = time_set_at(read, reference)
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
