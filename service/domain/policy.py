"""What a policy pack says, once read, merged and checked: figures with their provenance, rules, meeting types, ladders.

Values only; ``service.policies`` reads them from TOML and ``service.domain.evaluate`` runs the rules. An unset
figure is a ``Figure`` whose value is None: the partnership has published none, and nothing stands in for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from service.domain.chasing import Step
from service.domain.clock_starts import CONFERENCE_CLOCKS, ClockStart
from service.domain.conditions import When
from service.domain.facts import Urgency
from service.domain.notice import NOT_SET
from service.domain.spans import Span


class Confidence(StrEnum):
    """How well a statement is known. The tags are those of the policy facts table."""

    SEEN = "S"
    SEEN_IN_PART = "S-part"
    SECOND_HAND = "2nd"
    PILOT = "seed"
    COMPUTED = "calc"
    GENERAL_KNOWLEDGE = "GK"
    PROPOSED = "PROPOSED"
    NOT_PUBLISHED = "NP"


class Level(StrEnum):
    """How strongly an agency is wanted. ``conditional`` is invited by default and removed only with a reason."""

    CORE = "core"
    CONDITIONAL = "conditional"
    OPTIONAL = "optional"


STRENGTH: Mapping[Level, int] = {Level.CORE: 0, Level.CONDITIONAL: 1, Level.OPTIONAL: 2}


class Strength(StrEnum):
    """What the rule's sources say: must, should, must in one place and should in another; ``ours`` has no source."""

    MUST = "must"
    SHOULD = "should"
    MIXED = "mixed"
    OURS = "ours"


STRENGTH_WORDS: Mapping[Strength, str] = {
    Strength.MUST: "its sources say must",
    Strength.SHOULD: "its sources say should",
    Strength.MIXED: "some places say must, others should",
    Strength.OURS: "proposed by this service",
}


class Effect(StrEnum):
    """What a rule does when it fires: invite, hold an agency's shared inbox back, or open a separate meeting."""

    INVITE = "invite"
    EXCLUDE = "exclude"
    SEPARATE = "separate"


class Mode(StrEnum):
    """How a meeting may be held."""

    FACE_TO_FACE = "face_to_face"
    ONLINE = "online"
    PHONE = "phone"


# Arrangements a rule may ask for beside an invitation. Words are for the officer who plans the meeting.
ARRANGEMENTS: Mapping[str, str] = {
    "face_to_face": "meet face to face",
    "venue_hospital": "meet at the hospital",
    "inform_at_once": "tell this agency at once, before the invitation",
    "written_acceptance": "responsibility moves only when the other council accepts in writing",
    "senior_chair": "a senior manager chairs",
    "complex_abuse_route": "use the complex abuse procedure",
}

# A rule on this track is put to the meetings of every track.
EVERY_TRACK = "every"

