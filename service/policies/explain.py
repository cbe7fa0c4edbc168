"""The explanation of one evaluation, in words: what ``convene policy explain`` prints and a meeting's page shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from service.domain.clock_starts import CLOCK_WORDS
from service.domain.evaluate import Evaluation, Requirement
from service.domain.facts import RequestFacts
from service.domain.notice import NOT_SET
from service.domain.policy import (
    SEPARATE_TRACKS,
    STRENGTH_WORDS,
    Figure,
    MeetingType,
    Policy,
    Provenance,
    Rule,
    StandDownWhen,
)
from service.domain.quorum import RULES
from service.domain.roles import words
from service.domain.spans import Span


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """One rule that named an agency, in words."""

    rule: str
    pack: str
    reason: str
    fact: str
    source: str
    edition: str
    confidence: str
    strength: str
    children: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AgencyRow:
    """One agency. Notice words are a length of time or "not set by the partnership"."""

    role: str
    words: str
    level: str
    excluded: bool
    report_accepted: bool
    children: tuple[str, ...]
    notice_standard: str
    notice_minimum: str
    reasons: tuple[ReasonRow, ...]


@dataclass(frozen=True, slots=True)
class SilentRow:
    """One rule that did not fire, whom it would have invited, and what was missing."""

    rule: str
    would_invite: tuple[str, ...]
    reason: str
    why: str


@dataclass(frozen=True, slots=True)
class SeparateRow:
    """A meeting of its own that must be opened beside this one."""

    meeting_type: str
    words: str
    rule: str
    reason: str
    source: str
    agencies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure of the meeting type in words, and who says so."""

    about: str
    words: str
    source: str
    edition: str
    confidence: str
    owner: str
    review_by: str


@dataclass(frozen=True, slots=True)
class ElsewhereRow:
    """What another place does about a figure; never ours."""

    about: str
    place: str
    words: str
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class TeamRow:
    """The team a meeting belongs to, and why."""

    team: str
    words: str
    rule: str
    reason: str
    fact: str
    source: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything a reader needs to check an evaluation against the pack, without the pack."""

    policy: str
    policy_name: str
    version: str
    content_hash: str
    extends: tuple[str, ...]
    meeting_type: str
    meeting_type_words: str
    urgency: str
    agencies: tuple[AgencyRow, ...]
    silent: tuple[SilentRow, ...]
    separate: tuple[SeparateRow, ...]
    arrangements: tuple[str, ...]
    figures: tuple[FigureRow, ...]
    seen_elsewhere: tuple[ElsewhereRow, ...]
    notes: tuple[str, ...]
    escalation: tuple[FigureRow, ...]
    followed_by: str | None
    team: TeamRow | None
    arranged_here: tuple[FigureRow, ...]


def explain(policy: Policy, facts: RequestFacts, evaluation: Evaluation) -> Explanation:
    """Put an evaluation into words.

    Raises:
        UnknownMeetingTypeError: the policy has no such meeting type.
    """
    meeting_type = policy.meeting_type(facts.meeting_type)
    rules = {rule.id: rule for rule in policy.rules}
    following = meeting_type.followed_by.get(facts.urgency)
    return Explanation(
        policy=policy.id,
        policy_name=policy.name,
        version=policy.version,
        content_hash=policy.content_hash,
        extends=policy.extends,
        meeting_type=meeting_type.id,
        meeting_type_words=meeting_type.name,
        urgency=str(facts.urgency),
        agencies=tuple(_agency(requirement, rules) for requirement in evaluation.requirements),
        silent=tuple(
            SilentRow(each.rule_id, tuple(words(role) for role in each.roles), each.reason, each.why)
            for each in evaluation.not_fired
        ),
        separate=tuple(
            SeparateRow(
                each.meeting_type,
                meeting_words(policy, each.meeting_type),
                each.rule_id,
                each.reason,
                each.source,
                tuple(words(role) for role in each.roles),
            )
            for each in evaluation.separate
        ),
        arrangements=tuple(f"{each.words} ({', '.join(each.rule_ids)})" for each in evaluation.arrangements),
        figures=_figures(meeting_type, facts),
        seen_elsewhere=_elsewhere(policy, meeting_type),
        notes=tuple(note.words for note in policy.notes if note.meeting_type == meeting_type.id),
        escalation=_escalation(policy),
        followed_by=None if following is None else meeting_words(policy, following),
        team=_team(policy, evaluation),
        arranged_here=_arranged_here(policy),
    )


def team_words(policy: Policy, team: str | None) -> str:
    """The name of a team; its slug opened where this policy has no such team, empty where there is none."""
    found = policy.teams.get(team or "")
    return found.name if found else (team or "").replace("_", " ")


def _team(policy: Policy, evaluation: Evaluation) -> TeamRow | None:
    routed = evaluation.routed
    if routed is None:
        return None
    why = routed.because
    return TeamRow(routed.team, team_words(policy, routed.team), why.rule_id, why.reason, why.fact, why.source)


def _arranged_here(policy: Policy) -> tuple[FigureRow, ...]:
    """The partnership's own arrangements: where requests start, then its teams and groups."""
    door = policy.front_door
    start = () if door is None else (_row("requests start at", door.name, door.provenance),)
    return (*start, *(_row(team.name, team.words, team.provenance) for team in policy.teams.values()))


