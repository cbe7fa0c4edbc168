"""What an agency's calendar program does with a calendar mail: it answers by mail (RFC 5546, REPLY and COUNTER)."""

import uuid
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime

from service.sandbox.answers import Answer, CannotAnswerError, Response
from service.sandbox.arrivals import arrive
from service.sandbox.calendar_parts import CalendarPart, calendar_part
from service.sandbox.inboxes import InboxItem
from service.sandbox.mailboxes import Mailbox
from service.sandbox.state import Sandbox

_PARTSTAT = {Response.ACCEPT: "ACCEPTED", Response.TENTATIVE: "TENTATIVE", Response.DECLINE: "DECLINED"}
_WORD = {"ACCEPTED": "Accepted", "TENTATIVE": "Tentative", "DECLINED": "Declined", "DELEGATED": "Delegated"}


def part_of_item(item: InboxItem) -> CalendarPart | None:
    """Return the calendar part an inbox item carries, or None."""
    for file in item.attachments:
        if file.content_type.partition(";")[0].strip().casefold() == "text/calendar":
            try:
                return calendar_part(file.content)
            except ValueError:
                return None
    return None


def find_calendar_mail(sandbox: Sandbox, address: str, reference: str) -> CalendarPart | None:
    """Return the newest calendar mail of an address whose UID or summary carries the reference."""
    for item in reversed(sandbox.post.items(address) or []):
        part = part_of_item(item)
        if part is not None and (reference == part.uid or reference in part.summary):
            return part
    return None


def stands(items: list[InboxItem], part: CalendarPart) -> bool:
    """Tell whether a part is the newest word about its meeting and still asks for an answer."""
    parts = [found for item in items if (found := part_of_item(item)) is not None and found.uid == part.uid]
    return part.method == "REQUEST" and part.sequence == max(each.sequence for each in parts)


def answer_by_mail(
    sandbox: Sandbox, address: str, part: CalendarPart, given: Answer, delegate: str | None = None
) -> None:
    """Send the answer to the organiser's mailbox.

    Raises:
        CannotAnswerError: cancelled, or the organiser is not of this tenant.
    """
    mailbox = sandbox.hosted(part.organiser)
    if part.method != "REQUEST":
        raise CannotAnswerError("the meeting was cancelled")
    if mailbox is None:
        raise CannotAnswerError("the organiser is not of this tenant")
    partstat = "DELEGATED" if delegate else _PARTSTAT[given.response]
    method = "COUNTER" if given.proposed is not None else "REPLY"
    arrive(sandbox, mailbox, _mail(sandbox, mailbox, address, part, given, (method, partstat), delegate))


def reply_to(item: InboxItem, sender: str, mailbox: str, words: str) -> bytes:
    """Write an ordinary answer to an inbox item, in its thread."""
    mail = EmailMessage(policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, mailbox, f"Re: {item.subject}"
    mail["Message-ID"] = f"<{uuid.uuid4().hex}@{sender.partition('@')[2]}>"
    if item.internet_id:
        mail["In-Reply-To"] = mail["References"] = item.internet_id
    mail.set_content(words)
    return mail.as_bytes()


def _mail(
    sandbox: Sandbox,
    mailbox: Mailbox,
    address: str,
    part: CalendarPart,
    given: Answer,
    said: tuple[str, str],
    delegate: str | None,
) -> bytes:
    now, (method, partstat), sender = sandbox.clock.now(), said, given.sent_as or address
    times = (part.start, part.end)
    if given.proposed is not None:
        times = (_written(given.proposed[0].instant), _written(given.proposed[1].instant))
    who = f"ATTENDEE;PARTSTAT={partstat}"
    others = []
    if delegate:
        who += f';DELEGATED-TO="mailto:{delegate}"'
        others.append(f'ATTENDEE;PARTSTAT=NEEDS-ACTION;DELEGATED-FROM="mailto:{sender}":mailto:{delegate}')
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Sandbox//Calendar//EN", f"METHOD:{method}", "BEGIN:VEVENT",
        f"UID:{part.uid}", f"SEQUENCE:{part.sequence}", f"DTSTAMP:{_written(now)}", f"DTSTART:{times[0]}",
        f"DTEND:{times[1]}", f"SUMMARY:{part.summary}", f"ORGANIZER:mailto:{part.organiser}",
        f"{who}:mailto:{sender}", *others, *([f"COMMENT:{_escaped(given.comment)}"] if given.comment else []),
        "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    mail = EmailMessage(policy.SMTP)
    mail["From"], mail["To"] = sender, mailbox.address
    mail["Subject"] = f"{_WORD[partstat]}: {part.summary}"
    mail["Date"], mail["Message-ID"] = format_datetime(now), f"<{uuid.uuid4().hex}@{sender.partition('@')[2]}>"
    mail.set_content(given.comment or "")
    mail.add_alternative("\r\n".join(lines), subtype="calendar", cte="base64", params={"method": method})
    return mail.as_bytes()


def _written(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace(",", "\\,").replace(";", "\\;")
