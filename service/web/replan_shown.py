"""The difference of a plan made anew as plain values, the same for the command and the API."""

from __future__ import annotations

from typing import Any

from service.domain.replanned import PolicyName, Replanned
from service.domain.replanning import PlannedPlace
from service.web.replan_words import replan_sentences


def as_shown(found: Replanned) -> dict[str, Any]:
    """Everything of the difference. Roles, slots and codes; never a name of a family or a school's number."""
    changes = found.difference
    return {
        "meeting_reference": found.reference,
        "version": found.version,
        "mark": found.mark,
        "done": found.done,
        "nothing_to_do": found.nothing_to_do,
        "facts": [
            {"fact": each.fact, "child": each.child, "added": list(each.added), "removed": list(each.removed)}
            for each in found.facts
        ],
        "policy_before": _policy(found.policy_before),
        "policy": _policy(found.policy),
        "added": [_place(found, place) for place in changes.added],
        "withdrawn": [_place(found, place) for place in changes.withdrawn],
        "changed": [_place(found, each.after) | {"what": list(each.what)} for each in changes.changed],
        "kept": [_place(found, place) for place in changes.kept],
        "deadline_before": found.deadline_before,
        "deadline": found.deadline,
        "team_before": found.team_before,
        "team": found.team,
        "separate": list(found.separate),
        "words": list(replan_sentences(found)),
    }


def _policy(name: PolicyName) -> dict[str, str]:
    return {"pack": name.pack, "version": name.version, "hash": name.hash}


def _place(found: Replanned, place: PlannedPlace) -> dict[str, Any]:
    effect = found.effects.get((place.role, place.slot))
    return {
        "role": place.role,
        "slot": place.slot,
        "level": place.level,
        "children": list(place.children),
        "because": [{"rule": why.rule, "reason": why.reason, "fact": why.fact} for why in place.because],
        "invitation": None if effect is None else str(effect),
    }
