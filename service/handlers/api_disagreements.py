"""The API's dissent and refused requests: raise, list, take further, settle, and read what one says.

A disagreement about a meeting is reached through the meeting, so that a restricted case's is there for its readers
alone. A refused request for a meeting has none, and stands by itself.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import AfterValidator, Field

from service.domain.disagreeing import Disagreement, Kind
from service.handlers.access import actor_of, partnership_of
from service.handlers.api_acts import body_of, reference_of
from service.handlers.api_answers import Answer, respond
from service.handlers.fields import LongWords, NeededLine, ShortLine, Strict, listed, one_of
from service.handlers.keys import SERVICES
from service.handlers.schemas import RoleLabel
from service.workflow import disagree as workflow
from service.workflow.errors import NoSuchDisagreementError
from service.workflow.papers import PlaceNamed

_Kind = Annotated[str, AfterValidator(one_of("kind of disagreement", Kind)), listed(Kind)]
_SECRET = {"Cache-Control": "no-store"}


class RefusedMeetingBody(Strict):
    """An agency asked for a strategy meeting and was refused, so there is no meeting. Its words are sealed."""

    role: RoleLabel
    text: LongWords


class DisagreementBody(Strict):
    """A disagreement about a meeting; its words are sealed. ``decision``: the number of the one dissented from."""

    kind: _Kind
    role: RoleLabel
    slot: ShortLine = ""
    text: LongWords
    decision: Annotated[int, Field(ge=1, le=100_000)] | None = None


class SettleBody(Strict):
    """How it was settled; these words are sealed too."""

    text: LongWords


class ReadBody(Strict):
    """Why the words are read, without names of the family."""

    reason: NeededLine


class StageShown(Answer):
    """A stage of the partnership's ladder. ``number`` 0: the partnership has published no ladder."""

    number: int
    to: str
    due_at: datetime | None = Field(description="null: the partnership has set no time for it")


class DisagreementRaised(Answer):
    """What became of it. ``new`` false: the same was written down before."""

    id: UUID
    new: bool
    stage: StageShown


class DisagreementShown(Answer):
    """One disagreement without its words."""

    id: UUID
    kind: str
    role: str
    decision: int | None
    stage: StageShown
    settle_by: datetime | None = Field(description="null: not set by the partnership")
    state: str
    raised_at: datetime
    settled_at: datetime | None


class DisagreementsShown(Answer):
    """Those about one meeting, or those without one. ``meeting_reference`` null: they have none."""

    meeting_reference: str | None
    disagreements: list[DisagreementShown]


class DisagreementOpened(Answer):
    """What one says. It may name a child."""

    id: UUID
    text: str


async def raise_about(request: web.Request) -> web.Response:
    """POST …/disagreements of a meeting."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, DisagreementBody)
    place = PlaceNamed(body.role, body.slot)
    given = workflow.DisagreementGiven(Kind(body.kind), place, body.text, body.decision)
    return await _raise(request, partnership, reference, given)


async def raise_alone(request: web.Request) -> web.Response:
    """POST /api/v1/disagreements: a refused request for a strategy meeting."""
    partnership = partnership_of(request)
    body = await body_of(request, RefusedMeetingBody)
    given = workflow.DisagreementGiven(Kind.REFUSED_MEETING, PlaceNamed(body.role), body.text)
    return await _raise(request, partnership, None, given)


async def _raise(
    request: web.Request, partnership: str, reference: str | None, given: workflow.DisagreementGiven
) -> web.Response:
    services = request.app[SERVICES]
    raised = await workflow.raise_disagreement(services, partnership, reference, given, actor=actor_of(request))
    stage = StageShown.model_validate(raised.rung, from_attributes=True)
    return respond(DisagreementRaised(id=raised.id, new=raised.new, stage=stage))


async def show(request: web.Request) -> web.Response:
    """GET …/disagreements: of a meeting, or those without one."""
    return respond(await _all(request))


async def further(request: web.Request) -> web.Response:
    """POST …/{disagreement}/further: to the next stage; the last stage stays where it is."""
    partnership, found = partnership_of(request), await _one(request)
    await workflow.take_further(request.app[SERVICES], partnership, found.id, actor=actor_of(request))
    return respond(await _all(request))


async def settle(request: web.Request) -> web.Response:
    """POST …/{disagreement}/settle."""
    partnership, found = partnership_of(request), await _one(request)
    body = await body_of(request, SettleBody)
    await workflow.settle_disagreement(request.app[SERVICES], partnership, found.id, body.text, actor=actor_of(request))
    return respond(await _all(request))


async def open_one(request: web.Request) -> web.Response:
    """POST …/{disagreement}/open: its words, for a client that may read them."""
    partnership, found = partnership_of(request), await _one(request)
    body = await body_of(request, ReadBody)
    text = await workflow.read_disagreement(
        request.app[SERVICES], partnership, found.id, reason=body.reason, actor=actor_of(request)
    )
    return respond(DisagreementOpened(id=found.id, text=text), headers=_SECRET)


def _about(request: web.Request) -> str | None:
    return reference_of(request) if "reference" in request.match_info else None


async def _found(request: web.Request) -> list[Disagreement]:
    services, partnership, about = request.app[SERVICES], partnership_of(request), _about(request)
    if about is None:
        return await workflow.list_without_meeting(services, partnership)
    return await workflow.list_disagreements(services, partnership, about)


async def _one(request: web.Request) -> Disagreement:
    """The one of the path, if it is of the path's meeting, or has none there.

    Raises:
        NoSuchDisagreementError
    """
    said = request.match_info["disagreement"]
    for each in await _found(request):
        if str(each.id) == said.lower():
            return each
    raise NoSuchDisagreementError(said[:40])


async def _all(request: web.Request) -> DisagreementsShown:
    return DisagreementsShown(
        meeting_reference=_about(request), disagreements=[_shown(each) for each in await _found(request)]
    )


def _shown(found: Disagreement) -> DisagreementShown:
    return DisagreementShown(
        id=found.id,
        kind=str(found.kind),
        role=found.role,
        decision=found.decision,
        stage=StageShown.model_validate(found.rung, from_attributes=True),
        settle_by=found.settle_by,
        state=found.state,
        raised_at=found.raised_at,
        settled_at=found.settled_at,
    )
