"""The agreed standard's measures, as data: each with its words, numerator, denominator, what is left out and source.

A *share* asks one question of every meeting or place; a *spread* says what became of a whole, its parts adding up
to it; a *case share* asks of one case with all its meetings of the period. The codebook (docs/codebook.md) is written
from this module, so a measure's meaning stands in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from service.domain import questions
from service.domain.medical import AtMedical
from service.domain.participation import PARTICIPATION_WORDS, Participation
from service.domain.questions import Case, Seen, Split, Verdict


class Counts(StrEnum):
    """What one unit of a measure is."""

    MEETINGS = "meetings"
    PLACES = "places"
    CHILDREN = "children"
    CASES = "cases"
    CHASES = "chases"


@dataclass(frozen=True, slots=True)
class Share:
    """A percentage: one question asked of every unit."""

    id: str
    words: str
    counts: Counts
    numerator: str
    denominator: str
    left_out: str
    source: str
    splits: tuple[Split, ...]
    ask: Callable[[Seen], Verdict]


@dataclass(frozen=True, slots=True)
class Spread:
    """A whole and its parts. ``parts`` names the part, or parts, one unit adds to; an empty answer adds nothing."""

    id: str
    words: str
    counts: Counts
    numerator: str
    denominator: str
    left_out: str
    source: str
    parts: Callable[[Seen], Iterable[str]]


@dataclass(frozen=True, slots=True)
class CaseShare:
    """A percentage of cases. A case is counted by the meetings of the period only, so its end cuts some short."""

    id: str
    words: str
    counts: Counts
    numerator: str
    denominator: str
    left_out: str
    source: str
    ask: Callable[[Case], Verdict]


Measure = Share | Spread | CaseShare

_AUDIT = "audit table of an inspection, one row per meeting and agency role; denominator (c), required by policy"
_CIN = "children in need census, 2025 (bands 0-10, 11-15, 16-20, 21+ working days); LG Inform metric 3217"
_SEEN = (
    "Seen: its first answer to that start by any way, or the phone call that told it; the service hears of no "
    "delivery, and an opened link may be a mail scanner's, so neither counts"
)
_NOT_CANCELLED = "cancelled meetings, counted apart"
_MEDICAL_LEFT_OUT = f"{_NOT_CANCELLED}; medicals still to come; medicals of which nobody has recorded it"

_PARTICIPATION = tuple(
    Share(
        f"participation_{reading}",
        f"agencies that took part, where that means: {PARTICIPATION_WORDS[reading]}",
        Counts.PLACES,
        PARTICIPATION_WORDS[reading],
        "the denominator of attendance",
        f"{_NOT_CANCELLED}; places nobody has recorded, or where this meaning asks what the agency brought, nobody has "
        "recorded that; optional places",
        "a named meaning of this service. The participation of health that Lewisham published is not defined, so it is "
        "not known to be this one",
        (Split.AGENCY, Split.MONTH),
        questions.took_part(reading),
    )
    for reading in Participation
    # The first meaning is attendance itself.
    if reading is not Participation.CAME
)

SHARES: tuple[Share, ...] = (
    Share(
        "attendance",
        "agencies that came",
        Counts.PLACES,
        "places whose agency attended or was represented; a written report alone is no attendance",
        "places the policy required (core and conditional), invited or not, and places of agencies brought in during "
        "the meeting, at meetings that took place; at a further sitting of an adjourned meeting, the agencies recorded "
        "for it",
        f"{_NOT_CANCELLED}; places nobody has recorded; optional places",
        _AUDIT,
        (Split.AGENCY, Split.MONTH),
        questions.came,
    ),
    *_PARTICIPATION,
    Share(
        "attendance_confirmed",
        "attendances the chair has confirmed",
        Counts.PLACES,
        "recorded places whose attendance the chair has confirmed; one that is not confirmed counts in every figure",
        "required places whose attendance is recorded",
        f"{_NOT_CANCELLED}; places nobody has recorded; optional places",
        "proposed by this service",
        (Split.MONTH,),
        questions.confirmed,
    ),
    Share(
        "attendance_by_notice",
        "agencies that came, by the notice they had",
        Counts.PLACES,
        "places whose agency attended or was represented",
        "required places that were invited and whose attendance is recorded, at the first sitting",
        f"{_NOT_CANCELLED}; places not recorded; never invited; invited at an instant that is not known",
        "proposed by this service: attendance beside the notice given, which no published audit shows",
        (Split.WORKING_NOTICE, Split.ELAPSED_NOTICE),
        questions.came_by_notice,
    ),
    Share(
        "notice_kept",
        "agencies given the notice they were owed",
        Counts.PLACES,
        "places told of the last start early enough to keep the standard notice of the policy that planned the meeting",
        "required places that were invited and are owed a notice",
        f"{_NOT_CANCELLED}; places owed none because the partnership has set none; places never invited; agencies "
        "brought in during the meeting; further sittings",
        "the partnership's policy pack; counted from handed to Outlook to the planned start",
        (Split.AGENCY, Split.MONTH),
        questions.notice_kept,
    ),
    Share(
        "notice_kept_seen",
        "agencies given the notice they were owed, from when they had seen their invitation",
        Counts.PLACES,
        "places known to have seen the last start early enough to keep the standard notice",
        "required places that were invited, are owed a notice, and are known to have seen the last start",
        f"{_NOT_CANCELLED}; places owed none because the partnership has set none; places never invited; places of "
        "which nobody knows when they saw it",
        f"the partnership's policy pack. {_SEEN}",
        (Split.AGENCY, Split.MONTH),
        questions.notice_kept_seen,
    ),
    Share(
        "quorum",
        "meetings that met the quorum",
        Counts.MEETINGS,
        "meetings at which the roles that attended or were represented met the policy's quorum; an adjourned meeting "
        "by its last recorded sitting",
        "meetings that took place, with attendance recorded, under a policy that sets a quorum",
        f"{_NOT_CANCELLED}; meetings under a policy that sets none; meetings nobody has recorded",
        "the partnership's policy pack; no national quorum is published",
        (Split.MONTH, Split.TYPE),
        questions.quorum_met,
    ),
    Share(
        "in_time",
        "meetings in time",
        Counts.MEETINGS,
        "meetings whose planned start was not after the policy's deadline",
        "meetings that took place and have a deadline",
        f"{_NOT_CANCELLED}; meetings with no deadline set, or whose clock has no known start",
        "the partnership's policy pack; the service does not record the actual start yet",
        (Split.MONTH, Split.TYPE),
        questions.in_time,
    ),
    Share(
        "not_held_that_day",
        "meetings that could not be held on the day they were called for",
        Counts.MEETINGS,
        "meetings of which staff recorded, once or more, that they could not be held that day",
        "meetings that took place",
        f"{_NOT_CANCELLED}; meetings still to be held, which count once they are",
        "proposed by this service; what staff recorded",
        (Split.MONTH, Split.TYPE),
        questions.not_held_that_day,
    ),
    Share(
        "reports_in_time",
        "reports in time",
        Counts.PLACES,
        "places whose written report came in by the day the policy sets, counted back from the planned start",
        "required places that were invited, whether or not the agency then came, at meetings that took place and whose "
        "policy sets a day; a report nobody has recorded as received has not come in",
        f"{_NOT_CANCELLED}; meetings under a policy that sets no day; places never invited; agencies brought in during "
        "the meeting; further sittings; optional places",
        "the partnership's policy pack; the instant is what staff recorded",
        (Split.AGENCY, Split.MONTH, Split.TYPE),
        questions.report_in_time,
    ),
    Share(
        "minutes_in_time",
        "minutes in time",
        Counts.MEETINGS,
        "meetings whose minutes were first issued by the day the policy sets, counted from the planned end",
        "meetings that took place, whose policy sets a day, with minutes issued or that day gone",
        f"{_NOT_CANCELLED}; meetings under a policy that sets no day; meetings whose day has not come, not issued yet",
        "the partnership's policy pack",
        (Split.MONTH, Split.TYPE),
        questions.minutes_in_time,
    ),
    Share(
        "decisions_opened",
        "meetings whose decisions every agency has opened",
        Counts.MEETINGS,
        "meetings at which every agency invited or brought in, absent ones too, has opened each decision that concerns "
        "it and that no later one corrects; "
        "an opening counts whenever it was",
        "meetings that took place, with a decision agreed that concerns such an agency",
        f"{_NOT_CANCELLED}; meetings without such a decision; places withdrawn or never invited",
        "proposed by this service: an opening behind the same proof as the identity is the receipt",
        (Split.MONTH, Split.TYPE),
        questions.decisions_opened,
    ),
    Share(
        "medical_arranged",
        "medicals that were arranged",
        Counts.MEETINGS,
        "meetings whose medical has an appointment",
        "meetings that took place and decided that a medical is needed",
        f"{_NOT_CANCELLED}; meetings at which nobody has decided about a medical, or none is needed",
        "proposed by this service",
        (Split.MONTH,),
        questions.medical_arranged,
    ),
    Share(
        "medical_attended",
        "medicals the child came to",
        Counts.MEETINGS,
        "medicals at which the child is recorded as having been",
        "medicals with an appointment of meetings that took place, with the child's attendance recorded",
        _MEDICAL_LEFT_OUT,
        "proposed by this service",
        (Split.MONTH,),
        questions.was_at_medical(AtMedical.CHILD),
    ),
    Share(
        "medical_social_worker",
        "medicals the social worker was at",
        Counts.MEETINGS,
        "medicals at which the social worker is recorded as having been",
        "medicals with an appointment of meetings that took place, with the social worker's attendance recorded",
        _MEDICAL_LEFT_OUT,
        "proposed by this service",
        (Split.MONTH,),
        questions.was_at_medical(AtMedical.SOCIAL_WORKER),
    ),
    Share(
        "icpc_15",
        "initial conferences within 15 working days",
        Counts.MEETINGS,
        "initial child protection conferences up to 15 working days after the section 47 enquiry started; the day "
        "after it counts as 1. The start is the last actual one (S47ActualStartDate) recorded in the outcomes of the "
        "case's meetings up to the conference; where none is, the strategy discussion that the request named",
        "initial conferences that took place, with that day known",
        f"{_NOT_CANCELLED}; conferences of which neither is known; conferences before it",
        _CIN,
        (Split.MONTH,),
        questions.icpc_in_15,
    ),
    Share(
        "icpc_15_children",
        "children whose initial conference came within 15 working days",
        Counts.CHILDREN,
        "children of the initial conferences that came within 15 working days",
        "children of the initial conferences that took place, with that day known; a child counts at each conference",
        "as there",
        f"{_CIN}; the national return counts children",
        (Split.MONTH,),
        questions.icpc_in_15,
    ),
    Share(
        "icpc_policy",
        "initial conferences in time by the policy's own clock",
        Counts.MEETINGS,
        "initial conferences whose planned start was not after the policy's deadline",
        "initial conferences that took place and have a deadline",
        f"{_NOT_CANCELLED}; conferences with no deadline, or whose clock has no known start",
        "the partnership's policy pack",
        (Split.MONTH,),
        questions.icpc_in_policy_time,
    ),
    Share(
        "answered",
        "agencies that answered",
        Counts.PLACES,
        "places with any answer to the meeting's last version, by whichever way",
        "places that were invited",
        _NOT_CANCELLED,
        "proposed by this service",
        (Split.AGENCY, Split.MONTH),
        questions.answered,
    ),
    Share(
        "chased",
        "agencies that had to be chased",
        Counts.PLACES,
        "places with at least one chase sent, for any version of the meeting",
        "places that were invited",
        _NOT_CANCELLED,
        "proposed by this service",
        (Split.AGENCY, Split.MONTH),
        questions.chased,
    ),
    Share(
        "cancelled",
        "meetings cancelled",
        Counts.MEETINGS,
        "meetings called off before they took place",
        "meetings that had a start in the period, and meetings cancelled before they had one, by their request's day",
        "meetings still to come; meetings planned without a time",
        "proposed by this service",
        (Split.MONTH, Split.TYPE),
        questions.cancelled,
    ),
)

SPREADS: tuple[Spread, ...] = (
    Spread(
        "cancelled_because",
        "why meetings were cancelled",
        Counts.MEETINGS,
        "cancelled meetings with that reason",
        "all cancelled meetings",
        "nothing",
        "the service's list of reasons",
        questions.cancelled_because,
    ),
    Spread(
        "short_notice_because",
        "short notice, by reason",
        Counts.MEETINGS,
        "meetings at short notice with that reason",
        "meetings that took place at which a required agency had less notice than it was owed, or a reason was given",
        f"{_NOT_CANCELLED}. Free words are counted and never shown: they may name somebody",
        "proposed by this service",
        questions.short_notice_because,
    ),
    Spread(
        "not_held_because",
        "why meetings could not be held on the day they were called for",
        Counts.MEETINGS,
        "such meetings with that reason, the last one where there were several days",
        "meetings that took place and could not be held on a day they were called for",
        _NOT_CANCELLED,
        "the partnership's policy pack; the national list is this service's proposal",
        questions.not_held_because,
    ),
    Spread(
        "without_quorum_because",
        "going on without a quorum, by reason",
        Counts.MEETINGS,
        "meetings without a quorum with that reason",
        "meetings that took place, recorded, at which the policy's quorum was not met, or with a reason for going on",
        f"{_NOT_CANCELLED}. Free words are counted and never shown: they may name somebody",
        "proposed by this service",
        questions.without_quorum_because,
    ),
    Spread(
        "medical_decided",
        "whether a medical was needed",
        Counts.MEETINGS,
        "meetings that decided that one is needed, or that none is",
        "meetings that took place and decided about a medical",
        f"{_NOT_CANCELLED}; meetings at which nobody has decided about one",
        "proposed by this service",
        questions.medical_decided,
    ),
    Spread(
        "medical_not_needed_because",
        "why no medical was needed",
        Counts.MEETINGS,
        "meetings with that reason of the policy's list",
        "meetings that took place and decided that none is needed",
        f"{_NOT_CANCELLED}. The sentence beside the reason is never shown",
        "the partnership's policy pack",
        questions.no_medical_because,
    ),
    Spread(
        "notice_told",
        "the notice agencies had, from when they were told",
        Counts.PLACES,
        "places with that much notice in their own working hours, from handed to Outlook to the planned start",
        "required places that were invited, at meetings that took place",
        _NOT_CANCELLED,
        "proposed by this service",
        questions.notice_told,
    ),
    Spread(
        "notice_seen",
        "the notice agencies had, from when they had seen their invitation",
        Counts.PLACES,
        "places with that much notice in their own working hours, from when they are known to have seen it",
        "required places that were invited, at meetings that took place",
        f'{_NOT_CANCELLED}. Where nobody knows when it was seen, the place counts as "not known"',
        f"proposed by this service. {_SEEN}",
        questions.notice_seen,
    ),
    Spread(
        "meetings_by_type",
        "meetings that took place, by type",
        Counts.MEETINGS,
        "meetings of that type",
        "meetings that took place",
        _NOT_CANCELLED,
        "proposed by this service",
        questions.meeting_type,
    ),
    Spread(
        "children_by_type",
        "children discussed, by meeting type",
        Counts.CHILDREN,
        "children of the meetings of that type",
        "children of the meetings that took place; a child counts at each meeting",
        _NOT_CANCELLED,
        "proposed by this service",
        questions.meeting_type,
    ),
    Spread(
        "icpc_bands",
        "initial conferences by working days from the start of the enquiry",
        Counts.MEETINGS,
        "initial conferences in that band",
        "the denominator of initial conferences within 15 working days",
        "as there",
        _CIN,
        questions.icpc_band,
    ),
    Spread(
        "icpc_bands_children",
        "children by working days from the start of the enquiry to their initial conference",
        Counts.CHILDREN,
        "children of the initial conferences in that band",
        "the denominator of children whose initial conference came within 15 working days",
        "as there",
        f"{_CIN}; the national return counts children",
        questions.icpc_band,
    ),
    Spread(
        "how_asked",
        "how the agencies recorded came to be there",
        Counts.PLACES,
        "recorded places that were invited beforehand, were never invited, were brought in during the meeting, or are "
        "of a further sitting",
        "all recorded places",
        f"{_NOT_CANCELLED}; places nobody has recorded",
        "proposed by this service",
        questions.how_asked,
    ),
    Spread(
        "answers",
        "what agencies answered",
        Counts.PLACES,
        "invited places whose last answer to the meeting's last version was this",
        "places that were invited",
        _NOT_CANCELLED,
        "proposed by this service",
        questions.answers,
    ),
    Spread(
        "chases",
        "what became of the chases",
        Counts.CHASES,
        "chases that were sent, or were not sent for that reason",
        "every finished chase of every version, for every place",
        f"{_NOT_CANCELLED}; chases still due",
        "proposed by this service",
        questions.chases,
    ),
)

_STRATEGY_CASES = "cases with a strategy meeting of any type that took place in the period"
_TYPES = (
    f"{_NOT_CANCELLED}; conferences other than initial and pre-birth ones (a transfer-in conference follows another "
    "authority's plan)"
)

CASE_SHARES: tuple[CaseShare, ...] = (
    CaseShare(
        "strategy_to_s47",
        "cases that went from a strategy meeting to a section 47 enquiry",
        Counts.CASES,
        "cases in which the outcome of a strategy meeting of the period says when an enquiry actually started",
        f"{_STRATEGY_CASES}, the outcome of at least one of which is recorded",
        f"{_NOT_CANCELLED}; cases with no such outcome recorded",
        "proposed by this service, after Annex A list 5",
        questions.came_to_enquiry,
    ),
    CaseShare(
        "s47_to_icpc",
        "cases that went from a section 47 enquiry to an initial conference",
        Counts.CASES,
        "cases with an initial or pre-birth conference on the day the first such enquiry started or later in the "
        "period",
        "cases in which the outcome of a strategy meeting of the period says when an enquiry actually started",
        f"{_TYPES}; enquiries that no outcome names",
        "proposed by this service, after Annex A list 5",
        questions.enquiry_to_conference,
    ),
    CaseShare(
        "strategy_to_icpc",
        "cases that went from a strategy meeting to an initial conference",
        Counts.CASES,
        "cases with an initial or pre-birth conference at or after their first strategy meeting of the period, and "
        "within it",
        _STRATEGY_CASES,
        f"{_TYPES}. Whether an enquiry stood between is not asked here",
        "proposed by this service, after Annex A list 5",
        questions.came_to_conference,
    ),
    CaseShare(
        "repeats",
        "cases with more than one strategy meeting",
        Counts.CASES,
        "cases with two or more strategy meetings in the period; a follow-up or a review is no further one",
        "cases with a strategy meeting that took place in the period and continues no other",
        _NOT_CANCELLED,
        "proposed by this service",
        questions.met_again,
    ),
)

EVERY_MEASURE: tuple[Measure, ...] = (*SHARES, *SPREADS, *CASE_SHARES)
