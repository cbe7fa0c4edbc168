"""Messages as a mailbox holds them: drafts, and what was sent."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from service.sandbox.fields import same_extended_id
from service.sandbox.ids import ItemId, change_key
from service.sandbox.inboxes import Attachment


@dataclass(slots=True)
class Message:
    """One message; recipients are lists of ``{"name", "address"}``."""

    ids: ItemId
    internet_id: str
    subject: str
    body_html: str
    to: list[dict[str, str]]
    cc: list[dict[str, str]]
    bcc: list[dict[str, str]]
    reply_to: list[dict[str, str]]
    headers: tuple[tuple[str, str], ...]
    attachments: tuple[Attachment, ...]
    extended: dict[str, str]
    values: dict[str, Any]
    created: datetime
    draft: bool = True
    sent: datetime | None = None
    incoming_from: dict[str, str] | None = None
    raw: bytes | None = field(default=None, repr=False)
    kind: str | None = None
    change: str = field(default_factory=change_key)

    @property
    def etag(self) -> str:
        """The ETag of the present state."""
        return f'W/"{self.change}"'

    def recipients(self) -> list[str]:
        """Return every address it goes to, each once, in order."""
        found = {entry["address"].casefold(): entry["address"] for entry in (*self.to, *self.cc, *self.bcc)}
        return list(found.values())

    def has_extended(self, wanted_id: str, value: str) -> bool:
        """Tell whether the extended property holds the value; values compare without regard to case."""
        return any(
            same_extended_id(stored, wanted_id) and held.casefold() == value.casefold()
            for stored, held in self.extended.items()
        )


class MailStore:
    """Every message of one mailbox, in Drafts, Inbox and Sent Items alike."""

    def __init__(self) -> None:
        self._messages: dict[str, Message] = {}
        self._by_ordinary: dict[str, Message] = {}

    def __iter__(self) -> Iterator[Message]:
        return iter(self._messages.values())

    def add(self, message: Message) -> None:
        """Keep a new message."""
        self._messages[message.ids.immutable] = message
        self._by_ordinary[message.ids.ordinary] = message

    def find(self, item_id: str) -> Message | None:
        """Return the message with this id."""
        return self._messages.get(item_id) or self._by_ordinary.get(item_id)

    def arrived_since(self, number: int) -> list[Message]:
        """Return what came in after the first ``number`` arrivals, oldest first."""
        return [message for message in self if message.incoming_from is not None][number:]

    def mark_sent(self, message: Message, at: datetime) -> None:
        """Move a draft to Sent Items; the id it had as a draft dies."""
        del self._by_ordinary[message.ids.ordinary]
        message.ids.move()
        self._by_ordinary[message.ids.ordinary] = message
        message.draft, message.sent, message.change = False, at, change_key()

    def discard(self, message: Message) -> None:
        """Delete a message for good."""
        del self._messages[message.ids.immutable]
        del self._by_ordinary[message.ids.ordinary]
