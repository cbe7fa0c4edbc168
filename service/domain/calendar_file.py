"""One meeting as a calendar file (RFC 5545) that any calendar program opens. Pure; the same facts, the same bytes.

It stands beside the invitation and asks for no answer (METHOD:PUBLISH): answers go to the answer page. It holds only
our own words, the random reference, times and ways to join; never who the child is, why an agency is asked, or a
personal link.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from icalendar import Calendar, Event

from service.domain import london
from service.domain.letter import Block, Details, Paragraph, lay_out
from service.domain.message_parts import MODE_WORDS
from service.domain.messages import cancel_comment, event_subject

CONTENT_TYPE = "text/calendar"
_PRODUCT = "-//Convene//Professionals' meetings//EN"


@dataclass(frozen=True, slots=True)
class CalendarFacts:
    """What the file says of one meeting. Times are aware.

    ``meeting_id`` is the stable UID: every file of one meeting replaces the one before. ``version`` is the meeting's
    own, which rises with each new time. ``cancelled`` also stands for an agency that is no longer asked. ``venue`` is
    empty until it has passed the leak check on its way to Outlook; ``join_url`` until Teams has given one.
    """

    meeting_id: UUID
    reference: str
    version: int
    starts_at: datetime
    ends_at: datetime
    mode: str
    venue: str
    join_url: str
    service_name: str
    service_phone: str
    cancelled: bool


def calendar_file(facts: CalendarFacts, now: datetime) -> bytes:
    """The file's bytes. Times are written in UTC, which is right on both sides of a clock change.

    Raises:
        ValueError: a time without a zone, or an end not after the start.
    """
    start, end = london.to_utc(facts.starts_at), london.to_utc(facts.ends_at)
    if end <= start:
        raise ValueError("the meeting must end after it starts")
    event = Event()
    event.add("uid", str(facts.meeting_id))
    event.add("dtstamp", london.to_utc(now).replace(microsecond=0))
    # A cancellation follows the time it takes away, and a new time follows both.
    event.add("sequence", 2 * facts.version + int(facts.cancelled))
    event.add("dtstart", start)
    event.add("dtend", end)
    event.add("summary", event_subject(facts.reference))
    event.add("class", "PRIVATE")
    event.add("status", "CANCELLED" if facts.cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if facts.cancelled else "OPAQUE")
    if not facts.cancelled:
        event.add("location", facts.venue or MODE_WORDS.get(facts.mode, facts.mode))
    event.add("description", _description(facts))
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


def file_name(reference: str) -> str:
    """The file's name: the reference and nothing else."""
    return f"{reference}.ics"


def _description(facts: CalendarFacts) -> str:
    if facts.cancelled:
        return cancel_comment(facts.reference, facts.service_phone)
    blocks: list[Block] = [
        Details((("Reference", facts.reference), ("How", MODE_WORDS.get(facts.mode, facts.mode)))),
        Details((("To join", facts.join_url), ("Where", facts.venue))),
        Paragraph("This entry does not answer for you: answer on your page or by phone. Do not write names into it."),
        Details((("From", facts.service_name), ("Phone", facts.service_phone))),
    ]
    return lay_out(event_subject(facts.reference), blocks).text
