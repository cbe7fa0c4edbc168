"""GET …/quorum: whether enough are coming, what would change that, and what one "no" would cost."""

from __future__ import annotations

from datetime import datetime

from aiohttp import web
from pydantic import Field

from service.domain.forecast import Goal
from service.handlers.access import actor_of, partnership_of
from service.handlers.api_acts import body_of, reference_of
from service.handlers.api_answers import Answer, respond
from service.handlers.api_bodies import StandDownBody, WithoutQuorumBody
from service.handlers.keys import SERVICES
from service.web.quorum_words import quorum_sentences
from service.workflow.quorum import Standing, standing
from service.workflow.stand_down import stand_down as stand_down_conference
from service.workflow.without_quorum import go_on_without_quorum


class GoalShown(Answer):
    """Whether a goal is met. ``ways`` are the smallest sets of answers that meet it: of each part one role says yes."""

    met: bool | None = Field(description="null: not set by the partnership")
    missing: list[str]
    ways: list[list[list[str]]]
    more_ways: bool
    out_of_reach: bool
    lost_by: list[str] = Field(description='roles whose "no" alone would lose it or put it out of reach')


class QuorumShown(Answer):
    """The quorum by the answers so far, or by who came once the meeting was held; the national least beside it."""

    meeting_reference: str
    rule: str
    counted_by: str
    quorum: GoalShown
    national_least: GoalShown
    chair_may_accept: bool
    coming: list[str]
    maybe: list[str]
    words: list[str]


async def go_on(request: web.Request) -> web.Response:
    """POST …/quorum: why the meeting goes on, or went on, without its quorum. It can be said again."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, WithoutQuorumBody)
    found = await go_on_without_quorum(
        request.app[SERVICES], partnership, reference, reason=body.reason, actor=actor_of(request)
    )
    return respond(_shown(found))


class StoodDownShown(Answer):
    """A conference that was stood down: whom it lacked, and by when it must be held (null: the policy sets no time)."""

    meeting_reference: str
    missing: list[str]
    again_by: datetime | None


async def stand_down(request: web.Request) -> web.Response:
    """POST …/stand-down: a conference is called off because its quorum is not met, where the policy says so."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, StandDownBody)
    found = await stand_down_conference(
        request.app[SERVICES], partnership, reference, reason=body.reason, actor=actor_of(request), came=body.came
    )
    told = StoodDownShown(meeting_reference=found.reference, missing=list(found.missing), again_by=found.again_by)
    return respond(told)


async def quorum(request: web.Request) -> web.Response:
    """GET …/quorum[?if_no=ROLE]: changes nothing."""
    partnership, reference = partnership_of(request), reference_of(request)
    if_no = [request.query["if_no"]] if request.query.get("if_no") else []
    return respond(_shown(await standing(request.app[SERVICES], partnership, reference, if_no)))


def _shown(found: Standing) -> QuorumShown:
    said = found.forecast
    return QuorumShown(
        meeting_reference=found.reference,
        rule=said.words,
        counted_by="attendance" if found.came else "answers",
        quorum=_goal(said.quorum),
        national_least=_goal(said.partners),
        chair_may_accept=said.chair_may_accept,
        coming=list(said.coming),
        maybe=list(said.maybe),
        words=list(quorum_sentences(said, came=found.came, strategy=found.strategy)),
    )


def _goal(goal: Goal) -> GoalShown:
    return GoalShown(
        met=goal.met,
        missing=list(goal.missing),
        ways=[[list(part) for part in way] for way in goal.ways],
        more_ways=goal.more_ways,
        out_of_reach=goal.out_of_reach,
        lost_by=list(goal.lost_by),
    )
