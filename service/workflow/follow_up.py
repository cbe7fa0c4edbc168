"""The meeting that follows a discussion by phone: asked for in the same minute, about the same people, linked to it.

It is a request of its own, sealed under its own key, so that it is erased, restricted and counted like any other. What
it is called and by when it must be is the pack's; where the pack names none, a review strategy meeting follows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.deadlines import due
from service.domain.facts import CHILD_FLAGS, RequestFacts, Urgency
from service.domain.london import local_date
from service.domain.meetings import MeetingState
from service.domain.policy import MeetingType, Policy
from service.domain.requests import Child, Exclusion, MeetingRequest, Person, Tie, Wishes, derive_facts
from service.domain.roles import MATCHED_BY_PLACE
from service.domain.working_time import CalendarTooShortError, WorkingCalendar
from service.store.changes import audit, meetings, tasks
from service.store.queries import sealed
from service.store.queries.follow_up import LinkedMeeting, access_of, follow_up_of
from service.store.queries.meeting import meeting_view
from service.store.queries.meeting_lines import AgencyLine, MeetingView
from service.store.queries.requests import RequestLine, request_by_id
from service.store.queries.sealed import SealedFamily
from service.workflow import identity
from service.workflow.deliveries import Delivery, Follows
from service.workflow.errors import CannotFollowUpError, ErasedError, NoSuchMeetingError
from service.workflow.plan import case_of
from service.workflow.policy import policy_of
from service.workflow.ports import Services
from service.workflow.receive import receive_request
from service.workflow.stored_facts import facts_from_json
from service.workflow.tasks import TaskKind

REVIEW = "strategy_review"
_DOOR = "follow_up"
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Following:
    """The meeting that is to follow: its type and name, by when it must be held in the pack's words, and as an instant.

    ``due_words`` is "not set by the partnership" and ``due_at`` None where the pack has no figure.
    """

    meeting_type: str
    name: str
    due_words: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What stands: the meeting it follows, what is to follow, and the meeting that was planned (None: not yet)."""

    reference: str
    following: Following
    planned: LinkedMeeting | None


def following_of(policy: Policy, meeting: MeetingView, calendar: WorkingCalendar) -> Following:
    """What must follow this meeting. Raises UnknownMeetingTypeError: the pack has no review strategy meeting either."""
    kind = policy.meeting_type(meeting.meeting_type)
    named = kind.followed_by.get(Urgency(meeting.urgency))
    if named is None and meeting.mode == "phone":
        # A discussion held by phone is the first of the two stages, however urgent it was said to be before.
        named = next(iter(kind.followed_by.values()), None)
    second = policy.meeting_type(named or REVIEW)
    return Following(
        second.id, second.name, second.deadline.of(Urgency.STANDARD).words, _due(second, meeting, calendar)
    )


def _due(second: MeetingType, meeting: MeetingView, calendar: WorkingCalendar) -> datetime | None:
    span = second.deadline.of(Urgency.STANDARD).value
    try:
        return due(meeting.starts_at, span, calendar) if span and meeting.starts_at else None
    except CalendarTooShortError:
        return None


async def follow_up_at(services: Services, partnership: str, reference: str) -> FollowUp:
    """How the follow-up of one meeting stands. Changes nothing.

    Raises:
        NoSuchMeetingError, NotReadyError
    """
    async with services.engine.connect() as conn:
        meeting = await meeting_view(conn, partnership, reference)
        if meeting is None:
            raise NoSuchMeetingError(reference)
        policy = await policy_of(services, conn, partnership, meeting.policy_hash)
        planned = await follow_up_of(conn, partnership, meeting.id)
    return FollowUp(reference, following_of(policy, meeting, services.calendar), planned)


