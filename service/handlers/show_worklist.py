"""From the records to the worklist's rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from service.domain.london import words
from service.domain.policy import Policy
from service.domain.roles import words as role_words
from service.handlers.task_pages import task_link
from service.store.queries.held import HeldItem
from service.store.queries.tasks import Task
from service.store.queries.worklist import WorklistRow
from service.web.wording import door_words, from_now, opened, task_words
from service.web.worklist import HeldRow, MeetingFacts, TaskMark, TaskRow


def kind_words(policy: Policy | None) -> Mapping[str, str]:
    """The names a partnership gives its meeting types."""
    return {} if policy is None else {id_: kind.name for id_, kind in policy.meeting_types.items()}


def marks_of(tasks: Iterable[Task]) -> Mapping[str, tuple[TaskMark, ...]]:
    """The open tasks of each meeting, by its reference."""
    found: dict[str, tuple[TaskMark, ...]] = {}
    for task in tasks:
        reference = task.meeting_reference or ""
        found[reference] = (*found.get(reference, ()), TaskMark(task.owner, task.due_at))
    return found


def meeting_facts(row: WorklistRow, kinds: Mapping[str, str], tasks: tuple[TaskMark, ...] = ()) -> MeetingFacts:
    """One meeting as the worklist judges it."""
    return MeetingFacts(
        reference=row.reference,
        kind=kinds.get(row.meeting_type) or opened(row.meeting_type),
        urgency=row.urgency,
        state=row.state,
        starts_at=row.starts_at,
        deadline_at=row.deadline_at,
        asked=row.required,
        said_yes=row.said_yes,
        silent=row.silent,
        recorded=row.recorded,
        open_tasks=row.open_tasks,
        chair=row.chair,
        kind_id=row.meeting_type,
        roles=row.roles,
        silent_roles=tuple(map(role_words, row.silent_roles)),
        put_off=row.put_off,
        to_confirm=row.to_confirm,
        tasks=tasks,
    )


def task_row(task: Task, base: str, now: datetime) -> TaskRow:
    """One task in words."""
    about = f" ({role_words(task.role)})" if task.role and role_words(task.role) not in task.detail else ""
    return TaskRow(
        kind=task_words(task.kind),
        detail=f"{task.detail}{about}",
        reference=task.meeting_reference or "",
        href=f"{base}/meetings/{task.meeting_reference}" if task.meeting_reference else "",
        due=f"{words(task.due_at)}, {from_now(task.due_at, now)}" if task.due_at else "as soon as you can",
        owner=task.owner,
        action=f"{base}/tasks/{task.id}",
        to=task_link(task, base),
    )


def held_row(item: HeldItem, base: str) -> HeldRow:
    """One kept delivery in words."""
    href = f"{base}/held/{item.reference}"
    return HeldRow(item.reference, words(item.received_at), door_words(item.door), item.problem, href)
