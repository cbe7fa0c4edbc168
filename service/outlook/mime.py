"""Calendar mail as the exact MIME bytes that will be sent, the only form in which Graph takes an iMIP mail (RFC 6047).

The same draft always gives the same bytes. Outlook looks for the calendar part in the first child of the whole and
goes by the METHOD inside it, so the part's ``method`` says the same ([MS-OXCICAL], [MS-STANOICAL]).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.utils import format_datetime
from hashlib import sha256

from service.outlook.render import KEY_HEADER

_POLICY = policy.SMTP.clone(max_line_length=76)
_MEANING = frozenset('"\\,;:<>()[]@')


@dataclass(frozen=True, slots=True)
class CalendarMailDraft:
    """One calendar mail to one inbox. ``key`` is the outbox row's; ``calendar`` an iCalendar object with ``method``."""

    sender: str
    sender_name: str
    to: str
    to_name: str
    subject: str
    text: str
    html: str
    calendar: bytes
    method: str
    key: str
    written_at: datetime


def mime_bytes(draft: CalendarMailDraft) -> bytes:
    """The whole mail: words for every reader, the calendar part, and the same as a file where gateways strip parts.

    Raises:
        ValueError: an address or a header that cannot be written.
    """
    mail = EmailMessage(_POLICY)
    mail["From"] = Address(_name(draft.sender_name), addr_spec=draft.sender)
    mail["To"] = Address(_name(draft.to_name), addr_spec=draft.to)
    mail["Subject"] = " ".join(draft.subject.split())
    mail["Date"] = format_datetime(draft.written_at.astimezone(UTC))
    mail["Message-ID"] = message_id(draft.key, draft.sender)
    mail[KEY_HEADER] = draft.key
    # Python's policy writes a header for each part that only the whole may have.
    mail.set_content(draft.text, cte="quoted-printable")
    mail.add_alternative(draft.html, subtype="html", cte="quoted-printable")
    mail.add_alternative(
        draft.calendar.decode(),
        subtype="calendar",
        cte="base64",
        params={"method": draft.method, "component": "VEVENT"},
    )
    mail.add_attachment(draft.calendar, maintype="application", subtype="ics", filename="invite.ics")
    _name_boundaries(mail, draft.key)
    return mail.as_bytes()


def message_id(key: str, mailbox_address: str) -> str:
    """What finds the mail again: Graph keeps no extended property of a draft that is made from MIME."""
    return f"<{key}@{mailbox_address.partition('@')[2]}>"


def as_graph_takes_it(mime: bytes) -> bytes:
    """The body of a Graph request that carries MIME: base64 of the whole, as ``text/plain``."""
    return base64.b64encode(mime)


def readable(mime: bytes) -> bytes:
    """Every word a reader of the mail could see, with encodings, folds and escapes taken out: for the leak check."""
    parsed = message_from_bytes(mime, policy=policy.default)
    found = [str(value) for value in parsed.values()]
    for part in parsed.walk():
        content = None if part.is_multipart() else part.get_payload(decode=True)
        if isinstance(content, bytes):
            text = content.decode("utf-8", errors="replace")
            found.append(_unfolded(text) if "BEGIN:VCALENDAR" in text else text)
    return "\n".join(found).encode()


def _unfolded(calendar: str) -> str:
    whole = calendar.replace("\r\n ", "").replace("\n ", "").replace("\\n", "\n").replace("\\N", "\n")
    return whole.replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\")


def _name_boundaries(mail: MIMEPart, key: str) -> None:
    for number, part in enumerate(part for part in mail.walk() if part.is_multipart()):
        part.set_boundary(f"={sha256(f'{key}/{number}'.encode()).hexdigest()[:32]}=")


def _name(name: str) -> str:
    # What has a meaning in an address list could make one name into two recipients.
    return " ".join("".join(char if char.isprintable() and char not in _MEANING else " " for char in name).split())
