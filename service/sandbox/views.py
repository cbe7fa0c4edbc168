"""The sandbox's state as plain values, for the control API."""

import base64
from typing import Any

from service.sandbox.clock import graph_instant
from service.sandbox.events import Event
from service.sandbox.inboxes import InboxItem
from service.sandbox.mail import Message
from service.sandbox.mailboxes import Mailbox
from service.sandbox.state import Sandbox


def state_view(sandbox: Sandbox, *, calls: bool) -> dict[str, Any]:
    """Describe everything; times are instants in UTC, null where something has not happened."""
    now = sandbox.clock.now()
    view: dict[str, Any] = {
        "now": graph_instant(now),
        "mailboxes": {mailbox.address: _mailbox(mailbox) for mailbox in sandbox.mailboxes.values()},
        "deliveries": {address: sandbox.post.counts(address) for address in sandbox.post.addresses()},
        "subscriptions": [held.shown(sandbox.config.client_id) for held in sandbox.subscriptions.active(now)],
        "notifications": {**sandbox.notifier.counts, "under_way": len(sandbox.background)},
        "throttled": sum(mailbox.meter.refused for mailbox in sandbox.mailboxes.values()),
        "faults": sandbox.faults.waiting(),
    }
    if calls:
        view["calls"] = sandbox.calls.shown()
    return view


def _mailbox(mailbox: Mailbox) -> dict[str, Any]:
    return {
        "object_id": mailbox.object_id,
        "denied": mailbox.denied,
        "live_events": len(mailbox.calendar.live()),
        "events": [_event(event) for event in mailbox.calendar],
        "messages": [_message(message) for message in mailbox.messages],
        "in_flight": mailbox.meter.in_flight,
        "max_in_flight": mailbox.meter.most_in_flight,
        "throttled": mailbox.meter.refused,
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "id": event.ids.ordinary,
        "immutable_id": event.ids.immutable,
        "uid": event.uid,
        "transaction_id": event.transaction_id,
        "subject": event.values["subject"],
        "body": event.body_html,
        "start": graph_instant(event.start.instant),
        "end": graph_instant(event.end.instant),
        "location": event.values["location"].get("displayName", ""),
        "join_url": event.join_url,
        "sensitivity": event.values["sensitivity"],
        "hide_attendees": event.values["hideAttendees"],
        "cancelled": event.removed,
        "deleted": event.deleted,
        "sequence": event.sequence,
        "extended_properties": event.extended,
        "attendees": [
            {
                "address": guest.address,
                "type": guest.kind,
                "response": guest.response,
                "time": graph_instant(guest.responded_at) if guest.responded_at else None,
                "proposed": [graph_instant(moment.instant) for moment in guest.proposed] if guest.proposed else None,
            }
            for guest in event.attendees
        ],
    }


def _message(message: Message) -> dict[str, Any]:
    return {
        "id": message.ids.ordinary,
        "immutable_id": message.ids.immutable,
        "subject": message.subject,
        "body": message.body_html,
        "recipients": message.recipients(),
        "from": message.incoming_from["address"] if message.incoming_from else None,
        "draft": message.draft,
        "sent": graph_instant(message.sent) if message.sent else None,
        "headers": dict(message.headers),
        "extended_properties": message.extended,
    }


def inbox_item(item: InboxItem) -> dict[str, Any]:
    """Describe one inbox item; an attachment's content is base64."""
    return {
        "number": item.number,
        "kind": item.kind.value,
        "subject": item.subject,
        "body": item.html,
        "note": item.note,
        "from": item.sender,
        "received": graph_instant(item.received),
        "read": item.read,
        "event": {"uid": item.event.uid, "mailbox": item.event.mailbox} if item.event else None,
        "internet_id": item.internet_id,
        "headers": dict(item.headers),
        "attachments": [
            {"name": file.name, "content_type": file.content_type, "content": base64.b64encode(file.content).decode()}
            for file in item.attachments
        ],
    }
