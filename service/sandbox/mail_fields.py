"""Which message properties may be written, and what each may hold."""

import base64
import binascii
import re
import uuid
from datetime import datetime
from typing import Any

from service.sandbox.bodies import BODY, stored_html
from service.sandbox.errors import invalid_recipients, invalid_value
from service.sandbox.fields import EXTENDED, RECIPIENT, boolean, extended_values, listing, one_of, record, text
from service.sandbox.ids import ItemId
from service.sandbox.inboxes import Attachment
from service.sandbox.mail import Message

MOST_RECIPIENTS = 500


def _header_name(value: Any, path: str) -> str:
    name: str = text(200)(value, path)
    if not name.casefold().startswith("x-") or not name.isascii() or not name.replace("-", "").isalnum():
        raise invalid_value(path, "the name of a custom header must start with 'x-'")
    return name


def _header_value(value: Any, path: str) -> str:
    content: str = text(995)(value, path)
    if not content.isprintable():
        raise invalid_value(path, "a header is one line of text")
    return content


def _internet_id(value: Any, path: str) -> str:
    content: str = text(995)(value, path)
    if not re.fullmatch(r"<[^<>@\s]+@[^<>@\s]+>", content):
        raise invalid_value(path, "a Message-ID is written <id@domain>")
    return content


def _base64(value: Any, path: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, ValueError, binascii.Error) as error:
        raise invalid_value(path, "expected base64") from error


_ATTACHMENT = record(
    {"name": text(), "contentType": text(), "contentBytes": _base64, "isInline": boolean, "contentId": text()},
    required=("name", "contentBytes"),
)
_RECIPIENTS = listing(RECIPIENT, most=MOST_RECIPIENTS)

_MESSAGE = record(
    {
        "subject": text(),
        "body": BODY,
        "from": RECIPIENT,
        "sender": RECIPIENT,
        "toRecipients": _RECIPIENTS,
        "ccRecipients": _RECIPIENTS,
        "bccRecipients": _RECIPIENTS,
        "replyTo": _RECIPIENTS,
        "internetMessageId": _internet_id,
        "importance": one_of("low", "normal", "high"),
        "categories": listing(text(), most=100),
        "isDeliveryReceiptRequested": boolean,
        "isReadReceiptRequested": boolean,
        "internetMessageHeaders": listing(
            record({"name": _header_name, "value": _header_value}, required=("name", "value")), most=5
        ),
        "attachments": listing(_ATTACHMENT, most=100),
        "singleValueExtendedProperties": EXTENDED,
    }
)
_SEND = record({"message": _MESSAGE, "savetosentitems": boolean}, required=("message",))


def _people(entries: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [
        {"name": entry["emailAddress"].get("name") or entry["emailAddress"]["address"], **entry["emailAddress"]}
        for entry in entries
    ]


def read_message(body: dict[str, Any], at: datetime) -> Message:
    """Check the body of a draft and return it as one.

    Raises:
        GraphError: 400, an unknown property, a value it cannot take, a header that does not start with ``x-``.
    """
    return _message(_MESSAGE(body, ""), at)


def read_send(body: dict[str, Any], at: datetime) -> tuple[Message, bool]:
    """Check the body of sendMail; return the message and whether to keep it in Sent Items.

    Names of action parameters are read without regard to case, as Graph does: the Python SDK writes ``Message``.

    Raises:
        GraphError: 400, as for a draft, or nobody to send to.
    """
    values = _SEND({name if name.startswith("@") else name.casefold(): value for name, value in body.items()}, "")
    message = _message(values["message"], at)
    check_recipients(message)
    return message, values.get("savetosentitems", True)


def check_recipients(message: Message) -> None:
    """Refuse to send to nobody, or to more than Exchange's limit.

    Raises:
        GraphError: 400 ``ErrorInvalidRecipients``.
    """
    if not 1 <= len(message.recipients()) <= MOST_RECIPIENTS:
        raise invalid_recipients(f"A message needs from 1 to {MOST_RECIPIENTS} recipients.")


def _message(values: dict[str, Any], at: datetime) -> Message:
    headers = values.get("internetMessageHeaders", ())
    return Message(
        ids=ItemId.new(),
        internet_id=values.get("internetMessageId") or f"<{uuid.uuid4().hex}@sandbox.example>",
        subject=values.get("subject", ""),
        body_html=stored_html(values.get("body", {"contentType": "html", "content": ""})),
        to=_people(values.get("toRecipients", [])),
        cc=_people(values.get("ccRecipients", [])),
        bcc=_people(values.get("bccRecipients", [])),
        reply_to=_people(values.get("replyTo", [])),
        headers=tuple((header["name"], header["value"]) for header in headers),
        attachments=tuple(
            Attachment(entry["name"], entry.get("contentType", "application/octet-stream"), entry["contentBytes"])
            for entry in values.get("attachments", ())
        ),
        extended=extended_values(values.get("singleValueExtendedProperties", [])),
        values={"importance": values.get("importance", "normal"), "categories": values.get("categories", [])},
        created=at,
    )
