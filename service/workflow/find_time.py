"""The best starts for a meeting that stands in the records, from what the records know of its desks and its chair."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.binding import Binding, RequirementState
from service.domain.clocks import AgencyNotice, two_clocks
from service.domain.facts import Urgency
from service.domain.hours import OFFICE, ROUND_THE_CLOCK, Hours, HoursError, parse
from service.domain.london import local_date, start_of_day
from service.domain.meetings import MeetingState, check_move
from service.domain.policy import Level
from service.domain.quorum import RULES
from service.domain.requests import MeetingRequest, derive_facts
from service.domain.slots import Suggestion, rank
from service.domain.slots_asked import Attendee, Busy, Chair, History, Wanted, seats_of
from service.domain.slots_give_up import GivenUp, give_up
from service.domain.spans import span_from_code
from service.store.queries import finding
from service.store.queries.directory import Inbox
from service.store.queries.finding import Standing
from service.store.queries.meeting import meeting_view
from service.store.queries.meeting_lines import AgencyLine, MeetingView
from service.store.queries.planning import known_for
from service.workflow.errors import NoSuchMeetingError, NotReadyError
from service.workflow.plan import case_of, places_of, plan_case
from service.workflow.policy import policy_of
from service.workflow.ports import Services

USUAL_LENGTH = timedelta(hours=1)
_PAST = timedelta(days=365)
# Fifteen working days are never more than this, whatever holidays fall into them.
_AHEAD = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Found:
    """What was looked for and found. ``instead`` is filled only where no start keeps every hard rule."""

    reference: str
    wanted: Wanted
    slots: tuple[Suggestion, ...]
    instead: tuple[GivenUp, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    capacities: dict[UUID, int]
    taken: dict[UUID, list[Busy]]
    chaired: tuple[Busy, ...]
    records: dict[UUID, History]
    standing: dict[UUID, Standing]


async def find_time(
    services: Services, partnership: str, reference: str, minutes: int | None = None, count: int = 3
) -> Found:
    """The best starts for a planned meeting, or for one that is to be moved. Changes nothing.

    ``minutes``: how long it lasts; as long as it is now, or an hour, when not said. A desk is taken by the meetings
    of every partnership it serves, up to its capacity; its history is that of the past year.

    Raises:
        NoSuchMeetingError, NotReadyError
        IllegalMoveError: the meeting is over or cancelled.
        CalendarTooShortError: the search runs beyond the known bank holidays.
    """
    now = services.now()
    async with services.engine.connect() as conn:
        meeting = await meeting_view(conn, partnership, reference)
        if meeting is None:
            raise NoSuchMeetingError(reference)
        check_move(MeetingState(meeting.state), MeetingState.CONFIRMED)
        policy = await policy_of(services, conn, partnership, meeting.policy_hash)
        inboxes = [each.inbox.id for each in meeting.agencies if each.inbox and each.state == "wanted"]
        known = await _known(conn, partnership, inboxes, meeting.chair, meeting.id, now)
    attendees = tuple(_attendee(each, known) for each in meeting.agencies if each.state in {"wanted", "no_inbox"})
    clocks = two_clocks(now, [each.notice for each in attendees], meeting.deadline_at, services.calendar)
    rule = policy.meeting_type(meeting.meeting_type).quorum.rule
    wanted = Wanted(
        now=now,
        clocks=clocks,
        attendees=attendees,
        chairs=(_chair(meeting, known),),
        length=timedelta(minutes=minutes) if minutes else _length(meeting),
        in_person=meeting.mode == "in_person",
        quorum=RULES[rule] if rule else None,
        groups=policy.role_groups,
        mean=_sum(known.records),
    )
    slots = rank(wanted, services.calendar, count)
    return Found(reference, wanted, slots, () if slots else give_up(wanted, services.calendar))


async def find_time_for(
    services: Services, request: MeetingRequest, minutes: int | None = None, count: int = 3
) -> Found:
    """The best starts for a request that has not been sent. Takes nothing in and keeps nothing of it.

    ``minutes``: how long it lasts; what the request wishes when not said. Its reference is empty: it is no meeting yet.

    Raises:
        UnknownMeetingTypeError: the partnership's policy has no such meeting type.
        NotReadyError: the partnership has no policy.
        CalendarTooShortError: the search runs beyond the known bank holidays.
    """
    now, partnership = services.now(), request.partnership
    policy = services.policies.get(partnership)
    if policy is None:
        raise NotReadyError(f"No policy is published for {partnership}. Publish one with: convene migrate")
    case = case_of(policy, derive_facts(request, local_date(now)))
    async with services.engine.connect() as conn:
        directory = (await known_for(conn, partnership, case.roles)).inboxes
        plan = plan_case(case, places_of(request.children), directory, now=now, calendar=services.calendar)
        asked = [each for each in plan.bindings if each.state is not RequirementState.STOPPED]
        inboxes = [each.inbox.id for each in asked if each.inbox]
        known = await _known(conn, partnership, inboxes, request.chair, None, now)
    rule = policy.meeting_type(request.meeting_type).quorum.rule
    hours = ROUND_THE_CLOCK if request.urgency is Urgency.IMMEDIATE else OFFICE
    wanted = Wanted(
        now=now,
        clocks=plan.clocks,
        attendees=tuple(_bound(each, known) for each in asked),
        chairs=(Chair(request.chair or "a chair", hours, known.chaired, len(known.chaired)),),
        length=timedelta(minutes=minutes or request.wishes.minutes),
        in_person=request.wishes.mode == "in_person",
        quorum=RULES[rule] if rule else None,
        groups=policy.role_groups,
        mean=_sum(known.records),
    )
    slots = rank(wanted, services.calendar, count)
    return Found("", wanted, slots, () if slots else give_up(wanted, services.calendar))


def _bound(binding: Binding[Inbox], known: _Known) -> Attendee:
    asked, inbox = binding.requirement, binding.inbox
    hours = _hours(inbox.hours) if inbox else OFFICE
    notice = AgencyNotice(asked.role, asked.notice.standard, hours, asked.notice.minimum)
    return _placed(notice, asked.level, inbox.id if inbox else None, known)


async def _known(
    conn: AsyncConnection,
    partnership: str,
    inboxes: Sequence[UUID],
    chair: str,
    but_for: UUID | None,
    now: datetime,
) -> _Known:
    taken: dict[UUID, list[Busy]] = defaultdict(list)
    for each in await finding.desk_times(conn, partnership, inboxes, but_for, now, now + _AHEAD):
        taken[each.inbox_id].append(Busy(each.starts_at, each.ends_at, each.in_person))
    chaired = await finding.chair_times(conn, partnership, chair, but_for, now, now + _AHEAD)
    records = await finding.desk_records(conn, partnership, now - _PAST, now)
    days = (local_date(now), local_date(now + _AHEAD))
    standing = await finding.standing_desks(conn, partnership, inboxes, *days)
    return _Known(
        await finding.capacities(conn, partnership, inboxes),
        taken,
        tuple(Busy(each.starts_at, each.ends_at, each.mode == "in_person") for each in chaired),
        {each.inbox_id: History(each.came, each.asked) for each in records},
        {each.inbox_id: each for each in standing},
    )


def _attendee(agency: AgencyLine, known: _Known) -> Attendee:
    owed, least = span_from_code(agency.notice_standard), span_from_code(agency.notice_minimum)
    inbox = agency.inbox
    notice = AgencyNotice(agency.role, owed, _hours(inbox.hours) if inbox else OFFICE, least)
    return _placed(notice, Level(agency.level), inbox.id if inbox else None, known)


def _placed(notice: AgencyNotice, level: Level, inbox: UUID | None, known: _Known) -> Attendee:
    if inbox is None:
        return Attendee(notice, level)
    blocks: Sequence[Busy] = known.taken.get(inbox, ())
    attendee = Attendee(
        notice,
        level,
        seats_of(blocks, known.capacities.get(inbox, 1)),
        known.records.get(inbox, History()),
        Counter(local_date(block.start) for block in blocks),
    )
    standing = known.standing.get(inbox)
    return attendee if standing is None else _as_described(attendee, standing)


def _as_described(attendee: Attendee, standing: Standing) -> Attendee:
    away = tuple(Busy(start_of_day(first), start_of_day(last + timedelta(days=1))) for first, last in standing.away)
    travel = None if standing.travel_minutes is None else timedelta(minutes=standing.travel_minutes)
    surgery = _hours(standing.surgery) if standing.surgery else None
    return replace(attendee, surgery=surgery, away=away, travel=travel)


def _hours(text: str) -> Hours:
    try:
        return parse(text)
    except HoursError:
        # `convene directory check` names it; a search must not fail for it.
        return OFFICE


def _chair(meeting: MeetingView, known: _Known) -> Chair:
    hours = ROUND_THE_CLOCK if meeting.urgency == "immediate" else OFFICE
    return Chair(meeting.chair or "a chair", hours, known.chaired, len(known.chaired))


def _length(meeting: MeetingView) -> timedelta:
    if meeting.starts_at is None or meeting.ends_at is None:
        return USUAL_LENGTH
    return meeting.ends_at - meeting.starts_at


def _sum(records: dict[UUID, History]) -> History:
    return History(sum(each.n for each in records.values()), sum(each.of for each in records.values()))
