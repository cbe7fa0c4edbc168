"""What happens in one fortnight, made from a seed alone: who asks, answers, moves and corrects, and what breaks when.

Nothing here knows the service. The same seed gives the same script on every machine, whatever the script meets.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

# Clocks go forward on Sunday 28 March 2027 and back on Sunday 31 October 2027: each within its fortnight.
STARTS = (datetime(2027, 3, 22, 7, 0, tzinfo=UTC), datetime(2027, 10, 25, 7, 0, tzinfo=UTC))
LENGTH = timedelta(days=14)

FIRST_NAMES = ("Keziah", "Obadiah", "Rosalind", "Thaddeus", "Philippa", "Barnaby", "Xanthe", "Lysander")
LAST_NAMES = ("Fennimore", "Quillbrook", "Pettigrew", "Hathersage", "Wolstenholme", "Brackenbury")
STREETS = ("Elmtree Row", "Tannery Wharf", "Foundling Court", "Quarry Terrace")

DESKS = ("social_worker", "police_child_protection", "health_practitioner")
"""The desks one fortnight may have, all asked to every meeting; ``personal_adviser`` comes by a fact or by hand."""

FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "lose_reply_after_commit"},
    {"kind": "lose_reply_after_commit", "times": 2},
    {"kind": "drop_before"},
    {"kind": "html"},
    {"kind": "status", "status": 503, "times": 2},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 504, "times": 2},
    {"kind": "status", "status": 429, "retry_after": "45"},
    {"kind": "status", "status": 429, "retry_after": "soon"},
)
STRUCK = ("*", "create_event", "patch_event", "cancel_event", "create_message", "send_message", "delta", "get_event")
SAID = {
    "outlook": ("yes", "yes", "no", "maybe"),
    "page": ("yes", "yes", "no", "report"),
    "phone": ("yes", "no", "maybe", "deputy"),
}


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that happens at one instant. ``meeting`` is the number of the meeting it is about."""

    at: datetime
    kind: str
    meeting: int = -1
    what: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Script:
    """A whole fortnight."""

    seed: int
    start: datetime
    end: datetime
    desks: tuple[str, ...]
    acts: tuple[Act, ...]


def write_script(seed: int, meetings: int, *, outages: bool = True) -> Script:
    """The fortnight of a seed: odd seeds in October, even ones in March. ``outages`` False: nobody changes their mind
    just while Graph is away."""
    chance = Random(seed)  # noqa: S311 - a story told the same way each time
    start = STARTS[seed % 2]
    desks = tuple(chance.sample(DESKS, 2))
    # Drawn apart, so that what came later into the fortnights leaves the older ones as they were.
    apart = Random(seed + 10**9)  # noqa: S311 - the same
    later = Random(seed + 2 * 10**9)  # noqa: S311 - the same, for what came later still
    last = Random(seed + 3 * 10**9)  # noqa: S311 - and again
    acts: list[Act] = []
    by_hand: list[Act] = []
    for number in range(meetings):
        its = _a_meeting(chance, number, start, (*desks, "personal_adviser"))
        acts += its
        by_hand += [
            *_by_hand(apart, its),
            *_exclusions(later, its, desks),
            *(_in_an_outage(last, its, desks) if outages else []),
        ]
    acts += [*_troubles(chance, [act.at for act in acts], meetings), *by_hand]
    acts.sort(key=lambda act: (act.at, act.kind, act.meeting))
    return Script(seed, start, start + LENGTH, desks, tuple(acts))


def _minutes(chance: Random, least: float, most: float) -> timedelta:
    return timedelta(seconds=round(chance.uniform(least * 60, most * 60)))


def _a_meeting(chance: Random, number: int, start: datetime, desks: tuple[str, ...]) -> list[Act]:
    asked_at = start + _minutes(chance, 0, 9 * 24 * 60)
    # The night the clocks change is as good as any for a case that cannot wait.
    if chance.random() < 0.25:
        asked_at = start + timedelta(days=6) + _minutes(chance, 10 * 60, 20 * 60)
    urgency = chance.choice(("standard", "standard", "planned", "immediate"))
    lead = _minutes(chance, 45, 600) if urgency == "immediate" else _minutes(chance, 120, 4 * 24 * 60)
    first = asked_at + _minutes(chance, 3, 30)
    told = chance.random() < 0.8
    begins = [asked_at + lead] if told else [first + lead]
    acts = [Act(asked_at, "ask", number, _request(chance, urgency, begins[0] if told else None))]
    if not told:
        acts.append(Act(first, "confirm", number, {"start": begins[0]}))
    here = max(asked_at, first)
    if chance.random() < 0.35:
        at, to = _between(chance, here, begins[-1]), begins[-1] + _minutes(chance, 30, 30 * 60)
        acts.append(Act(at, "move", number, {"start": to}))
        begins.append(to)
    ends = begins[-1]
    off = chance.random() < 0.2
    if off:
        acts.append(Act(_between(chance, here, ends), "cancel", number))
    if chance.random() < 0.35:
        at = _between(chance, here, ends)
        acts.append(Act(at, "correct", number, {"add": True}))
        if chance.random() < 0.4:
            acts.append(Act(_between(chance, at, ends), "correct", number, {"add": False}))
    acts += _answers(chance, number, here, ends, desks)
    if not off and chance.random() < 0.8:
        acts.append(Act(ends + _minutes(chance, 61, 300), "attend", number, {"came": chance.random()}))
    return acts


