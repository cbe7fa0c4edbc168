"""Taking a meeting request in: planned, sealed, audited and answered in one transaction.

A request that carries an agreed start is confirmed in the same transaction, so that its invitations can leave at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.facts import Urgency
from service.domain.london import local_date
from service.domain.minutes import minutes_due
from service.domain.requests import MeetingRequest, derive_facts
from service.store import tables
from service.store.changes import audit
from service.store.changes.bulk import Rows, write_rows
from service.store.changes.meetings import OwedRow, ShortNotice
from service.store.engine import single_statements
from service.store.ids import new_id
from service.store.queries import requests
from service.store.queries.desks import desk_ids, inbox_desks
from service.store.queries.planning import Known, known_for
from service.workflow.calling import Call, check_time, ladder_of, outbox_ids, phone_tasks, rows_to_call
from service.workflow.deliveries import Delivery, Follows, Received
from service.workflow.errors import AlreadyKnownError, BadTimeError, Instead, KeyReusedError, NotReadyError
from service.workflow.family_calls import family_rows
from service.workflow.plan import Case, Plan, case_of, places_of, plan_case
from service.workflow.planned_rows import PlannedRows, planned_rows
from service.workflow.ports import Services
from service.workflow.sealed_request import sealed_request
from service.workflow.seats import Sitting, make_room, overbooked, seats_at_intake
from service.workflow.short_notice import explain_task, short_roles
from service.workflow.tasks import TaskKind, task_row, to_who_is_there
from service.workflow.venues import says_who

_TRIES = 3


@dataclass(frozen=True, slots=True)
class Intake:
    """Everything one request writes, and what is said back."""

    partnership: str
    rows: Rows
    answer: dict[str, Any]
    events: Sequence[audit.Event]
    # The time it was agreed to meet, and for whom a seat is wanted: each inbox, and whether it may stay away.
    sitting: Sitting | None = None
    inboxes: Sequence[tuple[UUID, bool]] = ()


async def receive_request(
    services: Services, request: MeetingRequest, delivery: Delivery, follows: Follows | None = None
) -> Received:
    """Take a request in. The same delivery again gets the same answer and writes nothing.

    ``follows``: the meeting it comes after; the new one is linked to it, and known to the same people.

    Raises:
        KeyReusedError: the delivery's key came before with other content.
        AlreadyKnownError: the source and reference came before with other content.
        UnknownMeetingTypeError: the partnership's policy has no such meeting type.
        NotReadyError: the partnership has no policy or no organiser mailbox.
    """
    for _ in range(_TRIES):
        try:
            return await _take_in(services, request, delivery, follows)
        except IntegrityError:
            # Somebody was first: this delivery's twin, or an earlier one of the same reference. If neither, the
            # random reference was taken: about one request in a million, and a second draw mends it.
            if (seen := await _seen_before(services, request, delivery)) is not None:
                return seen
    raise NotReadyError("The request could not be written. Send it again; if it goes on, tell the administrator.")


async def _take_in(
    services: Services, request: MeetingRequest, delivery: Delivery, follows: Follows | None
) -> Received:
    now = services.now()
    case = _case(services, request, now)
    async with single_statements(services.engine) as conn:
        known = await known_for(conn, request.partnership, case.roles)
        intake = _intake(services, request, case, known, delivery, now)
        if follows is not None:
            intake = linked(intake, follows, delivery, now)
        seats = await _seats(conn, intake, delivery)
        # Where no seat is free there is none that somebody else could take meanwhile.
        written = not any(row["seat"] for row in seats)
        if written:
            await write_rows(conn, _rows(intake, seats, delivery))
    if not written:
        await _write_seated(services, intake, delivery)
    await services.wake.outbox(outbox_ids(intake.rows))
    return Received(intake.answer)


async def _write_seated(services: Services, intake: Intake, delivery: Delivery) -> None:
    """Write a request that takes seats: whoever else wants one of them waits, and then reads what was taken."""
    async with services.engine.begin() as conn:
        inboxes = [inbox_id for inbox_id, _ in intake.inboxes]
        events = await make_room(conn, await desk_ids(conn, intake.partnership, inboxes), services.now())
        await write_rows(conn, _rows(intake, await _seats(conn, intake, delivery), delivery))
        await audit.append(conn, events)


async def _seats(conn: AsyncConnection, intake: Intake, delivery: Delivery) -> list[dict[str, Any]]:
    """The seats of a request that comes with its time agreed; none of one that leaves it open."""
    if intake.sitting is None:
        return []
    at = intake.sitting
    inboxes = [inbox_id for inbox_id, _ in intake.inboxes]
    known = await inbox_desks(conn, at.partnership, inboxes, at.meeting_id, at.start, at.end, at.now)
    return seats_at_intake(at, intake.inboxes, known, delivery.actor)


def _rows(intake: Intake, seats: list[dict[str, Any]], delivery: Delivery) -> Rows:
    events = [*intake.events, *overbooked(seats, delivery.actor)]
    return [*intake.rows, (tables.desk_bookings, seats), (tables.audit_events, audit.new_chain(events))]


def _case(services: Services, request: MeetingRequest, now: datetime) -> Case:
    policy = services.policies.get(request.partnership)
    if policy is None:
        raise NotReadyError(f"No policy is published for {request.partnership}.", instead=Instead.MIGRATE)
    return case_of(policy, derive_facts(request, local_date(now)))


def _intake(
    services: Services, request: MeetingRequest, case: Case, known: Known, delivery: Delivery, now: datetime
) -> Intake:
    plan = plan_case(case, places_of(request.children), known.inboxes, now=now, calendar=services.calendar)
    request, silenced = _without_speaking_venue(request)
    sealed = sealed_request(request, plan.facts, fingerprint=delivery.fingerprint, keyring=services.keyring, now=now)
    planned = planned_rows(request, sealed.request_id, plan, now)
    if silenced:
        planned.tasks.append(_venue_task(request, planned, now))
    parents, to_arrange = family_rows(request, sealed.rows[2][1], planned.meeting, now)
    planned.tasks.extend(to_arrange)
    called = _call_now(services, request, plan, planned, known.organiser)
    planned.tasks[:] = to_who_is_there(planned.tasks, request.urgency, now, services.calendar)
    answer = _answer(sealed.request_id, planned)
    rows: Rows = [
        (tables.idempotency_keys, [_key_row(request, delivery, answer, now)]),
        *sealed.rows,
        (tables.meetings, [planned.meeting]),
        (tables.requirements, planned.requirements),
        (tables.tasks, planned.tasks),
        (tables.family_invitations, parents),
        *called,
    ]
    levels = {row["id"]: row["level"] for row in planned.requirements}
    return Intake(
        request.partnership,
        rows,
        answer,
        _events(request, sealed.request_id, planned, delivery, now),
        _sitting(planned.meeting),
        [(seat.inbox.id, levels[seat.requirement_id] == "optional") for seat in planned.seats],
    )


def linked(intake: Intake, follows: Follows, delivery: Delivery, now: datetime) -> Intake:
    """The same, for a meeting that follows another: whoever may know of the one may know of the other, and nobody else
    for an instant, because all of it is written at once."""
    readers, written = follows.readers, dict[str, list[dict[str, Any]]]()
    for table, table_rows in intake.rows:
        written[table.name] = [dict(row) for row in table_rows]
    (meeting,), (request,) = written["meetings"], written["requests"]
    meeting["linked_meeting_id"] = follows.meeting_id
    _narrow(written["requirements"], follows.narrowed)
    request |= {"restricted_at": readers.restricted_at, "restricted_by": readers.restricted_by}
    access = [
        {"id": new_id(now), "partnership_id": intake.partnership, "request_id": request["id"], **asdict(each)}
        for each in readers.people
    ]
    rows: Rows = [(table, written[table.name]) for table, _ in intake.rows]
    events = list(intake.events)
    if readers.restricted_at is not None:
        data: dict[str, Any] = {"follows": follows.reference}
        action = audit.Action.CASE_RESTRICTED
        events.append(audit.Event(intake.partnership, meeting["id"], now, delivery.actor, action, data))
    return replace(intake, rows=[*rows, (tables.case_access, access)], events=events)


def _narrow(requirements: Iterable[dict[str, Any]], narrowed: Mapping[str, tuple[str, ...]]) -> None:
    """Ask an agency for the children it was asked for before: whom it may be told of rests on its reasons."""
    for row in requirements:
        if only := list(narrowed.get(row["role"], ())):
            row["children"] = only
            row["because"] = [why if why["children"] is None else {**why, "children": only} for why in row["because"]]


def _sitting(meeting: Mapping[str, Any]) -> Sitting | None:
    if meeting["state"] != "confirmed":
        return None
    return Sitting(
        meeting["partnership_id"],
        meeting["id"],
        meeting["starts_at"],
        meeting["ends_at"],
        meeting["mode"] == "in_person",
        meeting["created_at"],
    )


def _without_speaking_venue(request: MeetingRequest) -> tuple[MeetingRequest, bool]:
    """A venue that names somebody, or a family's home, is left out: the meeting is called all the same."""
    if not says_who(request):
        return request, False
    return replace(request, wishes=replace(request.wishes, venue="")), True


