"""An answer that a calendar program sent by mail: REPLY, COUNTER and delegation (RFC 5546). Pure; bytes only.

icalendar reads a text without line breaks from a file of that name, so it is never given text. A repetition is never
expanded. Whatever is not exactly one answer about one meeting, by whoever sent it, is refused with a sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from icalendar import Calendar

from service.domain.answers import Answer

LARGEST = 64 * 1024
_MOST_LINES = 1_000
_MOST_COMPONENTS = 12
_LONGEST_COMMENT = 2_000
_UID = re.compile(rb"(?im)^UID[^:\r\n]{0,200}:([^\r\n]{1,300})")
_METHOD = re.compile(rb"(?im)^METHOD:[ \t]*([A-Za-z-]{1,30})")
_SERIES = ("RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID")
_ANSWERS = {"ACCEPTED": Answer.YES, "DECLINED": Answer.NO, "TENTATIVE": Answer.MAYBE}


class RefusedReplyError(ValueError):
    """A calendar object that is not taken for an answer. Its text is a sentence that repeats nothing of it."""


@dataclass(frozen=True, slots=True, repr=False)
class CalendarReply:
    """One answer. ``address`` is the invited one, in lower case; ``sequence`` None where the program says none.

    ``deputy`` is who comes instead, by name or address. ``stamped_at`` decides which of two answers is the later one.
    """

    uid: str
    address: str
    answer: Answer
    sequence: int | None
    stamped_at: datetime | None
    deputy: str = ""
    comment: str = ""
    proposed_start: datetime | None = None


def method_of(calendar: bytes) -> str:
    """What a calendar object says it does, in capitals; empty when nothing can be seen."""
    found = _METHOD.search(calendar[:LARGEST])
    return found.group(1).decode().upper() if found else ""


def uid_seen(calendar: bytes) -> str:
    """The first UID of an object, without reading the rest: enough to tell an Outlook event's answer from others."""
    found = _UID.search(calendar[:LARGEST].replace(b"\r\n ", b"").replace(b"\r\n\t", b""))
    return found.group(1).decode("utf-8", errors="replace").strip() if found else ""


def read_reply(calendar: bytes, sender: str) -> CalendarReply:
    """Read an answer that ``sender`` (an address) mailed.

    Raises:
        RefusedReplyError: it is not exactly one answer about one meeting, by whoever sent it.
    """
    if len(calendar) > LARGEST or calendar.count(b"\n") > _MOST_LINES:
        raise RefusedReplyError("The calendar part is larger than any answer.")
    if len(re.findall(rb"(?i)BEGIN\s*:", calendar)) > _MOST_COMPONENTS:
        raise RefusedReplyError("The calendar part holds more than one answer.")
    try:
        event, method = _event_of(calendar)
        return _reply(event, method, sender.casefold())
    except RefusedReplyError:
        raise
    except Exception as error:
        # A parser of somebody else's on bytes of a stranger's: whatever it raises, the answer is: not read.
        raise RefusedReplyError("The calendar part cannot be read.") from error


def _event_of(calendar: bytes) -> tuple[Any, str]:
    read = Calendar.from_ical(calendar)
    method = str(read.get("METHOD", "")).upper()
    if method not in {"REPLY", "COUNTER"}:
        raise RefusedReplyError("The calendar part is neither an answer nor a proposal.")
    events = [part for part in read.walk() if part.name == "VEVENT"]
    others = {str(part.name) for part in read.walk()} & {"VTODO", "VJOURNAL", "VFREEBUSY"}
    if len(events) != 1 or others:
        raise RefusedReplyError("The calendar part holds more than one answer, or none.")
    event = events[0]
    if event.errors or read.errors:
        raise RefusedReplyError("The calendar part has values that cannot be read.")
    if any(event.get(name) is not None for name in _SERIES):
        raise RefusedReplyError("The calendar part speaks of a series; our meetings are single ones.")
    return event, method


def _reply(event: Any, method: str, sender: str) -> CalendarReply:
    said = event.get("ATTENDEE")
    attendees = said if isinstance(said, list) else [said] if said is not None else []
    own = [each for each in attendees if _address_in(each) == sender]
    delegates = [each for each in attendees if each.params.get("DELEGATED-FROM")]
    if len(own) != 1 or len(attendees) - len(delegates) > 1 or len(attendees) > 2:
        raise RefusedReplyError("The answer speaks for somebody other than whoever sent it.")
    partstat = str(own[0].params.get("PARTSTAT", "")).upper()
    address, answer, deputy = _who(own[0], partstat, [each for each in delegates if each is not own[0]])
    if method == "COUNTER":
        answer = Answer.ANOTHER_TIME
    return CalendarReply(
        uid=_single(event, "UID"),
        address=address,
        answer=answer,
        sequence=_sequence(event),
        stamped_at=_instant(event, "DTSTAMP"),
        deputy=deputy,
        comment=_comment(event),
        proposed_start=_instant(event, "DTSTART") if method == "COUNTER" else None,
    )


def _who(own: Any, partstat: str, delegates: list[Any]) -> tuple[str, Answer, str]:
    """The invited address, what it said, and who comes instead."""
    behalf = _bare(own.params.get("DELEGATED-FROM", ""))
    if behalf:
        # Whoever was named to come instead answers for themself.
        if partstat != "ACCEPTED":
            raise RefusedReplyError("Somebody who was to come instead does not say yes.")
        return behalf, Answer.DEPUTY, _name_of(own)
    if partstat == "DELEGATED":
        named = _bare(own.params.get("DELEGATED-TO", ""))
        deputy = _name_of(delegates[0]) if delegates else named
        if not deputy:
            raise RefusedReplyError("The answer hands the meeting on and does not say to whom.")
        return _address_in(own), Answer.DEPUTY, deputy
    if partstat not in _ANSWERS and partstat != "NEEDS-ACTION":
        raise RefusedReplyError("The answer is none that we know.")
    return _address_in(own), _ANSWERS.get(partstat, Answer.MAYBE), ""


def _address_in(value: Any) -> str:
    return _bare(str(value))


def _bare(value: Any) -> str:
    first = value[0] if isinstance(value, list | tuple) and value else value
    text = str(first or "").strip().casefold()
    return text.removeprefix("mailto:")[:320]


def _name_of(attendee: Any) -> str:
    name = " ".join(str(attendee.params.get("CN", "")).split())
    shown = "".join(char for char in name if char.isprintable())[:80]
    return shown or _address_in(attendee)


def _single(event: Any, name: str) -> str:
    value = event.get(name)
    if value is None or isinstance(value, list) or not str(value).strip() or len(str(value)) > 300:
        raise RefusedReplyError(f"The calendar part has no single {name}.")
    return str(value).strip()


def _sequence(event: Any) -> int | None:
    value = event.get("SEQUENCE")
    if value is None:
        return None
    number = int(_single(event, "SEQUENCE"))
    if not 0 <= number <= 1_000_000:
        raise RefusedReplyError("The calendar part counts in numbers that nobody uses.")
    return number


def _instant(event: Any, name: str) -> datetime | None:
    moment = getattr(event.get(name), "dt", None)
    if not isinstance(moment, datetime) or moment.tzinfo is None or not 2000 <= moment.year <= 2100:
        return None
    return moment.astimezone(UTC)


def _comment(event: Any) -> str:
    value = event.get("COMMENT")
    text = "\n".join(map(str, value)) if isinstance(value, list) else str(value or "")
    return "".join(char if char.isprintable() or char == "\n" else " " for char in text)[:_LONGEST_COMMENT]
