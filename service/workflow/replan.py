"""Planning a meeting anew when the facts have changed: the difference shown first, then done.

The version stays. Who is added is asked to the time the others know, who falls away is told so, and everybody else
hears nothing: one event stays one event, whose guest list is brought up to date in its own stream.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.amending import FactChange
from service.domain.binding import RequirementState
from service.domain.chasing import Silence
from service.domain.facts import RequestFacts
from service.domain.minutes import minutes_due
from service.domain.policy import Policy
from service.domain.replanned import Effect, Place, PolicyName, Replanned
from service.store.changes import audit, binding, meetings, replanning, tasks
from service.store.changes.binding import Gap
from service.store.changes.bulk import Rows, write_rows
from service.store.changes.meetings import LockedMeeting, OwedRow, ShortNotice
from service.store.queries.meeting_lines import AgencyLine
from service.store.tables import outbox
from service.workflow.bind import anew, call_now, guests_row, rows_to_invite
from service.workflow.calling import (
    GUESTS_AT,
    Call,
    Row,
    Seat,
    outbox_ids,
    outbox_row,
    sequence_of,
    stream_of_messages,
)
from service.workflow.entries import entries_off
from service.workflow.errors import DifferentNowError, NoSuchMeetingError
from service.workflow.handmade import gap_task, withdrawn_task
from service.workflow.planned_rows import further_meetings, requirement_row
from service.workflow.ports import Services
from service.workflow.replan_look import Look, ReplanAsked, has_person, look
from service.workflow.sealed_request import facts_as_json
from service.workflow.seats import fit_seats, sitting_of
from service.workflow.short_notice import explain_task, short_roles
from service.workflow.stored_facts import facts_from_json
from service.workflow.tasks import TaskKind

# What no longer has to be done about a place that fell away, or whose inbox must not be told.
_OF_A_PLACE = (
    TaskKind.NO_INBOX,
    TaskKind.MUST_NOT_BE_TOLD,
    TaskKind.PHONE_INVITATION,
    TaskKind.PHONE_SILENT,
    TaskKind.NOT_DELIVERED,
    TaskKind.ANOTHER_TIME,
    TaskKind.HELD_BACK,
)


async def preview(services: Services, partnership: str, reference: str, asked: ReplanAsked) -> Replanned:
    """What planning anew would do. Changes nothing. Raises as ``look``."""
    async with services.engine.begin() as conn:
        meeting = await _locked(conn, partnership, reference)
        return _told(await look(services, conn, partnership, meeting, asked), done=False)


async def replan_meeting(
    services: Services, partnership: str, reference: str, asked: ReplanAsked, *, actor: str
) -> Replanned:
    """Change the facts and plan the meeting anew. The same facts again change nothing and write nothing.

    Raises:
        DifferentNowError: ``asked.seen`` names another difference than this one.
        NoSuchMeetingError, CannotReplanError, BadFactsError, BadTimeError, NotReadyError, SealError
    """
    async with services.engine.begin() as conn:
        meeting = await _locked(conn, partnership, reference)
        found = await look(services, conn, partnership, meeting, asked)
        if asked.seen and asked.seen != found.mark:
            raise DifferentNowError
        if found.nothing_to_do:
            return _told(found, done=False)
        call = await call_now(services, conn, partnership, meeting)
        intents = await _do(services, _Act(conn, partnership, found, call, actor, services.now()))
    await services.wake.outbox(intents)
    return _told(found, done=True)


async def _locked(conn: AsyncConnection, partnership: str, reference: str) -> LockedMeeting:
    meeting = await meetings.lock_meeting(conn, partnership, reference)
    if meeting is None:
        raise NoSuchMeetingError(reference)
    return meeting


def _told(found: Look, *, done: bool) -> Replanned:
    names: dict[Place, str] = {place: bound.inbox.name for place, bound in found.bindings.items() if bound.inbox}
    names |= {place: agency.inbox.name for place, agency in found.agencies.items() if agency.inbox}
    old, new = found.policy_before, found.plan.policy
    effects = found.effects()
    return Replanned(
        reference=found.meeting.reference,
        version=found.meeting.version,
        mark=found.mark,
        done=done,
        nothing_to_do=found.nothing_to_do,
        facts=found.facts,
        difference=found.difference,
        effects=effects,
        inboxes={place: name for place, name in names.items() if place in effects},
        policy_before=PolicyName(old.id, old.version, old.content_hash),
        policy=PolicyName(new.id, new.version, new.content_hash),
        deadline_before=found.view.deadline_at,
        deadline=found.deadline_at,
        team_before=_team(old, found.view.team),
        team=_team(new, found.team),
        separate=tuple(f"{each.meeting_type}: {each.reason}" for each in found.separate),
    )


def _team(policy: Policy, key: str | None) -> str:
    known = policy.teams.get(key or "")
    return known.name if known else (key or "")


@dataclass(slots=True)
class _Act:
    """One planning anew under way: what it does, and what it leaves for a person and for Outlook."""

    conn: AsyncConnection
    partnership: str
    found: Look
    call: Call | None
    actor: str
    now: datetime
    tasks: list[Row] = field(default_factory=list)
    messages: list[Row] = field(default_factory=list)
    events: list[audit.Event] = field(default_factory=list)
    guests_change: bool = False

    def happened(self, action: audit.Action, **data: Any) -> None:
        """Note an event for the meeting's chain."""
        meeting_id = self.found.meeting.id
        self.events.append(audit.Event(self.partnership, meeting_id, self.now, self.actor, action, data))


