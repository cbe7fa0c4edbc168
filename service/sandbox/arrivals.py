"""Mail that comes in: whatever bytes somebody sends to a mailbox, as Exchange would show and keep them."""

import uuid
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

from service.sandbox.bodies import stored_html
from service.sandbox.ids import ItemId
from service.sandbox.inboxes import Kind, Letter
from service.sandbox.mail import Message
from service.sandbox.mailboxes import Mailbox
from service.sandbox.state import Sandbox

# Exchange takes the mail of a meeting's guest for a meeting message of its own kind (resources/eventmessage).
_MEETING_MESSAGE = "#microsoft.graph.eventMessageResponse"


def arrive(sandbox: Sandbox, mailbox: Mailbox, raw: bytes, *, authenticated: bool = True) -> Message:
    """Put a mail into the inbox, with what Exchange found out about its sender on top. Anything is taken: whoever reads
    it must cope. ``authenticated``: the domain it names has sent it."""
    now = sandbox.clock.now()
    try:
        parsed = message_from_bytes(raw, policy=policy.default)
        name, address = parseaddr(str(parsed.get("From", "")))
        subject, body, calendar = str(parsed.get("Subject", "")), _words(parsed), _is_reply(parsed)
        internet_id = str(parsed.get("Message-ID", ""))
    except Exception:  # noqa: BLE001 - a mail nobody can parse is delivered all the same
        name, address, subject, body, calendar, internet_id = "", "", "", "", False, ""
    message = Message(
        ids=ItemId.new(),
        internet_id=internet_id or f"<{uuid.uuid4().hex}@sandbox.example>",
        subject=subject,
        body_html=stored_html({"contentType": "text", "content": body}),
        to=[{"name": mailbox.name, "address": mailbox.address}],
        cc=[],
        bcc=[],
        reply_to=[],
        headers=(),
        attachments=(),
        extended={},
        values={"importance": "normal", "categories": []},
        created=now,
        draft=False,
        sent=now,
        incoming_from={"name": name or address, "address": address},
        raw=_stamp(address, authenticated=authenticated) + raw,
        kind=_MEETING_MESSAGE if calendar else None,
    )
    mailbox.messages.add(message)
    letter = Letter(kind=Kind.MESSAGE, subject=subject, html=message.body_html, sender=address)
    sandbox.post.deliver(mailbox.address, letter, now)
    sandbox.publish_mail(mailbox, message)
    return message


def _stamp(address: str, *, authenticated: bool) -> bytes:
    """The header as Exchange Online writes it (learn.microsoft.com/defender-office-365/message-headers-eop-mdo)."""
    domain = "".join(char for char in address.rpartition("@")[2] if char.isascii() and char.isprintable()) or "none"
    said, action, reason = ("pass", "none", "100") if authenticated else ("fail", "oreject", "000")
    return (
        f"Authentication-Results: spf={said} (sender IP is 192.0.2.1) smtp.mailfrom={domain}; dkim={said}"
        f" (signature was verified) header.d={domain};dmarc={said} action={action}"
        f" header.from={domain};compauth={said} reason={reason}\r\n"
    ).encode()


def _is_reply(parsed: Any) -> bool:
    return any(part.get_content_type() == "text/calendar" for part in parsed.walk())


def _words(parsed: EmailMessage) -> str:
    shown = parsed.get_body(("plain", "html"))
    return "" if shown is None else str(shown.get_content())
