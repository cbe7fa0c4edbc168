"""The acts in Outlook. Each takes the bytes frozen by the outbox and is safe to try again after any failure.

Creating is made safe by the transactionId, changing by looking first, cancelling by taking "not there" as done,
and mailing by a draft that can be found again by its key before anything is sent.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from service.domain.drift import text_of
from service.outlook.adapter import GraphCalls
from service.outlook.errors import Duplicate, Gone
from service.outlook.mime import as_graph_takes_it, message_id
from service.outlook.models import EventSeen, MessageSeen, event_of, json_of, moment_of
from service.outlook.read import read_event
from service.outlook.render import KEY_PROPERTY

_EVENTS = "/users/{mailbox}/events"
_EVENT = "/users/{mailbox}/events/{event}"
_CANCEL = "/users/{mailbox}/events/{event}/cancel"
_MESSAGES = "/users/{mailbox}/messages"
_MESSAGE = "/users/{mailbox}/messages/{message}"
_SEND = "/users/{mailbox}/messages/{message}/send"


@dataclass(frozen=True, slots=True)
class EventHanded:
    """An event that is in the mailbox. ``join_url`` is empty when Teams gave none.

    ``existed`` tells that it was already there, ``changed`` that a change was sent now.
    """

    graph_id: str
    ical_uid: str
    join_url: str
    change_key: str
    existed: bool = False
    changed: bool = True


class Form(StrEnum):
    """How a mail's bytes are written: Graph's JSON, or MIME, in which alone a calendar mail can be sent."""

    JSON = "json"
    MIME = "mime"


@dataclass(frozen=True, slots=True)
class MessageHanded:
    """A mail that Outlook has accepted; ``sent_before`` tells that an earlier try had already sent it."""

    graph_id: str
    sent_before: bool


async def create_event(
    graph: GraphCalls, mailbox_address: str, body: bytes, meeting_key: str, *, look_first: bool = False
) -> EventHanded:
    """Create the event, or find the one an earlier try created. Mail goes out to its guests.

    ``look_first`` on any try but the first: its bytes may differ from those that made the event, and how long Graph
    remembers a transactionId nobody says.

    Raises:
        Duplicate: the transactionId is used up, yet no event can be found by id or key: a matter for a person.
        GraphError: as for ``Graph.call``.
    """
    if look_first and (before := await find_event(graph, mailbox_address, meeting_key)) is not None:
        return _handed(before, existed=True, changed=False)
    try:
        answer = await graph.call("POST", _EVENTS, {"mailbox": mailbox_address}, body=body, sends_mail=True)
    except Duplicate as duplicate:
        found = await _existing(graph, mailbox_address, duplicate.existing_id, meeting_key)
        if found is None:
            raise
        return _handed(found, existed=True, changed=False)
    return _handed(event_of(json_of(answer.body)))


async def find_event(graph: GraphCalls, mailbox_address: str, meeting_key: str) -> EventSeen | None:
    """The event that carries this meeting's key, for the look before a last try.

    Raises:
        GraphError: as for ``Graph.call``.
    """
    answer = await graph.call("GET", _EVENTS, {"mailbox": mailbox_address}, query=_by_key(meeting_key))
    found = [event_of(raw) for raw in _values(answer.body)]
    standing = [event for event in found if not event.cancelled]
    return next(iter(standing or found), None)


async def update_event(
    graph: GraphCalls, mailbox_address: str, graph_id: str, body: bytes, *, look_first: bool = False
) -> EventHanded:
    """Change the event. A PATCH has no transactionId, so after an ambiguous try pass ``look_first``.

    With it the event is read, and only what is not already as asked is sent: Exchange mails every guest of a time
    that is sent again, though it is the same.

    Raises:
        Gone: the event is not there; creating another would invite everybody again, so a person decides.
        GraphError: as for ``Graph.call``.
    """
    if look_first:
        raw = json_of((await graph.call("GET", _EVENT, _item(mailbox_address, graph_id))).body)
        asked = json.loads(body)
        differs = _differing(raw, asked)
        if not differs:
            return _handed(event_of(raw), existed=True, changed=False)
        body = body if differs == asked else json.dumps(differs).encode()
    answer = await graph.call("PATCH", _EVENT, _item(mailbox_address, graph_id), body=body, sends_mail=True)
    return _handed(event_of(json_of(answer.body)), existed=True)


async def event_as_asked(graph: GraphCalls, mailbox_address: str, graph_id: str, body: bytes) -> EventHanded | None:
    """The event, if it stands as a change asks for; None when it does not, or is not there.

    Raises:
        GraphError: as for ``Graph.call``, but never Gone.
    """
    try:
        raw = json_of((await graph.call("GET", _EVENT, _item(mailbox_address, graph_id))).body)
    except Gone:
        return None
    return _handed(event_of(raw), existed=True, changed=False) if _already(raw, json.loads(body)) else None


async def delete_event(graph: GraphCalls, mailbox_address: str, graph_id: str) -> None:
    """Take away an event that nobody was asked to; one that is gone already is as good.

    Raises:
        GraphError: as for ``Graph.call``, but never Gone.
    """
    with suppress(Gone):
        await graph.call("DELETE", _EVENT, _item(mailbox_address, graph_id))


async def cancel_event(graph: GraphCalls, mailbox_address: str, graph_id: str, body: bytes) -> bool:
    """Cancel the event and tell its guests. True when this call did it, False when it was already gone.

    Raises:
        GraphError: as for ``Graph.call``, but never Gone.
    """
    try:
        await graph.call("POST", _CANCEL, _item(mailbox_address, graph_id), body=body, sends_mail=True)
    except Gone:
        return False
    return True


async def find_message(graph: GraphCalls, mailbox_address: str, key: str, form: Form = Form.JSON) -> MessageSeen | None:
    """The mail that carries this key, sent or still a draft; a sent one is preferred.

    A draft made from MIME has no property of ours, so it is found by the Message-ID it brought.

    Raises:
        GraphError: as for ``Graph.call``.
    """
    query = {**_by_key(key), "$select": "id,isDraft"}
    if form is Form.MIME:
        query["$filter"] = f"internetMessageId eq '{message_id(key, mailbox_address)}'"
    answer = await graph.call("GET", _MESSAGES, {"mailbox": mailbox_address}, query=query)
    found = [MessageSeen(str(raw["id"]), raw.get("isDraft") is True) for raw in _values(answer.body) if raw.get("id")]
    return min(found, key=lambda message: message.is_draft, default=None)


async def draft_message(graph: GraphCalls, mailbox_address: str, body: bytes, form: Form = Form.JSON) -> str:
    """Put a draft into the mailbox and return its id; nothing is sent.

    Raises:
        GraphError: as for ``Graph.call``.
    """
    headers = {}
    if form is Form.MIME:
        headers, body = {"Content-Type": "text/plain"}, as_graph_takes_it(body)
    answer = await graph.call("POST", _MESSAGES, {"mailbox": mailbox_address}, body=body, headers=headers)
    return str(json_of(answer.body)["id"])


async def send_draft(graph: GraphCalls, mailbox_address: str, graph_id: str) -> None:
    """Send a draft. Accepted by Outlook is not delivered.

    Raises:
        GraphError: as for ``Graph.call``; after Ambiguous look with ``find_message`` before trying again.
    """
    await graph.call("POST", _SEND, {"mailbox": mailbox_address, "message": graph_id}, sends_mail=True)


async def read_message(graph: GraphCalls, mailbox_address: str, graph_id: str) -> MessageSeen | None:
    """One mail by its id, which sending does not change; None when it is not there.

    Raises:
        GraphError: as for ``Graph.call``, but never Gone.
    """
    try:
        answer = await graph.call(
            "GET", _MESSAGE, {"mailbox": mailbox_address, "message": graph_id}, query={"$select": "id,isDraft"}
        )
    except Gone:
        return None
    return MessageSeen(graph_id, json_of(answer.body).get("isDraft") is True)


async def hand_over_message(
    graph: GraphCalls,
    mailbox_address: str,
    body: bytes,
    key: str,
    remember: Callable[[str], Awaitable[None]],
    *,
    drafted: str = "",
    look_first: bool = False,
    form: Form = Form.JSON,
) -> MessageHanded:
    """Draft and send one mail. ``remember`` must keep the draft's id before it returns; the next try passes it as
    ``drafted``, because a mail that has just been sent may not be found by its key yet. On any try but the first pass
    ``look_first`` too, so that it never leaves twice.

    Raises:
        GraphError: as for ``Graph.call``; then call again with ``look_first``.
    """
    seen = await sent_or_drafted(graph, mailbox_address, key, drafted, form=form) if look_first else None
    if seen is not None and not seen.is_draft:
        return MessageHanded(seen.graph_id, sent_before=True)
    graph_id = seen.graph_id if seen is not None else await draft_message(graph, mailbox_address, body, form)
    if graph_id != drafted:
        await remember(graph_id)
    await send_draft(graph, mailbox_address, graph_id)
    return MessageHanded(graph_id, sent_before=False)


async def discard_draft(graph: GraphCalls, mailbox_address: str, graph_id: str) -> None:
    """Throw away a draft that nobody is to send any more; one that is gone already is as good.

    Raises:
        GraphError: as for ``Graph.call``, but never Gone.
    """
    with suppress(Gone):
        await graph.call("DELETE", _MESSAGE, {"mailbox": mailbox_address, "message": graph_id})


async def sent_or_drafted(
    graph: GraphCalls, mailbox_address: str, key: str, drafted: str = "", *, form: Form = Form.JSON
) -> MessageSeen | None:
    """What earlier tries left behind: by the draft's id, and only when that is gone by the key.

    Raises:
        GraphError: as for ``Graph.call``.
    """
    seen = await read_message(graph, mailbox_address, drafted) if drafted else None
    return seen or await find_message(graph, mailbox_address, key, form)


async def _existing(
    graph: GraphCalls, mailbox_address: str, existing_id: str | None, meeting_key: str
) -> EventSeen | None:
    if existing_id:
        try:
            return await read_event(graph, mailbox_address, existing_id)
        except Gone:
            pass
    return await find_event(graph, mailbox_address, meeting_key)


def _handed(event: EventSeen, *, existed: bool = False, changed: bool = True) -> EventHanded:
    return EventHanded(event.graph_id, event.ical_uid, event.join_url, event.change_key, existed, changed)


def _differing(there: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a change that is not yet as asked. A start is never sent without its end."""
    names = {name for name, value in asked.items() if not _already(there, {name: value})}
    if names & _TIMES:
        names |= _TIMES
    return {name: value for name, value in asked.items() if name in names}


