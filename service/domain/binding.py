"""Binding: which inbox does the job of each required role, and what becomes of the roles that have none.

No required agency is silently left out: each binding is ``wanted`` with an inbox, or ``no_inbox``, or ``stopped``
(its shared inbox must not be told, rule C30). The last two become tasks in front of a named person.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from service.domain.evaluate import Requirement
from service.domain.roles import MATCHED_BY_PLACE


class Inbox(Protocol):
    """What binding needs of a directory entry. ``place`` is a school's or nursery's URN, or empty."""

    @property
    def id(self) -> UUID:
        """The directory entry."""

    @property
    def role(self) -> str:
        """The role it does."""

    @property
    def place(self) -> str:
        """The place it stands for, or empty."""

    @property
    def address(self) -> str:
        """Where it is reached; several roles may share one."""

    @property
    def name(self) -> str:
        """Its name, which decides between several, so that the same directory always binds the same way."""


Entry = TypeVar("Entry", bound=Inbox)


class RequirementState(StrEnum):
    """Where a requirement stands; the table of moves is in ``docs/records.md``."""

    WANTED = "wanted"
    NO_INBOX = "no_inbox"
    STOPPED = "stopped"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Binding(Generic[Entry]):
    """One place at the meeting. ``slot`` tells two schools apart; it never holds a school's own number."""

    requirement: Requirement
    slot: str
    state: RequirementState
    inbox: Entry | None
    children: tuple[str, ...]


Places = Mapping[tuple[str, str], str]
"""(role, child reference) → the child's own school or nursery, by its URN."""


def bind(requirements: Iterable[Requirement], inboxes: Sequence[Entry], places: Places) -> tuple[Binding[Entry], ...]:
    """Bind every requirement. A role of a child's own place gives one binding for each different place.

    An inbox that must not be told is told nothing in any of its jobs: the other roles it does are stopped as well.
    """
    by_key: dict[tuple[str, str], Entry] = {}
    for inbox in sorted(inboxes, key=lambda entry: (entry.name, str(entry.id))):
        by_key.setdefault((inbox.role, inbox.place), inbox)
    bound: list[Binding[Entry]] = []
    for requirement in requirements:
        if requirement.role in MATCHED_BY_PLACE and requirement.children:
            bound.extend(_by_place(requirement, by_key, places))
        else:
            bound.append(_binding(requirement, by_key.get((requirement.role, "")), "", requirement.children))
    return hush(bound, {inbox.address.casefold() for inbox in _stopped_inboxes(bound, by_key, places)})


def hush(bound: Iterable[Binding[Entry]], addresses: Collection[str]) -> tuple[Binding[Entry], ...]:
    """The bindings, with those stopped whose inbox is at one of these addresses (in lower case)."""
    return tuple(
        replace(each, state=RequirementState.STOPPED, inbox=None) if _reads(each.inbox, addresses) else each
        for each in bound
    )


def _stopped_inboxes(
    bound: Iterable[Binding[Entry]], by_key: Mapping[tuple[str, str], Entry], places: Places
) -> Iterable[Entry]:
    for binding in bound:
        if binding.state is RequirementState.STOPPED:
            role = binding.requirement.role
            at = {places.get((role, child), "") for child in binding.children} if role in MATCHED_BY_PLACE else {""}
            yield from (by_key[role, place] for place in at if (role, place) in by_key)


def _reads(inbox: Entry | None, addresses: Collection[str]) -> bool:
    return inbox is not None and bool(inbox.address) and inbox.address.casefold() in addresses


def _by_place(
    requirement: Requirement, by_key: Mapping[tuple[str, str], Entry], places: Places
) -> Iterable[Binding[Entry]]:
    children_at: dict[str, list[str]] = {}
    for child in requirement.children:
        # A child whose place is not known is a gap of its own, to be filled by a person.
        place = places.get((requirement.role, child), "")
        children_at.setdefault(place or f"?{child}", []).append(child)
    for place, children in children_at.items():
        inbox = by_key.get((requirement.role, place))
        slot = str(inbox.id) if inbox else f"child:{children[0]}"
        yield _binding(requirement, inbox, slot, tuple(children))


def _binding(requirement: Requirement, inbox: Entry | None, slot: str, children: tuple[str, ...]) -> Binding[Entry]:
    if requirement.excluded:
        return Binding(requirement, slot, RequirementState.STOPPED, None, children)
    state = RequirementState.WANTED if inbox else RequirementState.NO_INBOX
    return Binding(requirement, slot, state, inbox, children)
