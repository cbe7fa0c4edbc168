"""Where nobody must be found: whose address, school and placement are kept from an agency that does not hold them yet.

One ``location_protected`` tie protects the child it is about and whoever it stands with; and, because one address is
one address, everybody who lives with somebody protected. Pure: references and flags.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PROTECTED, LIVES_WITH = "location_protected", "lives_with"
_WHERE = frozenset({"address", "school_urn", "early_years_urn"})

Ties = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Hidden:
    """Whose location is protected, by reference; nobody's where no tie says so."""

    children: frozenset[str]
    people: frozenset[str]


def hidden(people: Mapping[str, Ties]) -> Hidden:
    """Whom a case's ties protect. ``people``: the ties of each person, child reference → flags."""
    children: set[str] = set()
    adults: set[str] = set()
    for person, ties in people.items():
        protected = {child for child, flags in ties.items() if PROTECTED in flags}
        children |= protected
        adults |= {person} if protected else set()
    while True:
        housed = {
            (person, child) for person, ties in people.items() for child, flags in ties.items() if LIVES_WITH in flags
        }
        more_adults = adults | {person for person, child in housed if child in children}
        more_children = children | {child for person, child in housed if person in adults}
        if (more_adults, more_children) == (adults, children):
            return Hidden(frozenset(children), frozenset(adults))
        adults, children = more_adults, more_children


def without_location(identity: Mapping[str, Any]) -> dict[str, Any]:
    """An identity without what says where somebody is."""
    return {key: value for key, value in identity.items() if key not in _WHERE}
