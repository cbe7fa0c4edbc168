"""The questions the standard's measures ask of one meeting or place: yes, no, why it is left out, or nothing at all.

None means that the question is not about this unit (an optional place, another meeting type); ``LeftOut`` that it is,
and that no answer can be counted. What each question means stands beside its measure (``service.domain.measures``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache

from service.domain.attendance import present
from service.domain.bands import band_of_days
from service.domain.london import local_date
from service.domain.medical import AtMedical, MedicalState
from service.domain.meeting_facts import ChildFact, JudgedMeeting, JudgedPlace, MeetingFact
from service.domain.meeting_kinds import CONTINUING_TYPES, INITIAL_CONFERENCES, STRATEGY_TYPES
from service.domain.notice_marks import Bands
from service.domain.participation import Participation, participated
from service.domain.working_time import WorkingCalendar


class LeftOut(StrEnum):
    """Why a meeting or place is in no denominator, though the question is about it. Each is counted."""

    CANCELLED = "cancelled"
    NOT_RECORDED = "not_recorded"
    NOT_SET = "not_set"
    NEVER_INVITED = "never_invited"
    NOT_KNOWN = "not_known"
    NOT_DUE = "not_due"


LEFT_OUT_WORDS: dict[LeftOut, str] = {
    LeftOut.CANCELLED: "the meeting was cancelled",
    LeftOut.NOT_RECORDED: "nobody has recorded it yet",
    LeftOut.NOT_SET: "no figure is set by the partnership, or a deadline's clock has no known start",
    LeftOut.NEVER_INVITED: "the agency was never invited",
    LeftOut.NOT_KNOWN: "the service does not know the instant it counts from",
    LeftOut.NOT_DUE: "its day has not come yet",
}


class Split(StrEnum):
    """By what a measure's lines are told apart."""

    AGENCY = "agency"
    MONTH = "month"
    TYPE = "type"
    WORKING_NOTICE = "working_notice"
    ELAPSED_NOTICE = "elapsed_notice"
    PART = "part"


