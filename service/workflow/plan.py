"""Planning: from the facts, the policy and the directory to the rows that say who must come, why and by when.

Pure but for what it is handed: the caller reads the directory before and writes the rows after.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.domain.binding import Binding, Places, RequirementState, bind
from service.domain.clocks import AgencyNotice, TwoClocks, two_clocks
from service.domain.evaluate import Evaluation, evaluate
from service.domain.facts import RequestFacts
from service.domain.hours import OFFICE, parse
from service.domain.policy import Policy
from service.domain.requests import Child
from service.domain.timescales import Timescale, timescale
from service.domain.working_time import WorkingCalendar
from service.store.queries.directory import Inbox


@dataclass(frozen=True, slots=True)
class Case:
    """What the policy says of a request's facts, before the directory says who that is."""

    policy: Policy
    facts: RequestFacts
    evaluation: Evaluation

    @property
    def roles(self) -> list[str]:
        """Every role that is required, whose inboxes ``plan_case`` wants."""
        return [requirement.role for requirement in self.evaluation.requirements]


@dataclass(frozen=True, slots=True)
class Plan:
    """Who must come and why, the two clocks, and by when it must be and why. Nothing is stored yet."""

    policy: Policy
    facts: RequestFacts
    evaluation: Evaluation
    bindings: tuple[Binding[Inbox], ...]
    clocks: TwoClocks
    timescale: Timescale

    @property
    def deadline_at(self) -> datetime | None:
        """The latest start the policy allows, in UTC; None when none is set or its clock has no known start."""
        return self.timescale.due_at


def places_of(children: Iterable[Child]) -> Places:
    """Each child's own school and nursery, by role and the child's reference, while they are open."""
    places: dict[tuple[str, str], str] = {}
    for child in children:
        if child.school_urn:
            places["school", child.ref] = child.school_urn
        if child.early_years_urn:
            places["early_years", child.ref] = child.early_years_urn
    return places


def clocks_of(
    bindings: Sequence[Binding[Inbox]], deadline_at: datetime | None, now: datetime, calendar: WorkingCalendar
) -> TwoClocks:
    """Both clocks for the agencies that will be asked. An agency without an inbox is counted in office hours.

    Raises:
        CalendarTooShortError: a count runs beyond the known bank holidays.
    """
    agencies = [
        AgencyNotice(
            role=binding.requirement.role,
            owed=binding.requirement.notice.standard,
            hours=parse(binding.inbox.hours) if binding.inbox else OFFICE,
            minimum=binding.requirement.notice.minimum,
        )
        for binding in bindings
        if binding.state in {RequirementState.WANTED, RequirementState.NO_INBOX}
    ]
    return two_clocks(now, agencies, deadline_at, calendar)


def case_of(policy: Policy, facts: RequestFacts, *, explain: bool = False) -> Case:
    """Put the policy's rules to a request. ``explain`` also says why the silent ones were silent.

    Raises:
        UnknownMeetingTypeError: the policy has no such meeting type.
    """
    return Case(policy, facts, evaluate(policy, facts, explain=explain))


def plan_case(
    case: Case, places: Places, inboxes: Sequence[Inbox], *, now: datetime, calendar: WorkingCalendar
) -> Plan:
    """Work out the whole plan of one meeting. ``inboxes`` are the active ones of every role of the case.

    Raises:
        CalendarTooShortError: a count runs beyond the known bank holidays.
    """
    bindings = bind(case.evaluation.requirements, inboxes, places)
    limits = timescale(case.policy.meeting_type(case.facts.meeting_type), case.facts, calendar)
    clocks = clocks_of(bindings, limits.due_at, now, calendar)
    return Plan(case.policy, case.facts, case.evaluation, bindings, clocks, limits)


def make_plan(
    policy: Policy,
    facts: RequestFacts,
    places: Places,
    inboxes: Sequence[Inbox],
    *,
    now: datetime,
    calendar: WorkingCalendar,
) -> Plan:
    """The plan with its silent rules, for who explains it and has the whole directory at hand.

    Raises as ``case_of`` and ``plan_case``.
    """
    return plan_case(case_of(policy, facts, explain=True), places, inboxes, now=now, calendar=calendar)
