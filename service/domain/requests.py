"""A meeting request as a council sends it, and the facts the rules may know of it.

``MeetingRequest`` still holds identities: it lives only between the door and the sealing. ``derive_facts`` keeps what
the rules need (age bands, flags, circumstances, roles) and drops every name, date of birth, address and school.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from service.domain.facts import ADOLESCENT, ADOLESCENT_FROM, AgeBand, ChildFacts, RequestFacts, Urgency
from service.domain.london import start_of_day

# A clock that starts with a birth is about the child just born, not an older brother: half a year covers every one.
_JUST_BORN = timedelta(days=183)
_ADULT = 18


@dataclass(frozen=True, slots=True)
class Child:
    """One child. Exactly one of ``birth_date`` and ``expected_delivery_date`` is set (the door checks it).

    ``school_urn`` is the school's unique reference number; ``early_years_urn`` that of a nursery. ``flags`` are
    keys of ``facts.CHILD_FLAGS``.
    """

    ref: str
    birth_date: date | None = None
    expected_delivery_date: date | None = None
    name: str = ""
    nhs_number: str = ""
    address: str = ""
    school_urn: str = ""
    early_years_urn: str = ""
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Tie:
    """What one person is to one child: ``flags`` are keys of ``TIE_FLAGS``."""

    child_ref: str
    flags: frozenset[str] = frozenset()


TIE_FLAGS: frozenset[str] = frozenset(
    {
        "parental_responsibility",
        "lives_with",
        "in_custody",
        "alleged_to_have_harmed",
        "must_not_be_told",
        "location_protected",
    }
)


@dataclass(frozen=True, slots=True)
class Person:
    """A parent, carer or other adult or child tied to the case."""

    ref: str
    relation: str
    names: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    birth_date: date | None = None
    address: str = ""
    ties: tuple[Tie, ...] = ()
    works_for_role: str = ""
    leads_it: bool = False


@dataclass(frozen=True, slots=True)
class Exclusion:
    """An agency whose shared inbox must not be told, until an officer names a person and a safe route (rule C30)."""

    role: str
    reason: str


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the sender has agreed or would like. ``start`` is aware; an agreed start confirms the meeting at once."""

    start: datetime | None = None
    minutes: int = 60
    mode: str = "online"
    venue: str = ""


@dataclass(frozen=True, slots=True)
class MeetingRequest:
    """The canonical request. Instants are aware; roles are keys of ``service.domain.roles``.

    ``team`` is the sending system's short word for the team that holds the case; figures can be asked for by it.
    ``came_through`` is a key of ``facts.DOORS``; empty when the sender does not say.
    From ``initiating_sd_at`` on, the instants say when something happened that starts a deadline's clock. None: the
    sender does not know, and a deadline that counts from it stays unknown.
    """

    partnership: str
    meeting_type: str
    source: str
    source_ref: str
    case_ref: str
    concern_recorded_at: datetime
    urgency: Urgency
    children: tuple[Child, ...]
    people: tuple[Person, ...] = ()
    circumstances: frozenset[str] = frozenset()
    involved_roles: frozenset[str] = frozenset()
    exclusions: tuple[Exclusion, ...] = ()
    referrer_role: str = ""
    team: str = ""
    chair: str = ""
    came_through: str = ""
    wishes: Wishes = field(default_factory=Wishes)
    initiating_sd_at: datetime | None = None
    last_sd_at: datetime | None = None
    action_taken_at: datetime | None = None
    decided_at: datetime | None = None
    missing_since: datetime | None = None
    icpc_at: datetime | None = None
    previous_review_at: datetime | None = None
    written_notification_at: datetime | None = None
    lado_referral_at: datetime | None = None


def age_band(child: Child, on: date) -> AgeBand:
    """The age band of a child on one day. A child not yet born on the delivery date's own day stays unborn.

    Born on 29 February, a child turns a year older on 1 March of other years, as English law counts.
    """
    if child.birth_date is None:
        return AgeBand.UNBORN
    years = _years(child.birth_date, on)
    if years < 5:
        return AgeBand.UNDER_FIVE
    return AgeBand.SCHOOL_AGE if years < _ADULT else AgeBand.ADULT


def _years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _child_facts(child: Child, on: date) -> ChildFacts:
    flags = child.flags | ({"attends_early_years"} if child.early_years_urn else frozenset())
    if child.birth_date is not None and ADOLESCENT_FROM <= _years(child.birth_date, on) < _ADULT:
        flags |= {ADOLESCENT}
    return ChildFacts(child.ref, age_band(child, on), on_school_roll=bool(child.school_urn), flags=flags)


def _birth_clock(children: tuple[Child, ...], on: date) -> datetime | None:
    """The start of the day of birth, London time, of the child just born; of twins, the earlier."""
    births = [child.birth_date for child in children if child.birth_date and on - child.birth_date <= _JUST_BORN]
    return start_of_day(min(births)) if births else None


def _delivery_clock(children: tuple[Child, ...]) -> datetime | None:
    expected = [child.expected_delivery_date for child in children if child.expected_delivery_date]
    return start_of_day(min(expected)) if expected else None


def birth_clocks(children: tuple[Child, ...], on: date) -> tuple[datetime | None, datetime | None]:
    """The two clocks that start with a sealed day, seen from one London day: the birth and the expected delivery."""
    return _birth_clock(children, on), _delivery_clock(children)


def derive_facts(request: MeetingRequest, on: date) -> RequestFacts:
    """Reduce a request to its facts on one London day. Ties of people add the circumstances that follow from them."""
    tied = {flag for person in request.people for tie in person.ties for flag in tie.flags}
    circumstances = set(request.circumstances)
    if "in_custody" in tied:
        circumstances.add("adult_in_custody")
    # Rule C30: whoever is alleged to have harmed, or must not be told, and works at an invitee stops that inbox.
    at_an_invitee = [
        person
        for person in request.people
        if person.works_for_role
        and any(tie.flags & {"alleged_to_have_harmed", "must_not_be_told"} for tie in person.ties)
    ]
    stopped = {exclusion.role for exclusion in request.exclusions} | {each.works_for_role for each in at_an_invitee}
    born_at, expected_at = birth_clocks(request.children, on)
    return RequestFacts(
        meeting_type=request.meeting_type,
        urgency=request.urgency,
        concern_recorded_at=request.concern_recorded_at,
        children=tuple(_child_facts(child, on) for child in request.children),
        circumstances=frozenset(circumstances),
        involved_roles=request.involved_roles,
        excluded_roles=frozenset(stopped),
        led_roles=frozenset(each.works_for_role for each in at_an_invitee if each.leads_it),
        referrer_role=request.referrer_role or None,
        came_through=request.came_through,
        initiating_sd_at=request.initiating_sd_at,
        last_sd_at=request.last_sd_at,
        action_taken_at=request.action_taken_at,
        decided_at=request.decided_at,
        missing_since=request.missing_since,
        icpc_at=request.icpc_at,
        previous_review_at=request.previous_review_at,
        written_notification_at=request.written_notification_at,
        lado_referral_at=request.lado_referral_at,
        extra={"team": request.team} if request.team else {},
        birth_clock_at=born_at,
        delivery_clock_at=expected_at,
    )
