"""The API's acts upon one agency's place: stopping its shared inbox, and naming a person by a route of their own."""

from __future__ import annotations

from aiohttp import web

from service.handlers.access import actor_of, partnership_of
from service.handlers.api_acts import body_of, reference_of
from service.handlers.api_answers import PlaceChanged, respond
from service.handlers.api_bodies import NamedPersonBody, PlaceBody
from service.handlers.keys import SERVICES
from service.workflow import safe_route


async def stop(request: web.Request) -> web.Response:
    """POST …/stop: this agency's shared inbox must not be told; what it was sent is taken back."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, PlaceBody)
    await safe_route.stop_place(
        request.app[SERVICES], partnership, reference, body.to_workflow(), actor=actor_of(request)
    )
    return respond(PlaceChanged(meeting_reference=reference, role=body.role, state="stopped"))


async def name_person(request: web.Request) -> web.Response:
    """POST …/person: who comes for an agency whose shared inbox must not be told, by a route that nobody shares."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, NamedPersonBody)
    await safe_route.name_person(
        request.app[SERVICES], partnership, reference, body.to_workflow(), body.person(), actor=actor_of(request)
    )
    return respond(PlaceChanged(meeting_reference=reference, role=body.role, state="wanted"))
