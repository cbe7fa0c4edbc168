"""Put a policy's rules to one request: who is invited and why, which rules stayed silent and why, what else must open.

Pure. The rules of a policy are compiled to plain predicates once; a request is then a few dictionary look-ups a rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from service.domain.conditions import (
    Predicate,
    about_children,
    compile_when,
    conditions,
    fails_words,
    reasons_it_fails,
    reasons_it_holds,
)
from service.domain.facts import FactValue, RequestFacts, Urgency, of_child
from service.domain.policy import (
    ARRANGEMENTS,
    EVERY_TRACK,
    STRENGTH,
    Confidence,
    Effect,
    Level,
    MeetingType,
    Policy,
    Rule,
)
from service.domain.spans import Span


@dataclass(frozen=True, slots=True)
class NoticeOwed:
    """The notice an agency is owed; None where the partnership has set no figure."""

    standard: Span | None
    minimum: Span | None


@dataclass(frozen=True, slots=True)
class Because:
    """One rule that named an agency. ``fact`` are the words of the facts that fired it.

    ``children`` are the references it fired for; empty when the rule is about the whole case. ``invites`` is False for
    a rule that only holds an inbox back.
    """

    rule_id: str
    reason: str
    source: str
    confidence: Confidence
    fact: str
    children: tuple[str, ...] = ()
    invites: bool = True


@dataclass(frozen=True, slots=True)
class Requirement:
    """One agency that must be asked, at the strongest level any rule gave it, with every rule that named it.

    ``children`` joins those of the child rules. ``excluded``: its shared inbox must not be told until an officer
    names a person and a route (C30); an excluded agency that no other rule names comes out as optional.
    ``report_accepted``: written information is taken in place of coming.
    """

    role: str
    level: Level
    because: tuple[Because, ...]
    children: tuple[str, ...]
    excluded: bool
    notice: NoticeOwed
    report_accepted: bool = False


@dataclass(frozen=True, slots=True)
class NotFired:
    """A rule that stayed silent, and the condition that failed, in words."""

    rule_id: str
    reason: str
    roles: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class SeparateMeeting:
    """A meeting of its own that must be opened beside this one; ``roles`` are those its rule names."""

    meeting_type: str
    reason: str
    rule_id: str
    source: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Something to arrange beside the invitations: face to face, at the hospital, a senior chair…"""

    slug: str
    words: str
    rule_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Routed:
    """The team a meeting belongs to, a key of ``Policy.teams``, and the rule that said so, with what fired it."""

    team: str
    because: Because


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The outcome. Requirements come strongest first, then in the order of the pack's rules.

    ``routed``: the first rule of the pack's order that fired and names a team; None when none did.
    """

    requirements: tuple[Requirement, ...]
    not_fired: tuple[NotFired, ...]
    separate: tuple[SeparateMeeting, ...]
    arrangements: tuple[Arrangement, ...] = ()
    routed: Routed | None = None


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A rule ready to run. ``only_why``: the one thing its silence can mean, where it has a single condition."""

    rule: Rule
    holds: Predicate
    per_child: bool
    flag_on: bool
    only_why: str | None


@dataclass(frozen=True, slots=True)
class _Request:
    case: Mapping[str, FactValue]
    children: tuple[tuple[str, Mapping[str, FactValue]], ...]


@dataclass(frozen=True, slots=True)
class _Fired:
    rule: Rule
    roles: tuple[str, ...]
    because: Because


@lru_cache(maxsize=64)
def _compiled(policy: Policy) -> Mapping[str, tuple[_Compiled, ...]]:
    """The rules of each track, compiled. A policy is compared by identity, so one compiling serves its lifetime.

    A rule that holds an inbox back runs on every track, whatever its row says: no meeting may forget it (C30).
    """
    tracks: dict[str, list[_Compiled]] = {meeting_type.track: [] for meeting_type in policy.meeting_types.values()}
    for rule in policy.rules:
        flag_on = rule.needs_flag is None or bool(getattr(policy.flags, rule.needs_flag))
        asked = conditions(rule.when)
        only_why = fails_words(asked[0]) if len(asked) == 1 else None
        compiled = _Compiled(rule, compile_when(rule.when), about_children(rule.when), flag_on, only_why)
        everywhere = rule.track == EVERY_TRACK or rule.effect is Effect.EXCLUDE
        for track in tracks if everywhere else (rule.track,):
            tracks[track].append(compiled)
    return {track: tuple(rules) for track, rules in tracks.items()}


def evaluate(policy: Policy, facts: RequestFacts, *, explain: bool = True) -> Evaluation:
    """Run the rules of the meeting type's track and of every track. Without ``explain``, silent rules are not told of.

    Raises:
        UnknownMeetingTypeError: the policy has no such meeting type.
    """
    meeting_type = policy.meeting_type(facts.meeting_type)
    case = facts.of_case()
    request = _Request(case, tuple((child.ref, {**case, **of_child(child)}) for child in facts.children))
    fired: list[_Fired] = []
    silent: list[NotFired] = []
    for compiled in _compiled(policy).get(meeting_type.track, ()):
        outcome = _fired(compiled, request)
        if outcome is not None:
            fired.append(outcome)
        elif explain:
            silent.append(_silent(compiled, request))
    return Evaluation(
        requirements=_requirements(fired, notice_owed(meeting_type, facts.urgency)),
        not_fired=tuple(silent),
        separate=_separate(fired),
        arrangements=_arrangements(fired),
        routed=next((Routed(each.rule.team, each.because) for each in fired if each.rule.team), None),
    )


