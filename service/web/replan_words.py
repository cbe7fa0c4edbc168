"""What planning a meeting anew changes, in sentences: for the page before its button, the command and the API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from service.domain.amending import CHANGE_WORDS, CLOCK_FACTS, FactChange
from service.domain.facts import CHILD_FLAGS, CIRCUMSTANCES
from service.domain.london import words
from service.domain.replanned import Effect, Replanned
from service.domain.replanning import ChangedPlace, PlannedPlace
from service.domain.roles import ROLES
from service.web.wording import AGE_WORDS, LEVEL_WORDS, URGENCY_WORDS, opened

EFFECT_WORDS: Mapping[Effect, str] = {
    Effect.INVITED: "is invited now to the time the others know",
    Effect.INVITED_LATER: "is invited when the meeting gets its time",
    Effect.PHONED: "is reached by phone only: a task asks to invite it",
    Effect.NO_INBOX: "has no inbox in the directory: a task asks who comes",
    Effect.HELD_BACK: "must not be told by its shared inbox: a task asks for a person and a safe route",
    Effect.TOLD: "is told that it need not come, and its calendar entry is taken back",
    Effect.UNTOLD: "had heard nothing yet, and hears nothing",
    Effect.PHONED_OFF: "may have heard by phone: a task asks to say that it need not come",
    Effect.TAKEN_BACK: "must not be told any more: its calendar entry is taken back and nothing is sent to it",
}
_WHAT = {
    "level": "how strongly it is asked",
    "group": "what it counts as for the quorum",
    "children": "for which children",
    "notice": "the notice it is owed",
    "reasons": "why it is asked",
    "held_back": "whether its inbox may be told",
}


def replan_sentences(found: Replanned) -> tuple[str, ...]:
    """The whole difference. Who is in none of its sentences hears nothing."""
    if found.nothing_to_do:
        return ("Nothing changes: the same facts give the same plan.",)
    return tuple(_sentences(found))


def _sentences(found: Replanned) -> Iterator[str]:
    yield from (f"Facts, {_fact(change)}." for change in found.facts)
    yield _policy(found)
    changes = found.difference
    yield from (f"Added: {_place(found, place)} ({_why(place)})." for place in changes.added)
    yield from (f"Falls away: {_place(found, place)}." for place in changes.withdrawn)
    yield from (f"Changes: {_changed(found, each)}." for each in changes.changed)
    if found.deadline != found.deadline_before:
        yield f"Latest start in time: {_when(found.deadline)}; it was {_when(found.deadline_before)}."
    if found.team != found.team_before:
        yield f"Team: {found.team or 'none'}; it was {found.team_before or 'none'}."
    yield from (f"To open beside this meeting: {each}." for each in found.separate)
    kept, changed = len(changes.kept), len(changes.changed)
    yield f"{kept + changed} of the places stay, and the agencies that stay are sent nothing."


def _policy(found: Replanned) -> str:
    old, new = found.policy_before, found.policy
    if old == new:
        return f"Policy: {new.pack} {new.version}, which planned this meeting."
    return f"Policy: {new.pack} {new.version} ({new.hash[:8]}), in force now, for {old.version} ({old.hash[:8]})."


def _fact(change: FactChange) -> str:
    about = CHANGE_WORDS.get(change.fact, opened(change.fact))
    whose = f"{about} of {change.child}" if change.child else about
    parts = [
        f"added {', '.join(_label(change.fact, each) for each in change.added)}" if change.added else "",
        f"taken out {', '.join(_label(change.fact, each) for each in change.removed)}" if change.removed else "",
    ]
    return f"{whose}: {'; '.join(part for part in parts if part)}"


def _label(fact: str, label: str) -> str:
    if fact in CLOCK_FACTS:
        return words(datetime.fromisoformat(label))
    if fact in {"involved_roles", "excluded_roles"}:
        return ROLES[label].words if label in ROLES else opened(label)
    tables = {
        "circumstances": CIRCUMSTANCES,
        "flags": CHILD_FLAGS,
        "age_band": AGE_WORDS,
        "urgency": URGENCY_WORDS,
    }
    return tables.get(fact, {}).get(label) or opened(label)


def _name(found: Replanned, place: PlannedPlace) -> str:
    role = ROLES[place.role].words
    inbox = found.inboxes.get((place.role, place.slot), "")
    # Two schools are told apart by whose they are, and by their inbox where one is known.
    whose = f" of {', '.join(place.children)}" if place.slot and place.children else ""
    return f"{role}{whose}, {inbox}" if inbox else f"{role}{whose}"


def _place(found: Replanned, place: PlannedPlace) -> str:
    effect = found.effects[place.role, place.slot]
    return f"{_name(found, place)}: {EFFECT_WORDS[effect]}"


def _changed(found: Replanned, change: ChangedPlace) -> str:
    place = change.after
    effect = found.effects.get((place.role, place.slot))
    if effect is not None:
        return f"{_name(found, place)}: {EFFECT_WORDS[effect]}"
    level = LEVEL_WORDS.get(place.level, place.level)
    differs = ", ".join(_WHAT[what] for what in change.what)
    return f"{_name(found, place)} ({level}): {differs}; it is sent nothing"


def _why(place: PlannedPlace) -> str:
    rules = "; ".join(f"{why.reason}, {why.rule}" for why in place.because)
    return f"{LEVEL_WORDS.get(place.level, place.level)}: {rules}"


def _when(instant: datetime | None) -> str:
    return words(instant) if instant else "not known or not set"
