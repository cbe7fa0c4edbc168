"""What a meeting's page shows of its agencies, answers, chases and attendance."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from service.domain.meetings import sitting_now
from service.store.queries.tasks import Task


@dataclass(frozen=True, slots=True)
class ChildLine:
    """One child as rules know it: the sender's reference and the age band."""

    ref: str
    age_band: str


@dataclass(frozen=True, slots=True)
class InvitationLine:
    """The newest invitation of one agency. It is *sent* once event and message were both handed to Outlook.

    ``starts_at`` is the time this version asked the agency to.
    """

    version: int
    state: str
    starts_at: datetime
    event_handed_at: datetime | None
    message_handed_at: datetime | None


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One answer, to one invitation version."""

    id: UUID
    version: int
    answer: str
    way: str
    given_by: str
    reason: str
    proposed_start: datetime | None
    answered_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class ChaseLine:
    """One step of one agency's chase ladder."""

    version: int
    step: int
    to: str
    due_at: datetime
    state: str
    not_sent_because: str | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class CallLine:
    """One phone call to one agency. ``spoke_named``: whom it reached is kept, sealed."""

    id: UUID
    outcome: str
    spoke_named: bool
    version: int
    about_start: datetime | None
    called_at: datetime
    called_by: str


@dataclass(frozen=True, slots=True)
class AttendanceLine:
    """Who came for one agency's place to one sitting, as recorded and as confirmed.

    ``deputy_named``: words about who came instead are kept, sealed.
    """

    sitting: int
    outcome: str
    how: str | None
    seniority_confirmed: bool | None
    contribution: str | None
    deputy: str | None
    deputy_named: bool
    state: str
    recorded_by: str
    recorded_at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True)
class SittingLine:
    """A sitting after the first of an adjourned meeting; ``because`` is why it was adjourned to it."""

    number: int
    starts_at: datetime
    ends_at: datetime
    because: str
    adjourned_by: str


@dataclass(frozen=True, slots=True)
class InboxLine:
    """The inbox that does an agency's job at this meeting, with whom to phone when it is silent."""

    id: UUID
    name: str
    address: str
    phone: str
    hours: str
    channel: str
    escalation_name: str
    escalation_phone: str
    kind: str


@dataclass(frozen=True, slots=True)
class AgencyLine:
    """One agency's place at the meeting.

    ``answer`` is the last one given to the meeting's current version ("last" by when it was given, not by when it
    reached us); ``history`` holds every answer to any version, newest first. ``because`` are the rules that call it.
    ``attendance`` is of the first sitting, ``later`` of those after it. ``calls`` are in the order they were made.
    """

    requirement_id: UUID
    role: str
    slot: str
    group: str
    level: str
    state: str
    because: tuple[Mapping[str, Any], ...]
    children: tuple[str, ...]
    notice_standard: str | None
    notice_minimum: str | None
    inbox: InboxLine | None
    invitation: InvitationLine | None
    answer: AnswerLine | None
    history: tuple[AnswerLine, ...]
    chases: tuple[ChaseLine, ...]
    attendance: AttendanceLine | None
    later: tuple[AttendanceLine, ...] = ()
    calls: tuple[CallLine, ...] = ()

    def at(self, sitting: int) -> AttendanceLine | None:
        """Its attendance at one sitting, where it is recorded."""
        lines = (*((self.attendance,) if self.attendance else ()), *self.later)
        return next((line for line in lines if line.sitting == sitting), None)

    @property
    def recorded(self) -> bool:
        """Whether a person has recorded its attendance at any sitting."""
        return any(line.state != "proposed" for line in (self.attendance, *self.later) if line)


@dataclass(frozen=True, slots=True)
class MeetingView:
    """One meeting as its page shows it. ``event_state`` is empty before a calendar event is wanted.

    ``unmatched`` are answers that no agency's place could be found for.
    """

    id: UUID
    request_id: UUID
    reference: str
    case_ref: str
    source: str
    source_ref: str
    meeting_type: str
    urgency: str
    concern_recorded_at: datetime
    team: str | None
    policy_hash: str
    state: str
    version: int
    starts_at: datetime | None
    ends_at: datetime | None
    mode: str
    venue: str
    chair: str
    chair_because: str | None
    chair_by: str | None
    deadline_at: datetime | None
    earliest_fair_at: datetime | None
    minutes_due_at: datetime | None
    short_notice_reason: str | None
    short_notice_code: str | None
    short_notice_by: str | None
    inquorate_reason: str | None
    inquorate_by: str | None
    cancelled_because: str | None
    created_at: datetime
    linked_reference: str | None
    event_state: str
    event_version: int
    join_url: str | None
    circumstances: tuple[str, ...]
    children: tuple[ChildLine, ...]
    agencies: tuple[AgencyLine, ...]
    unmatched: tuple[AnswerLine, ...]
    open_tasks: tuple[Task, ...]
    sittings: tuple[SittingLine, ...] = ()

    def sitting_now(self, now: datetime) -> int | None:
        """The number of the sitting that is under way at an aware instant; None while it does not sit."""
        later = ((each.number, each.starts_at, each.ends_at) for each in self.sittings)
        return sitting_now([(1, self.starts_at, self.ends_at), *later], now)

    @property
    def last_recorded_sitting(self) -> int:
        """The last sitting anybody's attendance is recorded for: the one that decided. 1 before there is any."""
        return max((line.sitting for agency in self.agencies for line in agency.later), default=1)

    @property
    def attendance_mark(self) -> str:
        """What is recorded of who came, as one short word: it changes whenever any of it does."""
        lines = [
            (str(agency.requirement_id), *map(str, astuple(line)))
            for agency in self.agencies
            for line in (agency.attendance, *agency.later)
            if line is not None
        ]
        return hashlib.sha256(repr(sorted(lines)).encode()).hexdigest()[:16]
