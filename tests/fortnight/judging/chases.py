"""Chases: each explained, none too late, none while the agency is closed without need (never 4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.fortnight.judging.hours import is_open, opens_before
from tests.fortnight.judging.reading import ASKED_AGAIN, Read, Row, instant

CLOSING = {"yes", "no", "deputy", "report"}


def chases_explained(read: Read) -> Iterator[str]:
    """4. Every planned chase was sent, or not sent because; never after an answer, a cancellation or the start, and in
    the agency's hours."""
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
            if why := _too_late_to_chase(read, reference, meeting, mail) or _out_of_hours(read, reference, mail):
                yield f"{reference}: chased {mail['to']} at {mail['at']}, {why}"
        yield from _waited_without_need(read, reference, meeting)


def _too_late_to_chase(read: Read, reference: str, meeting: Row, mail: Row) -> str:
    cancelled = [instant(entry["at"]) for entry in read.acted(reference, "cancel", "exclude")]
    if any(mail["at"] > at for at in cancelled):
        return "after it was cancelled"
    if mail["at"] >= read.start_at(reference, mail["at"]):
        return "after it had started"
    time_set_at = max(at for at, start in read.times(reference) if start is not None and at <= mail["at"])
    latest: Row | None = None
    for row in read.rows("answers"):
        place = next((one for one in read.places[reference] if one["id"] == row["requirement_id"]), None)
        inbox = read.inbox_of(place) if place else ""
        if row["meeting_id"] != meeting["id"] or not inbox or not mail["to"].endswith(inbox):
            continue
        to_this_time = instant(row["received_at"]) >= time_set_at
        if to_this_time and instant(row["received_at"]) < mail["at"]:
            latest = max((latest or row, row), key=lambda each: each["answered_at"])
    return f"after the answer {latest['answer']}" if latest is not None and latest["answer"] in CLOSING else ""


def _out_of_hours(read: Read, reference: str, mail: Row) -> str:
    """At immediate risk the hour is nobody's concern; else the agency is open, or will not be before the start."""
    if read.urgency(reference) == "immediate":
        return ""
    hours = {row["hours"] for row in read.rows("inboxes") if row["address"] and mail["to"].endswith(row["address"])}
    start = read.start_at(reference, mail["at"])
    if any(is_open(each, mail["at"]) or not opens_before(each, mail["at"], start) for each in hours):
        return ""
    return "while it is closed, and it opens before the start"


def _waited_without_need(read: Read, reference: str, meeting: Row) -> Iterator[str]:
    """A chase was put off only while its agency was closed, to when it opens, before the start; never at immediate
    risk."""
    hours = {row["id"]: row["hours"] for row in read.rows("inboxes")}
    places = {place["id"]: hours.get(place["inbox_id"], "always") for place in read.places[reference]}
    for row in read.audit_of(meeting, "chasing:chase:put_off"):
        at, until = instant(row["at"]), instant(row["data"]["until"])
        its, start = places[row["data"]["requirement"]], read.start_at(reference, at)
        if read.urgency(reference) == "immediate":
            yield f"{reference}: a chase waited at {at} although the risk was immediate"
        elif is_open(its, at) or not is_open(its, until) or opens_before(its, at, until) or until >= start:
            yield f"{reference}: a chase was put off at {at} to {until}, and the meeting starts at {start}"
