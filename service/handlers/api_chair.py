"""GET and POST …/chair: who can chair a meeting instead, and the change."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import Field

from service.handlers.access import actor_of, partnership_of
from service.handlers.api_acts import body_of, reference_of
from service.handlers.api_answers import Answer, respond
from service.handlers.fields import ShortLine, Strict, Words
from service.handlers.keys import SERVICES
from service.workflow.chairs import change_chair, substitutes_for


class ChairBody(Strict):
    """Why the chair changes, without names of the case; ``to`` left out: whoever is free with the fewest meetings."""

    reason: Annotated[Words, Field(min_length=1)]
    to: ShortLine = ""


class ChairOffered(Answer):
    """Somebody who is free then."""

    name: str
    meetings_to_come: int


class ChairsOffered(Answer):
    """Who can chair a meeting instead, the fewest meetings first."""

    meeting_reference: str
    chairs: list[ChairOffered]


class ChairChangedShown(Answer):
    """Who chairs a meeting now, and who did."""

    meeting_reference: str
    before: str
    chair: str


async def show(request: web.Request) -> web.Response:
    """GET: changes nothing."""
    partnership, reference = partnership_of(request), reference_of(request)
    found = await substitutes_for(request.app[SERVICES], partnership, reference)
    chairs = [ChairOffered(name=chair.name, meetings_to_come=chair.load) for chair in found]
    return respond(ChairsOffered(meeting_reference=reference, chairs=chairs))


async def change(request: web.Request) -> web.Response:
    """POST: another chair."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, ChairBody)
    services, actor = request.app[SERVICES], actor_of(request)
    found = await change_chair(services, partnership, reference, reason=body.reason, actor=actor, to=body.to)
    return respond(ChairChangedShown(meeting_reference=reference, before=found.before, chair=found.chair))
