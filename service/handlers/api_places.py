"""The API's acts upon one agency's place: stopping its shared inbox, and naming a person by a route of their own."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import AfterValidator, Field

from service.handlers.access import actor_of, partnership_of
from service.handlers.api_acts import body_of, reference_of
from service.handlers.api_answers import AgencyAddedShown, PlaceChanged, respond
from service.handlers.api_bodies import NamedPersonBody, PlaceBody
from service.handlers.fields import Line, ShortLine, Strict, listed, one_of
from service.handlers.keys import SERVICES
from service.handlers.schemas import RoleLabel
from service.workflow import safe_route
from service.workflow.add_agency import ADD_REASONS, MoreAsked, add_agency
from service.workflow.withdraw_agency import WITHDRAW_REASONS, withdraw_agency


async def stop(request: web.Request) -> web.Response:
    """POST …/stop: this agency's shared inbox must not be told; what it was sent is taken back."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, PlaceBody)
    await safe_route.stop_place(
        request.app[SERVICES], partnership, reference, body.to_workflow(), actor=actor_of(request)
    )
    return respond(PlaceChanged(meeting_reference=reference, role=body.role, state="stopped"))


_AddReasonLabel = Annotated[str, AfterValidator(one_of("reason", ADD_REASONS)), listed(ADD_REASONS)]


class AddBody(Strict):
    """Which agency is asked as well, and why. ``address``: its inbox in the directory, needed for a school or nursery.

    ``children``: the references it is asked for; none of them is the whole case.
    """

    role: RoleLabel
    reason: _AddReasonLabel
    address: Line = ""
    children: Annotated[tuple[ShortLine, ...], Field(max_length=20)] = ()

    def to_workflow(self) -> MoreAsked:
        """What is asked, as the workflow takes it."""
        return MoreAsked(self.role, self.reason, self.address, self.children)


async def add(request: web.Request) -> web.Response:
    """POST …/add-agency: this agency is asked too; nobody else hears of it."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, AddBody)
    added = await add_agency(request.app[SERVICES], partnership, reference, body.to_workflow(), actor=actor_of(request))
    return respond(
        AgencyAddedShown(
            meeting_reference=reference,
            role=added.role,
            state="wanted" if added.inbox else "no_inbox",
            inbox=added.inbox,
            short_notice=added.short,
        ),
        201,
    )


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
