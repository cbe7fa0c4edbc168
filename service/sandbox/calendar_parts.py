"""The calendar part of a mail (RFC 6047), read without any library: what it asks, of whom, and whether it may.

Exchange itself sends whatever MIME it is given. This sandbox refuses a calendar mail that the usual programs would not
show with buttons, or would take for somebody else's, so that a mistake is found here and not in an agency's inbox.
"""

import re
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import getaddresses

from service.sandbox.errors import invalid_value

_LINE = re.compile(r"(?P<name>[A-Za-z0-9-]+)(?P<params>(?:;[^:;=]+=(?:\"[^\"]*\"|[^:;\"]*))*):(?P<value>.*)")


@dataclass(frozen=True, slots=True)
class CalendarPart:
    """One VEVENT as it was sent; addresses are casefolded, times as written."""

    method: str
    uid: str
    sequence: int
    start: str
    end: str
    organiser: str
    attendees: tuple[str, ...]
    summary: str


def calendar_part(content: bytes) -> CalendarPart:
    """Read the one event of a calendar part.

    Raises:
        ValueError: not a calendar with exactly one event.
    """
    text = content.decode("utf-8")
    if "\n" in text.replace("\r\n", ""):
        raise ValueError("lines must end with CRLF")
    found: dict[str, list[str]] = {}
    for line in text.replace("\r\n ", "").replace("\r\n\t", "").split("\r\n"):
        if line and (match := _LINE.fullmatch(line)):
            found.setdefault(match["name"].upper(), []).append(match["value"])
        elif line:
            raise ValueError("a line is not a property")
    if found.get("BEGIN", []) != ["VCALENDAR", "VEVENT"]:
        raise ValueError("expected one VCALENDAR with one VEVENT")
    return CalendarPart(
        method=_one(found, "METHOD").upper(),
        uid=_one(found, "UID"),
        sequence=int(_one(found, "SEQUENCE")),
        start=_one(found, "DTSTART"),
        end=_one(found, "DTEND"),
        organiser=_address(_one(found, "ORGANIZER")),
        attendees=tuple(_address(value) for value in found.get("ATTENDEE", [])),
        summary=_one(found, "SUMMARY"),
    )


def check_calendar(mail: EmailMessage, mailbox: str) -> None:
    """Refuse a calendar mail that is no invitation of this mailbox to its one recipient.

    Raises:
        GraphError: 400.
    """
    for part in mail.walk():
        if part.get_content_type() != "text/calendar":
            continue
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes) or b"BEGIN:VEVENT" not in content:
            continue
        try:
            event = calendar_part(content)
        except ValueError as error:
            raise invalid_value("text/calendar", str(error)) from error
        said = str(part.get_param("method", ""))
        to = [address.casefold() for _name, address in getaddresses(mail.get_all("To", []))]
        if said.upper() != event.method:
            raise invalid_value("text/calendar", "the method parameter must say what METHOD says")
        if event.method in {"REQUEST", "CANCEL"} and event.organiser != mailbox.casefold():
            raise invalid_value("text/calendar", "ORGANIZER must be the mailbox that sends")
        if event.method in {"REQUEST", "CANCEL"} and list(event.attendees) != to:
            raise invalid_value("text/calendar", "ATTENDEE must be the one recipient")


def _one(found: dict[str, list[str]], name: str) -> str:
    values = found.get(name, [])
    if len(values) != 1:
        raise ValueError(f"expected one {name}")
    return values[0]


def _address(value: str) -> str:
    return value.casefold().removeprefix("mailto:")
