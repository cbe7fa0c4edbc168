"""What left the house: nobody's identity, nothing lost, nothing doubled (nevers 5 to 7)."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator

from tests.fortnight.judging.reading import (
    INVITED,
    JOIN,
    MOVED,
    OFF,
    ONE_MORE_OR_LESS,
    STOPPED,
    Read,
    Row,
    answered,
    instant,
)


def _whoever_heard_nothing_hears_nothing(read: Read) -> Iterator[str]:
    """Nobody hears of a meeting for the first time after their inbox was stopped, or after it was called off, however
    long what should have told them had waited by then."""
    for reference in read.meetings:
        for entry in read.acted(reference, "stop", "exclude", "cancel"):
            for row in read.rows("inboxes"):
                if not row["address"] or row["role"] != entry.get("desk", row["role"]):
                    continue
                mails = [mail for mail in read.mail if (mail["reference"], mail["to"]) == (reference, row["address"])]
                if mails and min(mail["at"] for mail in mails) > instant(entry["at"]):
                    yield f"{reference}: {row['address']} first heard after {entry['did']}: {mails[0]['text'][:70]}"


def _excluded_hear_nothing(read: Read) -> Iterator[str]:
    """An agency that must not be told hears of the old entry's end alone, and nothing of the meeting called anew."""
    for reference in read.meetings:
        made = read.anew(reference)
        for entry in (*read.acted(reference, "exclude", "stop"), *((made,) if made else ())):
            desks = {row["address"] for row in read.rows("inboxes") if row["role"] == entry["desk"]}
            mails = [mail for mail in read.mail if mail["reference"] == reference and mail["to"] in desks]
            for mail in mails if entry is made else [mail for mail in mails if mail["at"] > instant(entry["at"])]:
                if entry is made or (mail["calendar"] != "cancel" and mail["entry"].get("METHOD") != "CANCEL"):
                    yield f"{reference}: {mail['to']} must not be told, and had {mail['text'][:70]}"
        if made is None:
            continue
        guests = [event["attendees"] for event in read.history["events"] if reference in event["subject"]]
        if any(guest["address"] in desks for each in guests for guest in each):
            yield f"{reference}: {made['desk']} must not be told, and is a guest"


def no_identity_outside(read: Read) -> Iterator[str]:
    """5. Nobody's identity in what left, in calendars, inboxes, logs, queues or the rows that are not sealed."""
    yield from _excluded_hear_nothing(read)
    yield from _whoever_heard_nothing_hears_nothing(read)
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


def redis_may_vanish(read: Read) -> Iterator[str]:
    """6. Whatever Redis forgot, nothing is left undone: no intent waits, and every answer in Outlook was read."""
    for row in read.rows("outbox"):
        if row["state"] in {"waiting", "frozen"}:
            yield f"an intent ({row['kind']}, version {row['version']}) still waits at the end"
    for reference, meeting in read.meetings.items():
        for entry in read.acted(reference, "answer"):
            if entry["way"] != "outlook" or entry.get("skipped") or _overtaken(read, reference, entry):
                continue
            if not answered(read, meeting, entry):
                yield f"{reference}: the answer of {entry['desk']} in Outlook was never read"


def _overtaken(read: Read, reference: str, entry: Row) -> bool:
    """Whether Outlook forgot the answer before anybody need have read it: a later one, a new time, a withdrawal."""
    stops = [each for each in read.acted(reference, "stop", "exclude") if each["desk"] == entry["desk"]]
    if any(instant(each["at"]) <= instant(entry["at"]) for each in stops):
        return True
    later = [
        other
        for other in read.acted(reference, "answer", "move", "cancel", "exclude", "stop", *ONE_MORE_OR_LESS)
        if instant(other["at"]) >= instant(entry["at"]) and other is not entry
    ]
    return any(
        other["did"] != "answer" or (other["desk"], other["way"]) == (entry["desk"], "outlook") for other in later
    )


def nothing_doubled(read: Read) -> Iterator[str]:
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


def _told_too_often(read: Read, reference: str) -> Iterator[str]:
    moves = len(read.acted(reference, "move"))
    corrections = len(read.acted(reference, *ONE_MORE_OR_LESS))
    cancels, excludes = len(read.acted(reference, "cancel")), len(read.acted(reference, "exclude"))
    stops = len(read.acted(reference, "stop"))
    most = {
        INVITED: 1 + corrections,
        MOVED: moves,
        OFF: cancels + excludes,
        STOPPED: corrections + excludes + stops,
        JOIN: sum(bool(entry["details"]) for entry in read.acted(reference, "add_now")),
        "invite": 1 + corrections,
        "update": moves,
        "cancel": cancels + corrections + excludes + stops,
    }
    for entry in read.acted(reference, "exclude"):
        for mail in read.messages(reference, OFF, STOPPED):
            if mail["at"] >= instant(entry["at"]) and mail["entry"].get("METHOD") != "CANCEL":
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
