"""The canonical meeting request as JSON, and its passage into the domain.

Shape and labels are checked here in one pass; ``checks`` then looks at what only the whole can tell.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from service.domain.facts import CHILD_FLAGS, CIRCUMSTANCES, DOORS, Urgency
from service.domain.requests import TIE_FLAGS, Child, Exclusion, MeetingRequest, Person, Tie, Wishes
from service.domain.roles import ROLES
from service.handlers.fields import (
    Address,
    Day,
    EarlyYearsUrn,
    Instant,
    Line,
    NeededLine,
    NhsNumber,
    Ref,
    SchoolUrn,
    ShortLine,
    Slug,
    Strict,
    Words,
    listed,
    one_of,
)

MODES = ("online", "in_person", "phone")
RoleLabel = Annotated[str, AfterValidator(one_of("role", ROLES)), listed(ROLES)]
SlugOrNone = Annotated[str, StringConstraints(pattern=r"^([a-z][a-z0-9_-]{0,39})?$")]
TEAM = re.compile(r"[a-z][a-z0-9_-]{0,39}")
RoleOrNone = Annotated[str, AfterValidator(one_of("role", ["", *ROLES])), listed(["", *ROLES])]
CircumstanceLabel = Annotated[str, AfterValidator(one_of("circumstance", CIRCUMSTANCES)), listed(CIRCUMSTANCES)]
ChildFlagLabel = Annotated[str, AfterValidator(one_of("child flag", CHILD_FLAGS)), listed(CHILD_FLAGS)]
TieFlagLabel = Annotated[str, AfterValidator(one_of("flag of a tie", TIE_FLAGS)), listed(TIE_FLAGS)]
DoorOrNone = Annotated[str, AfterValidator(one_of("door", ["", *DOORS])), listed(["", *DOORS])]
UrgencyLabel = Annotated[str, AfterValidator(one_of("urgency", Urgency)), listed(Urgency)]
ModeLabel = Annotated[str, AfterValidator(one_of("mode", MODES)), listed(MODES)]


class ChildBody(Strict):
    """One child. Give the birth date or, before birth, the expected delivery date."""

    ref: Ref
    birth_date: Day | None = None
    expected_delivery_date: Day | None = None
    name: Line = ""
    nhs_number: NhsNumber = ""
    address: Address = ""
    school_urn: SchoolUrn = ""
    early_years_urn: EarlyYearsUrn = ""
    flags: Annotated[tuple[ChildFlagLabel, ...], Field(max_length=20)] = ()

    def to_domain(self) -> Child:
        """The child as the domain knows it."""
        return Child(
            ref=self.ref,
            birth_date=self.birth_date,
            expected_delivery_date=self.expected_delivery_date,
            name=self.name,
            nhs_number=self.nhs_number,
            address=self.address,
            school_urn=self.school_urn,
            early_years_urn=self.early_years_urn,
            flags=frozenset(self.flags),
        )


class TieBody(Strict):
    """What a person is to one child of this request."""

    child_ref: Ref
    flags: Annotated[tuple[TieFlagLabel, ...], Field(max_length=10)] = ()


class PersonBody(Strict):
    """A parent, carer or other person tied to the case.

    ``works_for_role``: the invited agency they work at, if any; ``leads_it``: they lead it.
    """

    ref: Ref
    relation: ShortLine
    names: Annotated[tuple[NeededLine, ...], Field(max_length=10)] = ()
    aliases: Annotated[tuple[NeededLine, ...], Field(max_length=20)] = ()
    birth_date: Day | None = None
    address: Address = ""
    ties: Annotated[tuple[TieBody, ...], Field(max_length=30)] = ()
    works_for_role: RoleOrNone = ""
    leads_it: bool = False

    def to_domain(self) -> Person:
        """The person as the domain knows them."""
        return Person(
            ref=self.ref,
            relation=self.relation,
            names=self.names,
            aliases=self.aliases,
            birth_date=self.birth_date,
            address=self.address,
            ties=tuple(Tie(tie.child_ref, frozenset(tie.flags)) for tie in self.ties),
            works_for_role=self.works_for_role,
            leads_it=self.leads_it,
        )


class ExclusionBody(Strict):
    """An agency whose shared inbox must not be told, and why."""

    role: RoleLabel
    reason: Words


class WishesBody(Strict):
    """What is agreed or wished. A start that is given is agreed: the meeting is confirmed at once."""

    start: Instant | None = None
    minutes: Annotated[int, Field(ge=15, le=480)] = 60
    mode: ModeLabel = "online"
    venue: Line = ""


class MeetingRequestBody(Strict):
    """A request for a meeting, as another system sends it.

    The instants from ``initiating_sd_at`` on start the clock of a deadline. Leave out what you do not know.
    """

    partnership: Slug
    meeting_type: Slug
    source: Slug
    source_ref: Ref
    case_ref: Ref
    concern_recorded_at: Instant
    urgency: UrgencyLabel
    children: Annotated[tuple[ChildBody, ...], Field(min_length=1, max_length=30)]
    people: Annotated[tuple[PersonBody, ...], Field(max_length=60)] = ()
    circumstances: Annotated[tuple[CircumstanceLabel, ...], Field(max_length=40)] = ()
    involved_roles: Annotated[tuple[RoleLabel, ...], Field(max_length=60)] = ()
    exclusions: Annotated[tuple[ExclusionBody, ...], Field(max_length=30)] = ()
    referrer_role: RoleOrNone = ""
    team: SlugOrNone = ""
    chair: Line = ""
    came_through: DoorOrNone = ""
    wishes: WishesBody = WishesBody()
    initiating_sd_at: Instant | None = None
    last_sd_at: Instant | None = None
    action_taken_at: Instant | None = None
    decided_at: Instant | None = None
    missing_since: Instant | None = None
    icpc_at: Instant | None = None
    previous_review_at: Instant | None = None
    written_notification_at: Instant | None = None
    lado_referral_at: Instant | None = None

    def to_domain(self) -> MeetingRequest:
        """The request as the domain knows it."""
        return MeetingRequest(
            partnership=self.partnership,
            meeting_type=self.meeting_type,
            source=self.source,
            source_ref=self.source_ref,
            case_ref=self.case_ref,
            concern_recorded_at=self.concern_recorded_at,
            urgency=Urgency(self.urgency),
            children=tuple(child.to_domain() for child in self.children),
            people=tuple(person.to_domain() for person in self.people),
            circumstances=frozenset(self.circumstances),
            involved_roles=frozenset(self.involved_roles),
            exclusions=tuple(Exclusion(exclusion.role, exclusion.reason) for exclusion in self.exclusions),
            referrer_role=self.referrer_role,
            team=self.team,
            chair=self.chair,
            came_through=self.came_through,
            wishes=Wishes(self.wishes.start, self.wishes.minutes, self.wishes.mode, self.wishes.venue),
            initiating_sd_at=self.initiating_sd_at,
            last_sd_at=self.last_sd_at,
            action_taken_at=self.action_taken_at,
            decided_at=self.decided_at,
            missing_since=self.missing_since,
            icpc_at=self.icpc_at,
            previous_review_at=self.previous_review_at,
            written_notification_at=self.written_notification_at,
            lado_referral_at=self.lado_referral_at,
        )


EVENT_TYPE = "meeting.requested"


class WebhookBody(Strict):
    """What a webhook carries (Standard Webhooks): the type of event, when it was made, and the request."""

    type: Annotated[str, Field(max_length=100)]
    timestamp: Instant
    data: MeetingRequestBody
