"""What the standard counts: one meeting and its places as the records have them, and the same once judged.

A fact is read and never worked out; judging adds what needs the calendar and the policy that planned the meeting:
notice given and kept, quorum, and whether the start was in time. None always means that the partnership has set no
figure, or that the service does not know; it is never a no.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import NamedTuple

from service.domain.attendance import Contribution, Outcome, present
from service.domain.hours import OFFICE
from service.domain.medical import AtMedical, MedicalState
from service.domain.minutes import MinutesClock
from service.domain.notice_marks import Bands, NoticeMarks, marks_before
from service.domain.outcome import in_time, report_due
from service.domain.quorum import QuorumRule, quorum
from service.domain.spans import Span
from service.domain.working_time import WorkingCalendar


@dataclass(frozen=True, slots=True)
class ChildFact:
    """One child of a meeting: the sending system's reference within the case, and the age band at the request."""

    ref: str
    age_band: str


class PlaceFact(NamedTuple):
    """One agency's place: what it was and what became of it, then the instants. A report of years makes a million.

    ``handed_at`` is when the agency was first told of the start the meeting had at last: event and message both handed
    to Outlook (a message alone where the inbox is no guest of the event), or the phone call done. ``owed`` is the
    standard notice as it stood when the meeting was planned, ``hours`` the agency's hours in the
    directory's text form as it stands now (office hours for an agency it does not have).
    ``answer`` is the last one to the meeting's last version; ``chases`` holds "sent" or the reason why not, for each.
    ``seen_at`` is when the agency had certainly seen that start: its first answer to it, or the phone call. None: it is
    not known, which is no sign that nobody saw it. ``decisions_opened``: whether it has opened every current decision
    that concerns it; None: none does.
    ``report_received_at`` is when its written report came in; None: none is recorded.
    ``joined``: nobody had asked the agency, it was brought in while the meeting sat. A further ``sitting`` of an
    adjourned meeting has places of its own, of the agencies recorded for it; notice, answers and chases are of the
    first.
    """

    role: str
    group: str
    level: str
    invited: bool
    outcome: Outcome | None
    owed: Span | None = None
    hours: str = str(OFFICE)
    answer: str | None = None
    chases: tuple[str, ...] = ()
    contribution: Contribution | None = None
    confirmed: bool = False
    joined: bool = False
    decisions_opened: bool | None = None
    sitting: int = 1
    handed_at: datetime | None = None
    seen_at: datetime | None = None
    report_received_at: datetime | None = None

    @property
    def asked_beforehand(self) -> bool:
        """Whether notice, answers and chases are questions at all: at the first sitting, of whom nobody brought in."""
        return self.sitting == 1 and not self.joined

    @property
    def required(self) -> bool:
        """Whether the policy, or the meeting itself, required this place: every level but optional."""
        return self.level != "optional"


@dataclass(frozen=True, slots=True)
class MedicalFact:
    """The medical a meeting decided on. ``starts_at`` None: no appointment; ``came`` is who was there, as recorded."""

    state: MedicalState
    reason_code: str | None = None
    starts_at: datetime | None = None
    came: frozenset[tuple[AtMedical, bool]] = frozenset()


@dataclass(frozen=True, slots=True)
class MeetingFact:
    """One meeting. ``month`` is the London month of its start, or of the request when it never had one.

    ``case_ref`` ties the meetings and children of one case together and is never shown. ``initiating_sd_on`` is the
    London day of the strategy discussion that started the section 47 enquiry, where the request named it;
    ``s47_started_on`` the day the enquiry before an initial conference actually started, where an outcome of the case
    says so. ``outcome_recorded``: whether this meeting's own outcome is, ``enquiry_began_at`` the actual start of the
    enquiry it names. ``medical`` None: nobody has decided whether one is needed. ``team`` is
    the sending system's word for the team that holds the case, ``routed_team`` the policy's for the team the meeting
    went to; ``inquorate_reason`` why it went on without a quorum, ``not_held_because`` the last code of why it could
    not be held on a day it was called for (None: it never was put off so). ``minutes_due_at`` None: no day is set;
    ``minutes_issued_at`` is when they were first issued.
    """

    reference: str
    case_ref: str
    month: str
    meeting_type: str
    policy_hash: str
    starts_at: datetime | None
    cancelled: bool = False
    deadline_at: datetime | None = None
    cancelled_because: str | None = None
    short_notice_reason: str | None = None
    inquorate_reason: str | None = None
    not_held_because: str | None = None
    initiating_sd_on: date | None = None
    s47_started_on: date | None = None
    outcome_recorded: bool = False
    medical: MedicalFact | None = None
    enquiry_began_at: datetime | None = None
    team: str = ""
    routed_team: str = ""
    minutes_due_at: datetime | None = None
    minutes_issued_at: datetime | None = None
    circumstances: frozenset[str] = frozenset()
    children: tuple[ChildFact, ...] = ()
    places: tuple[PlaceFact, ...] = ()

    @property
    def recorded(self) -> bool:
        """Whether anybody's attendance is recorded."""
        return any(place.outcome is not None for place in self.places)


