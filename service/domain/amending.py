"""Facts that change after a request was planned: what may be corrected, what that makes of the facts, and the change.

Derived facts only. A name, a birth date or a school is sealed with its request and is no fact of a rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from service.domain.facts import ADOLESCENT, AgeBand, ChildFacts, RequestFacts, Urgency

# The instants a sender may learn of later, each starting a deadline's clock. When the concern was recorded is no such
# thing: moving it would move the figure that says how long the child waited.
CLOCK_FACTS: tuple[str, ...] = (
    "initiating_sd_at",
    "last_sd_at",
    "action_taken_at",
    "decided_at",
    "missing_since",
    "icpc_at",
    "previous_review_at",
    "written_notification_at",
    "lado_referral_at",
)


class AmendmentError(ValueError):
    """Raised by ``amended`` with a sentence that says what is wrong with the change asked for."""


@dataclass(frozen=True, slots=True)
class Words:
    """Labels to add to a set of facts and to take out of it."""

    add: frozenset[str] = frozenset()
    remove: frozenset[str] = frozenset()

    def of(self, labels: frozenset[str], what: str) -> frozenset[str]:
        """The set after the change; ``what`` names it in the sentence of a refusal.

        Raises:
            AmendmentError: a label is both added and removed.
        """
        if both := sorted(self.add & self.remove):
            raise AmendmentError(f"{what}: {both[0]} is both added and removed. Say one of the two.")
        return (labels - self.remove) | self.add


@dataclass(frozen=True, slots=True)
class ChildAmendment:
    """What changes about one child: ``flags`` are keys of ``facts.CHILD_FLAGS``. None: as it was."""

    flags: Words = field(default_factory=Words)
    age_band: AgeBand | None = None
    on_school_roll: bool | None = None


@dataclass(frozen=True, slots=True)
class Amendment:
    """A correction of, or an addition to, the facts of a request.

    ``must_not_be_told`` adds roles whose shared inbox must not be told (rule C30). Taking one off the list is no
    amendment: a person and a safe route are named instead. ``clocks`` are instants by their names in ``CLOCK_FACTS``.
    """

    urgency: Urgency | None = None
    circumstances: Words = field(default_factory=Words)
    involved_roles: Words = field(default_factory=Words)
    must_not_be_told: frozenset[str] = frozenset()
    children: Mapping[str, ChildAmendment] = field(default_factory=dict)
    clocks: Mapping[str, datetime] = field(default_factory=dict)


NO_CHANGE = Amendment()


def amended(facts: RequestFacts, change: Amendment) -> RequestFacts:
    """The facts after a change. What is added twice, or removed without having been there, changes nothing.

    Raises:
        AmendmentError: the request has no such child or clock, or a label is both added and removed.
    """
    known = {child.ref for child in facts.children}
    for ref in change.children:
        if ref not in known:
            raise AmendmentError(f"The request names no child {ref}. It names: {', '.join(sorted(known))}.")
    for name in change.clocks:
        if name not in CLOCK_FACTS:
            raise AmendmentError(f"There is no clock {name}. The clocks are: {', '.join(CLOCK_FACTS)}.")
    clocks: dict[str, Any] = dict(change.clocks)
    return replace(
        facts,
        urgency=change.urgency or facts.urgency,
        circumstances=change.circumstances.of(facts.circumstances, "Circumstances"),
        involved_roles=change.involved_roles.of(facts.involved_roles, "Agencies involved"),
        excluded_roles=facts.excluded_roles | change.must_not_be_told,
        children=tuple(_child(child, change.children.get(child.ref)) for child in facts.children),
        **clocks,
    )


def _child(child: ChildFacts, change: ChildAmendment | None) -> ChildFacts:
    if change is None:
        return child
    band = change.age_band or child.age_band
    flags = change.flags.of(child.flags, f"Child {child.ref}")
    return ChildFacts(
        ref=child.ref,
        age_band=band,
        on_school_roll=child.on_school_roll if change.on_school_roll is None else change.on_school_roll,
        # Derived with the age: nobody is adolescent in a band that has no such age.
        flags=flags if band is AgeBand.SCHOOL_AGE else flags - {ADOLESCENT},
    )


@dataclass(frozen=True, slots=True)
class FactChange:
    """One fact that is different now. ``child`` is a reference, or empty for a fact of the case."""

    fact: str
    child: str = ""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


CHANGE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "urgency": "how soon",
        "circumstances": "circumstances",
        "involved_roles": "agencies involved",
        "excluded_roles": "must not be told",
        "age_band": "age",
        "on_school_roll": "on a school's roll",
        "flags": "about the child",
        **{name: name.removesuffix("_at").replace("_", " ") for name in CLOCK_FACTS},
    }
)


def changes_between(before: RequestFacts, after: RequestFacts) -> tuple[FactChange, ...]:
    """Every fact that differs, in a steady order. Both are facts of one request, so their children are the same."""
    found = [_change(name, "", getattr(before, name), getattr(after, name)) for name in _CASE]
    for old, new in zip(before.children, after.children, strict=True):
        found.extend(_change(name, old.ref, getattr(old, name), getattr(new, name)) for name in _CHILD)
    return tuple(change for change in found if change is not None)


_CASE = ("urgency", "circumstances", "involved_roles", "excluded_roles", *CLOCK_FACTS)
_CHILD = tuple(each.name for each in fields(ChildFacts) if each.name != "ref")


def _change(fact: str, child: str, before: object, after: object) -> FactChange | None:
    if before == after:
        return None
    old, new = _labels(before), _labels(after)
    return FactChange(
        fact,
        child,
        added=tuple(label for label in new if label not in old),
        removed=tuple(label for label in old if label not in new),
    )


def _labels(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, Iterable) and not isinstance(value, str):
        return tuple(sorted(map(str, value)))
    if isinstance(value, bool):
        return ("yes" if value else "no",)
    return (value.isoformat() if isinstance(value, datetime) else str(value),)
