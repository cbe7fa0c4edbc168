"""The best starts for a meeting that stands in the records, from what the records know of its desks and its chair."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.binding import Binding, RequirementState
from service.domain.calendars import Seen
from service.domain.clocks import AgencyNotice, two_clocks
from service.domain.facts import Urgency
from service.domain.hours import OFFICE, ROUND_THE_CLOCK, Hours, HoursError, parse
from service.domain.london import local_date, start_of_day
from service.domain.meetings import MeetingState, check_move
from service.domain.policy import Level
from service.domain.quorum import RULES
from service.domain.requests import MeetingRequest, derive_facts
from service.domain.roles import words as role_words
from service.domain.slots import Suggestion, rank
from service.domain.slots_asked import LEAD, Attendee, Busy, Chair, History, Wanted, seats_of
from service.domain.slots_calendars import chair_with_calendar, rooms_of, with_calendar
from service.domain.slots_give_up import GivenUp, give_up
from service.domain.spans import span_from_code
from service.store.queries import finding
from service.store.queries.directory import Inbox
from service.store.queries.finding import Standing
from service.store.queries.meeting import meeting_view
from service.store.queries.meeting_lines import AgencyLine, MeetingView
from service.store.queries.planning import known_for
from service.workflow.calendars import Looked, look_into
from service.workflow.errors import Instead, NoSuchMeetingError, NotReadyError
from service.workflow.plan import case_of, places_of, plan_case
from service.workflow.policy import policy_of
from service.workflow.ports import Services

USUAL_LENGTH = timedelta(hours=1)
_PAST = timedelta(days=365)
# Fifteen working days are never more than this, whatever holidays fall into them.
_AHEAD = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Found:
    """What was looked for and found. ``instead`` is filled only where no start keeps every hard rule.

    ``calendars`` is what was known of those inside the tenant.
    """

    reference: str
    wanted: Wanted
    slots: tuple[Suggestion, ...]
    instead: tuple[GivenUp, ...]
    calendars: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class _Known:
    capacities: dict[UUID, int]
    taken: dict[UUID, list[Busy]]
    chaired: tuple[Busy, ...]
    records: dict[UUID, History]
    standing: dict[UUID, Standing]
    looked: Looked = field(default_factory=Looked)
    # The meeting's own time, where it has one: it stands in every calendar.
    own: tuple[tuple[datetime, datetime], ...] = ()


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
    asked = {each.inbox.address: role_words(each.role) for each in meeting.agencies if each.inbox}
    in_person = meeting.mode == "in_person"
    own = ((meeting.starts_at, meeting.ends_at),) if meeting.starts_at and meeting.ends_at else ()
    looked = await look_into(services, partnership, asked, meeting.chair, rooms=in_person)
    known = replace(known, looked=looked, own=own)
    attendees = tuple(_attendee(each, known) for each in meeting.agencies if each.state in {"wanted", "no_inbox"})
    clocks = two_clocks(now, [each.notice for each in attendees], meeting.deadline_at, services.calendar)
    rule = policy.meeting_type(meeting.meeting_type).quorum.rule
    wanted = Wanted(
        now=now,
        clocks=clocks,
        attendees=attendees,
        chairs=(_chair(meeting.chair, known, immediate=meeting.urgency == Urgency.IMMEDIATE),),
        length=timedelta(minutes=minutes) if minutes else _length(meeting),
        in_person=in_person,
        quorum=RULES[rule] if rule else None,
        groups=policy.role_groups,
        mean=_sum(known.records),
        rooms=rooms_of(looked.rooms),
        told=looked.told(now),
        lead=LEAD,
    )
    slots = rank(wanted, services.calendar, count)
    return Found(reference, wanted, slots, () if slots else give_up(wanted, services.calendar), looked.all)


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
        raise NotReadyError(f"No policy is published for {partnership}.", instead=Instead.MIGRATE)
    case = case_of(policy, derive_facts(request, local_date(now)))
    async with services.engine.connect() as conn:
        directory = (await known_for(conn, partnership, case.roles)).inboxes
        plan = plan_case(case, places_of(request.children), directory, now=now, calendar=services.calendar)
        asked = [each for each in plan.bindings if each.state is not RequirementState.STOPPED]
        inboxes = [each.inbox.id for each in asked if each.inbox]
        known = await _known(conn, partnership, inboxes, request.chair, None, now)
    in_person = request.wishes.mode == "in_person"
    addresses = {each.inbox.address: role_words(each.requirement.role) for each in asked if each.inbox}
    looked = await look_into(services, partnership, addresses, request.chair, rooms=in_person)
    known = replace(known, looked=looked)
    rule = policy.meeting_type(request.meeting_type).quorum.rule
    wanted = Wanted(
        now=now,
        clocks=plan.clocks,
        attendees=tuple(_bound(each, known) for each in asked),
        chairs=(_chair(request.chair, known, immediate=request.urgency is Urgency.IMMEDIATE),),
        length=timedelta(minutes=minutes or request.wishes.minutes),
        in_person=in_person,
        quorum=RULES[rule] if rule else None,
        groups=policy.role_groups,
        mean=_sum(known.records),
        rooms=rooms_of(looked.rooms),
        told=looked.told(now),
        lead=LEAD,
    )
    slots = rank(wanted, services.calendar, count)
    return Found("", wanted, slots, () if slots else give_up(wanted, services.calendar), looked.all)


def _bound(binding: Binding[Inbox], known: _Known) -> Attendee:
    asked, inbox = binding.requirement, binding.inbox
    hours = _hours(inbox.hours) if inbox else OFFICE
    notice = AgencyNotice(asked.role, asked.notice.standard, hours, asked.notice.minimum)
    return _placed(notice, asked.level, (inbox.id, inbox.address) if inbox else None, known)


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
    return _placed(notice, Level(agency.level), (inbox.id, inbox.address) if inbox else None, known)


def _placed(notice: AgencyNotice, level: Level, at: tuple[UUID, str] | None, known: _Known) -> Attendee:
    if at is None:
        return Attendee(notice, level)
    inbox, address = at
    blocks: Sequence[Busy] = known.taken.get(inbox, ())
    attendee = Attendee(
        notice,
        level,
        seats_of(blocks, known.capacities.get(inbox, 1)),
        known.records.get(inbox, History()),
        Counter(local_date(block.start) for block in blocks),
    )
    standing = known.standing.get(inbox)
    described = attendee if standing is None else _as_described(attendee, standing)
    return with_calendar(described, known.looked.agencies.get(address.casefold()), _ours(blocks, known))


def _ours(blocks: Sequence[Busy], known: _Known) -> list[tuple[datetime, datetime]]:
    return [*((block.start, block.end) for block in blocks), *known.own]


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


def _chair(name: str, known: _Known, *, immediate: bool) -> Chair:
    hours = ROUND_THE_CLOCK if immediate else OFFICE
    chair = Chair(name or "a chair", hours, known.chaired, len(known.chaired))
    return chair_with_calendar(chair, known.looked.chair, _ours(known.chaired, known))


def _length(meeting: MeetingView) -> timedelta:
    if meeting.starts_at is None or meeting.ends_at is None:
        return USUAL_LENGTH
    return meeting.ends_at - meeting.starts_at


def _sum(records: dict[UUID, History]) -> History:
    return History(sum(each.n for each in records.values()), sum(each.of for each in records.values()))
