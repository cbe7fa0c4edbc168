"""Which event properties may be written, and what each may hold."""

import json
from typing import Any

from service.sandbox.bodies import BODY
from service.sandbox.errors import invalid_recipients, invalid_request, invalid_value
from service.sandbox.events import Attendee
from service.sandbox.fields import (
    EMAIL_ADDRESS,
    EXTENDED,
    Check,
    boolean,
    integer,
    listing,
    one_of,
    record,
    text,
)
from service.sandbox.zones import read_moment

MOST_ATTENDEES = 500

_LOCATION = record(
    {
        "displayName": text(),
        "locationType": one_of(
            "default", "conferenceRoom", "homeAddress", "businessAddress", "geoCoordinates", "streetAddress", "hotel",
            "restaurant", "localBusiness", "postalAddress",
        ),
        "locationUri": text(2048),
        "locationEmailAddress": text(),
        "uniqueId": text(),
        "uniqueIdType": one_of("unknown", "locationStore", "directory", "private", "bing"),
        "address": record(
            {name: text() for name in ("street", "city", "state", "countryOrRegion", "postalCode", "type")}
        ),
    }
)  # fmt: skip

_ATTENDEE = record(
    {"type": one_of("required", "optional", "resource"), "emailAddress": EMAIL_ADDRESS}, required=("emailAddress",)
)


def _attendees(value: Any, path: str) -> list[Attendee]:
    if isinstance(value, list) and len(value) > MOST_ATTENDEES:
        raise invalid_recipients(f"An event may have at most {MOST_ATTENDEES} attendees.")
    found: dict[str, Attendee] = {}
    for entry in listing(_ATTENDEE)(value, path):
        mail = entry["emailAddress"]
        found.setdefault(
            mail["address"].casefold(),
            Attendee(mail["address"], mail.get("name") or mail["address"], entry.get("type", "required")),
        )
    return list(found.values())


_PATCHABLE: dict[str, Check] = {
    "subject": text(),
    "body": BODY,
    "start": read_moment,
    "end": read_moment,
    "location": _LOCATION,
    "locations": listing(_LOCATION, most=100),
    "attendees": _attendees,
    "isAllDay": boolean,
    "isOnlineMeeting": boolean,
    "onlineMeetingProvider": one_of("unknown", "skypeForBusiness", "skypeForConsumer", "teamsForBusiness"),
    "sensitivity": one_of("normal", "personal", "private", "confidential"),
    "hideAttendees": boolean,
    "responseRequested": boolean,
    "allowNewTimeProposals": boolean,
    "importance": one_of("low", "normal", "high"),
    "showAs": one_of("free", "tentative", "busy", "oof", "workingElsewhere", "unknown"),
    "categories": listing(text(), most=100),
    "isReminderOn": boolean,
    "reminderMinutesBeforeStart": integer(0, 40_320),
    "singleValueExtendedProperties": EXTENDED,
}

DEFAULTS: dict[str, Any] = {
    "subject": "",
    "body": {"contentType": "html", "content": ""},
    "location": {"displayName": ""},
    "isAllDay": False,
    "isOnlineMeeting": False,
    "onlineMeetingProvider": "unknown",
    "sensitivity": "normal",
    "hideAttendees": False,
    "responseRequested": True,
    "allowNewTimeProposals": True,
    "importance": "normal",
    "showAs": "busy",
    "categories": [],
    "isReminderOn": True,
    "reminderMinutesBeforeStart": 15,
}

_NEW = record({**_PATCHABLE, "transactionId": text(200)}, required=("start", "end"))
_CHANGE = record(_PATCHABLE)


def read_new_event(body: dict[str, Any]) -> dict[str, Any]:
    """Check the body of a create and return its values by Graph name, moments and attendees read.

    Raises:
        GraphError: 400, an unknown or unwritable property, a value it cannot take, an end not after the start.
    """
    values: dict[str, Any] = _NEW(body, "")
    check_span(values["start"].instant, values["end"].instant)
    return values


def read_event_change(body: dict[str, Any]) -> dict[str, Any]:
    """Check the body of a PATCH likewise; ``transactionId`` is fixed at creation.

    Raises:
        GraphError: 400, as for a create, or when nothing is to change.
    """
    if "transactionId" in body:
        raise invalid_request("The property 'transactionId' may not be changed after the event was created.")
    values: dict[str, Any] = _CHANGE(body, "")
    if not values:
        raise invalid_request("The request changes nothing.")
    return values


def check_span(start: Any, end: Any) -> None:
    """Refuse an event that does not end after it starts.

    Raises:
        GraphError: 400, the end is not after the start.
    """
    if end <= start:
        raise invalid_value("end", "the end must be after the start")


def fingerprint(body: dict[str, Any]) -> str:
    """Return the content of a create in one canonical spelling, so that two of them can be compared."""
    content = {name: value for name, value in body.items() if name != "transactionId"}
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