def _venue_task(request: MeetingRequest, planned: PlannedRows, now: datetime) -> dict[str, Any]:
    return task_row(
        partnership=request.partnership,
        kind=TaskKind.HELD_BACK,
        detail="Give the meeting a venue. The one it came with was left out: it would have said who somebody is.",
        now=now,
        meeting_id=planned.meeting["id"],
        about="venue",
    )


def _call_now(
    services: Services, request: MeetingRequest, plan: Plan, planned: PlannedRows, organiser: UUID | None
) -> Rows:
    """The invitations of an agreed start; or, without a usable one, the officer's task to choose a time."""
    start, now = request.wishes.start, planned.meeting["created_at"]
    try:
        if start is None:
            raise BadTimeError("Choose a time for this meeting.")
        ends_at = check_time(start, request.wishes.minutes, now)
        call = _call(services, request, plan, planned.meeting, organiser, (start, ends_at))
        rows = rows_to_call(call, planned.seats, services.calendar, event_kind="create_event")
    except BadTimeError as problem:
        detail = str(problem) if start is None else f"Choose another time. {problem}"
        planned.tasks.append(
            task_row(
                partnership=request.partnership,
                kind=TaskKind.CHOOSE_TIME,
                detail=detail,
                now=now,
                meeting_id=planned.meeting["id"],
                due_at=plan.deadline_at,
            )
        )
        return []
    figure = plan.policy.meeting_type(request.meeting_type).minutes_due.value
    due_at = minutes_due(ends_at, figure, services.calendar)
    planned.meeting.update(state="confirmed", version=1, starts_at=start, ends_at=ends_at, minutes_due_at=due_at)
    planned.tasks.extend(phone_tasks(call, planned.seats))
    planned.tasks.extend(_explain_tasks(services, planned, call))
    return rows


