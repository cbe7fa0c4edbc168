"""The API's acts upon one agency's place: stopping its shared inbox, and naming a person by a route of their own."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import AfterValidator, Field

from service.handlers.access import actor_of, partnership_of
from service.handlers.api_acts import body_of, reference_of
from service.handlers.api_answers import AgencyAddedShown, Answer, PlaceChanged, respond
from service.handlers.api_bodies import NamedPersonBody, PlaceBody
from service.handlers.fields import Instant, Line, ShortLine, Strict, listed, one_of
from service.handlers.keys import SERVICES
from service.handlers.schemas import RoleLabel
from service.workflow import safe_route
from service.workflow.add_agency import ADD_REASONS, MoreAsked, add_agency
from service.workflow.exclude import exclude as call_without
from service.workflow.remove_now import REMOVE_REASONS, remove_now
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


_RemoveReasonLabel = Annotated[str, AfterValidator(one_of("reason", REMOVE_REASONS)), listed(REMOVE_REASONS)]


class RemoveBody(PlaceBody):
    """Which agency is taken out at once, and why."""

    reason: _RemoveReasonLabel


async def remove(request: web.Request) -> web.Response:
    """POST …/remove-now: its link, its desk session and its place end, and the chair is told."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, RemoveBody)
    place, actor = body.to_workflow(), actor_of(request)
    await remove_now(request.app[SERVICES], partnership, reference, place, reason=body.reason, actor=actor)
    return respond(PlaceChanged(meeting_reference=reference, role=body.role, state="withdrawn"))


class ExcludeBody(PlaceBody):
    """Which agency must not be told. ``start``: of the new meeting; left out, the old start, or a few minutes from now
    where the meeting sits already."""

    start: Instant | None = None


class ExcludedShown(Answer):
    """The meeting that was called off, and the new one that takes its place without that agency; or the one kept."""

    linked_reference: str = Field(description="the cancelled meeting, whose entry and join link are worth nothing")
    meeting_reference: str | None = Field(
        description="null: it could not be made yet, and a task asks for it; or the meeting is kept"
    )
    kept: bool = Field(description="it is recorded who came, so it is not called off: the agency is shut out of it")
    state: str | None
    starts_at: datetime | None


async def exclude(request: web.Request) -> web.Response:
    """POST …/exclude: call the meeting anew without this agency; sent again, it is the same new meeting."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, ExcludeBody)
    place, actor = body.to_workflow(), actor_of(request)
    done = await call_without(request.app[SERVICES], partnership, reference, place, actor=actor, start=body.start)
    new = done.new
    shown = ExcludedShown(
        linked_reference=reference,
        meeting_reference=new.reference if new else None,
        kept=done.kept,
        state=new.state if new else None,
        starts_at=new.starts_at if new else None,
    )
    return respond(shown, 201)


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
