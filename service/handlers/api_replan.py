"""…/replan: what a change of facts, or the policy in force, does to who must come; and doing it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import AfterValidator, Field

from service.domain.amending import CLOCK_FACTS, Amendment, ChildAmendment, Words
from service.domain.facts import AgeBand, Urgency
from service.domain.replanned import Replanned
from service.handlers.access import actor_of, partnership_of
from service.handlers.api_acts import body_of, reference_of
from service.handlers.api_answers import Answer, respond
from service.handlers.fields import Instant, Ref, Strict, listed, one_of
from service.handlers.keys import SERVICES
from service.handlers.schemas import ChildFlagLabel, CircumstanceLabel, RoleLabel, UrgencyLabel
from service.web.replan_shown import as_shown
from service.workflow.replan import preview, replan_meeting
from service.workflow.replan_look import ReplanAsked

_AgeLabel = Annotated[str, AfterValidator(one_of("age band", AgeBand)), listed(AgeBand)]
_ClockLabel = Annotated[str, AfterValidator(one_of("clock", CLOCK_FACTS)), listed(CLOCK_FACTS)]


class CircumstanceWords(Strict):
    """Circumstances that are known now, and those that turned out not to be so."""

    add: Annotated[tuple[CircumstanceLabel, ...], Field(max_length=40)] = ()
    remove: Annotated[tuple[CircumstanceLabel, ...], Field(max_length=40)] = ()


class AgencyWords(Strict):
    """Agencies that are involved, and those that are not."""

    add: Annotated[tuple[RoleLabel, ...], Field(max_length=60)] = ()
    remove: Annotated[tuple[RoleLabel, ...], Field(max_length=60)] = ()


class FlagWords(Strict):
    """What is so of a child now, and what is not."""

    add: Annotated[tuple[ChildFlagLabel, ...], Field(max_length=20)] = ()
    remove: Annotated[tuple[ChildFlagLabel, ...], Field(max_length=20)] = ()


class ChildChange(Strict):
    """What changes about one child of the request. What is left out stays."""

    ref: Ref
    flags: FlagWords = FlagWords()
    age_band: _AgeLabel | None = None
    on_school_roll: bool | None = None


class ClockChange(Strict):
    """An instant that starts a deadline's clock."""

    name: _ClockLabel
    at: Instant


class ReplanBody(Strict):
    """A change of the facts, and how it is done.

    ``in_force`` plans by the policy in force instead of the one that planned the meeting. ``dry_run`` changes nothing.
    ``seen`` is the mark of the difference that was looked at: another one is refused.
    """

    circumstances: CircumstanceWords = CircumstanceWords()
    involved_roles: AgencyWords = AgencyWords()
    urgency: UrgencyLabel | None = None
    must_not_be_told: Annotated[tuple[RoleLabel, ...], Field(max_length=30)] = ()
    children: Annotated[tuple[ChildChange, ...], Field(max_length=30)] = ()
    clocks: Annotated[tuple[ClockChange, ...], Field(max_length=20)] = ()
    in_force: bool = False
    dry_run: bool = False
    seen: Annotated[str, Field(pattern=r"^([0-9a-f]{16})?$")] = ""

    def to_workflow(self) -> ReplanAsked:
        """What is asked, as the workflow takes it. Of a child or clock said twice, the last counts."""
        change = Amendment(
            urgency=Urgency(self.urgency) if self.urgency else None,
            circumstances=Words(frozenset(self.circumstances.add), frozenset(self.circumstances.remove)),
            involved_roles=Words(frozenset(self.involved_roles.add), frozenset(self.involved_roles.remove)),
            must_not_be_told=frozenset(self.must_not_be_told),
            children={
                child.ref: ChildAmendment(
                    Words(frozenset(child.flags.add), frozenset(child.flags.remove)),
                    AgeBand(child.age_band) if child.age_band else None,
                    child.on_school_roll,
                )
                for child in self.children
            },
            clocks={clock.name: clock.at for clock in self.clocks},
        )
        return ReplanAsked(change, in_force=self.in_force, seen=self.seen)


class FactShown(Answer):
    """One fact that changes. ``child`` is empty for a fact of the case."""

    fact: str
    child: str
    added: list[str]
    removed: list[str]


class PolicyShown(Answer):
    """A version of the policy."""

    pack: str
    version: str
    hash: str


class RuleShown(Answer):
    """A rule that names an agency, and the facts that fired it."""

    rule: str
    reason: str
    fact: str


class PlaceShown(Answer):
    """One place of the difference. ``invitation`` says what becomes of it; null: the agency hears nothing."""

    role: str
    slot: str
    level: str
    children: list[str]
    because: list[RuleShown]
    invitation: str | None


class ChangedShown(PlaceShown):
    """A place that stays and is not what it was; ``what`` differs."""

    what: list[str]


class ReplanShown(Answer):
    """The difference, whether it was done, and the mark that names it."""

    meeting_reference: str
    version: int
    mark: str
    done: bool
    nothing_to_do: bool
    facts: list[FactShown]
    policy_before: PolicyShown
    policy: PolicyShown
    added: list[PlaceShown]
    withdrawn: list[PlaceShown]
    changed: list[ChangedShown]
    kept: list[PlaceShown]
    deadline_before: datetime | None
    deadline: datetime | None
    team_before: str
    team: str
    separate: list[str]
    words: list[str]


def _shown(found: Replanned) -> web.Response:
    return respond(ReplanShown.model_validate(as_shown(found)))


async def look(request: web.Request) -> web.Response:
    """GET …/replan: what the policy in force would change, the facts being as they are. Changes nothing."""
    partnership, reference = partnership_of(request), reference_of(request)
    return _shown(await preview(request.app[SERVICES], partnership, reference, ReplanAsked(in_force=True)))


async def replan(request: web.Request) -> web.Response:
    """POST …/replan: change the facts and plan anew, or with ``dry_run`` show what that would do."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, ReplanBody)
    asked, services = body.to_workflow(), request.app[SERVICES]
    if body.dry_run:
        return _shown(await preview(services, partnership, reference, asked))
    return _shown(await replan_meeting(services, partnership, reference, asked, actor=actor_of(request)))
