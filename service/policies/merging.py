"""Laying one pack over the pack it extends: local rows add to and replace the wider ones, within the law's limits.

A pack may shorten a statutory deadline, never lengthen or unset it; it may add a core agency, never remove one
(policy facts, section 0, item 6). Everything else is the partnership's own to set.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from service.domain.clock_starts import CLOCK_WORDS, CONFERENCE_CLOCKS, ClockStart
from service.domain.facts import Urgency
from service.domain.policy import Figure, Level
from service.domain.spans import Span, Unit
from service.policies.packs import Document
from service.policies.refusal import PolicyRefused
from service.policies.rows import Row
from service.policies.shapes import CHILD_PROTECTION, FIGURES, FIGURES_BY_URGENCY

Table = dict[str, Any]
_BY_URGENCY = (*FIGURES_BY_URGENCY, "modes", "ladder", "followed_by")
_STATUTORY = ("deadline",)
_URGENCIES = ("any", *(str(urgency) for urgency in Urgency))


def merge(wider: Document, local: Document, file: str) -> Document:
    """The wider pack with the local one over it. Neither is changed.

    Raises:
        PolicyRefused: an override the law does not allow, or a rule id taken without saying ``replaces``.
    """
    _keep_flags(wider, local, file)
    return {
        "pack": local["pack"],
        "flags": {**wider["flags"], **local["flags"]},
        "role_groups": {**wider["role_groups"], **local["role_groups"]},
        "ladders": {**wider["ladders"], **local["ladders"]},
        # One way up is one whole: stages of two partnerships are never mixed.
        "escalation": local["escalation"] or wider["escalation"],
        "short_notice_reasons": {**wider["short_notice_reasons"], **local["short_notice_reasons"]},
        "medical_not_needed_reasons": {**wider["medical_not_needed_reasons"], **local["medical_not_needed_reasons"]},
        "not_held_reasons": {**wider["not_held_reasons"], **local["not_held_reasons"]},
        "teams": {**wider["teams"], **local["teams"]},
        "front_door": local["front_door"] or wider["front_door"],
        "meeting_types": _meeting_types(wider["meeting_types"], local["meeting_types"], file),
        "rules": _rules(wider["rules"], local["rules"], file),
        **{key: wider[key] + local[key] for key in ("notes", "seen_elsewhere", "yardsticks")},
    }


def _keep_flags(wider: Document, local: Document, file: str) -> None:
    for flag, on in wider["flags"].items():
        if on and local["flags"].get(flag) is False:
            raise PolicyRefused(
                file, "flags", f"{flag!r} is on in the pack this one extends and cannot be switched off"
            )


def _rules(wider: list[Table], local: list[Table], file: str) -> list[Table]:
    """The wider rules in their order, replaced where the local pack says so, then the local ones that are new."""
    known = {rule["id"]: rule for rule in wider}
    own = {rule["id"]: rule for rule in local}
    for name, rule in own.items():
        if rule.get("replaces"):
            if name not in known:
                raise PolicyRefused(file, name, "this rule says it replaces one, but no pack it extends has that id")
            _keep_safety(known[name], rule, file)
            _keep_core(known[name], rule, file)
        elif name in known:
            sentence = f"the {known[name]['pack']} pack already has a rule {name}; write replaces = true to change it"
            raise PolicyRefused(file, name, sentence)
    return [own.get(rule["id"], rule) for rule in wider] + [rule for rule in local if rule["id"] not in known]


def _keep_safety(wider: Table, local: Table, file: str) -> None:
    """The rule that holds back a person tied to the allegation (C30) is no partnership's to loosen."""
    if wider.get("exclude") and any(
        wider.get(key) != local.get(key) for key in ("exclude", "when", "invite_from", "track", "needs_flag")
    ):
        raise PolicyRefused(file, wider["id"], "this rule keeps a child safe: a pack may change its words only")


def _keep_core(wider: Table, local: Table, file: str) -> None:
    if wider["level"] != Level.CORE:
        return
    lost = [role for role in wider.get("invite", []) if role not in local.get("invite", [])]
    if local["level"] != Level.CORE or local.get("exclude") or local.get("separate") != wider.get("separate"):
        lost = list(wider.get("invite", []))
    if lost:
        raise PolicyRefused(file, wider["id"], f"a pack cannot remove a core agency: {', '.join(lost)}")
    for key in ("when", "invite_from", "track", "needs_flag"):
        if wider.get(key) != local.get(key):
            raise PolicyRefused(file, wider["id"], f"a pack cannot change {key!r} of a rule that invites a core agency")


