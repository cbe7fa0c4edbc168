"""What planning a meeting anew would do: its facts with a change, the plan they give now, and what is different.

Reads only. The preview and the act both begin here, so that what is shown is what is done.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.amending import NO_CHANGE, Amendment, AmendmentError, FactChange, amended, changes_between
from service.domain.binding import Binding, RequirementState, hush
from service.domain.evaluate import SeparateMeeting, evaluate
from service.domain.facts import RequestFacts
from service.domain.london import local_date
from service.domain.policy import Policy
from service.domain.replanned import Effect, Place
from service.domain.replanning import Difference, PlannedPlace, Reason, difference
from service.domain.requests import birth_clocks
from service.store.changes import binding, replanning
from service.store.changes.binding import ByHand
from service.store.changes.meetings import LockedMeeting
from service.store.queries.directory import Inbox
from service.store.queries.meeting import meeting_view
from service.store.queries.meeting_lines import AgencyLine, MeetingView
from service.store.queries.planning import known_for
from service.store.queries.sending import stopped_addresses
from service.workflow.errors import BadFactsError, CannotReplanError, Instead, NoSuchMeetingError, NotReadyError
from service.workflow.identity import children_for_planning
from service.workflow.plan import Plan, case_of, places_of, plan_case
from service.workflow.policy import policy_of
from service.workflow.ports import Services
from service.workflow.sealed_request import facts_as_json
from service.workflow.stored_facts import facts_from_json


@dataclass(frozen=True, slots=True)
class ReplanAsked:
    """What is asked: a change of facts, and whether to take the policy in force instead of the one that planned it.

    ``seen`` is the mark of the difference that was looked at; empty when nobody looked.
    """

    change: Amendment = NO_CHANGE
    in_force: bool = False
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """The difference and all that doing it needs. ``by_hand``: who may have heard of the meeting outside mail."""

    meeting: LockedMeeting
    view: MeetingView
    before: RequestFacts
    after: RequestFacts
    policy_before: Policy
    plan: Plan
    difference: Difference
    bindings: Mapping[Place, Binding[Inbox]]
    agencies: Mapping[Place, AgencyLine]
    by_hand: Mapping[UUID, ByHand]

    @property
    def facts(self) -> tuple[FactChange, ...]:
        """The facts that change."""
        return changes_between(self.before, self.after)

    @property
    def deadline_at(self) -> datetime | None:
        """The latest start in time after it. It stays where the sealed day it counts from can no longer be read."""
        limits = self.plan.timescale
        return self.view.deadline_at if limits.due_at is None and limits.unknown else limits.due_at

    @property
    def team(self) -> str | None:
        """The key of the partnership's own team that the meeting belongs to after it."""
        routed = self.plan.evaluation.routed
        return routed.team if routed else None

    @property
    def earliest_fair_at(self) -> datetime | None:
        """The earliest start that gives every agency its notice: counted from now only where it must be."""
        stays = self.difference.empty and self.policy_before is self.plan.policy
        return self.view.earliest_fair_at if stays else self.plan.clocks.earliest_fair

    @property
    def separate(self) -> tuple[SeparateMeeting, ...]:
        """The meetings of their own that the facts ask for now and did not before."""
        asked = {each.rule_id for each in evaluate(self.policy_before, self.before, explain=False).separate}
        return tuple(each for each in self.plan.evaluation.separate if each.rule_id not in asked)

    @property
    def nothing_to_do(self) -> bool:
        """Whether everything stays as it is."""
        same_policy = self.policy_before.content_hash == self.plan.policy.content_hash
        return (
            self.difference.empty
            and not self.facts
            and not self.separate
            and same_policy
            and (self.deadline_at, self.team) == (self.view.deadline_at, self.view.team)
        )

    @property
    def mark(self) -> str:
        """What tells this difference from another: whoever decides names the one that was on the screen."""
        told = {
            "facts": facts_as_json(self.after),
            "policy": self.plan.policy.content_hash,
            "version": self.meeting.version,
            "places": [asdict(self.difference), sorted(self.effects().items())],
        }
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]

    def effects(self) -> dict[Place, Effect]:
        """What becomes of the invitation of every place that is added or falls away, or may no longer be told."""
        changes = self.difference
        return (
            {_key(place): self._added(self.bindings[_key(place)]) for place in changes.added}
            | {_key(place): self._withdrawn(self.agencies[_key(place)]) for place in changes.withdrawn}
            | {_key(each.after): Effect.TAKEN_BACK for each in changes.changed if each.held_back_now}
        )

    def _added(self, bound: Binding[Inbox]) -> Effect:
        if bound.state is RequirementState.STOPPED:
            return Effect.HELD_BACK
        if bound.inbox is None:
            return Effect.NO_INBOX
        if self.meeting.starts_at is None:
            return Effect.INVITED_LATER
        return Effect.PHONED if bound.inbox.channel == "phone" else Effect.INVITED

    def _withdrawn(self, agency: AgencyLine) -> Effect:
        if agency.requirement_id in self.by_hand:
            return Effect.PHONED_OFF
        heard = agency.state == RequirementState.WANTED and agency.invitation is not None
        return Effect.TOLD if heard else Effect.UNTOLD


