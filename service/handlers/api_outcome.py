"""The API's outcome of a meeting: what was decided, the actions, and the written reports that came in."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from aiohttp import web
from pydantic import AfterValidator, Field

from service.domain.outcome import ActionState, Decided, Outcome, Police
from service.handlers.access import actor_of, partnership_of
from service.handlers.api_acts import body_of, reference_of
from service.handlers.api_answers import Answer, respond
from service.handlers.fields import Day, Instant, NeededLine, ShortLine, Strict, Words, listed, one_of
from service.handlers.keys import SERVICES
from service.handlers.schemas import RoleLabel
from service.workflow import outcome as workflow
from service.workflow import police_reference as police

_Decided = Annotated[str, AfterValidator(one_of("decision", Decided)), listed(Decided)]
_Police = Annotated[str, AfterValidator(one_of("police investigation", Police)), listed(Police)]
_SECRET = {"Cache-Control": "no-store"}
_CLOSED = (ActionState.DONE, ActionState.DROPPED)
_Closed = Annotated[str, AfterValidator(one_of("state", _CLOSED)), listed(_CLOSED)]


class OutcomeBody(Strict):
    """What a meeting came to; it replaces what was recorded before. ``s47_started_at``: when the enquiry started."""

    decided: Annotated[tuple[_Decided, ...], Field(max_length=len(Decided))] = ()
    s47_started_at: Instant | None = None
    police: _Police | None = None
    next_meeting_at: Instant | None = None

    def to_workflow(self) -> Outcome:
        """The outcome as the workflow takes it."""
        return Outcome(
            decided=tuple(dict.fromkeys(Decided(each) for each in self.decided)),
            s47_started_at=self.s47_started_at,
            police=Police(self.police) if self.police else None,
            next_meeting_at=self.next_meeting_at,
        )


class PoliceReferenceBody(Strict):
    """The police's own reference; it is sealed, and stays when the outcome is corrected."""

    police_reference: Annotated[ShortLine, Field(min_length=1)]


class ReadPoliceReferenceBody(Strict):
    """Why the police's reference is read, without names of the family."""

    reason: NeededLine


class ActionBody(Strict):
    """An action: the role that does it, what, in words without names, and by which London day."""

    owner_role: RoleLabel
    what: Annotated[Words, Field(min_length=1)]
    due_on: Day | None = None


class CloseActionBody(Strict):
    """Which action was done, or dropped."""

    number: Annotated[int, Field(ge=1, le=100_000)]
    state: _Closed


class ReportBody(Strict):
    """When an agency's written report came in. ``slot`` tells two agencies of one role apart."""

    role: RoleLabel
    slot: ShortLine = ""
    received_at: Instant


class OutcomeShown(Answer):
    """What a meeting came to. ``recorded_at`` null: nothing is recorded yet."""

    meeting_reference: str
    decided: list[str]
    s47_started_at: datetime | None
    police: str | None
    next_meeting_at: datetime | None
    police_reference_kept: bool = Field(description="whether the police's reference is kept, under seal")
    recorded_at: datetime | None


class PoliceReferenceShown(Answer):
    """The police's reference as it was read. ``police_reference`` null: none is kept."""

    meeting_reference: str
    police_reference: str | None


class ActionShown(Answer):
    """One action by its number."""

    number: int
    owner_role: str
    what: str
    due_on: date | None
    state: str
    closed_at: datetime | None


class ActionsShown(Answer):
    """The actions a meeting agreed."""

    meeting_reference: str
    actions: list[ActionShown]


class ReportShown(Answer):
    """One written report that came in."""

    role: str
    slot: str
    received_at: datetime
    in_time: bool | None = Field(description="null: not set by the partnership")


class ReportsShown(Answer):
    """The reports that came in, and by when they are due."""

    meeting_reference: str
    due_at: datetime | None = Field(description="null: not set by the partnership, or no start yet")
    reports: list[ReportShown]


