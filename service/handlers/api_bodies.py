"""The bodies of the API's acts upon a meeting."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from service.domain.answers import Answer, Way
from service.domain.attendance import Contribution, Deputy, How, Outcome
from service.domain.desks import OVERRIDES
from service.handlers.fields import Instant, Line, ShortLine, Strict, Words, listed, one_of
from service.handlers.schemas import ModeLabel, RoleLabel
from service.workflow.agreed import Agreed
from service.workflow.attend import AttendanceGiven
from service.workflow.meetings import CANCEL_REASONS, NewTime
from service.workflow.safe_route import OFFICE_HOURS, NamedPerson, StoppedPlace

_OutcomeLabel = Annotated[str, AfterValidator(one_of("outcome", Outcome)), listed(Outcome)]
_HowLabel = Annotated[str, AfterValidator(one_of("way of being present", How)), listed(How)]
_ContributionLabel = Annotated[str, AfterValidator(one_of("contribution", Contribution)), listed(Contribution)]
_DeputyLabel = Annotated[str, AfterValidator(one_of("kind of deputy", Deputy)), listed(Deputy)]
_AnswerLabel = Annotated[str, AfterValidator(one_of("answer", Answer)), listed(Answer)]
_ReasonLabel = Annotated[str, AfterValidator(one_of("reason", CANCEL_REASONS)), listed(CANCEL_REASONS)]
_DeskOverride = Annotated[str, AfterValidator(one_of("desk override", OVERRIDES)), listed(OVERRIDES)]
_Code = Annotated[str, Field(pattern=r"^[a-z]+(_[a-z]+)+$", max_length=60)]
_Version = Annotated[int, Field(ge=0, le=100_000)]


class AgreedBody(Strict):
    """One agency that agreed to this start by phone already: which, who said so, and when."""

    role: RoleLabel
    slot: ShortLine = ""
    said_by: Annotated[ShortLine, Field(min_length=1)]
    at: Instant


class TimeBody(Strict):
    """A meeting's time. ``version`` is the version the sender saw last; given, a change in between is refused."""

    start: Instant
    minutes: Annotated[int, Field(ge=15, le=480)] = 60
    mode: ModeLabel = "online"
    venue: Line = ""
    short_notice_code: _Code | None = None
    short_notice_reason: Words | None = None
    desk_override: _DeskOverride | None = None
    agreed: AgreedBody | None = None
    version: _Version | None = None

    def to_workflow(self) -> NewTime:
        """The time as the workflow takes it."""
        return NewTime(
            self.start,
            self.minutes,
            self.mode,
            self.venue,
            self.short_notice_reason,
            self.short_notice_code,
            self.desk_override,
            Agreed(self.agreed.role, self.agreed.said_by, self.agreed.at, self.agreed.slot) if self.agreed else None,
        )


class HoldBody(Strict):
    """A time to hold for a while. ``version``: as for a time that is given."""

    start: Instant
    minutes: Annotated[int, Field(ge=15, le=480)] = 60
    mode: ModeLabel = "online"
    version: _Version | None = None


class TogetherBody(Strict):
    """The sitting that several meetings share, one after the other: the one in the address first, then ``others``.

    ``minutes``: of each; as long as each is now, or an hour, if left out. ``version``: of the first.
    """

    others: Annotated[tuple[ShortLine, ...], Field(min_length=1, max_length=5)]
    start: Instant
    minutes: Annotated[int, Field(ge=15, le=480)] | None = None
    version: _Version | None = None


class ShortNoticeBody(Strict):
    """Why an agency gets less notice than it is owed: a code of the policy's list, and a sentence without names."""

    code: _Code
    reason: Annotated[Words, Field(min_length=1)]


class WithoutQuorumBody(Strict):
    """Why a meeting goes on without everyone it needs: a sentence without names."""

    reason: Annotated[Words, Field(min_length=1)]


class StandDownBody(Strict):
    """Why a conference is stood down, without names; ``came``: the roles that are there, once it has begun."""

    reason: Annotated[Words, Field(min_length=1)]
    came: Annotated[tuple[RoleLabel, ...], Field(max_length=60)] = ()


class CancelBody(Strict):
    """Why a meeting is called off."""

    reason: _ReasonLabel
    version: _Version | None = None


class PlaceBody(Strict):
    """Which agency's place is meant. ``slot`` or ``child`` tells two of one role apart."""

    role: RoleLabel
    slot: ShortLine = ""
    child: ShortLine = ""

    def to_workflow(self) -> StoppedPlace:
        """The place as the workflow takes it."""
        return StoppedPlace(self.role, self.slot, self.child)


class NamedPersonBody(PlaceBody):
    """Who comes for an agency, and an address or phone of their own. ``hours`` are written as in the directory."""

    name: Annotated[ShortLine, Field(min_length=1)]
    address: Line = ""
    phone: ShortLine = ""
    hours: Line = OFFICE_HOURS

    def person(self) -> NamedPerson:
        """The person as the workflow takes them."""
        return NamedPerson(self.name, self.address, self.phone, self.hours)


class AnswerBody(Strict):
    """An answer taken by phone. ``slot`` tells two agencies of one role apart; the meeting lists both."""

    role: RoleLabel
    slot: ShortLine = ""
    answer: _AnswerLabel
    given_by: Line = ""
    reason: Line = ""
    comment: Words = ""
    proposed_start: Instant | None = None
    answered_at: Instant | None = None
    version: _Version | None = None

    @property
    def way(self) -> Way:
        """Answers given at this door were taken down by a person."""
        return Way.PHONE


class AttendanceRow(Strict):
    """What became of one agency's place at a meeting.

    ``deputy`` and ``deputy_words`` say who came where the outcome is represented; the words are sealed. ``joined``: the
    agency had not been asked and was brought in during the meeting.
    """

    role: RoleLabel
    slot: ShortLine = ""
    outcome: _OutcomeLabel
    how: _HowLabel | None = None
    seniority_confirmed: bool | None = None
    contribution: _ContributionLabel | None = None
    deputy: _DeputyLabel | None = None
    deputy_words: Line = ""
    joined: bool = False

    def to_workflow(self) -> AttendanceGiven:
        """The row as the workflow takes it."""
        return AttendanceGiven(
            role=self.role,
            outcome=Outcome(self.outcome),
            slot=self.slot,
            how=How(self.how) if self.how else None,
            seniority_confirmed=self.seniority_confirmed,
            contribution=Contribution(self.contribution) if self.contribution else None,
            deputy=Deputy(self.deputy) if self.deputy else None,
            deputy_words=self.deputy_words,
            joined=self.joined,
        )


class AttendanceBody(Strict):
    """Who came to one sitting, agency by agency. An agency left out is left as it was."""

    agencies: Annotated[tuple[AttendanceRow, ...], Field(min_length=1, max_length=100)]
    sitting: Annotated[int, Field(ge=1, le=100)] = 1


class SittingBody(Strict):
    """When an adjourned meeting sits again, and why it was adjourned: a sentence without names."""

    start: Instant
    minutes: Annotated[int, Field(ge=15, le=480)] = 60
    because: Annotated[Words, Field(min_length=1)]