async def _do(services: Services, act: _Act) -> list[UUID]:
    await _write_facts(services, act)
    await _withdraw(act)
    await _change(act)
    seats, owed = await _add(act)
    rows: Rows = []
    if act.call is not None and (seats or act.guests_change):
        rows = await rows_to_invite(services, act.conn, act.call, seats, await guests_row(act.conn, act.call))
        await binding.write_again(act.conn, rows)
    await write_rows(act.conn, [(outbox, act.messages)])
    taken_off = await entries_off(act.conn, act.call)
    await write_rows(act.conn, [(outbox, taken_off)])
    act.tasks.extend(further_meetings(act.partnership, act.found.meeting.id, act.found.plan, act.now))
    act.tasks.extend(_short_tasks(services, act, owed))
    await tasks.open_once(act.conn, act.tasks, by=act.actor)
    _replanned(act)
    act.events.extend(await fit_seats(act.conn, sitting_of(act.partnership, act.found.meeting, act.now), act.actor))
    await audit.append(act.conn, act.events)
    return outbox_ids([*rows, (outbox, act.messages), (outbox, taken_off)])


async def _write_facts(services: Services, act: _Act) -> None:
    found, request_id = act.found, act.found.meeting.request_id
    if found.facts:
        facts = facts_as_json(found.after)
        urgency = str(found.after.urgency)
        await replanning.set_facts(act.conn, act.partnership, request_id, facts=facts, urgency=urgency)
        for child in found.after.children:
            if child not in found.before.children:
                await replanning.set_child(act.conn, act.partnership, request_id, child)
        changes = [{"fact": each.fact, "child": each.child} | _moved(each) for each in found.facts]
        act.happened(audit.Action.REQUEST_AMENDED, request=str(request_id), facts=changes)
    ends_at, figure = found.meeting.ends_at, found.plan.policy.meeting_type(found.meeting.meeting_type).minutes_due
    due_at = minutes_due(ends_at, figure.value, services.calendar) if ends_at else None
    await replanning.set_plan(
        act.conn,
        act.partnership,
        found.meeting.id,
        policy_hash=found.plan.policy.content_hash,
        deadline_at=found.deadline_at,
        earliest_fair_at=found.earliest_fair_at,
        minutes_due_at=due_at,
        team=found.team,
    )


def _moved(change: FactChange) -> dict[str, list[str]]:
    return {"added": list(change.added), "removed": list(change.removed)}


async def _withdraw(act: _Act) -> None:
    effects = act.found.effects()
    for place in act.found.difference.withdrawn:
        agency = act.found.agencies[place.role, place.slot]
        await _take_back(act, agency, Silence.WITHDRAWN)
        await replanning.change_place(act.conn, act.partnership, agency.requirement_id, {"state": "withdrawn"})
        effect = effects[place.role, place.slot]
        act.happened(
            audit.Action.REQUIREMENT_WITHDRAWN,
            requirement=str(agency.requirement_id),
            role=place.role,
            because="facts_changed",
            effect=str(effect),
        )
        if effect is Effect.PHONED_OFF:
            reached = act.found.by_hand[agency.requirement_id]
            again = anew(act.now)
            act.tasks.append(withdrawn_task(act.partnership, act.found.meeting, reached, act.now, again=again))
        elif effect is Effect.TOLD and act.call is not None:
            act.messages.append(await _let_off(act, act.call, agency.requirement_id))


async def _let_off(act: _Act, call: Call, requirement_id: UUID) -> Row:
    """The word to an agency that it need not come, after whatever it was told before."""
    stream = stream_of_messages(requirement_id)
    told = await binding.rows_in_stream(act.conn, act.partnership, stream)
    sequence = sequence_of(call.version, GUESTS_AT + told)
    about = {"about": "withdrawal"}
    return outbox_row(call, "message", stream, sequence, requirement_id=requirement_id, detail=about)