# Meetings of another track that a rule may open beside this one without the pack planning them itself.
SEPARATE_TRACKS: Mapping[str, str] = {"asv": "allegations against staff and volunteers (ASV) meeting"}


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a statement comes from, who answers for it, and the day by which it must be read again."""

    source: str
    edition: str
    confidence: Confidence
    owner: str
    review_by: date


@dataclass(frozen=True, slots=True)
class Figure:
    """A length of time and its provenance. ``value`` None: not set. ``statutory``: no pack may lengthen it."""

    value: Span | None
    provenance: Provenance
    statutory: bool = False

    @property
    def words(self) -> str:
        """Plain words: "5 working days", or "not set by the partnership"."""
        return NOT_SET if self.value is None else str(self.value)


@dataclass(frozen=True, slots=True)
class ByUrgency:
    """A figure that may differ by urgency; ``otherwise`` holds where no own figure is given."""

    otherwise: Figure
    own: Mapping[Urgency, Figure] = field(default_factory=dict)

    def of(self, urgency: Urgency) -> Figure:
        """The figure for one urgency."""
        return self.own.get(urgency, self.otherwise)


@dataclass(frozen=True, slots=True)
class QuorumChoice:
    """Which quorum rule (an id of ``service.domain.quorum.RULES``) a meeting type keeps; None when not set."""

    rule: str | None
    provenance: Provenance


class StandDownWhen(StrEnum):
    """When a conference may be stood down: where its quorum is not met, or never."""

    QUORUM_NOT_MET = "quorum_not_met"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class StandDown:
    """When a conference may be called off for want of a quorum. ``when`` None: the partnership has not said.

    ``again_within`` is the time in which it must then be held; ``not_twice``: not twice running for one case.
    """

    when: StandDownWhen | None
    again_within: Figure
    not_twice: bool
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class MeetingType:
    """One kind of meeting. Rules run for the meeting types of their own ``track``, or of every one (``EVERY_TRACK``).

    ``deadline`` counts from ``clock``; ``or_earlier`` are further deadlines, each by the clock it counts from, and
    the earliest of all holds. ``called_after`` is how long a state lasts before the meeting must be called: a
    trigger, not a deadline. ``minimum_partners`` are the agency groups the national guidance names as the least that
    meet; it is not a quorum figure. ``followed_by`` names the meeting type that must follow at that urgency (phone
    first, then all). ``stand_down`` is for conferences only; None where no pack speaks of it.
    """

    id: str
    name: str
    track: str
    clock: ClockStart
    clock_provenance: Provenance
    deadline: ByUrgency
    notice_standard: ByUrgency
    notice_minimum: ByUrgency
    called_after: Figure
    report_due: Figure
    minutes_due: Figure
    quorum: QuorumChoice
    minimum_partners: tuple[str, ...]
    modes: Mapping[Urgency, tuple[Mode, ...]]
    ladders: Mapping[Urgency, str]
    followed_by: Mapping[Urgency, str]
    or_earlier: Mapping[ClockStart, Figure] = field(default_factory=dict)
    stand_down: StandDown | None = None

    @property
    def conference_clock(self) -> ClockStart | None:
        """Which strategy discussion starts the conference clock; None for meetings that count from something else."""
        return self.clock if self.clock in CONFERENCE_CLOCKS else None

    def ladder(self, urgency: Urgency) -> str:
        """The id of the chase ladder for one urgency."""
        return self.ladders[urgency]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of ``pack``: when it fires, whom it invites, how strongly, and on whose word.

    ``invite_from`` names a fact (a role or a set of roles) to invite beside ``invite``; ``needs_flag`` is a local
    flag that must be on; ``separate`` is the meeting type that ``Effect.SEPARATE`` opens; ``asks`` are slugs of
    ``ARRANGEMENTS``; ``team`` is the key of the team of ``Policy.teams`` the meeting then belongs to.
    """

    id: str
    pack: str
    track: str
    when: When
    effect: Effect
    invite: tuple[str, ...]
    invite_from: str | None
    level: Level
    reason: str
    strength: Strength
    provenance: Provenance
    needs_flag: str | None = None
    separate: str | None = None
    asks: tuple[str, ...] = ()
    report_accepted: bool = False
    note: str = ""
    team: str | None = None


@dataclass(frozen=True, slots=True)
class ChaseStep(Step):
    """A step of ``service.domain.chasing`` with the words an officer reads. Numbers count from 1, earliest first."""

    words: str


@dataclass(frozen=True, slots=True)
class Ladder:
    """A chase ladder, earliest step first. ``round_the_clock``: immediate risk, so office hours are ignored."""

    id: str
    steps: tuple[ChaseStep, ...]
    round_the_clock: bool
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class EscalationStage:
    """One stage of the way up a disagreement: to whom, and within what time. Numbers count from 1, lowest first."""

    number: int
    to: str
    within: Figure