def _by_hand(chance: Random, acts: list[Act]) -> list[Act]:
    """The personal adviser is asked by hand and may be let off again, or is brought in by phone once it sits."""
    begins = [act.what.get("start") for act in acts if act.kind in {"ask", "confirm", "move"}]
    ends = max(start for start in begins if start is not None)
    number, kinds = acts[0].meeting, {act.kind for act in acts}
    if "correct" in kinds:
        return []
    if chance.random() < 0.4:
        at = _between(chance, max(act.at for act in acts if act.kind in {"ask", "confirm"}), ends)
        off = [Act(_between(chance, at, ends), "let_off", number)] if chance.random() < 0.4 else []
        return [Act(at, "add", number), *off]
    if "cancel" not in kinds and chance.random() < 0.5:
        reached = chance.random() < 0.7
        return [Act(ends + _minutes(chance, 5, 50), "add_now", number, {"reached": reached})]
    return []


def _exclusions(chance: Random, acts: list[Act], desks: tuple[str, ...]) -> list[Act]:
    """One agency of some meetings turns out to be one that must not be told, before it begins or while it sits."""
    begins = [act.what.get("start") for act in acts if act.kind in {"ask", "confirm", "move"}]
    ends = max(start for start in begins if start is not None)
    if chance.random() >= 0.25:
        return []
    first = max(act.at for act in acts if act.kind in {"ask", "confirm"})
    at = _between(chance, first, ends) if chance.random() < 0.7 else ends + _minutes(chance, 3, 50)
    return [Act(at, "exclude", acts[0].meeting, {"desk": chance.choice(desks)})]


def _in_an_outage(chance: Random, acts: list[Act], desks: tuple[str, ...]) -> list[Act]:
    """Graph goes away just before a meeting gets a time, and before it is back the officer has changed their mind."""
    timed = [act for act in acts if act.kind in {"ask", "confirm", "move"} and act.what.get("start")]
    if not timed or chance.random() >= 0.35:
        return []
    on, minutes = chance.choice(timed), chance.randrange(15, 40)
    away = Act(on.at - timedelta(seconds=5), "graph_away", what={"minutes": minutes})
    at = on.at + _minutes(chance, 0.5, minutes - 1)
    kind = chance.choice(("stop", "stop", "exclude", "cancel", "move"))
    what: dict[str, Any] = {"desk": chance.choice(desks)} if kind in {"stop", "exclude"} else {}
    if kind == "move":
        what["start"] = on.what["start"] + _minutes(chance, 30, 300)
    return [away, Act(at, kind, acts[0].meeting, what)]


def _between(chance: Random, first: datetime, last: datetime) -> datetime:
    return first + timedelta(seconds=round((last - first).total_seconds() * chance.uniform(0.02, 0.98)))


def _answers(chance: Random, number: int, here: datetime, ends: datetime, desks: tuple[str, ...]) -> list[Act]:
    acts = []
    for desk in desks:
        for _ in range(chance.choices((0, 1, 2), (3, 5, 1))[0]):
            way = chance.choice(("outlook", "outlook", "page", "phone"))
            said = chance.choice(SAID[way])
            at = _between(chance, here, ends)
            acts.append(Act(at, "answer", number, {"desk": desk, "way": way, "answer": said}))
    return acts


def _request(chance: Random, urgency: str, begins: datetime | None) -> dict[str, Any]:
    last = chance.choice(LAST_NAMES)
    born = date(2012, 1, 1) + timedelta(days=chance.randrange(4 * 365))
    return {
        "urgency": urgency,
        "start": begins,
        "mode": chance.choice(("online", "online", "in_person", "phone")),
        "child": f"{chance.choice(FIRST_NAMES)} {last}",
        "adult": f"{chance.choice(FIRST_NAMES)} {last}",
        "born": born,
        "nhs": f"{chance.randrange(10**9, 10**10)}",
        "address": f"{chance.randrange(2, 90)} {chance.choice(STREETS)}",
        # The same delivery again, as a sender that heard nothing makes it.
        "deliveries": chance.choices((1, 2, 3), (6, 2, 1))[0],
    }


def _troubles(chance: Random, busy: list[datetime], meetings: int) -> list[Act]:
    """What breaks, and when: close to what people do, because nothing can go wrong while nothing happens."""

    def sometime() -> datetime:
        return max(min(busy), chance.choice(busy) + _minutes(chance, -15, 15))

    acts, few = [], max(1, meetings // 2)
    for _ in range(2 * meetings):
        fault = {"operation": chance.choice(STRUCK), **chance.choice(FAULTS)}
        acts.append(Act(sometime(), "fault", what=fault))
    acts += [Act(sometime(), "graph_away", what={"minutes": chance.randrange(5, 45)}) for _ in range(few)]
    acts += [Act(sometime(), "redis_flushed") for _ in range(meetings)]
    acts += [Act(sometime(), "redis_away", what={"seconds": chance.randrange(20, 300)}) for _ in range(few)]
    acts += [Act(sometime(), "worker_killed", what={"wait": chance.randrange(1, 40)}) for _ in range(2 * meetings)]
    acts += [Act(sometime(), chance.choice(("tokens_revoked", "resync", "deploy"))) for _ in range(meetings)]
    moods = {"seed": chance.randrange(10**6), "rate": 0.25}
    acts += [Act(sometime(), "graph_moody", what=moods | {"minutes": 60}) for _ in range(few)]
    if chance.random() < 0.4:
        acts.append(Act(sometime(), "worker_away", what={"hours": chance.randrange(1, 31)}))
    return acts
