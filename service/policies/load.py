"""Loading packs: the packaged seeds by name, a file by its path, a published version by its content.

Packs merge along ``extends`` (national, region, borough, partnership). What comes out is one ``Policy`` with the
SHA-256 of its merged content, so that a meeting can say for ever under which rules it was planned.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from service.domain.policy import EVERY_TRACK, ByUrgency, Confidence, Figure, MeetingType, Policy, Provenance, Rule
from service.domain.roles import ROLES
from service.policies import shapes
from service.policies.conflicts import refuse_conflicts
from service.policies.ladders import escalation, ladder
from service.policies.merging import merge
from service.policies.packs import Document, read_pack
from service.policies.refusal import PolicyRefused, did_you_mean
from service.policies.rows import Row

SEEDS = Path(__file__).parent

_NOT_FOUND = "no published figure found"


def pack_names() -> tuple[str, ...]:
    """The names of the packaged packs."""
    return tuple(sorted(path.stem for path in SEEDS.glob("*.toml")))


@lru_cache(maxsize=32)
def load_pack(name: str) -> Policy:
    """A packaged pack by name ("lewisham"), merged with all it extends. Cached: the same object every time.

    Raises:
        PolicyRefused: there is no such pack, or it or one it extends is wrong.
    """
    if name not in pack_names():
        raise PolicyRefused(f"{name}.toml", "", f"there is no pack {name!r}{did_you_mean(name, pack_names())}")
    return load_file(SEEDS / f"{name}.toml")


def packaged_source(policy: Policy) -> str | None:
    """The file of a packaged pack; None where this policy is not what the program came with."""
    if policy.id not in pack_names() or load_pack(policy.id).content_hash != policy.content_hash:
        return None
    return (SEEDS / f"{policy.id}.toml").read_text("utf-8")


def load_file(path: Path) -> Policy:
    """A pack file, merged with all it extends: looked for beside it first, then among the packaged packs.

    Raises:
        PolicyRefused: the file or one it extends is wrong, with file, row and a sentence.
    """
    chain = _chain(path)
    merged = chain[-1][1]
    for file, document in reversed(chain[:-1]):
        merged = merge(merged, document, file)
    # The merged form names its ancestors, nearest first, where a file names only the next.
    head = {**merged["pack"], "extends": [document["pack"]["id"] for _, document in chain[1:]]}
    policy = from_content({**merged, "pack": head})
    refuse_conflicts(policy)
    return policy


def _chain(path: Path) -> list[tuple[str, Document]]:
    """The pack and those it extends, nearest first."""
    chain: list[tuple[str, Document]] = []
    seen: list[Path] = []
    following: Path | None = path.resolve()
    while following is not None:
        if following in seen:
            round_trip = " extends ".join(each.stem for each in (*seen, following))
            raise PolicyRefused(path.name, "pack", f"packs extend each other in a circle: {round_trip}")
        seen.append(following)
        document = read_pack(following)
        chain.append((following.name, document))
        following = _wider(following, document["pack"].get("extends"))
    return chain


def _wider(path: Path, name: str | None) -> Path | None:
    if name is None:
        return None
    if not name.replace("-", "").replace("_", "").isalnum():
        raise PolicyRefused(path.name, "pack", f"'extends' must be the name of a pack, not {name!r}")
    beside = path.with_name(f"{name}.toml")
    found = beside if beside.exists() else SEEDS / f"{name}.toml"
    if not found.exists():
        raise PolicyRefused(path.name, "pack", f"it extends {name!r}, and there is no such pack")
    return found.resolve()


def content(policy: Policy) -> dict[str, Any]:
    """The merged pack as JSON values: what is published to the database. ``from_content`` reads it back."""
    found: dict[str, Any] = json.loads(policy.canonical)
    return found


def from_content(document: Mapping[str, Any]) -> Policy:
    """A policy from merged content, as ``content`` gave it (JSONB may have reordered its keys). Cached by content.

    Raises:
        PolicyRefused: the content does not read as a policy.
    """
    return _from_canonical(json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":")))


@lru_cache(maxsize=64)
def _from_canonical(canonical: str) -> Policy:
    document = json.loads(canonical)
    head = document["pack"]
    file = f"{head['id']}.toml"
    unset = Figure(
        None,
        Provenance(
            _NOT_FOUND,
            head["edition"],
            Confidence.NOT_PUBLISHED,
            head["owner"],
            date.fromisoformat(head["review_by"]),
        ),
    )
    types = tuple(document["meeting_types"])
    ladders = {name: ladder(Row(file, f"ladders.{name}", table)) for name, table in document["ladders"].items()}
    groups = shapes.role_groups(Row(file, "role_groups", document["role_groups"]))
    meeting_types = {
        name: shapes.meeting_type(Row(file, f"meeting_types.{name}", table), unset, tuple(ladders), types)
        for name, table in document["meeting_types"].items()
    }
    # Versions published before there were teams, a front door or reasons for short notice have none.
    teams = {name: shapes.team(Row(file, f"teams.{name}", row)) for name, row in document.get("teams", {}).items()}
    rules = tuple(
        shapes.rule(Row(f"{row['pack']}.toml", row["id"], row), types, tuple(teams)) for row in document["rules"]
    )
    _refuse_idle_tracks(rules, meeting_types)
    return Policy(
        id=head["id"],
        name=head["name"],
        version=head["version"],
        extends=tuple(head["extends"]),
        content_hash=hashlib.sha256(canonical.encode()).hexdigest(),
        canonical=canonical,
        meeting_types=meeting_types,
        rules=rules,
        flags=shapes.flags(Row(file, "flags", document["flags"])),
        role_groups={slug: groups.get(slug, role.group) for slug, role in ROLES.items()},
        ladders=ladders,
        escalation=escalation(Row(file, "escalation", document.get("escalation", {})), unset),
        short_notice_reasons=_reasons(document, "short_notice_reasons", file),
        medical_not_needed_reasons=_reasons(document, "medical_not_needed_reasons", file),
        not_held_reasons=_reasons(document, "not_held_reasons", file),
        teams=teams,
        front_door=shapes.front_door(Row(file, "front_door", document.get("front_door", {}))),
        yardsticks=tuple(shapes.yardstick(row) for row in _listed(document, "yardsticks", file)),
        seen_elsewhere=tuple(shapes.seen_elsewhere(row, types) for row in _listed(document, "seen_elsewhere", file)),
        notes=tuple(shapes.note(row, types) for row in _listed(document, "notes", file)),
    )


def _refuse_idle_tracks(rules: Iterable[Rule], meeting_types: Mapping[str, MeetingType]) -> None:
    tracks = {meeting_type.track for meeting_type in meeting_types.values()}
    for rule in rules:
        if rule.track not in {*tracks, EVERY_TRACK}:
            sentence = f"this rule can never fire: no meeting type is on the track {rule.track!r}"
            raise PolicyRefused(f"{rule.pack}.toml", rule.id, sentence + did_you_mean(rule.track, tracks))


def _reasons(document: Document, key: str, file: str) -> dict[str, str]:
    return shapes.reasons(Row(file, key, document.get(key, {})))


def _listed(document: Document, key: str, file: str) -> tuple[Row, ...]:
    return Row(file, "", document).rows(key)


def validate_all(on: date) -> list[str]:
    """Load every packaged pack and list, in sentences, the figures and rules whose review date has passed on ``on``.

    A statement that several packs inherit is listed once.

    Raises:
        PolicyRefused: a packaged pack is wrong.
    """
    return list(dict.fromkeys(line for name in pack_names() for line in overdue(load_pack(name), on)))


def overdue(policy: Policy, on: date) -> list[str]:
    """The statements of one policy whose review date is before ``on``: what, whose, and since when."""
    return [
        f"{what} was to be reviewed by {provenance.review_by:%-d %B %Y} ({provenance.owner})"
        for what, provenance in _statements(policy)
        if provenance.review_by < on
    ]


def _statements(policy: Policy) -> Iterator[tuple[str, Provenance]]:
    for rule in policy.rules:
        yield f"rule {rule.id}", rule.provenance
    for meeting_type in policy.meeting_types.values():
        yield from _figures(meeting_type)
    for rungs in policy.ladders.values():
        yield f"the chase ladder {rungs.id}", rungs.provenance
    if policy.escalation.stages:
        yield "the escalation ladder", policy.escalation.provenance
    for note in policy.notes:
        yield f"the note on {note.meeting_type}", note.provenance
    for team in policy.teams.values():
        yield f"the {team.name}", team.provenance
    if policy.front_door is not None:
        yield "where requests start", policy.front_door.provenance
    for yardstick in policy.yardsticks:
        yield f"the yardstick {yardstick.id}", yardstick.provenance


def _figures(meeting_type: MeetingType) -> Iterator[tuple[str, Provenance]]:
    yield f"the clock of {meeting_type.id}", meeting_type.clock_provenance
    yield f"the quorum of {meeting_type.id}", meeting_type.quorum.provenance
    if meeting_type.stand_down is not None:
        yield f"standing down of {meeting_type.id}", meeting_type.stand_down.provenance
        yield f"the new date after standing down of {meeting_type.id}", meeting_type.stand_down.again_within.provenance
    for key in shapes.FIGURES:
        yield f"{key.replace('_', ' ')} of {meeting_type.id}", getattr(meeting_type, key).provenance
    for clock, figure in meeting_type.or_earlier.items():
        yield f"the deadline of {meeting_type.id} from {clock.replace('_', ' ')}", figure.provenance
    for key in shapes.FIGURES_BY_URGENCY:
        by_urgency: ByUrgency = getattr(meeting_type, key)
        yield f"{key.replace('_', ' ')} of {meeting_type.id}", by_urgency.otherwise.provenance
        for urgency, figure in by_urgency.own.items():
            yield f"{key.replace('_', ' ')} of {meeting_type.id}, {urgency}", figure.provenance
