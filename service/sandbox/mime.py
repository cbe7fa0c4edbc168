"""Messages handed over as base64 MIME, the only way to send a true calendar mail through Graph."""

import base64
import binascii
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses

from service.sandbox.bodies import stored_html
from service.sandbox.calendar_parts import check_calendar
from service.sandbox.errors import GraphError, invalid_recipients
from service.sandbox.fields import is_address
from service.sandbox.ids import ItemId
from service.sandbox.inboxes import Attachment
from service.sandbox.mail import Message


def read_mime(raw: bytes, at: datetime, mailbox: str) -> Message:
    """Read a message from base64 MIME; calendar parts become attachments with their full content type.

    Raises:
        GraphError: 400, not base64 (``ErrorMimeContentInvalidBase64String``), an address that is not one, or a
            calendar part that no program would take for an invitation; 403, from somebody other than the mailbox.
    """
    try:
        content = base64.b64decode(b"".join(raw.split()), validate=True)
    except (ValueError, binascii.Error) as error:
        text = "Invalid base64 string for MIME content."
        raise GraphError(400, "ErrorMimeContentInvalidBase64String", text) from error
    parsed = message_from_bytes(content, policy=policy.default)
    _check_sender(parsed, mailbox)
    check_calendar(parsed, mailbox)
    shown = parsed.get_body(("html", "plain"))
    kind = "html" if shown is not None and shown.get_content_subtype() == "html" else "text"
    body = "" if shown is None else str(shown.get_content())
    return Message(
        ids=ItemId.new(),
        internet_id=str(parsed.get("Message-ID", "")),
        subject=str(parsed.get("Subject", "")),
        body_html=stored_html({"contentType": kind, "content": body}),
        to=_people(parsed, "To"),
        cc=_people(parsed, "Cc"),
        bcc=_people(parsed, "Bcc"),
        reply_to=_people(parsed, "Reply-To"),
        headers=tuple((name, str(value)) for name, value in parsed.items() if name.casefold().startswith("x-")),
        attachments=tuple(_files(parsed)),
        extended={},
        values={"importance": "normal", "categories": []},
        created=at,
    )


def _check_sender(parsed: EmailMessage, mailbox: str) -> None:
    for _name, address in getaddresses([str(value) for value in parsed.get_all("From", [])]):
        if address.casefold() != mailbox.casefold():
            text = (
                "The user account which was used to submit this request does not have the right to send mail on behalf."
            )
            raise GraphError(403, "ErrorSendAsDenied", text)


def _people(parsed: EmailMessage, header: str) -> list[dict[str, str]]:
    found = getaddresses([str(value) for value in parsed.get_all(header, [])])
    for _name, address in found:
        if not is_address(address):
            raise invalid_recipients(f"At least one recipient is not valid: {header}.")
    return [{"name": name or address, "address": address} for name, address in found]


def _files(parsed: EmailMessage) -> list[Attachment]:
    files = []
    for part in parsed.walk():
        if part.is_multipart():
            continue
        if part.get_content_type() == "text/calendar" or part.get_filename():
            kind = " ".join(str(part.get("Content-Type", "text/plain")).split())
            data = part.get_payload(decode=True)
            content = data if isinstance(data, bytes) else b""
            files.append(Attachment(part.get_filename() or "invite.ics", kind, content))
    return files