def meeting_words(policy: Policy, meeting_type: str) -> str:
    """The plain words of a meeting type, or of a meeting on a track that the pack does not plan itself."""
    found = policy.meeting_types.get(meeting_type)
    return found.name if found else SEPARATE_TRACKS.get(meeting_type, meeting_type)


def notice_words(owed: Span | None) -> str:
    """A length of notice, or "not set by the partnership"."""
    return NOT_SET if owed is None else str(owed)


def _agency(requirement: Requirement, rules: Mapping[str, Rule]) -> AgencyRow:
    return AgencyRow(
        role=requirement.role,
        words=words(requirement.role),
        level=str(requirement.level),
        excluded=requirement.excluded,
        report_accepted=requirement.report_accepted,
        children=requirement.children,
        notice_standard=notice_words(requirement.notice.standard),
        notice_minimum=notice_words(requirement.notice.minimum),
        reasons=tuple(
            ReasonRow(
                rule=because.rule_id,
                pack=rules[because.rule_id].pack,
                reason=because.reason,
                fact=because.fact,
                source=because.source,
                edition=rules[because.rule_id].provenance.edition,
                confidence=str(because.confidence),
                strength=STRENGTH_WORDS[rules[because.rule_id].strength],
                children=because.children,
            )
            for because in requirement.because
        ),
    )


def _figures(meeting_type: MeetingType, facts: RequestFacts) -> tuple[FigureRow, ...]:
    quorum = meeting_type.quorum
    urgency = facts.urgency
    return (
        _row("clock starts at", CLOCK_WORDS[meeting_type.clock], meeting_type.clock_provenance),
        _figure("deadline", meeting_type.deadline.of(urgency)),
        *(_figure(f"or from {CLOCK_WORDS[clock]}", each) for clock, each in meeting_type.or_earlier.items()),
        _figure("called when it has lasted", meeting_type.called_after),
        _figure("standard notice", meeting_type.notice_standard.of(urgency)),
        _figure("minimum notice", meeting_type.notice_minimum.of(urgency)),
        _row("quorum", NOT_SET if quorum.rule is None else RULES[quorum.rule].words, quorum.provenance),
        *_stood_down(meeting_type),
        _figure("reports due before", meeting_type.report_due),
        _figure("minutes due after", meeting_type.minutes_due),
    )


_STAND_DOWN = {
    None: NOT_SET,
    StandDownWhen.QUORUM_NOT_MET: "when its quorum is not met",
    StandDownWhen.NEVER: "never",
}


def _stood_down(meeting_type: MeetingType) -> tuple[FigureRow, ...]:
    """When a conference may be stood down; nothing for a meeting of which no pack speaks."""
    rule = meeting_type.stand_down
    if rule is None:
        return ()
    told = _STAND_DOWN[rule.when] + (", never twice running" if rule.not_twice else "")
    first = _row("may be stood down", told, rule.provenance)
    return (first, _figure("then held within", rule.again_within)) if rule.when else (first,)


def _escalation(policy: Policy) -> tuple[FigureRow, ...]:
    """The stages of a disagreement, lowest first, then the time for the whole; nothing where no pack gives any."""
    ladder = policy.escalation
    if not ladder.stages:
        return ()
    stages = (_figure(f"stage {stage.number}: {stage.to}", stage.within) for stage in ladder.stages)
    return (*stages, _figure("resolved within", ladder.resolve_within))


def _figure(about: str, figure: Figure) -> FigureRow:
    return _row(about, figure.words, figure.provenance)


def _row(about: str, told: str, provenance: Provenance) -> FigureRow:
    return FigureRow(
        about,
        told,
        provenance.source,
        provenance.edition,
        str(provenance.confidence),
        provenance.owner,
        provenance.review_by.isoformat(),
    )


def _elsewhere(policy: Policy, meeting_type: MeetingType) -> tuple[ElsewhereRow, ...]:
    return tuple(
        ElsewhereRow(each.about.replace("_", " "), each.place, each.words, each.source, str(each.confidence))
        for each in policy.seen_elsewhere
        if each.meeting_type == meeting_type.id
    )


def as_json(explanation: Explanation) -> dict[str, Any]:
    """The explanation as JSON values, field for field."""
    found: dict[str, Any] = asdict(explanation)
    return found