class JudgedPlace(NamedTuple):
    """A place with the notice it had, from when it was told and from when it is known to have seen it.

    ``kept`` None: nothing is owed, or it was never invited; ``seen`` and ``seen_kept`` also where nobody knows when it
    saw the invitation. ``report_in_time``: whether its written report came by the day the policy sets, no where none
    came; None: no day is set.
    """

    fact: PlaceFact
    told: Bands | None
    kept: bool | None
    seen: Bands | None
    seen_kept: bool | None
    report_in_time: bool | None = None

    @property
    def kind(self) -> Hashable:
        """All that a question may know of the place: everything but the instants, which stand in the bands."""
        return self.fact[:_INSTANTS], self[1:]


_INSTANTS = PlaceFact._fields.index("handed_at")


@dataclass(frozen=True)
class JudgedMeeting:
    """A meeting with its judgements, each worked out once and only if a measure asks for it."""

    fact: MeetingFact
    calendar: WorkingCalendar
    quorum_rule: QuorumRule | None
    role_groups: Mapping[str, str]
    report_span: Span | None = None
    as_of: datetime | None = None

    @cached_property
    def places(self) -> tuple[JudgedPlace, ...]:
        """The places in the fact's order.

        Raises:
            CalendarTooShortError: the start lies beyond the known bank holidays.
        """
        marks: dict[str, NoticeMarks] = {}
        start, due = self.fact.starts_at, self.report_due_at
        return tuple([self._judged(place, start, due, marks) for place in self.fact.places])

    def _judged(
        self, place: PlaceFact, start: datetime | None, due: datetime | None, marks: dict[str, NoticeMarks]
    ) -> JudgedPlace:
        told_at, seen_at = place.handed_at, place.seen_at
        report = None if due is None else self._report_in_time(place, due)
        if start is None or told_at is None or not place.invited:
            return JudgedPlace(place, None, None, None, None, report)
        mark = marks.get(place.hours)
        if mark is None:
            mark = marks[place.hours] = marks_before(start, place.hours, self.calendar)
        if seen_at is None:
            return JudgedPlace(place, *mark.given(told_at, place.owed), None, None, report)
        # Nobody can have seen a start before being told of it: an answer that says so answered another invitation.
        seen = mark.given(told_at if seen_at < told_at else seen_at, place.owed)
        return JudgedPlace(place, *mark.given(told_at, place.owed), *seen, report)

    @staticmethod
    def _report_in_time(place: PlaceFact, due: datetime) -> bool | None:
        return place.report_received_at is not None and in_time(place.report_received_at, due)

    @cached_property
    def report_due_at(self) -> datetime | None:
        """The last instant at which an agency's written report is in time; None where the policy sets none.

        Raises:
            CalendarTooShortError: the start lies beyond the known bank holidays.
        """
        return report_due(self.fact.starts_at, self.report_span, self.calendar)

    @cached_property
    def quorate(self) -> bool | None:
        """Whether the partnership's quorum came, to the last recorded sitting; None when it has set none.

        A meeting is adjourned to get the quorum it lacked, so the sitting that decided is the one to judge.
        """
        last = max((place.sitting for place in self.fact.places), default=1)
        came = {place.role for place in self.fact.places if place.sitting == last and present(place.outcome)}
        core = [place.role for place in self.fact.places if place.level == "core"]
        return quorum(self.quorum_rule, came, self.role_groups, core).met

    @property
    def in_time(self) -> bool | None:
        """Whether the planned start met the policy's deadline, to the second; None without a deadline."""
        start, deadline = self.fact.starts_at, self.fact.deadline_at
        return None if start is None or deadline is None else start <= deadline

    @property
    def decisions_opened(self) -> bool | None:
        """Whether every agency invited or brought in has opened each decision for it; None where none is for any."""
        asked = [each for each in self.fact.places if each.invited or each.joined]
        told = [each.decisions_opened for each in asked if each.decisions_opened is not None]
        return all(told) if told else None

    @property
    def minutes_in_time(self) -> bool | None:
        """Whether minutes went out by their day; None without one, or while it has not come and they are not out."""
        clock = MinutesClock(self.fact.minutes_due_at, self.fact.minutes_issued_at)
        return clock.in_time(self.as_of)


class TypeRules(NamedTuple):
    """What a policy version says of a meeting type, as far as the standard judges by it; None: not set.

    ``role_groups`` says how roles are grouped for the quorum, ``report_span`` how long before the start a written
    report is due.
    """

    quorum: QuorumRule | None
    role_groups: Mapping[str, str]
    report_span: Span | None = None


# The rules of the policy version of this hash for this meeting type.
RulesOf = Callable[[str, str], TypeRules]


def judge(
    fact: MeetingFact, calendar: WorkingCalendar, rules_of: RulesOf, as_of: datetime | None = None
) -> JudgedMeeting:
    """One meeting ready to be counted, by the policy version that planned it; ``as_of`` is when it is counted."""
    rules = rules_of(fact.policy_hash, fact.meeting_type)
    return JudgedMeeting(fact, calendar, *rules, as_of)
