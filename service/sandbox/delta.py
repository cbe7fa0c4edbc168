"""Delta reads of the calendar view: the window is baked into the token, and every gap can be closed.

Source: learn.microsoft.com/graph/api/event-delta.
"""

import base64
import binascii
import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from service.sandbox.errors import invalid_request, sync_state_lost
from service.sandbox.event_json import event_json
from service.sandbox.events import Event
from service.sandbox.gateway import Call, Route
from service.sandbox.odata import only

DEFAULT_PAGE = 10
_NEXT, _DELTA = "$skiptoken", "$deltatoken"


@dataclass(frozen=True, slots=True)
class SyncState:
    """What a token carries: whose calendar, which window, up to which change, and which change came before it all."""

    mailbox: str
    generation: str
    start: str
    end: str
    version: int
    base: int

    def token(self) -> str:
        """Return the state as an opaque token."""
        return base64.urlsafe_b64encode(json.dumps(asdict(self)).encode()).decode().rstrip("=")

    @classmethod
    def read(cls, token: str) -> "SyncState":
        """Read a token back.

        Raises:
            GraphError: 410, not a token of ours.
        """
        try:
            raw = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
            return cls(**raw)
        except (ValueError, TypeError, binascii.Error) as error:
            raise sync_state_lost() from error

    def holds(self, event: Event) -> bool:
        """Tell whether the event lies in the window, at least in part."""
        start, end = datetime.fromisoformat(self.start), datetime.fromisoformat(self.end)
        return event.start.instant < end and event.end.instant > start


async def read(call: Call) -> web.Response:
    """``GET /users/{id}/calendarView/delta``: one page, with the link to the next or to the next round."""
    token = call.options.get(_NEXT) or call.options.get(_DELTA)
    if token is None:
        # Graph's first page may be empty and still point on; here it always is, so that nobody stops there.
        return _page(call, [], _NEXT, _first_state(call))
    only(call.options, _NEXT, _DELTA)
    state = SyncState.read(token)
    if state.mailbox != call.mailbox.object_id or state.generation != _generation(call):
        raise sync_state_lost()
    size = call.preferences.page_size or DEFAULT_PAGE
    changed = call.mailbox.calendar.changed_since(state.version)
    taken, more = changed[:size], len(changed) > size
    version = taken[-1].version if taken else state.version
    following = replace(state, version=version)
    items = [shown for event in taken if (shown := _item(call, state, event)) is not None]
    return _page(call, items, _NEXT if more else _DELTA, following)


def _first_state(call: Call) -> SyncState:
    only(call.options, "startDateTime", "endDateTime")
    start, end = (_instant(call.options, name) for name in ("startDateTime", "endDateTime"))
    if end <= start:
        raise invalid_request("endDateTime must be after startDateTime.")
    now = call.mailbox.calendar.version
    return SyncState(call.mailbox.object_id, _generation(call), start.isoformat(), end.isoformat(), version=0, base=now)


def _instant(options: dict[str, str], name: str) -> datetime:
    try:
        found = datetime.fromisoformat(options[name])
    except (KeyError, ValueError) as error:
        raise invalid_request(f"This request requires a time window: {name} in ISO 8601.") from error
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _generation(call: Call) -> str:
    return f"{call.sandbox.run}:{call.mailbox.sync_generation}"


def _item(call: Call, state: SyncState, event: Event) -> dict[str, Any] | None:
    if not event.removed and state.holds(event):
        return event_json(event, call.mailbox, call.preferences)
    if event.version <= state.base:
        return None  # gone or elsewhere before the reader ever asked
    # An event that is only outside the window is reported the same way as a deleted one.
    shown = event.ids.shown(immutable=call.preferences.immutable)
    return {"@odata.type": "#microsoft.graph.event", "id": shown, "@removed": {"reason": "deleted"}}


def _page(call: Call, items: list[dict[str, Any]], kind: str, state: SyncState) -> web.Response:
    link = f"{call.request.url.origin()}/v1.0/users/{call.mailbox.object_id}/calendarView/delta?{kind}={state.token()}"
    name = "@odata.nextLink" if kind == _NEXT else "@odata.deltaLink"
    return call.reply(200, {"@odata.context": call.context("Collection(event)"), "value": items, name: link})


ROUTES = [
    Route("GET", "/users/{user}/calendarView/delta", "delta", read),
    Route("GET", "/users/{user}/calendarView/delta()", "delta", read),
]