async def _take_back(act: _Act, agency: AgencyLine, because: Silence) -> None:
    """Nothing more leaves for a place: its invitation, messages and chases end, and what was to be done about it."""
    place = agency.requirement_id
    await binding.take_back(act.conn, act.partnership, place, because, act.now)
    await tasks.drop_for_requirement(act.conn, act.partnership, place, _OF_A_PLACE, by=act.actor, now=act.now)
    if agency.state == RequirementState.WANTED and agency.inbox is not None and agency.inbox.channel == "outlook":
        act.guests_change = True
    if agency.invitation is not None:
        version = act.found.meeting.version
        act.happened(
            audit.Action.INVITATION_WITHDRAWN, requirement=str(place), version=version, because="facts_changed"
        )


async def _change(act: _Act) -> None:
    for each in act.found.difference.changed:
        agency = act.found.agencies[each.before.role, each.before.slot]
        if each.held_back_now:
            await _take_back(act, agency, Silence.EXCLUDED)
        state = "stopped" if each.after.held_back and not has_person(agency) else agency.state
        values = {
            "agency_group": each.after.group,
            "level": each.after.level,
            "because": [asdict(reason) for reason in each.after.because],
            "children": list(each.after.children),
            "notice_standard": each.after.notice_standard,
            "notice_minimum": each.after.notice_minimum,
            "state": state,
        }
        await replanning.change_place(act.conn, act.partnership, agency.requirement_id, values)
        if each.held_back_now or (state == "stopped" and each.before.level != each.after.level):
            _gap(act, Gap(agency.requirement_id, each.after.role, each.after.level, state))
        act.happened(
            audit.Action.REQUIREMENT_CHANGED,
            requirement=str(agency.requirement_id),
            role=each.after.role,
            what=list(each.what),
        )


async def _add(act: _Act) -> tuple[list[Seat], list[OwedRow]]:
    """Write the new places; returns those that can be invited, and the notice that those who must come are owed."""
    seats: list[Seat] = []
    owed: list[OwedRow] = []
    for place in act.found.difference.added:
        bound = act.found.bindings[place.role, place.slot]
        row = requirement_row(act.partnership, act.found.meeting.id, bound, act.found.plan, act.now)
        requirement_id = await replanning.add_place(act.conn, act.partnership, row)
        effect = act.found.effects()[place.role, place.slot]
        act.happened(
            audit.Action.REQUIREMENT_ADDED, requirement=str(requirement_id), role=place.role, effect=str(effect)
        )
        if bound.inbox is not None:
            seats.append(Seat(requirement_id, place.role, bound.inbox))
        else:
            _gap(act, Gap(requirement_id, place.role, place.level, str(bound.state)))
        if bound.state is not RequirementState.STOPPED and place.level != "optional":
            owed.append(OwedRow(place.role, place.notice_standard, bound.inbox.hours if bound.inbox else ""))
    return seats, owed


def _gap(act: _Act, gap: Gap) -> None:
    meeting = act.found.meeting
    task = gap_task(
        gap,
        partnership=act.partnership,
        meeting_id=meeting.id,
        now=act.now,
        version=meeting.version,
        starts_at=meeting.starts_at,
        due_at=meeting.starts_at or act.found.deadline_at,
        again=anew(act.now),
    )
    act.tasks.extend([task] if task else [])


def _short_tasks(services: Services, act: _Act, owed: list[OwedRow]) -> list[Row]:
    """A task to say why, where an agency that is added gets less notice than it is owed and nobody has said it yet."""
    view = act.found.view
    if act.call is None or any(task.kind == TaskKind.EXPLAIN_SHORT_NOTICE for task in view.open_tasks):
        return []
    asked = explain_task(
        short_roles(owed, act.now, act.call.starts_at, services.calendar),
        ShortNotice(view.short_notice_code, view.short_notice_reason, view.short_notice_by),
        partnership=act.partnership,
        meeting_id=view.id,
        version=act.call.version,
        start=act.call.starts_at,
        now=act.now,
    )
    # An earlier task of this version may have been done: this one is about the agencies that came since.
    return [row | {"key": f"{row['key']}{anew(act.now)}"} for row in asked]


def _replanned(act: _Act) -> None:
    changes, found = act.found.difference, act.found
    act.happened(
        audit.Action.MEETING_REPLANNED,
        version=found.meeting.version,
        policy_before=found.policy_before.content_hash,
        policy=found.plan.policy.content_hash,
        added=[place.role for place in changes.added],
        withdrawn=[place.role for place in changes.withdrawn],
        changed=[each.after.role for each in changes.changed],
        kept=len(changes.kept),
        mark=found.mark,
    )


async def facts_now(services: Services, partnership: str, reference: str) -> RequestFacts:
    """The facts a meeting is planned by, as they stand. Changes nothing. Raises NoSuchMeetingError."""
    async with services.engine.begin() as conn:
        meeting = await _locked(conn, partnership, reference)
        stored, recorded_at = await replanning.lock_facts(conn, partnership, meeting.request_id)
    return facts_from_json(stored, recorded_at)