@dataclass(frozen=True, slots=True)
class Escalation:
    """How professionals who disagree take it further. No stages: the partnership has published none.

    ``resolve_within`` is the time in which the whole is to be settled.
    """

    stages: tuple[EscalationStage, ...]
    resolve_within: Figure
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class SeenElsewhere:
    """A figure known from another place (or not seen at all): shown as such beside an unset one, never a value."""

    meeting_type: str
    about: str
    place: str
    words: str
    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Note:
    """Something a meeting type's procedure says that is not a figure and invites nobody."""

    meeting_type: str
    words: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Yardstick:
    """A published series to show beside ours as context: label and percentage. Never a target."""

    id: str
    words: str
    points: tuple[tuple[str, float], ...]
    caution: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Team:
    """A standing team or group of the partnership. ``does`` says what; ``meets`` how often, empty where not said."""

    id: str
    name: str
    does: str
    meets: str
    provenance: Provenance

    @property
    def words(self) -> str:
        """What it does, and how often it meets: "works the cases", "steers the partnership; meets monthly"."""
        return f"{self.does}; meets {self.meets}" if self.meets else self.does


@dataclass(frozen=True, slots=True)
class FrontDoor:
    """Where requests start in a partnership, by its own name."""

    name: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Flags:
    """Local switches. ``education_is_partner``: education is a fourth core partner (Wirral pathfinder).

    ``parental_advocate_offered``: every parent invited to a conference is offered an advocate (both pathfinders).
    """

    education_is_partner: bool = False
    parental_advocate_offered: bool = False


class UnknownMeetingTypeError(LookupError):
    """Raised by ``Policy.meeting_type``; the doors turn it into a refusal that names the types there are."""


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """A whole policy: one pack merged with all it extends. Compared by identity; ``content_hash`` says what it holds.

    ``content_hash`` is the SHA-256 (hex) of ``canonical``, the merged pack as one JSON text that
    ``service.policies.load.from_canonical`` reads back. ``extends`` lists the merged packs, nearest first.
    ``short_notice_reasons``: the codes an officer chooses from when notice is cut short, with their words.
    ``medical_not_needed_reasons``: the same for a meeting that decides against a medical.
    ``not_held_reasons``: the same for a meeting that could not be held on its day.
    ``teams`` are the partnership's own; ``front_door`` is None where no pack says where requests start.
    """

    id: str
    name: str
    version: str
    extends: tuple[str, ...]
    content_hash: str
    canonical: str = field(repr=False)
    meeting_types: Mapping[str, MeetingType] = field(repr=False)
    rules: tuple[Rule, ...] = field(repr=False)
    flags: Flags
    role_groups: Mapping[str, str] = field(repr=False)
    ladders: Mapping[str, Ladder] = field(repr=False)
    escalation: Escalation = field(repr=False)
    yardsticks: tuple[Yardstick, ...] = field(repr=False)
    seen_elsewhere: tuple[SeenElsewhere, ...] = field(repr=False)
    notes: tuple[Note, ...] = field(repr=False)
    short_notice_reasons: Mapping[str, str] = field(repr=False, default_factory=dict)
    medical_not_needed_reasons: Mapping[str, str] = field(repr=False, default_factory=dict)
    not_held_reasons: Mapping[str, str] = field(repr=False, default_factory=dict)
    teams: Mapping[str, Team] = field(repr=False, default_factory=dict)
    front_door: FrontDoor | None = field(repr=False, default=None)

    def meeting_type(self, meeting_type: str) -> MeetingType:
        """One meeting type by its id.

        Raises:
            UnknownMeetingTypeError: this policy has no such meeting type.
        """
        found = self.meeting_types.get(meeting_type)
        if found is None:
            known = ", ".join(sorted(self.meeting_types))
            raise UnknownMeetingTypeError(f"{self.name} has no meeting type {meeting_type!r}; it has {known}")
        return found

    def ladder_for(self, meeting_type: str, urgency: Urgency) -> Ladder:
        """The chase ladder of a meeting type at one urgency. Raises as ``meeting_type`` does."""
        return self.ladders[self.meeting_type(meeting_type).ladder(urgency)]
