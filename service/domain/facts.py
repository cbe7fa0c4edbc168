"""What the rules may know of a request: derived facts only, never a name, a birth date, an address or a school.

A fact is either of the case or of one child. Rules name facts from ``FACTS``; a pack that names another is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

FactValue = bool | str | frozenset[str]


class Urgency(StrEnum):
    """How soon the meeting must be: tonight, in the ordinary way, or by arrangement."""

    IMMEDIATE = "immediate"
    STANDARD = "standard"
    PLANNED = "planned"


class AgeBand(StrEnum):
    """Bands of rules C06 and C07. PROPOSED: no procedure states the ages, and the school roll decides where known."""

    UNBORN = "unborn"
    UNDER_FIVE = "0-4"
    SCHOOL_AGE = "5-17"
    ADULT = "18+"


# Derived from the birth date, beside the band. PROPOSED: no source states the age at which Lewisham's Adolescent
# Protection Team begins; eleven is the first year of secondary school.
ADOLESCENT = "adolescent"
ADOLESCENT_FROM = 11


class Scope(StrEnum):
    """Whether a fact is one of the whole case or of each child."""

    CASE = "case"
    CHILD = "child"


@dataclass(frozen=True, slots=True)
class ChildFacts:
    """One child, by the sending system's reference, reduced to what rules need."""

    ref: str
    age_band: AgeBand
    on_school_roll: bool = False
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """One request, reduced to what rules and deadlines need. Instants are aware.

    ``birth_clock_at`` and ``delivery_clock_at`` are midnight of a day that is itself sealed: they start a clock while
    the request is planned, and are never stored, shown or asked about by a rule.
    """

    meeting_type: str
    urgency: Urgency
    concern_recorded_at: datetime
    children: tuple[ChildFacts, ...]
    circumstances: frozenset[str] = frozenset()
    involved_roles: frozenset[str] = frozenset()
    excluded_roles: frozenset[str] = frozenset()
    referrer_role: str | None = None
    came_through: str = ""
    initiating_sd_at: datetime | None = None
    last_sd_at: datetime | None = None
    action_taken_at: datetime | None = None
    decided_at: datetime | None = None
    missing_since: datetime | None = None
    icpc_at: datetime | None = None
    previous_review_at: datetime | None = None
    written_notification_at: datetime | None = None
    lado_referral_at: datetime | None = None
    birth_clock_at: datetime | None = field(default=None, repr=False)
    delivery_clock_at: datetime | None = field(default=None, repr=False)
    extra: Mapping[str, FactValue] = field(default_factory=dict)
    led_roles: frozenset[str] = frozenset()

    def of_case(self) -> dict[str, FactValue]:
        """The facts of the case, each under its name in ``FACTS``."""
        return {
            "meeting_type": self.meeting_type,
            "urgency": str(self.urgency),
            "circumstances": self.circumstances,
            "involved_roles": self.involved_roles,
            "excluded_roles": self.excluded_roles,
            "led_roles": self.led_roles,
            "referrer_is_professional": self.referrer_role is not None,
            "referrer_role": self.referrer_role or "",
            "came_through": self.came_through,
            **self.extra,
        }


def of_child(child: ChildFacts) -> dict[str, FactValue]:
    """The facts of one child, each under its name in ``FACTS``."""
    return {
        "age_band": str(child.age_band),
        "on_school_roll": child.on_school_roll,
        "child_flags": child.flags,
    }


FACTS: Mapping[str, tuple[Scope, type]] = {
    "meeting_type": (Scope.CASE, str),
    "urgency": (Scope.CASE, str),
    "circumstances": (Scope.CASE, frozenset),
    "involved_roles": (Scope.CASE, frozenset),
    "excluded_roles": (Scope.CASE, frozenset),
    "led_roles": (Scope.CASE, frozenset),
    "referrer_is_professional": (Scope.CASE, bool),
    "referrer_role": (Scope.CASE, str),
    "came_through": (Scope.CASE, str),
    "age_band": (Scope.CHILD, str),
    "on_school_roll": (Scope.CHILD, bool),
    "child_flags": (Scope.CHILD, frozenset),
}

# The words a request may use. A word outside these lists is refused at the door with the nearest one named.
CIRCUMSTANCES: Mapping[str, str] = {
    "physical_injury": "physical or suspicious injury",
    "medical_planned_or_done": "a child protection medical is planned or done",
    "sexual_abuse": "sexual abuse or exploitation",
    "online_images": "indecent images or exploitation online",
    "domestic_abuse": "domestic abuse",
    "parental_substance_misuse": "a parent's drug or alcohol use",
    "parental_mental_illness": "a parent's mental illness",
    "exploitation_or_gangs": "criminal exploitation or gangs",
    "harm_outside_home": "harm outside the home",
    "transport_incident": "an incident on the railway",
    "radicalisation": "radicalisation",
    "fgm_forced_marriage_hba": "female genital mutilation, forced marriage or honour-based abuse",
    "fabricated_or_induced_illness": "fabricated or induced illness",
    "complex_or_organised_abuse": "complex or organised abuse",
    "staff_allegation": "an allegation against a member of staff or a volunteer",
    "military_family": "a military family",
    "housing_risk": "risk from housing or homelessness",
    "unaccompanied_or_trafficked": "an unaccompanied child or a sign of trafficking",
    "adult_in_custody": "an adult in the case is in custody",
    "care_leaver_parent": "a parent is a care leaver",
    "adult_care_needs": "an adult has care and support needs",
    "harm_by_another_child": "harm by another child",
    "home_authority_elsewhere": "the child's home authority is another council",
    "probation_open": "an adult is open to probation",
    "home_conditions": "home conditions",
    "neglect": "neglect",
    "emotional_abuse": "emotional abuse",
    "missed_midwifery": "missed midwifery appointments",
    "emergency_protection_taken": "emergency protection has already been taken",
}

CHILD_FLAGS: Mapping[str, str] = {
    "looked_after": "looked after",
    "in_patient": "in hospital as an in-patient",
    "attends_early_years": "attends a nursery or other early-years setting",
    "disability_or_complex_health": "disability or complex health needs",
    "registered_gp": "registered with a GP",
    "child_mental_health": "known to child mental health services",
    "missing": "missing",
    "in_alternative_placement": "placed away from home",
    ADOLESCENT: "aged 11 to 17",
}

# By which door a request reached the service. A pack says what its own front door is called.
DOORS: Mapping[str, str] = {
    "front_door": "the front door",
    "out_of_hours": "the out-of-hours team",
    "open_case": "a team that already works with the family",
}