def _fired(compiled: _Compiled, request: _Request) -> _Fired | None:
    """What the rule asks for; None when it stays silent."""
    if not compiled.flag_on:
        return None
    rule = compiled.rule
    holding: tuple[tuple[str, Mapping[str, FactValue]], ...] = ()
    if compiled.per_child:
        holding = tuple(child for child in request.children if compiled.holds(child[1]))
        if not holding:
            return None
    elif not compiled.holds(request.case):
        return None
    roles = _roles(rule, request.case)
    if rule.invite_from and not roles:
        return None
    because = Because(
        rule.id,
        rule.reason,
        rule.provenance.source,
        rule.provenance.confidence,
        _fact_words(rule, [found for _, found in holding] or [request.case]),
        tuple(ref for ref, _ in holding),
        rule.effect is not Effect.EXCLUDE,
    )
    return _Fired(rule, roles, because)


def _silent(compiled: _Compiled, request: _Request) -> NotFired:
    """Why a rule stayed silent."""
    rule = compiled.rule
    if not compiled.flag_on:
        why = f"not switched on here: {str(rule.needs_flag).replace('_', ' ')}"
    elif compiled.per_child and not any(compiled.holds(found) for _, found in request.children):
        why = _why_no_child(compiled, request)
    elif not compiled.per_child and not compiled.holds(request.case):
        why = compiled.only_why or "; ".join(reasons_it_fails(rule.when, request.case))
    else:
        why = f"nothing recorded under {str(rule.invite_from).replace('_', ' ')}"
    return NotFired(rule.id, rule.reason, rule.invite, why)


def _why_no_child(compiled: _Compiled, request: _Request) -> str:
    """The conditions every child fails; when each fails another one, that no single child meets them together."""
    if not request.children:
        return "the request names no child"
    if compiled.only_why:
        return compiled.only_why
    when = compiled.rule.when
    every = [reasons_it_fails(when, found) for _, found in request.children]
    shared = [why for why in every[0] if all(why in others for others in every[1:])]
    if shared:
        return "; ".join(shared)
    return "no one child meets all of it: " + "; ".join(fails_words(c) for c in conditions(when))


def _roles(rule: Rule, case: Mapping[str, FactValue]) -> tuple[str, ...]:
    if rule.invite_from is None:
        return rule.invite
    more = case.get(rule.invite_from)
    if isinstance(more, frozenset):
        return (*rule.invite, *sorted(more))
    return (*rule.invite, more) if isinstance(more, str) and more else rule.invite


def _fact_words(rule: Rule, holding: list[Mapping[str, FactValue]]) -> str:
    if rule.when.always:
        return "every case"
    told = dict.fromkeys(words for facts in holding for words in reasons_it_holds(rule.when, facts))
    return "; ".join(told)


def notice_owed(meeting_type: MeetingType, urgency: Urgency) -> NoticeOwed:
    """What every agency of such a meeting is owed."""
    return NoticeOwed(meeting_type.notice_standard.of(urgency).value, meeting_type.notice_minimum.of(urgency).value)


def _requirements(fired: list[_Fired], notice: NoticeOwed) -> tuple[Requirement, ...]:
    by_role: dict[str, list[_Fired]] = {}
    for each in fired:
        if each.rule.effect is not Effect.SEPARATE:
            for role in each.roles:
                by_role.setdefault(role, []).append(each)
    found = [_requirement(role, named_by, notice) for role, named_by in by_role.items()]
    found.sort(key=lambda requirement: STRENGTH[requirement.level])
    return tuple(found)


def _requirement(role: str, named_by: list[_Fired], notice: NoticeOwed) -> Requirement:
    invited = [each for each in named_by if each.rule.effect is Effect.INVITE]
    levels = [each.rule.level for each in invited] or [Level.OPTIONAL]
    refs = dict.fromkeys(ref for each in invited for ref in each.because.children)
    level = min(levels, key=STRENGTH.__getitem__)
    return Requirement(
        role=role,
        level=level,
        because=tuple(each.because for each in named_by),
        children=tuple(refs),
        excluded=len(invited) < len(named_by),
        notice=notice,
        # A core agency is asked to come; where one rule accepts a report and a stronger one names it, it comes.
        report_accepted=level is not Level.CORE and any(each.rule.report_accepted for each in invited),
    )


def _separate(fired: list[_Fired]) -> tuple[SeparateMeeting, ...]:
    return tuple(
        SeparateMeeting(
            str(each.rule.separate),
            each.rule.reason,
            each.rule.id,
            each.rule.provenance.source,
            each.rule.invite,
        )
        for each in fired
        if each.rule.effect is Effect.SEPARATE
    )


def _arrangements(fired: list[_Fired]) -> tuple[Arrangement, ...]:
    asked: dict[str, list[str]] = {}
    for each in fired:
        for slug in each.rule.asks:
            asked.setdefault(slug, []).append(each.rule.id)
    return tuple(Arrangement(slug, ARRANGEMENTS[slug], tuple(rules)) for slug, rules in asked.items())