def _already(there: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    """Whether every property asked for is as asked. One we cannot compare counts as not."""
    try:
        return all(
            name in _COMPARABLE and _COMPARABLE[name](there[name]) == _COMPARABLE[name](value)
            for name, value in asked.items()
            if not name.startswith("@")
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return False


def _guests(raw: list[Mapping[str, Any]]) -> set[tuple[str, str]]:
    return {(guest["emailAddress"]["address"].casefold(), guest.get("type", "required")) for guest in raw}


_TIMES = frozenset({"start", "end"})
_COMPARABLE: Mapping[str, Callable[[Any], object]] = MappingProxyType(
    {
        "start": moment_of,
        "end": moment_of,
        "location": lambda place: place.get("displayName"),
        "attendees": _guests,
        "subject": str,
        # Exchange rewrites the markup of a body, and keeps its text.
        "body": lambda body: text_of(body["content"]),
    }
)


def _item(mailbox_address: str, graph_id: str) -> dict[str, str]:
    return {"mailbox": mailbox_address, "event": graph_id}


def _by_key(key: str) -> dict[str, str]:
    quoted = key.replace("'", "''")
    return {
        "$filter": f"singleValueExtendedProperties/Any(ep: ep/id eq '{KEY_PROPERTY}' and ep/value eq '{quoted}')",
    }


def _values(body: bytes) -> list[dict[str, Any]]:
    values = json_of(body).get("value")
    return [raw for raw in values if isinstance(raw, dict)] if isinstance(values, list) else []