async def plan_follow_up(
    services: Services, partnership: str, reference: str, *, actor: str, start: datetime | None = None
) -> FollowUp:
    """Ask for the meeting that follows. Asked for again, it is the same one. A start to come invites everybody at once.

    Raises:
        NoSuchMeetingError, NotReadyError
        CannotFollowUpError: the meeting has not begun, or was called off; or it is a conference.
        ErasedError: the request's key has been destroyed, so nobody's name can be carried over.
        SealError: a sealed value cannot be read.
    """
    now = services.now()
    async with services.engine.begin() as conn:
        locked = await meetings.lock_meeting(conn, partnership, reference)
        meeting = await meeting_view(conn, partnership, reference)
        if locked is None or meeting is None:
            raise NoSuchMeetingError(reference)
        _check(meeting, now)
        policy = await policy_of(services, conn, partnership, meeting.policy_hash)
        following = following_of(policy, meeting, services.calendar)
        if (planned := await follow_up_of(conn, partnership, meeting.id)) is None:
            asked, narrowed = await asked_again(services, conn, partnership, meeting, following.meeting_type, start)
            # The first discussion is the one that the second is counted from.
            asked = replace(asked, last_sd_at=meeting.starts_at)
            follows = await access_of(conn, partnership, meeting.request_id)
            opened = {"reason": "the meeting that follows", "columns": ["children.sealed_identity", "people"]}
            event = audit.Event(partnership, meeting.id, now, actor, audit.Action.IDENTITY_OPENED, opened)
            await audit.append(conn, [event])
    if planned is None:
        content = f"{meeting.id}/{following.meeting_type}".encode()
        delivery = Delivery(_DOOR, str(meeting.id), hashlib.sha256(content).digest(), actor)
        await receive_request(services, asked, delivery, Follows(meeting.id, reference, follows, narrowed))
    return await _noted(services, partnership, meeting, following, actor)


async def _noted(
    services: Services, partnership: str, meeting: MeetingView, following: Following, actor: str
) -> FollowUp:
    """Say in the first meeting's record that the second is planned, once, and end the task that asked for it."""
    now = services.now()
    async with services.engine.begin() as conn:
        await meetings.lock_meeting_by_id(conn, partnership, meeting.id)
        planned = await follow_up_of(conn, partnership, meeting.id)
        key = f"{TaskKind.SEPARATE_MEETING}:{meeting.id}::{following.meeting_type}"
        await tasks.close_key(conn, partnership, key, by=actor, now=now)
        if planned is not None and not planned.noted:
            data: dict[str, Any] = {"meeting": planned.reference, "meeting_type": following.meeting_type}
            action = audit.Action.FOLLOW_UP_PLANNED
            await audit.append(conn, [audit.Event(partnership, meeting.id, now, actor, action, data)])
    return FollowUp(meeting.reference, following, planned)


def _check(meeting: MeetingView, now: datetime) -> None:
    if meeting.state == MeetingState.CANCELLED:
        raise CannotFollowUpError("This meeting was called off, so nothing follows it. Ask for a meeting anew.")
    if not meeting.meeting_type.startswith("strategy"):
        raise CannotFollowUpError("Only a strategy discussion is followed by a meeting like this.")
    if meeting.starts_at is None or meeting.starts_at > now:
        raise CannotFollowUpError("The discussion has not begun. Mark who joined first; then plan what follows it.")


