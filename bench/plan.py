"""Planning one request against the full Lewisham pack: who must come, why, by when, and what each is owed.

In process, from the derived facts to the plan: rules, reasons, directory, deadlines and both clocks. Beside it, on the
same requests and in the same turn, the least that any planner must do: ask every condition of every rule of the track
by hand, one after the other, and keep nothing but which roles are named.

Counted is CPU time: planning waits for nothing, so on an idle machine that is also how long it takes.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from time import thread_time
from typing import Any
from uuid import UUID

from bench.case import DIRECTORY, PARTNERSHIP
from bench.figures import Spread, Verdict, percentile, show, spread
from service.commands.compose import spare_start_up
from service.domain.conditions import ALWAYS, Condition, Operator, When, about_children
from service.domain.facts import (
    CHILD_FLAGS,
    CIRCUMSTANCES,
    AgeBand,
    ChildFacts,
    FactValue,
    RequestFacts,
    Urgency,
    of_child,
)
from service.domain.policy import EVERY_TRACK, Effect, Policy, Rule
from service.domain.roles import ROLES
from service.policies.holidays import working_calendar
from service.policies.load import load_pack
from service.store.queries.directory import Inbox
from service.workflow.plan import Plan, case_of, make_plan, plan_case

AIM_MS = 1.0
ROUNDS, REQUESTS = 25, 200
_NOW = datetime(2026, 11, 23, 9, 20, tzinfo=UTC)
_CALENDAR = working_calendar(date(2026, 11, 23))
_CLOCKS = ("initiating_sd_at", "last_sd_at", "action_taken_at", "decided_at", "missing_since", "icpc_at")


def directory() -> list[Inbox]:
    """The directory of ``bench.case`` as the store would read it."""
    return [
        Inbox(
            id=UUID(int=number),
            role=role,
            place=place,
            name=f"{role} {place}",
            address=f"{role}{number}@agency.example",
            phone="020 7946 0101",
            hours=hours,
            escalation_name="Duty manager",
            escalation_address=f"manager{number}@agency.example",
            escalation_phone="",
            capacity=1,
            channel="outlook",
            active=True,
            updated_at=_NOW,
        )
        for number, (role, place, hours) in enumerate(DIRECTORY)
    ]


def mixture(policy: Policy, count: int, seed: int = 1) -> list[RequestFacts]:
    """Requests of every meeting type, with one to three children and whatever chance puts together; seeded."""
    draw = random.Random(seed)  # noqa: S311 - reproducible requests, no secret
    types = sorted(policy.meeting_types)

    def instants() -> dict[str, Any]:
        return {clock: _NOW - timedelta(hours=draw.randrange(1, 480)) for clock in _CLOCKS}

    return [
        RequestFacts(
            meeting_type=draw.choice(types),
            urgency=draw.choice(list(Urgency)),
            concern_recorded_at=_NOW,
            children=tuple(_child(draw, number) for number in range(draw.randrange(1, 4))),
            circumstances=_some(draw, CIRCUMSTANCES, 6),
            involved_roles=_some(draw, ROLES, 3),
            excluded_roles=_some(draw, ROLES, 1),
            referrer_role=draw.choice(sorted(ROLES)),
            **instants(),
        )
        for _ in range(count)
    ]


def fullest() -> RequestFacts:
    """A strategy meeting at which everything is recorded at once, for three children: no rule of circumstance rests."""
    children = (
        ChildFacts("C-1", AgeBand.UNBORN, flags=frozenset(CHILD_FLAGS)),
        ChildFacts("C-2", AgeBand.UNDER_FIVE, flags=frozenset(CHILD_FLAGS)),
        ChildFacts("C-3", AgeBand.SCHOOL_AGE, on_school_roll=True, flags=frozenset(CHILD_FLAGS)),
    )
    everything = frozenset(CIRCUMSTANCES)
    return RequestFacts(
        "strategy", Urgency.STANDARD, _NOW, children, everything, involved_roles=frozenset(ROLES), referrer_role="gp"
    )


def _child(draw: random.Random, number: int) -> ChildFacts:
    band = draw.choice(list(AgeBand))
    return ChildFacts(f"C-{number}", band, band is AgeBand.SCHOOL_AGE, _some(draw, CHILD_FLAGS, 3))


def _some(draw: random.Random, words: Collection[str], most: int) -> frozenset[str]:
    return frozenset(draw.sample(sorted(words), draw.randrange(most + 1)))


class Planner:
    """Plans as intake does: only the inboxes of the roles asked for are at hand, as the one read brings them."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._all = directory()

    def plan(self, facts: RequestFacts) -> Plan:
        """The plan of a request that is taken in; silent rules are not told of."""
        case = case_of(self._policy, facts)
        asked = set(case.roles)
        inboxes = [inbox for inbox in self._all if inbox.role in asked]
        return plan_case(case, {}, inboxes, now=_NOW, calendar=_CALENDAR)

    def explained(self, facts: RequestFacts) -> Plan:
        """The same with the words of every rule that stayed silent, as ``policy explain`` shows it."""
        return make_plan(self._policy, facts, {}, self._all, now=_NOW, calendar=_CALENDAR)


