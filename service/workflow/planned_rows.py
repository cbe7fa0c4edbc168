"""From a plan to its rows: the meeting, a requirement for each place, and a task for whatever a person must do."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from service.domain.binding import Binding
from service.domain.clock_starts import CLOCK_WORDS
from service.domain.references import make_reference
from service.domain.requests import MeetingRequest
from service.store.changes.binding import Gap
from service.store.ids import new_id
from service.store.queries.directory import Inbox
from service.workflow.calling import Seat
from service.workflow.handmade import gap_task
from service.workflow.plan import Plan
from service.workflow.tasks import LCPP, TaskKind, task_row

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PlannedRows:
    """One meeting's rows. ``seats`` are the places that can be invited as soon as there is a time."""

    meeting: Row
    requirements: list[Row]
    tasks: list[Row]
    seats: list[Seat]


def _because(binding: Binding[Inbox]) -> list[Mapping[str, Any]]:
    return [
        {
            "rule": because.rule_id,
            "reason": because.reason,
            "source": because.source,
            "fact": because.fact,
            # Whom the agency may be told of rests on this (``domain.may_see``): [] is the whole case.
            "children": list(because.children) if because.invites else None,
        }
        for because in binding.requirement.because
    ]


def requirement_row(partnership: str, meeting_id: UUID, binding: Binding[Inbox], plan: Plan, now: datetime) -> Row:
    """One agency's place as the plan has it."""
    notice = binding.requirement.notice
    return {
        "id": new_id(now),
        "partnership_id": partnership,
        "meeting_id": meeting_id,
        "role": binding.requirement.role,
        "slot": binding.slot,
        "agency_group": plan.policy.role_groups[binding.requirement.role],
        "level": str(binding.requirement.level),
        "because": _because(binding),
        "children": list(binding.children),
        "inbox_id": binding.inbox.id if binding.inbox else None,
        "notice_standard": notice.standard.code if notice.standard else None,
        "notice_minimum": notice.minimum.code if notice.minimum else None,
        "state": str(binding.state),
    }


def _gap_task(row: Row, plan: Plan, start: datetime | None, now: datetime) -> Row | None:
    """As ``gap_task``, due by the start that was agreed, or else by the deadline."""
    return gap_task(
        Gap(row["id"], row["role"], row["level"], row["state"]),
        partnership=row["partnership_id"],
        meeting_id=row["meeting_id"],
        now=now,
        due_at=start if start is not None and start > now else plan.deadline_at,
    )


def _name_of(plan: Plan, meeting_type: str) -> str:
    """What the policy calls a kind of meeting: whoever has the task need not know our word for it."""
    found = plan.policy.meeting_types.get(meeting_type)
    return found.name if found else meeting_type.replace("_", " ")


def _separate_tasks(partnership: str, meeting_id: UUID, plan: Plan, now: datetime) -> Iterable[Row]:
    for separate in plan.evaluation.separate:
        yield task_row(
            partnership=partnership,
            kind=TaskKind.SEPARATE_MEETING,
            detail=f"Decide on a separate meeting, {_name_of(plan, separate.meeting_type)}: {separate.reason}",
            now=now,
            meeting_id=meeting_id,
            about=separate.rule_id,
            owner=LCPP,
        )


def _following_task(partnership: str, meeting_id: UUID, plan: Plan, now: datetime) -> Iterable[Row]:
    """A meeting held in two stages (Lewisham: by phone first) leaves the second one to be arranged, or it is lost."""
    policy, facts = plan.policy, plan.facts
    following = policy.meeting_type(facts.meeting_type).followed_by.get(facts.urgency)
    if following is None:
        return
    second = policy.meeting_type(following)
    by = f"{second.deadline.of(facts.urgency).words} from {CLOCK_WORDS[second.clock]}"
    yield task_row(
        partnership=partnership,
        kind=TaskKind.SEPARATE_MEETING,
        detail=f"Arrange the {second.name} that must follow this one: {by}",
        now=now,
        meeting_id=meeting_id,
        about=following,
        owner=LCPP,
    )


def further_meetings(partnership: str, meeting_id: UUID, plan: Plan, now: datetime) -> Iterable[Row]:
    """A task for each other meeting that the plan asks for. Its key makes it one, however often the plan is made."""
    yield from _separate_tasks(partnership, meeting_id, plan, now)
    yield from _following_task(partnership, meeting_id, plan, now)


def planned_rows(request: MeetingRequest, request_id: UUID, plan: Plan, now: datetime) -> PlannedRows:
    """The rows of a meeting that is planned and has no time yet."""
    meeting_id = new_id(now)
    meeting: Row = {
        "id": meeting_id,
        "partnership_id": request.partnership,
        "request_id": request_id,
        "reference": make_reference(secrets.token_bytes(16)),
        "meeting_type": request.meeting_type,
        "team": plan.evaluation.routed.team if plan.evaluation.routed else None,
        "policy_hash": plan.policy.content_hash,
        "state": "planned",
        "version": 0,
        "starts_at": None,
        "ends_at": None,
        "mode": request.wishes.mode,
        "venue": request.wishes.venue,
        "chair": request.chair,
        "deadline_at": plan.deadline_at,
        "earliest_fair_at": plan.clocks.earliest_fair,
        "minutes_due_at": None,
        "created_at": now,
    }
    requirements, tasks, seats = [], [], []
    for binding in plan.bindings:
        row = requirement_row(request.partnership, meeting_id, binding, plan, now)
        requirements.append(row)
        if (task := _gap_task(row, plan, request.wishes.start, now)) is not None:
            tasks.append(task)
        elif binding.inbox is not None:
            seats.append(Seat(row["id"], row["role"], binding.inbox))
    tasks.extend(further_meetings(request.partnership, meeting_id, plan, now))
    return PlannedRows(meeting, requirements, tasks, seats)
