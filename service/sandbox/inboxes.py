"""The inboxes of everybody who is ever sent anything."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What an inbox item is."""

    INVITE = "invite"
    UPDATE = "update"
    CANCEL = "cancel"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class EventRef:
    """Which event of which organiser an item is about."""

    mailbox: str
    immutable_id: str
    uid: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file on a message; ``content`` is its bytes."""

    name: str
    content_type: str
    content: bytes = field(repr=False)


@dataclass(slots=True)
class InboxItem:
    """One thing in one inbox."""

    number: int
    kind: Kind
    subject: str
    html: str
    sender: str
    received: datetime
    event: EventRef | None = None
    note: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[Attachment, ...] = ()
    read: bool = False
    internet_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is about to be put into an inbox."""

    kind: Kind
    subject: str
    html: str
    sender: str
    event: EventRef | None = None
    note: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[Attachment, ...] = ()
    internet_id: str = ""


class PostOffice:
    """Delivers at once, and keeps every item in order of arrival."""

    def __init__(self) -> None:
        self._inboxes: dict[str, list[InboxItem]] = {}
        self._spelling: dict[str, str] = {}

    def deliver(self, address: str, letter: Letter, at: datetime) -> InboxItem:
        """Put a letter into the inbox of an address, making the inbox when it is the first."""
        key = address.casefold()
        self._spelling.setdefault(key, address)
        inbox = self._inboxes.setdefault(key, [])
        item = InboxItem(
            number=len(inbox) + 1,
            kind=letter.kind,
            subject=letter.subject,
            html=letter.html,
            sender=letter.sender,
            received=at,
            event=letter.event,
            note=letter.note,
            headers=letter.headers,
            attachments=letter.attachments,
            internet_id=letter.internet_id,
        )
        inbox.append(item)
        return item

    def open_empty(self, address: str) -> None:
        """Make an inbox that has had nothing yet."""
        self._spelling.setdefault(address.casefold(), address)
        self._inboxes.setdefault(address.casefold(), [])

    def addresses(self) -> list[str]:
        """Return every address with an inbox, sorted."""
        return sorted(self._spelling.values(), key=str.casefold)

    def items(self, address: str) -> list[InboxItem] | None:
        """Return an inbox's items, oldest first, or None where nothing was ever sent."""
        return self._inboxes.get(address.casefold())

    def unread(self, address: str) -> int:
        """Return how many items nobody has opened."""
        return sum(not item.read for item in self.items(address) or ())

    def counts(self, address: str) -> dict[str, int]:
        """Return how many items of each kind an address received."""
        found = Counter(item.kind for item in self.items(address) or ())
        return {kind.value: found[kind] for kind in Kind}
