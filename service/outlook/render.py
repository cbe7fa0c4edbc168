"""What goes into Outlook, as the exact bytes that will be sent: built with msgraph-sdk's models.

The same draft always gives the same bytes, so that a try after a lost reply is the same request.
A missing value stays out of the JSON: an explicit None would be sent as null and clear the property.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from kiota_serialization_json.json_serialization_writer import JsonSerializationWriter
from msgraph.generated.models.attendee import Attendee as GraphAttendee
from msgraph.generated.models.attendee_type import AttendeeType
from msgraph.generated.models.body_type import BodyType
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.email_address import EmailAddress
from msgraph.generated.models.event import Event
from msgraph.generated.models.internet_message_header import InternetMessageHeader
from msgraph.generated.models.item_body import ItemBody
from msgraph.generated.models.location import Location
from msgraph.generated.models.message import Message
from msgraph.generated.models.online_meeting_provider_type import OnlineMeetingProviderType
from msgraph.generated.models.recipient import Recipient
from msgraph.generated.models.sensitivity import Sensitivity
from msgraph.generated.models.single_value_legacy_extended_property import SingleValueLegacyExtendedProperty
from msgraph.generated.users.item.events.item.cancel.cancel_post_request_body import CancelPostRequestBody

from service.domain import london

if TYPE_CHECKING:
    from kiota_abstractions.serialization import Parsable

# Found again by this property when an answer was lost. The name part is compared with regard to case.
KEY_PROPERTY = "String {7c1f6f2e-3a55-4d0e-9b0a-5f2f6f6a9d41} Name ConveneKey"
KEY_HEADER = "x-convene-key"

# Exchange's limit for one event (Microsoft Graph event resource type).
MOST_ATTENDEES = 500


@dataclass(frozen=True, slots=True)
class Attendee:
    """One inbox invited to the event. ``required`` is Outlook's required or optional."""

    address: str
    name: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class EventDraft:
    """One meeting as an event. ``start`` and ``end`` are aware; ``venue`` is empty when it is only online.

    ``transaction_id`` is the outbox row's and makes a repeated POST harmless; ``meeting_key`` is what the event is
    found by (``KEY_PROPERTY``). ``html`` is the same for all guests and carries no identity and no token.
    """

    transaction_id: str
    subject: str
    html: str
    start: datetime
    end: datetime
    attendees: tuple[Attendee, ...]
    online: bool
    venue: str
    meeting_key: str


@dataclass(frozen=True, slots=True)
class MessageDraft:
    """One mail to one inbox. ``key`` is the outbox row's; ``reply_to`` is empty for the mailbox itself."""

    to: str
    to_name: str
    subject: str
    body: str
    key: str
    is_html: bool = False
    reply_to: str = ""


def event_bytes(draft: EventDraft, *, unasked: bool = False) -> bytes:
    """The body of POST ``/users/{mailbox}/events``. ``unasked``: nobody may be invited to it, so that it stands in
    nobody's calendar but the organiser's.

    Raises:
        ValueError: a time without a zone, an end not after the start, nobody or too many to invite.
    """
    if not draft.attendees and not unasked:
        raise ValueError("an event needs guests, unless it is meant to have none")
    return _written(event_of_draft(draft))


def event_of_draft(draft: EventDraft) -> Event:
    """The SDK's model of an event; raises ValueError as ``event_bytes`` does, but may have no guests."""
    if london.to_utc(draft.end) <= london.to_utc(draft.start):
        raise ValueError("the event must end after it starts")
    event = Event(
        transaction_id=draft.transaction_id,
        subject=_line(draft.subject),
        body=ItemBody(content_type=BodyType.Html, content=draft.html),
        start=_moment(draft.start),
        end=_moment(draft.end),
        attendees=_attendees(draft.attendees),
        sensitivity=Sensitivity.Private,
        hide_attendees=True,
        response_requested=True,
        allow_new_time_proposals=True,
        single_value_extended_properties=[_key(draft.meeting_key)],
    )
    if draft.venue:
        event.location = Location(display_name=_line(draft.venue))
    if draft.online:
        event.is_online_meeting = True
        event.online_meeting_provider = OnlineMeetingProviderType.TeamsForBusiness
    return event


def move_bytes(start: datetime, end: datetime, venue: str = "") -> bytes:
    """The body of a PATCH that moves an event; Exchange tells all guests and asks them again.

    The body of the event is left alone: rewriting it would cut the Teams meeting off (Microsoft Graph, update event).

    Raises:
        ValueError: a time without a zone, or an end not after the start.
    """
    if london.to_utc(end) <= london.to_utc(start):
        raise ValueError("the event must end after it starts")
    event = Event(start=_moment(start), end=_moment(end))
    if venue:
        event.location = Location(display_name=_line(venue))
    return _written(event)


