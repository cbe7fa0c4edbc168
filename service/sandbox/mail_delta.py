"""Delta reads of a mail folder, and a message as the MIME it came in.

Sources: learn.microsoft.com/graph/api/message-delta, learn.microsoft.com/graph/outlook-get-mime-message.
"""

import base64
import binascii
import json
import re
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from aiohttp import web

from service.sandbox.errors import invalid_request, item_not_found, resource_not_found, sync_state_lost
from service.sandbox.gateway import Call, Route
from service.sandbox.mail import Message
from service.sandbox.mail_json import message_json
from service.sandbox.odata import only, select

DEFAULT_PAGE = 10
_SINCE = re.compile(r"receivedDateTime\s+(?:ge|gt)\s+(\S+)")


@dataclass(frozen=True, slots=True)
class MailState:
    """What a token carries: whose folder, since when, which properties, and up to which arrival."""

    mailbox: str
    generation: str
    since: str
    chosen: str
    number: int

    def token(self) -> str:
        """Return the state as an opaque token."""
        return base64.urlsafe_b64encode(json.dumps(asdict(self)).encode()).decode().rstrip("=")

    @classmethod
    def read(cls, token: str) -> "MailState":
        """Read a token back.

        Raises:
            GraphError: 410, not a token of ours.
        """
        try:
            return cls(**json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))))
        except (ValueError, TypeError, binascii.Error) as error:
            raise sync_state_lost() from error


async def read(call: Call) -> web.Response:
    """``GET /users/{id}/mailFolders/inbox/messages/delta``: one page, with the link onward."""
    if call.request.match_info["folder"].casefold() != "inbox":
        raise resource_not_found("this sandbox has no such folder")
    token = call.options.get("$skiptoken") or call.options.get("$deltatoken")
    if token is None:
        # The first page may be empty and still point on; here it always is, so that nobody stops there.
        return _page(call, [], "$skiptoken", _first(call))
    only(call.options, "$skiptoken", "$deltatoken")
    state = MailState.read(token)
    if state.mailbox != call.mailbox.object_id or state.generation != _generation(call):
        raise sync_state_lost()
    since = datetime.fromisoformat(state.since) if state.since else None
    arrived = call.mailbox.messages.arrived_since(state.number)
    size = call.preferences.page_size or DEFAULT_PAGE
    shown = [message for message in arrived[:size] if since is None or message.created >= since]
    following = replace(state, number=state.number + len(arrived[:size]))
    return _page(call, shown, "$skiptoken" if len(arrived) > size else "$deltatoken", following)


async def value(call: Call) -> web.Response:
    """``GET /users/{id}/messages/{id}/$value``: the MIME content of a message."""
    only(call.options)
    message = call.mailbox.messages.find(call.item_id())
    if message is None or message.raw is None:
        raise item_not_found()
    return web.Response(body=message.raw, headers={"Content-Type": "text/plain"})


def _first(call: Call) -> MailState:
    only(call.options, "$select", "$filter")
    since = ""
    if "$filter" in call.options:
        found = _SINCE.fullmatch(call.options["$filter"].strip())
        if found is None:
            raise invalid_request("Only receivedDateTime ge or gt may be filtered in a delta of messages.")
        try:
            since = datetime.fromisoformat(found.group(1)).astimezone(UTC).isoformat()
        except ValueError as error:
            raise invalid_request("Invalid time in $filter.") from error
    return MailState(call.mailbox.object_id, _generation(call), since, call.options.get("$select", ""), 0)


def _generation(call: Call) -> str:
    return f"{call.sandbox.run}:{call.mailbox.sync_generation}"


def _page(call: Call, messages: list[Message], kind: str, state: MailState) -> web.Response:
    place = f"{call.request.url.origin()}/v1.0/users/{call.mailbox.object_id}/mailFolders/inbox/messages/delta"
    name = "@odata.nextLink" if kind == "$skiptoken" else "@odata.deltaLink"
    shown = [select(message_json(each, call.mailbox, call.preferences), state.chosen or None) for each in messages]
    link = f"{place}?{kind}={state.token()}"
    return call.reply(200, {"@odata.context": call.context("Collection(message)"), "value": shown, name: link})


ROUTES = [
    Route("GET", "/users/{user}/mailFolders/{folder}/messages/delta", "mail_delta", read),
    Route("GET", "/users/{user}/messages/{item}/$value", "get_message_mime", value),
]
