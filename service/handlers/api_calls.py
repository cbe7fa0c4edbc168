"""…/calls and …/follow-up: whom to phone for a meeting, one mark for each call, and the meeting that follows."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import AfterValidator, Field

from service.domain.calls import CallOutcome
from service.handlers.access import actor_of, partnership_of
from service.handlers.api_acts import body_of, reference_of
from service.handlers.api_answers import Answer, respond
from service.handlers.api_places import AddBody
from service.handlers.fields import Instant, ShortLine, Strict, listed, one_of
from service.handlers.idempotency import key_of
from service.handlers.keys import SERVICES
from service.handlers.schemas import RoleLabel
from service.workflow.add_now import CallSaid, add_now
from service.workflow.calls import CallEntry, CallGiven, call_list, record_call
from service.workflow.follow_up import FollowUp, follow_up_at, plan_follow_up

_OutcomeLabel = Annotated[str, AfterValidator(one_of("call outcome", CallOutcome)), listed(CallOutcome)]


class CallBody(Strict):
    """One call. ``slot`` tells two agencies of one role apart. ``spoke_to`` is kept under seal and never given back."""

    role: RoleLabel
    slot: ShortLine = ""
    outcome: _OutcomeLabel
    spoke_to: ShortLine = ""
    called_at: Instant | None = None


class AddNowBody(AddBody):
    """Which agency is brought in, and what the call to it came to. ``spoke_to`` is kept under seal, and needed where
    the call reached somebody: ``reached`` sends them how to join, ``joined`` are on the line already."""

    outcome: _OutcomeLabel
    spoke_to: ShortLine = ""
    called_at: Instant | None = None


class AddedNowShown(Answer):
    """What bringing an agency in led to."""

    meeting_reference: str
    role: str
    joined: bool = Field(description="false: the call reached nobody, so the agency was not brought in")
    join_details: bool = Field(description="true: a message with how to join is on its way")


class CallMarked(Answer):
    """What a mark led to."""

    meeting_reference: str
    role: str
    new: bool = Field(description="false: this very call was known already")
    began: bool = Field(description="true: the discussion began with it, by phone, and the meeting has its time")


class CallShown(Answer):
    """One call to one agency."""

    outcome: str
    called_at: datetime
    called_by: str
    spoke_named: bool = Field(description="true: whom it reached is kept, sealed")


class ToCallShown(Answer):
    """One agency on the list. Of one that must not be told, no number is given."""

    role: str
    slot: str
    level: str
    must_not_be_told: bool
    desk: str
    phone: str
    if_nobody_answers: str
    if_nobody_answers_phone: str
    open_now: bool | None = Field(description="null: no desk is known, or its hours cannot be read")
    answer: str | None
    calls: list[CallShown]


class CallsShown(Answer):
    """Whom to phone for a meeting, first to last."""

    meeting_reference: str
    state: str
    night: bool = Field(description="offices are closed now")
    agencies: list[ToCallShown]


class FollowUpBody(Strict):
    """The meeting that follows. With a start that is to come, everybody is invited to it at once."""

    start: Instant | None = None


class FollowUpShown(Answer):
    """The meeting that follows a discussion by phone."""

    meeting_reference: str
    meeting_type: str
    name: str
    due_words: str = Field(description='the pack\'s own figure, or "not set by the partnership"')
    due_at: datetime | None
    follow_up_reference: str | None = Field(description="null: it is not planned yet")
    state: str | None
    starts_at: datetime | None


async def show(request: web.Request) -> web.Response:
    """GET …/calls: changes nothing."""
    partnership, reference = partnership_of(request), reference_of(request)
    found = await call_list(request.app[SERVICES], partnership, reference)
    agencies = [_shown(entry) for entry in found.entries]
    return respond(
        CallsShown(meeting_reference=reference, state=found.meeting.state, night=found.night, agencies=agencies)
    )


def _shown(entry: CallEntry) -> ToCallShown:
    return ToCallShown(
        role=entry.role,
        slot=entry.slot,
        level=entry.level,
        must_not_be_told=entry.stopped,
        desk=entry.desk,
        phone=entry.phone,
        if_nobody_answers=entry.otherwise,
        if_nobody_answers_phone=entry.otherwise_phone,
        open_now=entry.open_now,
        answer=entry.answer,
        calls=[CallShown.model_validate(call, from_attributes=True) for call in entry.calls],
    )


async def mark(request: web.Request) -> web.Response:
    """POST …/calls: one call; sent again under its key, or with the instant it names, it is one."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, CallBody)
    services = request.app[SERVICES]
    given = CallGiven(
        outcome=CallOutcome(body.outcome),
        called_at=body.called_at or services.now(),
        natural_key=natural_key(request, body),
        role=body.role,
        slot=body.slot,
        spoke_to=body.spoke_to,
    )
    kept = await record_call(services, partnership, reference, given, actor=actor_of(request))
    return respond(CallMarked(meeting_reference=reference, role=kept.role, new=kept.new, began=kept.began), 201)


def natural_key(request: web.Request, body: CallBody | AddNowBody) -> str:
    """What makes a call sent twice one: the sender's key, or else all that was said if it says when; never a name."""
    key = key_of(request, needed=False)
    if not key and body.called_at is None:
        # Two calls that nobody answered are two, an hour or a minute apart.
        return f"{actor_of(request)}:{secrets.token_hex(16)}"
    said = key or body.model_dump_json(exclude={"spoke_to"})
    return f"{actor_of(request)}:{hashlib.sha256(said.encode()).hexdigest()[:32]}"


async def add(request: web.Request) -> web.Response:
    """POST …/add-now: the call to an agency that is brought in while the meeting sits, and how to join, if reached."""
    partnership, reference = partnership_of(request), reference_of(request)
    body, services = await body_of(request, AddNowBody), request.app[SERVICES]
    said = CallSaid(
        CallOutcome(body.outcome), body.spoke_to, body.called_at or services.now(), natural_key(request, body)
    )
    added = await add_now(services, partnership, reference, body.to_workflow(), said, actor=actor_of(request))
    shown = AddedNowShown(meeting_reference=reference, role=added.role, joined=added.joined, join_details=added.details)
    return respond(shown, 201)


async def show_follow_up(request: web.Request) -> web.Response:
    """GET …/follow-up: changes nothing."""
    partnership, reference = partnership_of(request), reference_of(request)
    return respond(_follow_up(await follow_up_at(request.app[SERVICES], partnership, reference)))


async def follow(request: web.Request) -> web.Response:
    """POST …/follow-up: plan it; sent again, it is the same meeting."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, FollowUpBody)
    services = request.app[SERVICES]
    found = await plan_follow_up(services, partnership, reference, actor=actor_of(request), start=body.start)
    return respond(_follow_up(found), 201)


def _follow_up(found: FollowUp) -> FollowUpShown:
    planned = found.planned
    return FollowUpShown(
        meeting_reference=found.reference,
        meeting_type=found.following.meeting_type,
        name=found.following.name,
        due_words=found.following.due_words,
        due_at=found.following.due_at,
        follow_up_reference=planned.reference if planned else None,
        state=planned.state if planned else None,
        starts_at=planned.starts_at if planned else None,
    )
