"""Reading a form: bounded, UTF-8, each field once."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs

from aiohttp import web

from service.handlers.bodies import read_body
from service.handlers.keys import DOORS
from service.handlers.problems import refuse

_FORM = "application/x-www-form-urlencoded"
_LIMIT = 64 * 1024
# The form that asks for a meeting has some hundred boxes to tick beside its fields.
_MOST_FIELDS = 600

_READ: web.RequestKey[Mapping[str, str]] = web.RequestKey("form", Mapping)


async def form_of(request: web.Request, most: int = _MOST_FIELDS) -> Mapping[str, str]:
    """The sent fields, each once (the last counts). Read from the request once, however often it is asked for.

    Raises:
        ProblemError: not a form, too large, or not text.
    """
    if _READ not in request:
        if request.content_type != _FORM:
            raise refuse(415, "wrong_content_type", "Send the form from the page.")
        raw = await read_body(request, min(_LIMIT, request.app[DOORS].body_limit))
        try:
            fields = parse_qs(raw.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=most)
        except ValueError:
            raise refuse(400, "bad_request", "The form could not be read. Go back and send it again.") from None
        request[_READ] = {name: values[-1] for name, values in fields.items()}
    return request[_READ]
