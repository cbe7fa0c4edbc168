"""Events as Graph writes them."""

from typing import Any

from service.sandbox.bodies import preview, shown_body
from service.sandbox.clock import graph_instant
from service.sandbox.events import Attendee, Event
from service.sandbox.fields import same_extended_id
from service.sandbox.mailboxes import Mailbox
from service.sandbox.preferences import Preferences
from service.sandbox.zones import write_moment

_PLAIN = (
    "subject", "importance", "sensitivity", "isAllDay", "responseRequested", "showAs", "isOnlineMeeting",
    "onlineMeetingProvider", "allowNewTimeProposals", "hideAttendees", "isReminderOn", "reminderMinutesBeforeStart",
    "categories",
)  # fmt: skip


def event_json(
    event: Event, mailbox: Mailbox, preferences: Preferences, expand: tuple[str, ...] | None = None
) -> dict[str, Any]:
    """Write one event; extended properties appear only when ``expand`` names their ids."""
    shown = event.ids.shown(immutable=preferences.immutable)
    never = graph_instant(None)
    result: dict[str, Any] = {
        "@odata.etag": event.etag,
        "id": shown,
        "createdDateTime": graph_instant(event.created),
        "lastModifiedDateTime": graph_instant(event.modified),
        "changeKey": event.change,
        "transactionId": event.transaction_id,
        "originalStartTimeZone": event.start.zone,
        "originalEndTimeZone": event.end.zone,
        "iCalUId": event.uid,
        "uid": event.uid,
        "hasAttachments": False,
        "bodyPreview": preview(event.body_html),
        "isCancelled": event.removed,
        "isOrganizer": True,
        "seriesMasterId": None,
        "type": "singleInstance",
        "webLink": f"https://outlook.office.example/owa/?itemid={event.uid}&path=/calendar/item",
        "onlineMeetingUrl": None,
        "occurrenceId": None,
        "isDraft": False,
        "recurrence": None,
        **{name: event.values[name] for name in _PLAIN},
        "responseStatus": {"response": "organizer", "time": never},
        "body": shown_body(event.body_html, as_text=preferences.text_bodies),
        "start": write_moment(event.start.instant, preferences.timezone),
        "end": write_moment(event.end.instant, preferences.timezone),
        "location": _location(event.values["location"]),
        "locations": [_location(place) for place in event.values["locations"]],
        "attendees": [_attendee(guest) for guest in event.attendees],
        "organizer": {"emailAddress": {"name": mailbox.name, "address": mailbox.address}},
        "onlineMeeting": {"joinUrl": event.join_url} if event.join_url else None,
    }
    found = [
        {"id": stored, "value": value}
        for stored, value in event.extended.items()
        if any(same_extended_id(stored, wanted) for wanted in expand or ())
    ]
    if found:
        result["singleValueExtendedProperties"] = found
    return result


def _location(place: dict[str, Any]) -> dict[str, Any]:
    name = place.get("displayName", "")
    return {"displayName": name, "locationType": "default", "uniqueId": name, "uniqueIdType": "private", **place}


def _attendee(guest: Attendee) -> dict[str, Any]:
    result: dict[str, Any] = {
        "type": guest.kind,
        "status": {"response": guest.response, "time": graph_instant(guest.responded_at)},
        "emailAddress": {"name": guest.name, "address": guest.address},
    }
    if guest.proposed is not None:
        start, end = guest.proposed
        result["proposedNewTime"] = {
            "start": write_moment(start.instant, start.zone),
            "end": write_moment(end.instant, end.zone),
        }
    return result