def _explain_tasks(services: Services, planned: PlannedRows, call: Call) -> list[dict[str, Any]]:
    """A request says when it is agreed to meet, never why that is short: an officer does."""
    hours = {seat.requirement_id: seat.inbox.hours for seat in planned.seats}
    owed = [
        OwedRow(row["role"], row["notice_standard"], hours.get(row["id"], ""))
        for row in planned.requirements
        if row["state"] in {"wanted", "no_inbox"} and row["level"] != "optional"
    ]
    return explain_task(
        short_roles(owed, call.now, call.starts_at, services.calendar),
        ShortNotice(),
        partnership=call.partnership,
        meeting_id=call.meeting_id,
        version=call.version,
        start=call.starts_at,
        now=call.now,
    )


def _call(
    services: Services,
    request: MeetingRequest,
    plan: Plan,
    meeting: Mapping[str, Any],
    organiser: UUID | None,
    time: tuple[datetime, datetime],
) -> Call:
    if organiser is None:
        raise NotReadyError(f"{request.partnership} has no organiser mailbox. Set one in CONVENE_PARTNERSHIPS.")
    now = meeting["created_at"]
    return Call(
        partnership=request.partnership,
        meeting_id=meeting["id"],
        version=1,
        starts_at=time[0],
        ends_at=time[1],
        event_id=new_id(now),
        mailbox_id=organiser,
        ladder=ladder_of(plan.policy, request.meeting_type, request.urgency),
        immediate=request.urgency is Urgency.IMMEDIATE,
        now=now,
        real_now=services.real_now(),
    )


def _answer(request_id: UUID, planned: PlannedRows) -> dict[str, Any]:
    reference = planned.meeting["reference"]
    return {
        "request_id": str(request_id),
        "meeting_reference": reference,
        "state": planned.meeting["state"],
        "agencies": [
            {"role": row["role"], "level": row["level"], "state": row["state"]} for row in planned.requirements
        ],
        "tasks": [row["kind"] for row in planned.tasks],
        "links": {"meeting": f"/api/v1/meetings/{reference}"},
    }


def _key_row(request: MeetingRequest, delivery: Delivery, answer: dict[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "partnership_id": request.partnership,
        "door": delivery.door,
        "key": delivery.key,
        "fingerprint": delivery.fingerprint,
        "status": 201,
        "answer": answer,
        "created_at": now,
    }


def _events(
    request: MeetingRequest, request_id: UUID, planned: PlannedRows, delivery: Delivery, now: datetime
) -> list[audit.Event]:
    meeting = planned.meeting
    common = {
        "partnership": request.partnership,
        "meeting_id": meeting["id"],
        "at": now,
        "actor": delivery.actor,
    }
    events = [
        audit.Event(
            **common,
            action=audit.Action.REQUEST_RECEIVED,
            data={"request": str(request_id), "source": request.source, "fingerprint": delivery.fingerprint.hex()},
        ),
        audit.Event(
            **common,
            action=audit.Action.MEETING_PLANNED,
            data={
                "policy": meeting["policy_hash"],
                "roles": [row["role"] for row in planned.requirements],
                "tasks": [row["kind"] for row in planned.tasks],
            },
        ),
    ]
    if meeting["state"] == "confirmed":
        events.append(
            audit.Event(
                **common,
                action=audit.Action.MEETING_CONFIRMED,
                data={"version": 1, "starts_at": meeting["starts_at"].isoformat()},
            )
        )
    return events


async def _seen_before(services: Services, request: MeetingRequest, delivery: Delivery) -> Received | None:
    async with services.engine.begin() as conn:
        known = await requests.by_key(conn, request.partnership, delivery.door, delivery.key)
        if known is not None:
            if known.fingerprint != delivery.fingerprint:
                raise KeyReusedError
            return Received(known.answer, replayed=True)
        earlier = await requests.by_source_ref(conn, request.partnership, request.source, request.source_ref)
        if earlier is None:
            return None
        if earlier.fingerprint != delivery.fingerprint:
            raise AlreadyKnownError(earlier.meeting_reference)
        return Received(earlier.answer, replayed=True)