class Bare:
    """Rule after rule, condition after condition, with nothing prepared and nothing kept but the roles."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def roles(self, facts: RequestFacts) -> set[str]:
        """Which roles the rules name; no level, no reason, no notice."""
        track = self._policy.meeting_type(facts.meeting_type).track
        case = facts.of_case()
        children = [{**case, **of_child(child)} for child in facts.children]
        named: set[str] = set()
        for rule in self._policy.rules:
            seen = children if about_children(rule.when) else [case]
            if self._runs(rule, track) and any(_holds(rule.when, each) for each in seen):
                named.update(_named(rule, case))
        return named

    def _runs(self, rule: Rule, track: str) -> bool:
        if rule.effect is Effect.SEPARATE or (rule.needs_flag and not getattr(self._policy.flags, rule.needs_flag)):
            return False
        return rule.track in (track, EVERY_TRACK) or rule.effect is Effect.EXCLUDE


def _named(rule: Rule, case: Mapping[str, FactValue]) -> Iterator[str]:
    yield from rule.invite
    more = case.get(rule.invite_from) if rule.invite_from else None
    if isinstance(more, frozenset):
        yield from more
    elif isinstance(more, str) and more:
        yield more


def _holds(when: When, facts: Mapping[str, FactValue]) -> bool:
    if when == ALWAYS:
        return True
    answers = (_asked(part, facts) if isinstance(part, Condition) else _holds(part, facts) for part in when.parts)
    return all(answers) if when.join == "all" else any(answers)


def _asked(condition: Condition, facts: Mapping[str, FactValue]) -> bool:
    found, value = facts.get(condition.fact), condition.value
    held = found if isinstance(found, frozenset) else frozenset()
    match condition.operator:
        case Operator.IS:
            return found == value
        case Operator.IS_NOT:
            return found != value
        case Operator.ONE_OF:
            return isinstance(value, frozenset) and found in value
        case Operator.CONTAINS:
            return value in held
        case Operator.CONTAINS_ANY:
            return isinstance(value, frozenset) and not value.isdisjoint(held)
        case Operator.LACKS:
            return value not in held
        case Operator.NOT_EMPTY:
            return bool(found) is value


@dataclass(frozen=True, slots=True)
class Measured:
    """CPU milliseconds of every call of one way, and for each round how many times the bare loop's time it took."""

    way: str
    ms: list[float]
    times_bare: Spread


def measure(*, rounds: int = ROUNDS, requests: int = REQUESTS) -> list[Measured]:
    """Every way over the same requests, taking turns, round after round."""
    policy = load_pack(PARTNERSHIP)
    planner, bare = Planner(policy), Bare(policy)
    mixed, full = mixture(policy, requests), [fullest()] * max(1, requests // 10)
    pairs: list[tuple[str, Callable[[RequestFacts], object], list[RequestFacts]]] = [
        ("a plan, mixed requests", planner.plan, mixed),
        ("a plan, everything recorded at once", planner.plan, full),
        ("a plan with every silent rule explained, mixed", planner.explained, mixed),
    ]
    found = []
    for way, ours, asked in pairs:
        ours(asked[0])
        every: list[float] = []
        ratios = []
        for _ in range(rounds):
            mine, theirs = _timed(ours, asked), _timed(bare.roles, asked)
            every += mine
            ratios.append(sum(mine) / sum(theirs))
        found.append(Measured(way, every, spread(ratios)))
    return found


def _timed(call: Callable[[RequestFacts], object], asked: list[RequestFacts]) -> list[float]:
    ms = []
    for facts in asked:
        began = thread_time()
        call(facts)
        ms.append(1000 * (thread_time() - began))
    return ms


def run() -> list[Verdict]:
    """Print all, and judge each by its middle."""
    policy = load_pack(PARTNERSHIP)
    spare_start_up()
    found = measure()
    rows = [
        (
            each.way,
            *(f"{percentile(each.ms, share):.2f}" for share in (0, 0.5, 0.9, 0.99)),
            each.times_bare.shown(1),
        )
        for each in found
    ]
    header = ("way", "min", "p50", "p90", "p99", "times the bare loop")
    show(f"Planning, ms of CPU: {len(policy.rules)} rules, {len(DIRECTORY)} inboxes", header, rows)
    return [
        Verdict(each.way + ", p50", f"{middle:.2f} ms", f"under {AIM_MS:.0f} ms", middle < AIM_MS)
        for each in found
        for middle in [percentile(each.ms, 0.5)]
    ]
