"""Where a meeting's quorum stands now, which answers would still bring it about, and what a "no" would cost.

Only "yes" and "someone comes instead" fill a place. "Maybe" does not count and is still chased; "no" and "sends
written information" leave the place empty. Nothing here stops a meeting: safety comes before quorum.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice

from service.domain.answers import FILLS_THE_PLACE, Answer
from service.domain.quorum import Quorum, QuorumRule, missing_partners, quorum
from service.domain.roles import group_of

# Answers after which a place can still be filled without anybody changing their mind.
STILL_OPEN: frozenset[Answer | None] = frozenset({None, Answer.MAYBE, Answer.ANOTHER_TIME})

# The officer reads the ways; beyond this many they are one sentence: several.
MOST_WAYS = 12


@dataclass(frozen=True, slots=True)
class Place:
    """One agency asked to a meeting: its role, whether it is core, and its answer to the current version."""

    role: str
    core: bool
    answer: Answer | None


# One way to get there: of each part, one role must say yes. The roles of one part do equally well.
Way = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Goal:
    """One thing to be reached. ``met`` None: the partnership has set no figure.

    ``ways`` are the smallest sets of answers that would reach it, fewest answers first; ``more_ways`` that there are
    others. Neither met nor any way: answers still to come cannot reach it. ``lost_by`` are the roles whose "no" alone
    would lose it, or put it out of reach.
    """

    met: bool | None
    missing: tuple[str, ...]
    ways: tuple[Way, ...]
    more_ways: bool
    lost_by: tuple[str, ...]

    @property
    def out_of_reach(self) -> bool:
        """Whether only a change of mind, or somebody else, can reach it now."""
        return self.met is False and not self.ways


@dataclass(frozen=True, slots=True)
class Forecast:
    """The quorum and, apart from it, the partners that national guidance names as the least that meet."""

    quorum: Goal
    words: str
    chair_may_accept: bool
    partners: Goal
    coming: tuple[str, ...]
    maybe: tuple[str, ...]

    @property
    def short(self) -> bool:
        """Whether a figure that is set is missed: unset is not missed."""
        return self.quorum.met is False or self.partners.met is False


def forecast(
    rule: QuorumRule | None, places: Sequence[Place], groups: Mapping[str, str], minimum: Collection[str]
) -> Forecast:
    """How a meeting's quorum stands by the answers so far.

    Args:
        rule: the partnership's choice; None when it has set none.
        places: the agencies that are asked; one that must not be told, or has no inbox, has not answered.
        groups: role to group as the pack counts them (``Policy.role_groups``).
        minimum: the agency groups of the national minimum (``MeetingType.minimum_partners``).
    """
    core = tuple(place.role for place in places if place.core)

    def counted(roles: Collection[str]) -> Quorum:
        return quorum(rule, roles, groups, core)

    now = counted(_sure(places))
    by_quorum = partners = Goal(None, (), (), more_ways=False, lost_by=())
    if rule is not None:
        effect = _effect_under(rule, groups, core)
        by_quorum = _goal(lambda roles: counted(roles).met is True, now.missing, places, effect)
    if minimum:
        absent = missing_partners(minimum, _sure(places))
        partners = _goal(lambda roles: not missing_partners(minimum, roles), absent, places, group_of)
    return Forecast(
        quorum=by_quorum,
        words=now.words,
        chair_may_accept=now.chair_may_accept,
        partners=partners,
        coming=tuple(sorted(_sure(places))),
        maybe=tuple(sorted({place.role for place in places if place.answer is Answer.MAYBE} - _sure(places))),
    )


def with_a_no(places: Sequence[Place], role: str) -> tuple[Place, ...]:
    """The same places after every place of ``role`` has said no: what to show before a "no" is pressed."""
    return tuple(Place(place.role, place.core, Answer.NO) if place.role == role else place for place in places)


def _sure(places: Sequence[Place]) -> frozenset[str]:
    return frozenset(place.role for place in places if place.answer in FILLS_THE_PLACE)


def _open(places: Sequence[Place]) -> frozenset[str]:
    return frozenset(place.role for place in places if place.answer in STILL_OPEN) - _sure(places)


_Reached = Callable[[Collection[str]], bool]
_Effect = Callable[[str], object]


def _effect_under(rule: QuorumRule, groups: Mapping[str, str], core: Collection[str]) -> _Effect:
    """All that the rule can tell of a role: two roles it cannot tell apart do equally well."""

    def effect(role: str) -> object:
        chosen = tuple(role in choice for choice in rule.roles)
        needed_itself = role if rule.all_core and role in core else ""
        return groups.get(role, group_of(role)), group_of(role), chosen, needed_itself

    return effect


def _goal(reached: _Reached, missing: tuple[str, ...], places: Sequence[Place], effect: _Effect) -> Goal:
    sure, left = _sure(places), _open(places)
    met = reached(sure)
    found = [] if met else list(islice(_ways(reached, sure, left, effect), MOST_WAYS + 1))
    return Goal(
        met=met,
        missing=missing,
        ways=tuple(found[:MOST_WAYS]),
        more_ways=len(found) > MOST_WAYS,
        lost_by=tuple(sorted(_lost_by(reached, sure, left, met=met))),
    )


def _lost_by(reached: _Reached, sure: frozenset[str], left: frozenset[str], *, met: bool) -> Iterator[str]:
    """Roles without which it is lost: while it is met, those that made it so; before, those no way can do without."""
    whole = sure if met else sure | left
    if reached(whole):
        yield from (role for role in whole if not reached(whole - {role}))


def _ways(reached: _Reached, sure: frozenset[str], left: frozenset[str], effect: _Effect) -> Iterator[Way]:
    """The smallest sets of parts, fewest first. Roles of one effect are one part, so the search stays small.

    Counting only ever grows with who comes, so a part that everything else together cannot replace is in every way.
    """
    parts = _parts(left, effect)
    everything = range(len(parts))

    def enough(chosen: Collection[int]) -> bool:
        return reached(sure | {parts[number][0] for number in chosen})

    if not enough(everything):
        return
    always = tuple(number for number in everything if not enough([other for other in everything if other != number]))
    others = [number for number in everything if number not in always]
    found: list[frozenset[int]] = []
    for size in range(len(others) + 1):
        for more in combinations(others, size):
            chosen = frozenset((*always, *more))
            if not any(way <= chosen for way in found) and enough(chosen):
                found.append(chosen)
                yield tuple(parts[number] for number in sorted(chosen))


def _parts(left: frozenset[str], effect: _Effect) -> list[tuple[str, ...]]:
    by_effect: dict[object, list[str]] = {}
    for role in sorted(left):
        by_effect.setdefault(effect(role), []).append(role)
    return [tuple(roles) for roles in by_effect.values()]
