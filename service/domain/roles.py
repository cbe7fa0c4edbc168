"""Agency roles: who may be asked to a meeting, in the plain words a screen shows, and the agency group each counts in.

A role is a job to be done at the meeting, not a person: the directory says which inbox does it in a partnership.
Groups matter to quorum only. Every role that rules C01-C35 name is here; a pack naming another is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Role:
    """One role: its slug, its plain words, and the agency group it counts in unless a pack says otherwise."""

    slug: str
    words: str
    group: str


GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "csc": "children's social care",
        "police": "police",
        "health": "health",
        "education": "education",
        "care_provider": "fostering or residential provider",
        "other_authority": "another council",
        "transport_police": "British Transport Police",
        "probation": "probation",
        "prison": "prison",
        "youth_justice": "youth justice",
        "exploitation": "exploitation and violence services",
        "prevent": "Prevent",
        "domestic_abuse": "domestic abuse services",
        "substance_misuse": "drug and alcohol services",
        "adult_social_care": "adult social care",
        "housing": "housing",
        "armed_forces": "armed forces welfare",
        "legal": "legal services",
        "early_help": "family help",
        "trafficking": "trafficking and asylum services",
        "lado": "local authority designated officer",
        "employer": "the employer",
        "regulator": "the regulator",
    }
)

# British Transport Police stand apart from "police": they are another force, and hold the railway's records only.
_BY_GROUP: dict[str, dict[str, str]] = {
    "csc": {
        "social_worker": "social worker, children's social care",
        "team_manager": "team manager, children's social care",
        "service_manager": "service manager, children's social care",
        "lcpp": "lead child protection practitioner",
        "personal_adviser": "leaving care personal adviser",
    },
    "police": {
        "police_child_protection": "police child protection unit",
        "online_police_unit": "police online exploitation unit",
        "specialist_police": "police lead for honour-based abuse, forced marriage and FGM",
    },
    "health": {
        "health_practitioner": "health practitioner",
        "macpt_health_lead": "health lead in the multi-agency child protection team",
        "adolescent_protection_health_lead": "health lead in the adolescent protection team",
        "designated_nurse": "named or designated nurse or doctor for safeguarding",
        "health_visitor": "health visitor",
        "midwifery": "midwifery",
        "school_nurse": "school nurse",
        "gp": "GP practice",
        "camhs": "child and adolescent mental health service",
        "paediatrician": "consultant paediatrician",
        "ward_nurse": "senior ward nurse",
        "examining_doctor": "examining doctor",
        "sarc": "sexual assault referral centre",
        "cla_nurse": "nurse for looked-after children",
        "treating_team": "the child's treating team",
        "specialist_health": "health lead for honour-based abuse, forced marriage and FGM",
        "adult_mental_health": "adult mental health service",
        "nurse_0_19": "0–19 nurse",
        "parental_mental_health_adviser": "parental mental health adviser",
        "primary_care_liaison_nurse": "primary care liaison nurse",
        "newborn_pathway": "newborn pathway",
    },
    "education": {
        "school": "school (designated safeguarding lead)",
        "early_years": "nursery or other early-years setting",
        "education_lead": "education safeguarding lead",
    },
    "care_provider": {"fostering_or_residential_provider": "fostering service or children's home"},
    "other_authority": {
        "placing_authority": "the council that placed the child",
        "home_authority": "the child's home council",
        "originating_social_worker": "social worker of the council the child has moved from",
    },
    "transport_police": {"british_transport_police": "British Transport Police"},
    "probation": {"probation": "probation"},
    "prison": {"prison": "prison"},
    "youth_justice": {"youth_justice": "youth justice service"},
    "exploitation": {
        "mace_lead": "multi-agency child exploitation (MACE) lead",
        "violence_reduction_unit": "violence reduction unit",
    },
    "prevent": {"prevent_lead": "Prevent lead"},
    "domestic_abuse": {"adult_domestic_abuse_service": "adult domestic abuse service"},
    "substance_misuse": {"substance_misuse_service": "drug and alcohol treatment service"},
    "adult_social_care": {"adult_social_care": "adult social care"},
    "housing": {"housing": "housing or homelessness service", "social_landlord": "social landlord"},
    "armed_forces": {
        "military_welfare_service": "armed forces welfare service",
        "unit_welfare_officer": "unit welfare officer",
    },
    "legal": {"legal": "council solicitor"},
    "early_help": {
        "family_help_lead": "family help lead practitioner",
        "family_wellbeing_team": "family wellbeing team",
        "childrens_centre": "children's centre",
    },
    "trafficking": {"nrm_first_responder": "National Referral Mechanism first responder"},
    "lado": {"lado": "local authority designated officer (LADO)"},
    "employer": {"employer": "employer's senior manager", "employer_hr": "employer's human resources"},
    "regulator": {"regulator": "regulator"},
}

ROLES: Mapping[str, Role] = MappingProxyType(
    {slug: Role(slug, words, group) for group, roles in _BY_GROUP.items() for slug, words in roles.items()}
)

# The inbox of these is found by the child's own place (its school, its nursery), not one per partnership.
MATCHED_BY_PLACE: frozenset[str] = frozenset({"school", "early_years"})

# These are somebody else in every case (whoever employs the person, whichever council the child has moved from), so
# a directory that lacks them lacks nothing: the officer names the inbox of the place at each meeting.
NAMED_PER_CASE: frozenset[str] = frozenset({"employer", "employer_hr", "originating_social_worker"})


def words(role: str) -> str:
    """The plain words of a role; for a slug that is not in ``ROLES``, the slug with its underscores opened."""
    known = ROLES.get(role)
    return known.words if known else role.replace("_", " ")


def group_words(group: str) -> str:
    """The plain words of an agency group; a pack may count a role as a group of its own, so roles answer too."""
    return GROUPS.get(group) or words(group)


def group_of(role: str) -> str:
    """The agency group a role belongs to; a role outside ``ROLES`` is a group of its own."""
    known = ROLES.get(role)
    return known.group if known else role


def nearest(slug: str) -> str | None:
    """The known role most like a mistyped one, for a refusal's sentence; None when nothing is near."""
    found = get_close_matches(slug, ROLES, n=1)
    return found[0] if found else None