def restore_bytes(
    *,
    times: tuple[datetime, datetime] | None = None,
    venue: str | None = None,
    subject: str | None = None,
    html: str | None = None,
) -> bytes:
    """The body of a PATCH that puts back what somebody changed in Outlook; what is None is left alone.

    Exchange tells all guests. Never pass ``html`` for an online event: it would cut its Teams meeting off.

    Raises:
        ValueError: a time without a zone, or nothing to put back.
    """
    if times is None and venue is None and subject is None and html is None:
        raise ValueError("nothing to put back")
    event = Event()
    if times is not None:
        event.start, event.end = _moment(times[0]), _moment(times[1])
    if venue is not None:
        event.location = Location(display_name=_line(venue))
    if subject is not None:
        event.subject = _line(subject)
    if html is not None:
        event.body = ItemBody(content_type=BodyType.Html, content=html)
    return _written(event)


def attendees_bytes(attendees: tuple[Attendee, ...]) -> bytes:
    """The body of a PATCH that adds or withdraws guests: always the whole list, as Graph replaces it whole.

    Where the last guest is withdrawn the list is empty: the event stands in nobody's calendar but the organiser's.

    Raises:
        ValueError: too many to invite.
    """
    return _written(Event(attendees=_attendees(attendees)))


def cancel_bytes(comment: str) -> bytes:
    """The body of POST ``…/cancel``; the comment reaches every guest."""
    return _written(CancelPostRequestBody(comment=comment))


def message_bytes(draft: MessageDraft) -> bytes:
    """The body of POST ``/users/{mailbox}/messages``, which makes a draft that is sent afterwards."""
    kind = BodyType.Html if draft.is_html else BodyType.Text
    message = Message(
        subject=_line(draft.subject),
        body=ItemBody(content_type=kind, content=draft.body),
        to_recipients=[Recipient(email_address=_address(draft.to, draft.to_name))],
        internet_message_headers=[InternetMessageHeader(name=KEY_HEADER, value=_line(draft.key))],
        single_value_extended_properties=[_key(draft.key)],
    )
    if draft.reply_to:
        message.reply_to = [Recipient(email_address=_address(draft.reply_to, ""))]
    return _written(message)


async def warm() -> None:
    """Render one event in a thread, so that the SDK's late imports are done before anything waits for them."""
    await asyncio.to_thread(_rehearse)


def _rehearse() -> None:
    start = datetime(2026, 1, 5, 10, tzinfo=UTC)
    guest = Attendee("desk@agency.example", "Desk")
    event_bytes(
        EventDraft(
            "t", "s", "<p></p>", start, start + timedelta(hours=1), (guest,), online=True, venue="v", meeting_key="k"
        )
    )
    message_bytes(MessageDraft("desk@agency.example", "Desk", "s", "b", "k"))


def _written(model: Parsable) -> bytes:
    writer = JsonSerializationWriter()
    writer.write_object_value(None, model)
    return writer.get_serialized_content()


def _moment(instant: datetime) -> DateTimeTimeZone:
    # A wall time with its zone, never an offset: Outlook then shows it rightly on both sides of a clock change.
    if london.shown_twice(instant):
        # Which of the two was meant cannot be said in London's time, and an urgent meeting may be held at any hour.
        return DateTimeTimeZone(date_time=_seconds(instant), time_zone="UTC")
    return DateTimeTimeZone(date_time=london.wall(instant), time_zone=london.GRAPH_ZONE)


def _seconds(instant: datetime) -> str:
    return london.to_utc(instant).replace(tzinfo=None).isoformat(timespec="seconds")


def _attendees(attendees: tuple[Attendee, ...]) -> list[GraphAttendee]:
    if len(attendees) > MOST_ATTENDEES:
        raise ValueError(f"an event has at most {MOST_ATTENDEES} guests")
    return [
        GraphAttendee(
            type=AttendeeType.Required if guest.required else AttendeeType.Optional,
            email_address=_address(guest.address, guest.name),
        )
        for guest in attendees
    ]


def _address(address: str, name: str) -> EmailAddress:
    # Outlook shows carets for a double quote in a name (RFC 6868), so it gets a single one.
    return EmailAddress(address=address, name=_line(name).replace('"', "'") or address)


def _key(value: str) -> SingleValueLegacyExtendedProperty:
    return SingleValueLegacyExtendedProperty(id=KEY_PROPERTY, value=value)


def _line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
