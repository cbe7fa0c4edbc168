"""What has left the house: the sandbox's calendars and mail, read once and looked at from many sides."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.demo.client import Client

Thing = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outside:
    """The sandbox as it is now."""

    state: Mapping[str, Any]

    def _of_mailboxes(self, kind: str) -> Iterator[Thing]:
        for mailbox in self.state["mailboxes"].values():
            yield from mailbox[kind]

    def all_events(self) -> Sequence[Thing]:
        """Every calendar event there ever was, cancelled ones too."""
        return list(self._of_mailboxes("events"))

    def sent_messages(self) -> Sequence[Thing]:
        """Every message the service has sent."""
        return [one for one in self._of_mailboxes("messages") if not one["draft"] and one["from"] is None]

    def replies(self) -> int:
        """How many answers agencies sent from Outlook."""
        return sum(one["from"] is not None for one in self._of_mailboxes("messages"))

    def events(self, reference: str) -> Sequence[Thing]:
        """The events of one meeting."""
        return [event for event in self.all_events() if reference in event["subject"]]

    def messages(self, address: str, subject: str) -> Sequence[Thing]:
        """The messages to an address whose subject begins so."""
        return [one for one in self.sent_messages() if one["subject"].startswith(subject) and _to(one, address)]

    def anything(self, address: str, reference: str) -> bool:
        """Whether an address was told anything at all about a meeting."""
        told = any(reference in one["subject"] and _to(one, address) for one in self.sent_messages())
        guest = any(
            address.casefold() in {one["address"].casefold() for one in event["attendees"]}
            for event in self.events(reference)
        )
        return told or guest

    def everything(self, reference: str) -> str:
        """All that was said about a meeting, as one text."""
        about = [one for one in self.sent_messages() if reference in one["subject"]]
        return json.dumps([*self.events(reference), *about], ensure_ascii=False)


def _to(message: Thing, address: str) -> bool:
    return address.casefold() in {str(one).casefold() for one in message["recipients"]}


async def look_outside(client: Client) -> Outside:
    """Read the sandbox."""
    return Outside(await client.control("GET", "state?calls=false"))
