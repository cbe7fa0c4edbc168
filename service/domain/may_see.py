"""Whom an agency may be told of: the children its rules name it for, and the people tied to those children.

Working Together lets information be shared that is needed to keep a child safe, and no more. So a half-sibling's
school never learns of the other's father: a rule that calls an agency for one child opens that child and the people
tied to that child, and of those people nothing that ties them to another. Pure: references and flags, never a name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.domain.roles import MATCHED_BY_PLACE

# These hold one adult, and are asked because of that adult alone. Whom else a whole-case rule opens is ours to say.
ONE_ADULT: Mapping[str, str] = {"prison": "in_custody"}

Ties = Mapping[str, frozenset[str]]
"""Child reference → the flags that hold towards that child."""


@dataclass(frozen=True, slots=True)
class MaySee:
    """What one place opens: children by reference, and people by reference with the ties that may be shown."""

    children: tuple[str, ...]
    people: Mapping[str, Ties]


def may_see(
    role: str,
    because: Iterable[Mapping[str, Any]],
    children: Collection[str],
    all_children: Sequence[str],
    people: Mapping[str, Ties],
) -> MaySee:
    """What the place of ``role`` opens. ``because`` are its rules, ``children`` those the place is kept for.

    A rule of the whole case opens every child; a child's own place (its school) opens the children of that place only.
    """
    seen = _children(role, tuple(because), children, all_children)
    ties = {person: {child: own[child] for child in seen if child in own} for person, own in people.items()}
    if (flag := ONE_ADULT.get(role)) is not None:
        ties = {person: {child: flags for child, flags in own.items() if flag in flags} for person, own in ties.items()}
        seen = tuple(child for child in seen if any(child in own for own in ties.values()))
    return MaySee(seen, {person: own for person, own in ties.items() if own})


def _children(
    role: str, because: Sequence[Mapping[str, Any]], children: Collection[str], everyone: Sequence[str]
) -> tuple[str, ...]:
    own = tuple(child for child in everyone if child in children)
    if role in MATCHED_BY_PLACE:
        # One school does not hear of a child at another, and a place nobody tied to a child opens none but an only one.
        return own or (tuple(everyone) if len(everyone) == 1 else ())
    # A rule kept without its children is from before they were kept, or one that only holds an inbox back.
    said = [why["children"] for why in because if why.get("children") is not None]
    whole_case = any(not named for named in said) or not (said or own)
    return tuple(everyone) if whole_case else own


def ties_of(stored: Iterable[Mapping[str, Any]]) -> Ties:
    """The ties of one person as a row keeps them. Two ties to one child are one with the flags of both."""
    ties: dict[str, frozenset[str]] = {}
    for tie in stored:
        child = str(tie["child"])
        ties[child] = ties.get(child, frozenset()) | frozenset(map(str, tie.get("flags", ())))
    return ties
