"""Two statements of a merged pack that cannot both be meant, each refused with both named and how to mend it.

What counts as a conflict is what would make one of the two idle or untrue, whatever the request. A rule that holds an
agency's inbox back in some of the cases in which another invites it is an exception and is welcome; in all of them the
invitation would never arrive. Only a pack that is being read from its files is asked: published versions stay readable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, permutations

from service.domain.clock_starts import CLOCK_WORDS
from service.domain.conditions import Condition, Operator, When
from service.domain.facts import Urgency
from service.domain.policy import EVERY_TRACK, STRENGTH, Effect, MeetingType, Policy, Rule
from service.domain.roles import words as role_words
from service.domain.spans import Span
from service.policies.refusal import PolicyRefused
from service.policies.whens import impossible

_OPPOSITE: Mapping[Operator, Operator] = {
    Operator.IS_NOT: Operator.IS,
    Operator.CONTAINS: Operator.LACKS,
    Operator.LACKS: Operator.CONTAINS,
}


def refuse_conflicts(policy: Policy) -> None:
    """Look at every pair of rules, and at the figures of each meeting type.

    Raises:
        PolicyRefused: two statements conflict; the sentence names both.
    """
    for rule, sentence in _of_rules(policy):
        raise PolicyRefused(f"{rule.pack}.toml", rule.id, sentence)
    for meeting_type in policy.meeting_types.values():
        for where, sentence in _of_figures(meeting_type):
            raise PolicyRefused(f"{policy.id}.toml", f"meeting_types.{meeting_type.id}{where}", sentence)
    _refuse_circles(policy)


def _of_rules(policy: Policy) -> Iterator[tuple[Rule, str]]:
    on = [rule for rule in policy.rules if rule.needs_flag is None or getattr(policy.flags, rule.needs_flag)]
    depth = {pack: place for place, pack in enumerate((policy.id, *policy.extends))}
    for one, other in permutations(on, 2):
        if one.effect is Effect.INVITE and other.effect is Effect.EXCLUDE:
            # What holds an inbox back runs on every track.
            yield from _never_told(one, other)
        elif one.effect is other.effect is Effect.INVITE and _covers(one, other):
            nearer = depth.get(one.pack, 0) < depth.get(other.pack, 0)
            yield from _two_levels(one, other, strengthened=nearer or one.needs_flag != other.needs_flag)
    for earlier, later in combinations([rule for rule in on if rule.team], 2):
        if _covers(earlier, later) and earlier.team != later.team and implies(later.when, earlier.when):
            sentence = (
                f"the team {later.team!r} would never get a meeting: whenever this rule fires, {earlier.id} before it "
                f"names {earlier.team!r}, and the first rule decides. Put this rule before it, or narrow {earlier.id}"
            )
            yield later, sentence


def _covers(one: Rule, other: Rule) -> bool:
    """Whether the first is put to every meeting to which the second is."""
    return one.track in {EVERY_TRACK, other.track}


def _never_told(invites: Rule, holds_back: Rule) -> Iterator[tuple[Rule, str]]:
    both = _shared(invites, holds_back)
    if both and implies(invites.when, holds_back.when):
        sentence = (
            f"this rule holds back {both} in every case in which {invites.id} invites it, so the invitation would "
            f"never arrive. Narrow the 'when' of this rule, or take {both} out of one of the two"
        )
        yield holds_back, sentence


def _two_levels(one: Rule, other: Rule, *, strengthened: bool) -> Iterator[tuple[Rule, str]]:
    """An agency at two levels in exactly the same cases, where ``other`` is the weaker statement and so says nothing.

    ``strengthened``: that is meant, since a pack may ask for an agency more strongly than the packs it extends, and so
    may a rule that a flag switches on.
    """
    both = _shared(one, other)
    weaker = STRENGTH[other.level] > STRENGTH[one.level]
    if both and weaker and not strengthened and implies(other.when, one.when) and implies(one.when, other.when):
        sentence = (
            f"this rule asks for {both} as {other.level}, and {one.id} asks for it as {one.level} in all the same "
            "cases, so this rule says nothing. Take the agency out of it, or say in which other cases it is meant"
        )
        yield other, sentence


def _shared(one: Rule, other: Rule) -> str:
    return ", ".join(role_words(role) for role in one.invite if role in other.invite)


def implies(one: When, other: When) -> bool:
    """Whether the second tree holds in every case in which the first does: no case fulfils one and not the other."""
    return impossible(When("all", (one, _negated(other))))


def _negated(tree: Condition | When) -> Condition | When:
    if isinstance(tree, When):
        return When("any" if tree.join == "all" else "all", tuple(_negated(part) for part in tree.parts))
    if isinstance(tree.value, bool):
        return Condition(tree.fact, tree.operator, not tree.value)
    if tree.operator is Operator.IS:
        return Condition(tree.fact, Operator.IS_NOT, tree.value)
    if isinstance(tree.value, frozenset):
        none_of = Operator.IS_NOT if tree.operator is Operator.ONE_OF else Operator.LACKS
        return When("all", tuple(Condition(tree.fact, none_of, value) for value in sorted(tree.value)))
    return Condition(tree.fact, _OPPOSITE[tree.operator], tree.value)


def _of_figures(meeting_type: MeetingType) -> Iterator[tuple[str, str]]:
    if meeting_type.clock in meeting_type.or_earlier:
        told = CLOCK_WORDS[meeting_type.clock]
        sentence = (
            f"its deadline counts from {told} already, so this would be a second deadline from the same start. "
            "Keep the shorter of the two under 'deadline'"
        )
        yield f".or_earlier.{meeting_type.clock}", sentence
    for urgency in Urgency:
        standard, least = meeting_type.notice_standard.of(urgency), meeting_type.notice_minimum.of(urgency)
        if _longer(least.value, standard.value):
            sentence = (
                f"for {urgency} urgency the least notice ({least.words}) is longer than the standard notice "
                f"({standard.words}). Swap them, or mend the one that is wrong"
            )
            yield ".notice_minimum", sentence


def _longer(one: Span | None, other: Span | None) -> bool:
    """Whether the first is surely longer; lengths in different units are not compared."""
    return one is not None and other is not None and one.unit is other.unit and one.amount > other.amount


def _refuse_circles(policy: Policy) -> None:
    for urgency in Urgency:
        for start in policy.meeting_types:
            path = [start]
            while (following := policy.meeting_types[path[-1]].followed_by.get(urgency)) is not None:
                path.append(following)
                if path.count(following) > 1:
                    told = " is followed by ".join(path)
                    sentence = f"for {urgency} urgency meetings would follow one another for ever: {told}"
                    raise PolicyRefused(f"{policy.id}.toml", f"meeting_types.{start}.followed_by", sentence)
