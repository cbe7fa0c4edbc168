"""The API's acts upon one agency's place: stopping its shared inbox, and naming a person by a route of their own."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import AfterValidator

from service.handlers.access import actor_of, partnership_of
from service.handlers.api_acts import body_of, reference_of
from service.handlers.api_answers import PlaceChanged, respond
from service.handlers.api_bodies import NamedPersonBody, PlaceBody
from service.handlers.fields import listed, one_of
from service.handlers.keys import SERVICES
from service.workflow import safe_route
from service.workflow.withdraw_agency import WITHDRAW_REASONS, withdraw_agency


async def stop(request: web.Request) -> web.Response:
    """POST …/stop: this agency's shared inbox must not be told; what it was sent is taken back."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, PlaceBody)
    await safe_route.stop_place(
        request.app[SERVICES], partnership, reference, body.to_workflow(), actor=actor_of(request)
    )
    return respond(PlaceChanged(meeting_reference=reference, role=body.role, state="stopped"))


_ReasonLabel = Annotated[str, AfterValidator(one_of("reason", WITHDRAW_REASONS)), listed(WITHDRAW_REASONS)]


class WithdrawBody(PlaceBody):
    """Which agency need not come, and why."""

    reason: _ReasonLabel


async def withdraw(request: web.Request) -> web.Response:
    """POST …/withdraw-agency: this agency need not come; nobody else hears of it."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, WithdrawBody)
    await withdraw_agency(
        request.app[SERVICES],
        partnership,
        reference,
        body.to_workflow(),
        reason=body.reason,
        actor=actor_of(request),
    )
    return respond(PlaceChanged(meeting_reference=reference, role=body.role, state="withdrawn"))


async def name_person(request: web.Request) -> web.Response:
    """POST …/person: who comes for an agency whose shared inbox must not be told, by a route that nobody shares."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, NamedPersonBody)
    await safe_route.name_person(
        request.app[SERVICES], partnership, reference, body.to_workflow(), body.person(), actor=actor_of(request)
    )
    return respond(PlaceChanged(meeting_reference=reference, role=body.role, state="wanted"))
