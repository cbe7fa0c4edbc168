"""Graph's calendar operations."""

from aiohttp import web

from service.sandbox.errors import invalid_request, item_not_found, lost_update
from service.sandbox.event_json import event_json
from service.sandbox.events import Event
from service.sandbox.fields import record, text
from service.sandbox.gateway import Call, Route
from service.sandbox.meetings import create_event, patch_event, withdraw_event
from service.sandbox.odata import ExtendedFilter, UidFilter, only, read_count, read_expand, read_filter, select

_CANCEL = record({"comment": text(8000)})


async def create(call: Call) -> web.Response:
    """``POST /users/{id}/events``: 201 with the event, the invitations gone out."""
    only(call.options)
    event = create_event(call.sandbox, call.mailbox, await call.body(), immutable=call.preferences.immutable)
    return _shown(call, event, 201)


async def read(call: Call) -> web.Response:
    """``GET /users/{id}/events/{id}``: a cancelled event is still there by its immutable id."""
    only(call.options, "$expand", "$select")
    event = call.mailbox.calendar.find(call.item_id())
    if event is None:
        raise item_not_found()
    return _shown(call, event, 200)


async def listed(call: Call) -> web.Response:
    """``GET /users/{id}/events``: the calendar's events, all or those a filter finds."""
    only(call.options, "$filter", "$expand", "$select", "$top", "$skip")
    events = call.mailbox.calendar.live()
    if "$filter" in call.options:
        wanted = read_filter(call.options["$filter"])
        if isinstance(wanted, ExtendedFilter):
            events = [event for event in events if event.has_extended(wanted.id, wanted.value)]
        elif isinstance(wanted, UidFilter):
            events = [event for event in events if event.uid == wanted.uid]
        else:
            raise invalid_request("The filter expression is not supported for this resource.")
    expand = read_expand(call.options.get("$expand"))
    top, skip = read_count(call.options, "$top", 10), read_count(call.options, "$skip", 0, most=1_000_000)
    if top < 1:
        raise invalid_request("Invalid value for $top.")
    page = [
        select(event_json(event, call.mailbox, call.preferences, expand), call.options.get("$select"))
        for event in events[skip : skip + top]
    ]
    content: dict[str, object] = {"@odata.context": call.context(f"users('{call.mailbox.object_id}')/events")}
    content["value"] = page
    if len(events) > skip + top:
        query = {**call.options, "$top": str(top), "$skip": str(skip + top)}
        content["@odata.nextLink"] = str(call.request.url.origin().with_path(call.request.path).with_query(query))
    return call.reply(200, content)


async def patch(call: Call) -> web.Response:
    """``PATCH /users/{id}/events/{id}``: 200 with the event."""
    only(call.options)
    body = await call.body()
    event = _live(call)
    patch_event(call.sandbox, call.mailbox, event, body)
    return _shown(call, event, 200)


async def cancel(call: Call) -> web.Response:
    """``POST /users/{id}/events/{id}/cancel``: 202 and nothing else; the name of the comment in any case."""
    only(call.options)
    body = await call.body() if call.request.can_read_body else {}
    values = _CANCEL({name.casefold(): value for name, value in body.items()}, "")
    withdraw_event(call.sandbox, call.mailbox, _live(call), values.get("comment", ""))
    return call.reply(202)


async def delete(call: Call) -> web.Response:
    """``DELETE /users/{id}/events/{id}``: 204; guests are told, without a word from the organiser."""
    only(call.options)
    event = _live(call)
    withdraw_event(call.sandbox, call.mailbox, event)
    event.deleted = True
    return call.reply(204)


async def calendar(call: Call) -> web.Response:
    """``GET /users/{id}/calendar``: the primary calendar and which online meetings it may make."""
    only(call.options, "$select")
    teams = call.sandbox.config.teams
    content = {
        "id": f"calendar-{call.mailbox.object_id}",
        "name": "Calendar",
        "isDefaultCalendar": True,
        "canEdit": True,
        "canShare": True,
        "canViewPrivateItems": True,
        "allowedOnlineMeetingProviders": ["teamsForBusiness"] if teams else [],
        "defaultOnlineMeetingProvider": "teamsForBusiness" if teams else "unknown",
        "isTallyingResponses": True,
        "isRemovable": False,
        "owner": {"name": call.mailbox.name, "address": call.mailbox.address},
    }
    shown = select(content, call.options.get("$select"))
    return call.item(200, shown, context=f"users('{call.mailbox.object_id}')/calendar/$entity")


def _live(call: Call) -> Event:
    event = call.mailbox.calendar.find(call.item_id())
    if event is None or event.removed:
        raise item_not_found()
    wanted = call.request.headers.get("If-Match")
    if wanted not in (None, "*", event.etag):
        raise lost_update()
    return event


def _shown(call: Call, event: Event, status: int) -> web.Response:
    expand = read_expand(call.options.get("$expand"))
    content = select(event_json(event, call.mailbox, call.preferences, expand), call.options.get("$select"))
    return call.item(status, content, context=f"users('{call.mailbox.object_id}')/events/$entity")


ROUTES = [
    Route("POST", "/users/{user}/events", "create_event", create),
    Route("POST", "/users/{user}/calendar/events", "create_event", create),
    Route("GET", "/users/{user}/events", "list_events", listed),
    Route("GET", "/users/{user}/events/{item}", "get_event", read),
    Route("PATCH", "/users/{user}/events/{item}", "patch_event", patch),
    Route("DELETE", "/users/{user}/events/{item}", "delete_event", delete),
    Route("POST", "/users/{user}/events/{item}/cancel", "cancel_event", cancel),
    Route("GET", "/users/{user}/calendar", "calendar", calendar),
]
