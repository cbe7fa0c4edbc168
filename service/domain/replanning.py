"""The difference of two plans of one meeting: who is added, who falls away, whose place changes and who is left alone.

Pure. A plan here is who must come and why; which inbox does a role's job is bound afterwards. Two rules hold whatever
the facts say: a place that a person added stays, and a shared inbox that must not be told stays held back until a
person names a safe route (C30).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a place is there: one rule, its reason and source, and the words of the facts that fired it.

    ``children`` are those it fired for, none for the whole case; None for a rule that only holds an inbox back.
    """

    rule: str
    reason: str
    source: str
    fact: str
    children: tuple[str, ...] | None = ()


@dataclass(frozen=True, slots=True)
class PlannedPlace:
    """One place of a plan. ``slot`` tells two schools apart; ``group`` is what it counts as for the quorum; notice is a
    span's code, or None where it is not set.

    ``held_back``: its shared inbox must not be told. ``by_hand``: a person added it, so that no rule can take it away.
    """

    role: str
    slot: str
    group: str
    level: str
    children: tuple[str, ...]
    because: tuple[Reason, ...]
    notice_standard: str | None = None
    notice_minimum: str | None = None
    held_back: bool = False
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class ChangedPlace:
    """A place that stays, and is not what it was. Its agency is not written to: it is asked to the same meeting."""

    before: PlannedPlace
    after: PlannedPlace

    @property
    def held_back_now(self) -> bool:
        """Whether its shared inbox may no longer be told, so that its invitation is taken back."""
        return self.after.held_back and not self.before.held_back

    @property
    def what(self) -> tuple[str, ...]:
        """What differs: ``level``, ``group``, ``children``, ``notice``, ``reasons``, ``held_back``."""
        old, new = self.before, self.after
        pairs = {
            "level": (old.level, new.level),
            "group": (old.group, new.group),
            "children": (old.children, new.children),
            "notice": ((old.notice_standard, old.notice_minimum), (new.notice_standard, new.notice_minimum)),
            "reasons": (old.because, new.because),
            "held_back": (old.held_back, new.held_back),
        }
        return tuple(name for name, (was, is_now) in pairs.items() if was != is_now)


@dataclass(frozen=True, slots=True)
class Difference:
    """What re-planning does to the places of a meeting. Each place of both plans is in exactly one of the four."""

    added: tuple[PlannedPlace, ...]
    withdrawn: tuple[PlannedPlace, ...]
    changed: tuple[ChangedPlace, ...]
    kept: tuple[PlannedPlace, ...]

    @property
    def empty(self) -> bool:
        """Whether every place stays as it is."""
        return not (self.added or self.withdrawn or self.changed)


def difference(before: Sequence[PlannedPlace], after: Sequence[PlannedPlace]) -> Difference:
    """Compare the plan as it stands with the plan made anew. A place that stays keeps its slot, so its inbox too."""
    left = list(before)
    added: list[PlannedPlace] = []
    changed: list[ChangedPlace] = []
    kept: list[PlannedPlace] = []
    # The same slot first: only then may a school known by its child take the place a person found for it.
    partners: dict[int, PlannedPlace] = {}
    for same in (_same_slot, _same_children):
        for number, new in enumerate(after):
            old = None if number in partners else next((each for each in left if same(each, new)), None)
            if old is not None:
                partners[number] = old
                left.remove(old)
    for number, new in enumerate(after):
        old = partners.get(number)
        if old is None:
            added.append(new)
            continue
        stays = replace(new, slot=old.slot, held_back=old.held_back or new.held_back, by_hand=old.by_hand)
        if stays == old:
            kept.append(old)
        else:
            changed.append(ChangedPlace(old, stays))
    kept.extend(old for old in left if old.by_hand)
    return Difference(tuple(added), tuple(old for old in left if not old.by_hand), tuple(changed), tuple(kept))


def applied(before: Iterable[PlannedPlace], change: Difference) -> tuple[PlannedPlace, ...]:
    """The plan after a difference: what it withdraws is gone, what it changes is changed, what it adds comes last."""
    now = {each.before: each.after for each in change.changed}
    staying = (place for place in before if place not in change.withdrawn)
    return (*(now.get(place, place) for place in staying), *change.added)


def _same_slot(old: PlannedPlace, new: PlannedPlace) -> bool:
    return old.role == new.role and old.slot == new.slot


def _same_children(old: PlannedPlace, new: PlannedPlace) -> bool:
    return old.role == new.role and not set(old.children).isdisjoint(new.children)