SPLIT_WORDS: dict[Split, str] = {
    Split.AGENCY: "by agency role",
    Split.MONTH: "by London month of the start",
    Split.TYPE: "by meeting type",
    Split.WORKING_NOTICE: "by notice in the agency's working hours (a day is 8)",
    Split.ELAPSED_NOTICE: "by notice in elapsed hours",
    Split.PART: "by what became of it",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """One unit under a question: a meeting, and one of its places or children where the measure counts those."""

    meeting: JudgedMeeting
    place: JudgedPlace | None = None
    child: ChildFact | None = None


Verdict = bool | LeftOut | None


def _place(seen: Seen) -> JudgedPlace:
    if seen.place is None:
        raise TypeError("a measure of places was asked of a meeting")
    return seen.place


def came(seen: Seen) -> Verdict:
    """Whether a required agency came; absent too when it was never asked and the meeting is recorded."""
    place = _place(seen).fact
    if not place.required:
        return None
    if seen.meeting.fact.cancelled:
        return LeftOut.CANCELLED
    if place.outcome is not None:
        return present(place.outcome)
    # Nobody records an agency that was never asked; it was absent once the meeting is recorded.
    return False if not place.invited and seen.meeting.fact.recorded else LeftOut.NOT_RECORDED


def took_part(reading: Participation) -> Callable[[Seen], Verdict]:
    """The question whether a required agency took part, by one meaning of it."""

    def ask(seen: Seen) -> Verdict:
        verdict, place = came(seen), _place(seen).fact
        if place.outcome is None or not isinstance(verdict, bool):
            return verdict
        took = participated(reading, place.outcome, place.contribution)
        return LeftOut.NOT_RECORDED if took is None else took

    return ask


def confirmed(seen: Seen) -> Verdict:
    """Whether the chair has confirmed a recorded attendance."""
    place = _place(seen).fact
    if not place.required or place.outcome is None or seen.meeting.fact.cancelled:
        return None
    return place.confirmed


def how_asked(seen: Seen) -> Iterable[str]:
    """How a recorded place came to be at its sitting."""
    place = _place(seen).fact
    if seen.meeting.fact.cancelled or place.outcome is None:
        return ()
    if place.sitting > 1:
        return ("further_sitting",)
    return ("joined",) if place.joined else ("invited",) if place.invited else ("never_invited",)


def came_by_notice(seen: Seen) -> Verdict:
    """The same for places whose notice is known."""
    verdict = came(seen) if _place(seen).fact.asked_beforehand else None
    if not isinstance(verdict, bool):
        return verdict
    if not _place(seen).fact.invited:
        return LeftOut.NEVER_INVITED
    return LeftOut.NOT_KNOWN if _place(seen).told is None else verdict


def notice_kept(seen: Seen) -> Verdict:
    """Whether a required and invited agency had the notice it was owed."""
    place = _place(seen)
    if not place.fact.required or not place.fact.asked_beforehand:
        return None
    if seen.meeting.fact.cancelled:
        return LeftOut.CANCELLED
    if place.fact.owed is None:
        return LeftOut.NOT_SET
    if not place.fact.invited:
        return LeftOut.NEVER_INVITED
    return LeftOut.NOT_KNOWN if place.kept is None else place.kept


def notice_kept_seen(seen: Seen) -> Verdict:
    """The same from when the agency is known to have seen its invitation; left out where nobody knows."""
    verdict = notice_kept(seen)
    if not isinstance(verdict, bool):
        return verdict
    kept = _place(seen).seen_kept
    return LeftOut.NOT_KNOWN if kept is None else kept


def _notice_band(seen: Seen, had: Bands | None) -> Iterable[str]:
    place = _place(seen).fact
    if seen.meeting.fact.cancelled or not place.required or not place.invited:
        return ()
    return ("not_known" if had is None else had.working,)


def notice_told(seen: Seen) -> Iterable[str]:
    """How much notice a required and invited agency had from when it was told."""
    return _notice_band(seen, _place(seen).told)


def notice_seen(seen: Seen) -> Iterable[str]:
    """How much it had from when it is known to have seen its invitation."""
    return _notice_band(seen, _place(seen).seen)


def meeting_type(seen: Seen) -> Iterable[str]:
    """The type of a meeting that took place, for each meeting or child asked about."""
    return () if seen.meeting.fact.cancelled else (seen.meeting.fact.meeting_type,)


def answered(seen: Seen) -> Verdict:
    """Whether an invited agency answered the meeting's last version."""
    place = _place(seen).fact
    if not place.invited:
        return None
    return LeftOut.CANCELLED if seen.meeting.fact.cancelled else place.answer is not None


def chased(seen: Seen) -> Verdict:
    """Whether an invited agency was sent a chase."""
    place = _place(seen).fact
    if not place.invited:
        return None
    return LeftOut.CANCELLED if seen.meeting.fact.cancelled else "sent" in place.chases


def quorum_met(seen: Seen) -> Verdict:
    """Whether the partnership's quorum came."""
    meeting = seen.meeting
    if meeting.fact.cancelled:
        return LeftOut.CANCELLED
    if meeting.quorate is None:
        return LeftOut.NOT_SET
    return meeting.quorate if meeting.fact.recorded else LeftOut.NOT_RECORDED


def in_time(seen: Seen) -> Verdict:
    """Whether the meeting met its deadline."""
    if seen.meeting.fact.cancelled:
        return LeftOut.CANCELLED
    return LeftOut.NOT_SET if seen.meeting.in_time is None else seen.meeting.in_time


def not_held_that_day(seen: Seen) -> Verdict:
    """Whether it could not be held on a day it was called for, before it was held."""
    return LeftOut.CANCELLED if seen.meeting.fact.cancelled else seen.meeting.fact.not_held_because is not None


def not_held_because(seen: Seen) -> Iterable[str]:
    """Why it could not be held on the day it was called for; of several such days, the last."""
    fact = seen.meeting.fact
    return () if fact.cancelled or fact.not_held_because is None else (reason_code(fact.not_held_because),)


def minutes_in_time(seen: Seen) -> Verdict:
    """Whether the minutes were first issued by the day the policy sets; no once that day has gone without them."""
    meeting = seen.meeting
    if meeting.fact.cancelled:
        return LeftOut.CANCELLED
    if meeting.fact.minutes_due_at is None:
        return LeftOut.NOT_SET
    return LeftOut.NOT_DUE if meeting.minutes_in_time is None else meeting.minutes_in_time


def report_in_time(seen: Seen) -> Verdict:
    """Whether the written report of a required and invited agency came by its day; no where none came."""
    place = _place(seen)
    if not place.fact.required or not place.fact.asked_beforehand:
        return None
    if seen.meeting.fact.cancelled:
        return LeftOut.CANCELLED
    if place.report_in_time is None:
        return LeftOut.NOT_SET
    return place.report_in_time if place.fact.invited else LeftOut.NEVER_INVITED


def medical_arranged(seen: Seen) -> Verdict:
    """Whether the medical a meeting decided on has an appointment."""
    medical = seen.meeting.fact.medical
    if medical is None or medical.state is MedicalState.NOT_NEEDED:
        return None
    return LeftOut.CANCELLED if seen.meeting.fact.cancelled else medical.starts_at is not None


def was_at_medical(who: AtMedical) -> Callable[[Seen], Verdict]:
    """The question whether one person was at the medical, once its time has come."""

    def ask(seen: Seen) -> Verdict:
        medical, now = seen.meeting.fact.medical, seen.meeting.as_of
        if medical is None or medical.starts_at is None:
            return None
        if seen.meeting.fact.cancelled:
            return LeftOut.CANCELLED
        came = dict(medical.came).get(who)
        if came is None:
            return LeftOut.NOT_DUE if now is not None and medical.starts_at > now else LeftOut.NOT_RECORDED
        return came

    return ask


def medical_decided(seen: Seen) -> Iterable[str]:
    """What was decided about a medical, at a meeting that took place and decided about one."""
    medical = seen.meeting.fact.medical
    if medical is None or seen.meeting.fact.cancelled:
        return ()
    return ("not_needed" if medical.state is MedicalState.NOT_NEEDED else "needed",)


def no_medical_because(seen: Seen) -> Iterable[str]:
    """The policy's reason for which no medical was needed."""
    medical = seen.meeting.fact.medical
    if seen.meeting.fact.cancelled or medical is None or medical.state is not MedicalState.NOT_NEEDED:
        return ()
    return (medical.reason_code or "no_reason_given",)


def decisions_opened(seen: Seen) -> Verdict:
    """Whether every invited agency has opened every decision that concerns it."""
    if seen.meeting.fact.cancelled:
        return LeftOut.CANCELLED
    opened = seen.meeting.decisions_opened
    return LeftOut.NOT_RECORDED if opened is None else opened


def cancelled(seen: Seen) -> Verdict:
    """Whether the meeting was called off."""
    return seen.meeting.fact.cancelled


def icpc_days(meeting: JudgedMeeting) -> int | None:
    """Working days from the start of the enquiry to an initial conference; None where not known.

    The national count leaves out conferences held before the enquiry began, so those give None too.

    Raises:
        CalendarTooShortError: the start lies beyond the known bank holidays.
    """
    # The national return counts from the actual start; the discussion that led to it stands in where none is recorded.
    began, start = meeting.fact.s47_started_on or meeting.fact.initiating_sd_on, meeting.fact.starts_at
    if start is None or began is None or local_date(start) < began:
        return None
    return _working_days(meeting.calendar, began, local_date(start))


@lru_cache(maxsize=4096)
def _working_days(calendar: WorkingCalendar, began: date, on: date) -> int:
    # Three measures ask it of every conference.
    return calendar.working_days_between(began, on)


def icpc_in_15(seen: Seen) -> Verdict:
    """Whether an initial conference came within 15 working days of the start of the enquiry."""
    if seen.meeting.fact.meeting_type != "icpc":
        return None
    if seen.meeting.fact.cancelled:
        return LeftOut.CANCELLED
    days = icpc_days(seen.meeting)
    return LeftOut.NOT_KNOWN if days is None else days <= 15


def icpc_in_policy_time(seen: Seen) -> Verdict:
    """Whether an initial conference met the policy's own deadline."""
    return in_time(seen) if seen.meeting.fact.meeting_type == "icpc" else None


def icpc_band(seen: Seen) -> Iterable[str]:
    """The national return's band of an initial conference."""
    days = icpc_days(seen.meeting) if isinstance(icpc_in_15(seen), bool) else None
    return () if days is None else (band_of_days(days),)


def cancelled_because(seen: Seen) -> Iterable[str]:
    """The reason a meeting was called off for."""
    fact = seen.meeting.fact
    return (fact.cancelled_because or "not_said",) if fact.cancelled else ()


def short_notice(meeting: JudgedMeeting) -> bool:
    """Whether a required agency had less notice than it was owed, or somebody gave a reason for short notice."""
    short = any(place.kept is False and place.fact.required for place in meeting.places)
    return short or bool(meeting.fact.short_notice_reason)


def short_notice_because(seen: Seen) -> Iterable[str]:
    """The reason given for short notice, where it was short."""
    if seen.meeting.fact.cancelled or not short_notice(seen.meeting):
        return ()
    return (reason_code(seen.meeting.fact.short_notice_reason),)


def without_quorum_because(seen: Seen) -> Iterable[str]:
    """Whether somebody said why a meeting went on without its quorum, where it did or a reason is kept."""
    meeting = seen.meeting
    if meeting.fact.cancelled:
        return ()
    short = meeting.quorate is False and meeting.fact.recorded
    return (reason_code(meeting.fact.inquorate_reason),) if short or meeting.fact.inquorate_reason else ()


def reason_code(reason: str | None) -> str:
    """A reason from a list as it is; free words may name somebody, so only that there were some is told."""
    if not reason:
        return "no_reason_given"
    code = reason.isascii() and reason.replace("_", "").isalpha() and reason.islower() and "_" in reason
    return reason if code else "in_own_words"


def answers(seen: Seen) -> Iterable[str]:
    """What an invited agency answered last, to the last version."""
    place = _place(seen).fact
    if seen.meeting.fact.cancelled or not place.invited:
        return ()
    return (place.answer or "no_answer",)


def chases(seen: Seen) -> Iterable[str]:
    """What became of each finished chase of a place."""
    return () if seen.meeting.fact.cancelled else _place(seen).fact.chases


def key_of(split: Split, seen: Seen) -> str | None:
    """The line of a split one unit counts in; None when it counts in none (notice that is not known).

    Raises:
        ValueError: a measure of meetings is split by agency or by notice.
    """
    fact = seen.meeting.fact
    match split:
        case Split.MONTH:
            return fact.month
        case Split.TYPE:
            return fact.meeting_type
        case Split.AGENCY:
            return _place(seen).fact.role
        case Split.WORKING_NOTICE | Split.ELAPSED_NOTICE:
            had = _place(seen).told
            if had is None:
                return None
            return had.working if split is Split.WORKING_NOTICE else had.elapsed
        case _:
            raise ValueError(f"{split} is no split of a share")


@dataclass(slots=True)
class Case:
    """One case's meetings of the period that took place, as far as they matter: filled while they are read.

    ``beginnings`` are the strategy meetings that continue no other; ``told``: the outcome of one is recorded.
    """

    beginnings: int = 0
    told: bool = False
    first_strategy: datetime | None = None
    first_enquiry: datetime | None = None
    last_conference: datetime | None = None

    def add(self, fact: MeetingFact) -> None:
        """Count one meeting that took place."""
        if fact.starts_at is None:
            return
        if fact.meeting_type in STRATEGY_TYPES:
            self.beginnings += fact.meeting_type not in CONTINUING_TYPES
            self.told = self.told or fact.outcome_recorded
            self.first_strategy = _earlier(self.first_strategy, fact.starts_at)
            self.first_enquiry = _earlier(self.first_enquiry, fact.enquiry_began_at)
        elif fact.meeting_type in INITIAL_CONFERENCES:
            self.last_conference = max(self.last_conference or fact.starts_at, fact.starts_at)


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(one, other) if one and other else one or other


def came_to_conference(case: Case) -> Verdict:
    """Whether an initial conference followed the case's first strategy meeting within the period."""
    if case.first_strategy is None:
        return None
    return case.last_conference is not None and case.last_conference >= case.first_strategy


def came_to_enquiry(case: Case) -> Verdict:
    """Whether the outcome of one of the case's strategy meetings says that an enquiry started."""
    if case.first_strategy is None:
        return None
    return case.first_enquiry is not None if case.told else LeftOut.NOT_RECORDED


def enquiry_to_conference(case: Case) -> Verdict:
    """Whether an initial conference followed, on the London day that enquiry started or later in the period."""
    if case.first_enquiry is None:
        return None
    last = case.last_conference
    return last is not None and local_date(last) >= local_date(case.first_enquiry)


def met_again(case: Case) -> Verdict:
    """Whether the case had more than one strategy meeting in the period (one that continues another is not one)."""
    return None if case.beginnings == 0 else case.beginnings > 1
