"""The ``when`` of a rule: typed conditions joined by all/any, compiled once to plain predicates.

Each condition also knows its own words, for when it holds and for when it does not, so that an invitation can say
why it was sent and a rule that stayed silent can say what was missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

from service.domain.facts import CHILD_FLAGS, CIRCUMSTANCES, DOORS, FACTS, AgeBand, FactValue, Scope, Urgency
from service.domain.roles import ROLES, words

ConditionValue = bool | str | frozenset[str]
Facts = Mapping[str, FactValue]
Predicate = Callable[[Facts], bool]


class Operator(StrEnum):
    """What a condition asks of a fact. ``OPERATORS`` says which kind of fact each may be put to."""

    IS = "is"
    IS_NOT = "is_not"
    ONE_OF = "one_of"
    CONTAINS = "contains"
    CONTAINS_ANY = "contains_any"
    LACKS = "lacks"
    NOT_EMPTY = "not_empty"


# For each kind of fact: the operators it takes, and the type of value each operator needs.
OPERATORS: Mapping[type, Mapping[Operator, type]] = MappingProxyType(
    {
        bool: {Operator.IS: bool},
        str: {Operator.IS: str, Operator.IS_NOT: str, Operator.ONE_OF: frozenset},
        frozenset: {
            Operator.CONTAINS: str,
            Operator.CONTAINS_ANY: frozenset,
            Operator.LACKS: str,
            Operator.NOT_EMPTY: bool,
        },
    }
)

# The words each fact may hold. A fact that is absent here (meeting types) is checked against the pack itself.
VOCABULARY: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "urgency": frozenset(str(urgency) for urgency in Urgency),
        "age_band": frozenset(str(band) for band in AgeBand),
        "circumstances": frozenset(CIRCUMSTANCES),
        "child_flags": frozenset(CHILD_FLAGS),
        "involved_roles": frozenset(ROLES),
        "excluded_roles": frozenset(ROLES),
        "led_roles": frozenset(ROLES),
        "referrer_role": frozenset(ROLES) | {""},
        "came_through": frozenset(DOORS) | {""},
    }
)

_AGES = {"unborn": "unborn", "0-4": "aged 0 to 4", "5-17": "aged 5 to 17", "18+": "aged 18 or over"}


@dataclass(frozen=True, slots=True)
class Condition:
    """One question put to one fact. The value's type is the one ``OPERATORS`` gives for the fact's kind."""

    fact: str
    operator: Operator
    value: ConditionValue


@dataclass(frozen=True, slots=True)
class When:
    """All, or any, of its parts. No parts and ``all``: always."""

    join: str
    parts: tuple[Condition | When, ...] = ()

    @property
    def always(self) -> bool:
        """Whether this asks nothing."""
        return not self.parts and self.join == "all"


ALWAYS = When("all")


def conditions(when: When) -> list[Condition]:
    """Every condition of the tree, left to right."""
    found: list[Condition] = []
    for part in when.parts:
        if isinstance(part, Condition):
            found.append(part)
        else:
            found.extend(conditions(part))
    return found


def about_children(when: When) -> bool:
    """Whether any condition asks about a child, so that the rule is put to each child in turn."""
    return any(FACTS[condition.fact][0] is Scope.CHILD for condition in conditions(when))


def compile_when(when: When) -> Predicate:
    """One predicate for the whole tree, over a mapping of fact names to values. Absent facts hold nothing."""
    parts = [compile_condition(part) if isinstance(part, Condition) else compile_when(part) for part in when.parts]
    if len(parts) == 1:
        return parts[0]
    if when.join == "all":
        return lambda facts: all(part(facts) for part in parts)
    return lambda facts: any(part(facts) for part in parts)


@lru_cache(maxsize=1024)
def compile_condition(condition: Condition) -> Predicate:
    """One condition as a predicate. A fact the mapping does not hold makes it false, except ``lacks``/``is_not``."""
    fact, value = condition.fact, condition.value
    wanted = value if isinstance(value, frozenset) else frozenset({str(value)})
    made: dict[Operator, Predicate] = {
        Operator.IS: lambda facts: facts.get(fact) == value,
        Operator.IS_NOT: lambda facts: facts.get(fact) != value,
        Operator.ONE_OF: lambda facts: facts.get(fact) in wanted,
        Operator.CONTAINS: lambda facts: value in _as_set(facts, fact),
        Operator.CONTAINS_ANY: lambda facts: not wanted.isdisjoint(_as_set(facts, fact)),
        Operator.LACKS: lambda facts: value not in _as_set(facts, fact),
        Operator.NOT_EMPTY: lambda facts: bool(facts.get(fact)) is value,
    }
    return made[condition.operator]


def _as_set(facts: Facts, fact: str) -> frozenset[str]:
    value = facts.get(fact)
    return value if isinstance(value, frozenset) else frozenset()


def reasons_it_holds(when: When, facts: Facts) -> tuple[str, ...]:
    """The words of the conditions that hold, for a tree that holds."""
    return tuple(holds_words(c) for c in conditions(when) if compile_condition(c)(facts))


def reasons_it_fails(when: When, facts: Facts) -> tuple[str, ...]:
    """The words of the conditions that fail and so keep this tree from holding; empty when it holds."""
    failed: list[str] = []
    for part in when.parts:
        why = _why(part, facts)
        if when.join == "any" and not why:
            return ()
        failed.extend(why)
    return tuple(failed)


def _why(part: Condition | When, facts: Facts) -> tuple[str, ...]:
    if isinstance(part, When):
        return reasons_it_fails(part, facts)
    return () if compile_condition(part)(facts) else (fails_words(part),)


def holds_words(condition: Condition) -> str:
    """What a reader is told when the condition holds: "physical or suspicious injury", "a child is unborn"."""
    return _words(condition)[0]


def fails_words(condition: Condition) -> str:
    """What a reader is told when it does not: "not recorded: physical or suspicious injury"."""
    return _words(condition)[1]


@lru_cache(maxsize=1024)
def _words(condition: Condition) -> tuple[str, str]:
    """(holds, does not hold). A negative condition swaps the words of its positive."""
    negated = condition.operator in (Operator.IS_NOT, Operator.LACKS) or condition.value is False
    wanted = _listed(condition)
    holds, fails = _PHRASES.get(condition.fact) or _other_fact(condition.fact)
    pair = (holds.format(wanted), fails.format(wanted))
    if condition.operator is Operator.NOT_EMPTY:
        pair = _ANY_AT_ALL.get(condition.fact, pair)
    return (pair[1], pair[0]) if negated else pair


def _other_fact(fact: str) -> tuple[str, str]:
    words_of_fact = fact.replace("_", " ")
    return f"{words_of_fact} {{}}", f"not recorded: {words_of_fact} {{}}"


_PHRASES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "circumstances": ("{}", "not recorded: {}"),
        "child_flags": ("recorded for a child: {}", "not recorded for a child: {}"),
        "age_band": ("a child is {}", "no child is {}"),
        "on_school_roll": ("a child is on a school roll", "no child is on a school roll"),
        "referrer_is_professional": ("a professional made the referral", "no professional made the referral"),
        "referrer_role": ("the referral was made by: {}", "the referral was not made by: {}"),
        "came_through": ("the request came through {}", "the request is not said to have come through {}"),
        "urgency": ("the urgency is {}", "the urgency is not {}"),
        "meeting_type": ("the meeting is: {}", "the meeting is not: {}"),
        "involved_roles": ("already working with the family: {}", "not working with the family yet: {}"),
        "excluded_roles": ("must not be told: {}", "may be told: {}"),
        "led_roles": ("led by somebody who must not be told: {}", "not led by anybody who must not be told: {}"),
    }
)
_ANY_AT_ALL: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "circumstances": ("a circumstance is recorded", "no circumstance is recorded"),
        "child_flags": ("something is recorded for a child", "nothing is recorded for a child"),
        "involved_roles": (
            "an agency already works with the family",
            "no agency is recorded as already working with the family",
        ),
        "excluded_roles": (
            "an agency is recorded that must not be told",
            "no agency is recorded that must not be told",
        ),
        "led_roles": (
            "an agency is led by somebody who must not be told",
            "no agency is led by anybody who must not be told",
        ),
    }
)


def _listed(condition: Condition) -> str:
    value = condition.value
    if isinstance(value, bool):
        return ""
    singles = sorted(value) if isinstance(value, frozenset) else [value]
    return " or ".join(_value_words(condition.fact, single) for single in singles)


def _value_words(fact: str, value: str) -> str:
    tables: Mapping[str, Mapping[str, str]] = {
        "circumstances": CIRCUMSTANCES,
        "child_flags": CHILD_FLAGS,
        "age_band": _AGES,
        "came_through": DOORS,
    }
    if fact.endswith(("_roles", "_role")):
        return words(value)
    return tables.get(fact, {}).get(value, value.replace("_", " "))
