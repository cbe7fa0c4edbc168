"""Calendar events as the organiser's mailbox holds them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from service.sandbox.fields import same_extended_id
from service.sandbox.ids import ItemId, change_key
from service.sandbox.zones import Moment

RESPONSES = ("none", "organizer", "tentativelyAccepted", "accepted", "declined", "notResponded")


@dataclass(slots=True)
class Attendee:
    """One guest and the answer the organiser has of them."""

    address: str
    name: str
    kind: str = "required"
    response: str = "none"
    responded_at: datetime | None = None
    proposed: tuple[Moment, Moment] | None = None

    def reset(self) -> None:
        """Forget the answer: the meeting they answered to is no longer this one."""
        self.response, self.responded_at, self.proposed = "none", None, None

    def same_invitation(self, other: "Attendee") -> bool:
        """Tell whether the other names the same guest in the same way."""
        return (self.address.casefold(), self.name, self.kind) == (other.address.casefold(), other.name, other.kind)


@dataclass(slots=True)
class Event:
    """One event of one calendar; ``values`` holds the plain properties by Graph name."""

    ids: ItemId
    uid: str
    transaction_id: str | None
    fingerprint: str
    start: Moment
    end: Moment
    body_html: str
    values: dict[str, Any]
    attendees: list[Attendee]
    extended: dict[str, str]
    created: datetime
    modified: datetime
    join_url: str | None = None
    change: str = field(default_factory=change_key)
    version: int = 0
    sequence: int = 0
    removed: bool = False
    deleted: bool = False
    """Removed without a word from the organiser, and not by being cancelled."""

    @property
    def etag(self) -> str:
        """The ETag of the present state."""
        return f'W/"{self.change}"'

    def attendee(self, address: str) -> Attendee | None:
        """Return the guest with this address, whatever its case."""
        wanted = address.casefold()
        return next((guest for guest in self.attendees if guest.address.casefold() == wanted), None)

    def has_extended(self, wanted_id: str, value: str) -> bool:
        """Tell whether the extended property holds the value; values compare without regard to case."""
        return any(
            same_extended_id(stored, wanted_id) and held.casefold() == value.casefold()
            for stored, held in self.extended.items()
        )


class Calendar:
    """The primary calendar of one mailbox, with the version of every change for delta reads."""

    def __init__(self) -> None:
        self._events: dict[str, Event] = {}
        self._by_transaction: dict[str, Event] = {}
        self._by_ordinary: dict[str, Event] = {}
        self.version = 0

    def __iter__(self) -> Iterator[Event]:
        return iter(self._events.values())

    def add(self, event: Event) -> None:
        """Keep a new event; its transactionId stays known for as long as the sandbox lives."""
        self._events[event.ids.immutable] = event
        self._by_ordinary[event.ids.ordinary] = event
        if event.transaction_id is not None:
            self._by_transaction[event.transaction_id] = event
        self._stamp(event)

    def touch(self, event: Event, at: datetime) -> None:
        """Record that an event changed: new changeKey, new version."""
        event.modified = at
        event.change = change_key()
        self._stamp(event)

    def remove(self, event: Event, at: datetime) -> None:
        """Move an event to Deleted Items: its ordinary id dies, its immutable one lives on."""
        event.removed = True
        del self._by_ordinary[event.ids.ordinary]
        event.ids.move()
        self.touch(event, at)

    def find(self, item_id: str) -> Event | None:
        """Return the event with this id, in the calendar or by immutable id in Deleted Items."""
        return self._events.get(item_id) or self._by_ordinary.get(item_id)

    def by_transaction(self, transaction_id: str) -> Event | None:
        """Return the event that used up a transactionId."""
        return self._by_transaction.get(transaction_id)

    def live(self) -> list[Event]:
        """Return the events in the calendar itself, oldest first."""
        return [event for event in self if not event.removed]

    def changed_since(self, version: int) -> list[Event]:
        """Return events changed after a version, in the order of their last change."""
        return sorted((event for event in self if event.version > version), key=lambda event: event.version)

    def _stamp(self, event: Event) -> None:
        self.version += 1
        event.version = self.version