def _meeting_types(wider: Table, local: Table, file: str) -> Table:
    merged = dict(wider)
    for name, table in local.items():
        if name in wider:
            merged[name] = _meeting_type(wider[name], table, file, f"meeting_types.{name}")
        else:
            merged[name] = table
    return merged


def _meeting_type(wider: Table, local: Table, file: str, where: str) -> Table:
    if local.get("track", CHILD_PROTECTION) != wider.get("track", CHILD_PROTECTION) and "track" in local:
        raise PolicyRefused(file, where, "a pack cannot move a meeting type to another track: its core would go")
    least: list[str] = wider.get("minimum_partners", [])
    lost = set(least).difference(local.get("minimum_partners", least))
    if lost:
        raise PolicyRefused(file, where, f"a pack cannot remove a core agency: {', '.join(sorted(lost))}")
    _keep_clock(wider, local, file, where)
    merged = {**wider, **local}
    for key in (*_BY_URGENCY, "or_earlier"):
        if key in wider and key in local:
            merged[key] = {**wider[key], **local[key]}
    for key in _STATUTORY:
        if key in wider and key in local:
            merged[key] = _statutory(wider[key], merged[key], Row(file, f"{where}.{key}", {}), _URGENCIES)
    if "or_earlier" in wider and "or_earlier" in local:
        clocks = tuple(wider["or_earlier"])
        row = Row(file, f"{where}.or_earlier", {})
        merged["or_earlier"] = _statutory(wider["or_earlier"], merged["or_earlier"], row, clocks)
    for key in FIGURES:
        if key in wider and key in local:
            row = Row(file, f"{where}.{key}", {})
            merged[key] = _statutory({"any": wider[key]}, {"any": local[key]}, row, ("any",))["any"]
    return merged


def _keep_clock(wider: Table, local: Table, file: str, where: str) -> None:
    """A deadline that is law keeps its clock. Only a conference may choose which strategy discussion starts it."""
    figures = (*wider.get("deadline", {}).values(), *local.get("deadline", {}).values())
    if "clock" not in local or "clock" not in wider or not any(each.get("statutory") for each in figures):
        return
    before, after = wider["clock"]["start"], local["clock"]["start"]
    if before != after and not {before, after} <= CONFERENCE_CLOCKS:
        told = CLOCK_WORDS[ClockStart(before)]
        raise PolicyRefused(
            file, f"{where}.clock", f"its deadline is law and counts from {told}: a pack cannot move it"
        )


def _statutory(wider: Table, merged: Table, where: Row, keys: Iterable[str]) -> Table:
    """The merged figures, each still marked statutory where the wider one was.

    Raises:
        PolicyRefused: one of them is unset or longer than the wider one.
    """
    kept = dict(merged)
    for key in keys:
        before = _figure(wider.get(key, wider.get("any")), where)
        if before is None or before.value is None or not before.statutory:
            continue
        raw = merged.get(key, merged.get("any"))
        after = _figure(raw, where)
        _refuse_weaker(before.value, None if after is None else after.value, _for_which(key), where)
        if key in kept:
            kept[key] = {**kept[key], "statutory": True}
    return kept


def _for_which(key: str) -> str:
    if key == "any":
        return ""
    return f" for {key} urgency" if key in _URGENCIES else f" from {CLOCK_WORDS[ClockStart(key)]}"


def _figure(table: Table | None, where: Row) -> Figure | None:
    return None if table is None else Row(where.file, where.where, table).figure()


def _refuse_weaker(before: Span, after: Span | None, told: str, where: Row) -> None:
    law = f"the packs it extends set {before}{told} by law"
    if after is None:
        where.refuse(f"{law}, and it cannot be unset")
    if after.unit is Unit.SAME_DAY or (after.unit is before.unit and after.amount <= before.amount):
        return
    if after.unit is not before.unit:
        unit = before.unit.replace("_", " ")
        where.refuse(f"{law}; write it in {unit}, so that the two can be compared")
    where.refuse(f"{law}; it may be shortened, not lengthened to {after}")
