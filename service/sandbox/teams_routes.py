"""Graph's online meetings, as far as they are read: found by their join link, under the organiser's object id."""

import re

from aiohttp import web

from service.sandbox.errors import GraphError, invalid_request
from service.sandbox.gateway import Call, Route
from service.sandbox.odata import only

_BY_LINK = re.compile(r"JoinWebUrl eq '((?:[^']|'')*)'")


async def listed(call: Call) -> web.Response:
    """``GET /users/{id}/onlineMeetings?$filter=JoinWebUrl eq '…'``: one meeting, or none."""
    only(call.options, "$filter")
    wanted = _BY_LINK.fullmatch(call.options.get("$filter", ""))
    if wanted is None:
        raise invalid_request("onlineMeetings must be filtered by JoinWebUrl.")
    if call.request.match_info["user"] != call.mailbox.object_id:
        raise invalid_request("The user must be named by object id.")
    if not call.mailbox.teams_allowed:
        # The page on application access policies gives the code and no status.
        raise GraphError(403, "Unauthorized", "The app is not authorized to act on behalf of this user.")
    link = wanted.group(1).replace("''", "'")
    found = [event for event in call.mailbox.calendar.live() if event.join_url == link]
    values = [
        {
            "id": f"online-{event.uid[-32:]}",
            "joinWebUrl": event.join_url,
            "subject": event.values["subject"],
            **call.mailbox.teams,
        }
        for event in found
    ]
    context = call.context(f"users('{call.mailbox.object_id}')/onlineMeetings")
    return call.reply(200, {"@odata.context": context, "value": values})


ROUTES = [Route("GET", "/users/{user}/onlineMeetings", "list_online_meetings", listed)]