async def asked_again(
    services: Services,
    conn: AsyncConnection,
    partnership: str,
    meeting: MeetingView,
    meeting_type: str,
    start: datetime | None,
) -> tuple[MeetingRequest, Mapping[str, tuple[str, ...]]]:
    """The first request again, as it stands now, for another meeting; and the agencies that are asked for some of the
    children alone, by role (``deliveries.Follows``). It lives until it is sealed anew.

    Raises:
        ErasedError: the request's key has been destroyed, so nobody's name can be carried over.
        SealError: a sealed value cannot be read.
    """
    line = await request_by_id(conn, partnership, None, meeting.request_id)
    family = await sealed.family_of_request(conn, partnership, meeting.request_id)
    if line is None or family is None or family.wrapped_key is None:
        raise ErasedError
    facts = facts_from_json(line.facts, line.concern_recorded_at)
    request = _request(partnership, line, facts, meeting, meeting_type)
    request = replace(request, **_people(family, identity.unseal_family(services.keyring, family), facts))
    current = services.policies.get(partnership)
    planned = case_of(current, derive_facts(request, local_date(services.now()))).roles if current else []
    # Whoever sat in the first and no rule calls to the second is asked all the same: the same people meet again.
    also = {agency.role for agency in meeting.agencies if agency.state != "withdrawn"} - set(planned)
    wishes = Wishes(start=start, minutes=int(_HOUR.total_seconds()) // 60, mode="online")
    return replace(request, involved_roles=request.involved_roles | also, wishes=wishes), _narrowed(meeting, also)


def _narrowed(meeting: MeetingView, also: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    """The agencies that no rule calls and that sat in the first for some of its children alone. A school or nursery
    is asked by its own child in any case."""
    found: dict[str, tuple[str, ...]] = {}
    for agency in meeting.agencies:
        said = [why["children"] for why in agency.because if why.get("children") is not None]
        if agency.role in also and agency.state != "withdrawn" and agency.role not in MATCHED_BY_PLACE:
            own = agency.children if all(said) else ()
            found[agency.role] = own
    return {role: children for role, children in found.items() if children}


def _request(
    partnership: str, line: RequestLine, facts: RequestFacts, meeting: MeetingView, meeting_type: str
) -> MeetingRequest:
    stopped = facts.excluded_roles | _stopped(meeting.agencies)
    return MeetingRequest(
        partnership=partnership,
        meeting_type=meeting_type,
        source=line.source,
        source_ref=f"follow-up/{meeting.reference}",
        case_ref=line.case_ref,
        concern_recorded_at=line.concern_recorded_at,
        urgency=Urgency.STANDARD,
        children=(),
        circumstances=facts.circumstances,
        involved_roles=facts.involved_roles,
        exclusions=tuple(Exclusion(role, "") for role in sorted(stopped)),
        referrer_role=facts.referrer_role or "",
        team=str(facts.extra.get("team", "")),
        chair=meeting.chair,
        came_through=facts.came_through,
        initiating_sd_at=facts.initiating_sd_at,
        last_sd_at=facts.last_sd_at,
        action_taken_at=facts.action_taken_at,
        decided_at=facts.decided_at,
        missing_since=facts.missing_since,
    )


def _stopped(agencies: Iterable[AgencyLine]) -> frozenset[str]:
    """The roles whose shared inbox must not be told, whether or not a person has been named for them since."""
    return frozenset(
        agency.role
        for agency in agencies
        if agency.state == "stopped"
        or agency.slot.startswith("told-")
        or (agency.inbox is not None and agency.inbox.kind == "person")
    )


def _people(family: SealedFamily, opened: identity.Unsealed, facts: RequestFacts) -> dict[str, Any]:
    children = tuple(
        _child(each.ref, each.flags, opened.children[each.ref])
        for each in family.children
        if each.ref in opened.children
    )
    people = tuple(
        _person(each.ref, each.relation, each.ties, opened.people[each.ref], facts)
        for each in family.people
        if each.ref in opened.people
    )
    return {"children": children, "people": people}


def _child(ref: str, flags: Iterable[str], said: Mapping[str, Any]) -> Child:
    words = {name: said.get(name, "") for name in ("name", "nhs_number", "address", "school_urn", "early_years_urn")}
    born, expected = _day(said.get("birth_date", "")), _day(said.get("expected_delivery_date", ""))
    known = frozenset(flags) & frozenset(CHILD_FLAGS)
    return Child(ref, birth_date=born, expected_delivery_date=expected, flags=known, **words)


def _person(
    ref: str, relation: str, ties: Iterable[Mapping[str, Any]], said: Mapping[str, Any], facts: RequestFacts
) -> Person:
    works_for = str(said.get("works_for_role", ""))
    return Person(
        ref=ref,
        relation=relation,
        names=tuple(said.get("names", ())),
        aliases=tuple(said.get("aliases", ())),
        birth_date=_day(said.get("birth_date", "")),
        address=str(said.get("address", "")),
        ties=tuple(Tie(tie["child"], frozenset(tie["flags"])) for tie in ties),
        works_for_role=works_for,
        leads_it=bool(works_for) and works_for in facts.led_roles,
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
