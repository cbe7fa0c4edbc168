"""Messages as Graph writes them."""

from typing import Any

from service.sandbox.bodies import preview, shown_body
from service.sandbox.clock import graph_instant
from service.sandbox.fields import same_extended_id
from service.sandbox.mail import Message
from service.sandbox.mailboxes import Mailbox
from service.sandbox.preferences import Preferences


def message_json(
    message: Message, mailbox: Mailbox, preferences: Preferences, expand: tuple[str, ...] | None = None
) -> dict[str, Any]:
    """Write one message; extended properties appear only when ``expand`` names their ids."""
    sent = graph_instant(message.sent or message.created)
    sender = message.incoming_from or {"name": mailbox.name, "address": mailbox.address}
    result: dict[str, Any] = {
        "@odata.etag": message.etag,
        "id": message.ids.shown(immutable=preferences.immutable),
        "createdDateTime": graph_instant(message.created),
        "lastModifiedDateTime": sent,
        "changeKey": message.change,
        "categories": message.values["categories"],
        "receivedDateTime": sent,
        "sentDateTime": sent,
        "hasAttachments": bool(message.attachments),
        "internetMessageId": message.internet_id,
        "subject": message.subject,
        "bodyPreview": preview(message.body_html),
        "importance": message.values["importance"],
        "isRead": message.incoming_from is None,
        "isDraft": message.draft,
        "body": shown_body(message.body_html, as_text=preferences.text_bodies),
        "sender": {"emailAddress": sender},
        "from": {"emailAddress": sender},
        "toRecipients": _people(message.to),
        "ccRecipients": _people(message.cc),
        "bccRecipients": _people(message.bcc),
        "replyTo": _people(message.reply_to),
    }
    if message.kind is not None:
        result["@odata.type"] = message.kind
    found = [
        {"id": stored, "value": value}
        for stored, value in message.extended.items()
        if any(same_extended_id(stored, wanted) for wanted in expand or ())
    ]
    if found:
        result["singleValueExtendedProperties"] = found
    return result


def _people(entries: list[dict[str, str]]) -> list[dict[str, dict[str, str]]]:
    return [{"emailAddress": entry} for entry in entries]
