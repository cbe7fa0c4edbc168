"""A meeting as the API shows it: why each agency is asked, what it was told, what it said, and who came."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from service.domain.roles import words as role_words
from service.handlers.api_answers import Answer
from service.store.queries.meeting_lines import AgencyLine, MeetingView
from service.store.queries.worklist import WorklistRow


class MeetingLine(Answer):
    """One meeting in a list. Counts are of required agencies."""

    reference: str
    case_ref: str
    meeting_type: str
    urgency: str
    state: str
    starts_at: datetime | None
    deadline_at: datetime | None
    required: int
    said_yes: int
    said_no: int
    said_maybe: int
    sends_report: int
    silent: int
    recorded: int
    open_tasks: int
    next_chase_at: datetime | None


class MeetingList(Answer):
    """The meetings of one partnership, the one whose time comes soonest first."""

    partnership: str
    meetings: list[MeetingLine]


class WhyShown(Answer):
    """A rule that calls an agency."""

    rule: str
    reason: str
    source: str


class InvitationShown(Answer):
    """The newest invitation: sent once event and message were both handed to Outlook."""

    version: int
    state: str
    event_handed_at: datetime | None
    message_handed_at: datetime | None


class AnswerShown(Answer):
    """An agency's answer to the current version."""

    answer: str
    way: str
    given_by: str
    reason: str
    proposed_start: datetime | None
    answered_at: datetime


class ChaseShown(Answer):
    """One step of the chase ladder: sent, or not sent because of something."""

    version: int
    step: int
    to: str
    due_at: datetime
    state: str
    not_sent_because: str | None
    finished_at: datetime | None


class AttendanceShown(Answer):
    """Who came for an agency to one sitting. ``deputy_named``: words about who came instead are kept, sealed."""

    sitting: int
    outcome: str
    how: str | None
    seniority_confirmed: bool | None
    contribution: str | None
    deputy: str | None
    deputy_named: bool
    state: str


class SittingShown(Answer):
    """A sitting after the first of an adjourned meeting."""

    number: int
    starts_at: datetime
    ends_at: datetime
    because: str


class AgencyShown(Answer):
    """One agency's place. ``slot`` tells two of one role apart."""

    role: str
    slot: str
    words: str
    group: str
    level: str
    state: str
    because: list[WhyShown]
    children: list[str]
    notice_standard: str | None = Field(description="unit:amount; null: not set by the partnership")
    notice_minimum: str | None
    inbox: str | None
    phone: str | None
    invitation: InvitationShown | None
    answer: AnswerShown | None
    chases: list[ChaseShown]
    attendance: AttendanceShown | None = Field(description="at the first sitting")
    later_attendance: list[AttendanceShown] = Field(description="at further sittings of an adjourned meeting")


class TaskShown(Answer):
    """Something a person must do."""

    kind: str
    detail: str
    owner: str
    due_at: datetime | None


class MeetingShown(Answer):
    """One meeting. ``earliest_fair_at`` and ``deadline_at`` are its two clocks; null: not set by the partnership."""

    reference: str
    request_id: str
    case_ref: str
    source: str
    source_ref: str
    meeting_type: str
    team: str | None
    urgency: str
    state: str
    version: int
    starts_at: datetime | None
    ends_at: datetime | None
    mode: str
    venue: str
    chair: str
    deadline_at: datetime | None
    earliest_fair_at: datetime | None
    minutes_due_at: datetime | None = Field(description="null: not set by the partnership, or no time yet")
    short_notice_reason: str | None
    short_notice_code: str | None
    short_notice_by: str | None
    inquorate_reason: str | None
    inquorate_by: str | None
    cancelled_because: str | None
    linked_reference: str | None
    event_state: str
    event_version: int
    sittings: list[SittingShown] = Field(description="further sittings of an adjourned meeting; [] when it sat once")
    circumstances: list[str]
    agencies: list[AgencyShown]
    unmatched_answers: int
    tasks: list[TaskShown]


_LINE_FIELDS = tuple(MeetingLine.model_fields)
_PLAIN_FIELDS = (
    "reference",
    "case_ref",
    "source",
    "source_ref",
    "meeting_type",
    "team",
    "urgency",
    "state",
    "version",
    "starts_at",
    "ends_at",
    "mode",
    "venue",
    "chair",
    "deadline_at",
    "earliest_fair_at",
    "minutes_due_at",
    "short_notice_reason",
    "short_notice_code",
    "short_notice_by",
    "inquorate_reason",
    "inquorate_by",
    "cancelled_because",
    "linked_reference",
    "event_state",
    "event_version",
)


def list_line(row: WorklistRow) -> MeetingLine:
    """One meeting of the list."""
    return MeetingLine(**{name: getattr(row, name) for name in _LINE_FIELDS})


def shown(meeting: MeetingView) -> MeetingShown:
    """One meeting in full."""
    return MeetingShown(
        **{name: getattr(meeting, name) for name in _PLAIN_FIELDS},
        request_id=str(meeting.request_id),
        sittings=[SittingShown.model_validate(each, from_attributes=True) for each in meeting.sittings],
        circumstances=list(meeting.circumstances),
        agencies=[_agency(agency) for agency in meeting.agencies],
        unmatched_answers=len(meeting.unmatched),
        tasks=[
            TaskShown(kind=task.kind, detail=task.detail, owner=task.owner, due_at=task.due_at)
            for task in meeting.open_tasks
        ],
    )


def _agency(agency: AgencyLine) -> AgencyShown:
    told, said, came, inbox = agency.invitation, agency.answer, agency.attendance, agency.inbox
    return AgencyShown(
        role=agency.role,
        slot=agency.slot,
        words=role_words(agency.role),
        group=agency.group,
        level=agency.level,
        state=agency.state,
        because=[
            WhyShown(rule=str(why["rule"]), reason=str(why["reason"]), source=str(why["source"]))
            for why in agency.because
        ],
        children=list(agency.children),
        notice_standard=agency.notice_standard,
        notice_minimum=agency.notice_minimum,
        inbox=inbox.name if inbox else None,
        phone=inbox.phone if inbox else None,
        invitation=InvitationShown.model_validate(told, from_attributes=True) if told else None,
        answer=AnswerShown.model_validate(said, from_attributes=True) if said else None,
        chases=[ChaseShown.model_validate(chase, from_attributes=True) for chase in agency.chases],
        attendance=AttendanceShown.model_validate(came, from_attributes=True) if came else None,
        later_attendance=[AttendanceShown.model_validate(line, from_attributes=True) for line in agency.later],
    )