async def show(request: web.Request) -> web.Response:
    """GET …/outcome."""
    return respond(await _outcome(request, partnership_of(request), reference_of(request)))


async def record(request: web.Request) -> web.Response:
    """POST …/outcome: record or correct it."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, OutcomeBody)
    await workflow.record_outcome(
        request.app[SERVICES], partnership, reference, body.to_workflow(), actor=actor_of(request)
    )
    return respond(await _outcome(request, partnership, reference))


async def keep_police_reference(request: web.Request) -> web.Response:
    """POST …/outcome/police-reference: keep or correct it."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, PoliceReferenceBody)
    await police.keep_police_reference(
        request.app[SERVICES], partnership, reference, body.police_reference, actor=actor_of(request)
    )
    return respond(await _outcome(request, partnership, reference))


async def open_police_reference(request: web.Request) -> web.Response:
    """POST …/outcome/police-reference/open: read it, for a client that may."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, ReadPoliceReferenceBody)
    said = await police.open_police_reference(
        request.app[SERVICES], partnership, reference, reason=body.reason, actor=actor_of(request)
    )
    return respond(PoliceReferenceShown(meeting_reference=reference, police_reference=said), headers=_SECRET)


async def show_actions(request: web.Request) -> web.Response:
    """GET …/actions."""
    return respond(await _actions(request, partnership_of(request), reference_of(request)))


async def agree_action(request: web.Request) -> web.Response:
    """POST …/actions: an action more."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, ActionBody)
    await workflow.agree_action(
        request.app[SERVICES],
        partnership,
        reference,
        owner_role=body.owner_role,
        what=body.what,
        due_on=body.due_on,
        actor=actor_of(request),
    )
    return respond(await _actions(request, partnership, reference), 201)


async def close_action(request: web.Request) -> web.Response:
    """POST …/actions/close: an action was done, or dropped."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, CloseActionBody)
    state = ActionState(body.state)
    await workflow.close_action(
        request.app[SERVICES], partnership, reference, body.number, state=state, actor=actor_of(request)
    )
    return respond(await _actions(request, partnership, reference))


async def show_reports(request: web.Request) -> web.Response:
    """GET …/reports."""
    return respond(await _reports(request, partnership_of(request), reference_of(request)))


async def receive_report(request: web.Request) -> web.Response:
    """POST …/reports: an agency's written report came in, or the time it came is corrected."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, ReportBody)
    await workflow.receive_report(
        request.app[SERVICES],
        partnership,
        reference,
        role=body.role,
        slot=body.slot,
        received_at=body.received_at,
        actor=actor_of(request),
    )
    return respond(await _reports(request, partnership, reference))


async def _outcome(request: web.Request, partnership: str, reference: str) -> OutcomeShown:
    kept = (await workflow.came_to(request.app[SERVICES], partnership, reference)).outcome
    said = kept.outcome if kept else Outcome()
    return OutcomeShown(
        meeting_reference=reference,
        decided=[str(each) for each in said.decided],
        s47_started_at=said.s47_started_at,
        police=said.police,
        next_meeting_at=said.next_meeting_at,
        police_reference_kept=kept.police_reference_kept if kept else False,
        recorded_at=kept.recorded_at if kept else None,
    )


async def _actions(request: web.Request, partnership: str, reference: str) -> ActionsShown:
    found = await workflow.came_to(request.app[SERVICES], partnership, reference)
    actions = [ActionShown.model_validate(each, from_attributes=True) for each in found.actions]
    return ActionsShown(meeting_reference=reference, actions=actions)


async def _reports(request: web.Request, partnership: str, reference: str) -> ReportsShown:
    found = await workflow.came_to(request.app[SERVICES], partnership, reference)
    reports = [ReportShown.model_validate(each, from_attributes=True) for each in found.reports]
    return ReportsShown(meeting_reference=reference, due_at=found.reports_due_at, reports=reports)
