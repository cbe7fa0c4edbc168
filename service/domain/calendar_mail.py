"""One meeting as a calendar mail (RFC 5546, RFC 6047) to one inbox that cannot use Exchange invitations. Pure.

It names the organiser mailbox and this one inbox, never another agency; it holds our own words, the random reference,
times and ways to join. Times are in UTC, which is right on both sides of a clock change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from icalendar import Calendar, Event, vCalAddress

from service.domain import london
from service.domain.letter import one_line
from service.domain.message_parts import MODE_WORDS
from service.domain.messages import cancel_comment, event_subject

_PRODUCT = "-//Convene//Professionals' meetings//EN"


class Method(StrEnum):
    """What we send (RFC 5546, section 3.2)."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True)
class CalendarMail:
    """What one calendar mail says. Times are aware.

    ``sequence`` is the record's own, which rises with every mail to this inbox. ``venue`` is empty where it may not be
    said, ``join_url`` where Teams gave none.
    """

    method: Method
    meeting_id: UUID
    reference: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    organiser: str
    organiser_name: str
    attendee: str
    attendee_name: str
    phone: str
    required: bool = True
    mode: str = "online"
    venue: str = ""
    join_url: str = ""


def uid_of(meeting_id: UUID) -> str:
    """The UID of a meeting in every calendar, the one of its calendar file: it never changes."""
    return str(meeting_id)


def calendar_object(mail: CalendarMail, now: datetime) -> bytes:
    """The iCalendar object's bytes.

    Raises:
        ValueError: a time without a zone, an end not after the start, or an address that cannot be written.
    """
    start, end = london.to_utc(mail.starts_at), london.to_utc(mail.ends_at)
    if end <= start:
        raise ValueError("the meeting must end after it starts")
    off = mail.method is Method.CANCEL
    event = Event()
    event.add("uid", uid_of(mail.meeting_id))
    event.add("dtstamp", london.to_utc(now).replace(microsecond=0))
    event.add("sequence", mail.sequence)
    event.add("dtstart", start)
    event.add("dtend", end)
    event.add("summary", event_subject(mail.reference))
    event.add("class", "PRIVATE")
    event.add("status", "CANCELLED" if off else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if off else "OPAQUE")
    event.add("organizer", _person(mail.organiser, mail.organiser_name))
    event.add("attendee", _attendee(mail))
    event.add("description", _description(mail))
    if not off:
        event.add("location", mail.venue or MODE_WORDS.get(mail.mode, mail.mode))
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", str(mail.method))
    calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


def _person(address: str, name: str) -> vCalAddress:
    person = vCalAddress(f"mailto:{address}")
    # Outlook shows carets for a double quote in a name (RFC 6868), so it gets a single one.
    person.params["cn"] = one_line(name).replace('"', "'") or address
    return person


def _attendee(mail: CalendarMail) -> vCalAddress:
    attendee = _person(mail.attendee, mail.attendee_name)
    attendee.params["role"] = "REQ-PARTICIPANT" if mail.required else "OPT-PARTICIPANT"
    if mail.method is Method.REQUEST:
        attendee.params["partstat"] = "NEEDS-ACTION"
        attendee.params["rsvp"] = "TRUE"
    return attendee


def _description(mail: CalendarMail) -> str:
    if mail.method is Method.CANCEL:
        return cancel_comment(mail.reference, mail.phone)
    ways = [
        ("Reference", mail.reference),
        ("How", MODE_WORDS.get(mail.mode, mail.mode)),
        ("To join", mail.join_url),
        ("Where", mail.venue),
        ("Phone", mail.phone),
    ]
    lines = [f"{label}: {one_line(value)}" for label, value in ways if value.strip()]
    lines.append("Please accept or decline. Do not forward this invitation, and do not write any names in your reply.")
    return "\n".join(lines)