def _key(place: PlannedPlace) -> Place:
    return place.role, place.slot


async def look(
    services: Services, conn: AsyncConnection, partnership: str, meeting: LockedMeeting, asked: ReplanAsked
) -> Look:
    """Work the difference out, with the meeting's row locked by the caller.

    Raises:
        NoSuchMeetingError, CannotReplanError, NotReadyError, UnknownMeetingTypeError, CalendarTooShortError
        BadFactsError: the request cannot take this change of facts.
        SealError: a sealed day or school cannot be read.
    """
    now = services.now()
    if meeting.state not in {"planned", "confirmed"} or (meeting.starts_at is not None and meeting.starts_at <= now):
        raise CannotReplanError
    view = await meeting_view(conn, partnership, meeting.reference)
    if view is None:
        raise NoSuchMeetingError(meeting.reference)
    stored, recorded_at = await replanning.lock_facts(conn, partnership, meeting.request_id)
    before = facts_from_json(stored, recorded_at)
    try:
        after = amended(before, asked.change)
    except AmendmentError as error:
        raise BadFactsError(str(error)) from None
    policy_before = await policy_of(services, conn, partnership, meeting.policy_hash)
    plan = await _plan(services, conn, partnership, view, after, _policy(services, partnership, policy_before, asked))
    places = _places(view, {rule.id for rule in policy_before.rules})
    return Look(
        meeting=meeting,
        view=view,
        before=before,
        after=after,
        policy_before=policy_before,
        plan=plan,
        difference=difference(tuple(places), [_planned(bound, plan) for bound in plan.bindings]),
        bindings={(bound.requirement.role, bound.slot): bound for bound in plan.bindings},
        agencies={_key(place): agency for place, agency in places.items()},
        by_hand={each.requirement_id: each for each in await binding.reached_by_hand(conn, partnership, meeting)},
    )


def _policy(services: Services, partnership: str, kept: Policy, asked: ReplanAsked) -> Policy:
    if not asked.in_force:
        return kept
    current = services.policies.get(partnership)
    if current is None:
        raise NotReadyError(f"No policy is published for {partnership}.", instead=Instead.MIGRATE)
    return current


async def _plan(
    services: Services,
    conn: AsyncConnection,
    partnership: str,
    view: MeetingView,
    facts: RequestFacts,
    policy: Policy,
) -> Plan:
    children = await children_for_planning(conn, services.keyring, partnership, view.request_id)
    # As the days were told apart when the request came in: who was just born then is who its clock is about.
    born_at, expected_at = birth_clocks(children, local_date(view.created_at))
    case = case_of(policy, replace(facts, birth_clock_at=born_at, delivery_clock_at=expected_at))
    known = await known_for(conn, partnership, case.roles)
    # An inbox that must not be told is asked in none of its jobs, also not in one that the new facts bring.
    hushed = await stopped_addresses(conn, partnership, view.id)
    plan = plan_case(case, places_of(children), known.inboxes, now=services.now(), calendar=services.calendar)
    return replace(plan, bindings=hush(plan.bindings, hushed))


def _places(view: MeetingView, rules: set[str]) -> dict[PlannedPlace, AgencyLine]:
    """The places as they stand. One that no rule of its policy named was added by a person."""
    return {
        PlannedPlace(
            role=agency.role,
            slot=agency.slot,
            group=agency.group,
            level=agency.level,
            children=agency.children,
            because=tuple(_reason(why) for why in agency.because),
            notice_standard=agency.notice_standard,
            notice_minimum=agency.notice_minimum,
            # A place given to a named person is held back too: its shared inbox must not be told, whatever is planned.
            held_back=agency.state == RequirementState.STOPPED or has_person(agency),
            by_hand=not any(why.get("rule") in rules for why in agency.because),
        ): agency
        for agency in view.agencies
        if agency.state != RequirementState.WITHDRAWN
    }


def has_person(agency: AgencyLine) -> bool:
    """Whether the place was given to a person by a route of their own."""
    return agency.inbox is not None and agency.inbox.kind == "person"


def _reason(why: Mapping[str, Any]) -> Reason:
    rule, reason, source, fact = (str(why.get(name, "")) for name in ("rule", "reason", "source", "fact"))
    children = why.get("children")
    return Reason(rule, reason, source, fact, None if children is None else tuple(children))


def _planned(bound: Binding[Inbox], plan: Plan) -> PlannedPlace:
    wanted = bound.requirement
    return PlannedPlace(
        role=wanted.role,
        slot=bound.slot,
        group=plan.policy.role_groups[wanted.role],
        level=str(wanted.level),
        children=bound.children,
        because=tuple(
            Reason(why.rule_id, why.reason, why.source, why.fact, why.children if why.invites else None)
            for why in wanted.because
        ),
        notice_standard=wanted.notice.standard.code if wanted.notice.standard else None,
        notice_minimum=wanted.notice.minimum.code if wanted.notice.minimum else None,
        held_back=bound.state is RequirementState.STOPPED,
    )
