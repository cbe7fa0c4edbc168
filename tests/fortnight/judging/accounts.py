"""Safety before notice, figures, audit, and what nobody has set (nevers 8 to 11)."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator

from tests.fortnight.judging.reading import INVITED, JOIN, MOVED, OFF, STOPPED, Read, Row, instant, time_set_at


def safety_first(read: Read) -> Iterator[str]:
    """8. A time that was agreed is never refused for short notice or a missing partner."""
    for entry in read.diary:
        if entry["did"] == "ask" and entry.get("start") and entry.get("accepted") and entry["state"] != "confirmed":
            yield f"{entry['reference']}: asked for {entry['start']}, and is {entry['state']}"
        if entry["did"] in {"confirm", "move"} and entry.get("why") in {"BadReasonError", "NotReadyError"}:
            yield f"{entry['reference']}: {entry['did']} was refused ({entry['why']})"


def reproducible(read: Read) -> Iterator[str]:
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


def _recount(read: Read) -> tuple[int, int]:
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


def _was_invited(read: Read, reference: str, place: Row) -> bool:
    if place["state"] != "wanted":
        return False
    set_at = time_set_at(read, reference)
    inbox = read.inbox_of(place)
    return any(mail["at"] >= set_at for mail in read.messages(reference, INVITED, MOVED, to=inbox))


def audited(read: Read) -> Iterator[str]:
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
        answers = [row for row in read.rows("answers") if row["meeting_id"] == meeting["id"]]
        told = [
            ("outlook:invitation:sent", len(read.messages(reference, INVITED, MOVED))),
            ("outlook:message:sent", len(read.messages(reference, OFF, STOPPED, JOIN))),
            ("outlook:event:created", _made_for_somebody(read, reference)),
            ("replies:answer:recorded", sum(row["requirement_id"] is not None for row in answers)),
            # Of whoever is asked no more, or never was: what they said is kept, and is a task.
            ("replies:answer:unmatched", sum(row["requirement_id"] is None for row in answers)),
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
    content["at"] = instant(row["at"]).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    written = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def unset_is_not_zero(read: Read) -> Iterator[str]:
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


def _made_for_somebody(read: Read, reference: str) -> int:
    """How many events of a meeting there ever were, but for one that nobody was asked to and that was deleted: it kept
    a creation that was called off from being done after all."""
    asked = any(mail["reference"] == reference and mail["calendar"] == "invite" for mail in read.mail)
    events = [event for event in read.history["events"] if reference in event["subject"]]
    return sum(asked or not event["deleted"] for event in events)
