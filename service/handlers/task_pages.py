"""Where on the pages each kind of task is done: its address, what the link says, and the right the page asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.handlers.permissions import Permission
from service.store.queries.tasks import Task
from service.web.worklist import TaskLink


@dataclass(frozen=True, slots=True)
class TaskPage:
    """One page: what follows the partnership in its address (``{meeting}``, ``{place}``, ``{item}``), and its words."""

    path: str
    words: str
    right: Permission = Permission.STAFF_ARRANGE


_ARRANGE, _AFTER, _READ = Permission.STAFF_ARRANGE, Permission.STAFF_ATTENDANCE, Permission.STAFF_READ
_CALLS = TaskPage("{meeting}/calls", "Phone from the call list", _READ)
_MEDICAL = TaskPage("{meeting}/medical", "The medical")
_FAMILY = TaskPage("{meeting}/family/arrange", "How the parents come")
_MINUTES = TaskPage("{meeting}/minutes", "The minutes", _AFTER)
_OUTLOOK = TaskPage("/drift", "What was changed in Outlook", _READ)
_TIME = TaskPage("{meeting}/time", "Choose its time")
_AGENCIES = TaskPage("{meeting}#agencies", "Its agencies and their answers", _READ)
_DIRECTORY = TaskPage("/directory", "The directory", Permission.STAFF_OPERATE)

TASK_PAGES: Mapping[str, TaskPage] = {
    "choose_time": _TIME,
    "explain_short_notice": TaskPage("{meeting}/short-notice", "Say why notice is short"),
    "no_inbox": TaskPage("{meeting}/places/{place}/inbox", "Name its inbox"),
    "not_held": TaskPage("{meeting}/time", "Give it another time"),
    "must_not_be_told": TaskPage("{meeting}/places/{place}/person", "Name a person and a safe route"),
    "phone_invitation": _CALLS,
    "phone_silent": _CALLS,
    "phone_cancellation": _AGENCIES,
    "phone_withdrawal": _AGENCIES,
    "explain_no_quorum": TaskPage("{meeting}/go-on", "Say why it went on"),
    "disagreement": TaskPage("{meeting}/disagreements", "Disagreements"),
    "minutes_due": _MINUTES,
    "minutes_overdue": _MINUTES,
    "hold_again": TaskPage("{meeting}/again", "Call it again"),
    "separate_meeting": TaskPage("/requests/new", "Ask for a meeting", Permission.STAFF_REQUEST),
    "needs_a_person": TaskPage("/held/{item}", "Read what came in"),
    "not_delivered": _CALLS,
    "unmatched_answer": _AGENCIES,
    "name_refused": TaskPage("{meeting}/places/{place}/stop", "Stop its shared inbox, if it must not be told"),
    "glass_broken": TaskPage(
        "{meeting}/readers", "Who may know of it, and who broke the glass", Permission.STAFF_CONFIRM
    ),
    "answers_unread": _AGENCIES,
    "another_time": TaskPage("{meeting}/time", "The times that were asked for"),
    "mail_to_read": TaskPage("{meeting}#mail", "The mail", _READ),
    "address_fails": _DIRECTORY,
    "address_unverified": _DIRECTORY,
    "event_gone": _OUTLOOK,
    "event_drift": _OUTLOOK,
    "tell_of_medical": _MEDICAL,
    "arrange_medical": _MEDICAL,
    "record_medical": _MEDICAL,
    "invite_family": _FAMILY,
    "tell_parent": _FAMILY,
    "book_interpreter": _FAMILY,
    "held_back": TaskPage("{meeting}/time", "Its time and place"),
    "let_out": TaskPage("{meeting}/chair-sheet", "The chair’s sheet", _READ),
    "call_anew": TaskPage("{meeting}/again", "Call it again"),
    "online_open": TaskPage("{meeting}/chair-sheet", "The chair’s sheet: whom to admit", _READ),
    "mailbox_stopped": TaskPage("/operations", "Operations", Permission.STAFF_OPERATE),
}
"""By the kind of a task. One without its meeting, place or item has no link."""


def task_link(task: Task, base: str) -> TaskLink | None:
    """Where a task is done; None where there is no such page for it."""
    page = TASK_PAGES.get(task.kind)
    if page is None:
        return None
    meeting = f"/meetings/{task.meeting_reference}" if task.meeting_reference else ""
    parts = {"meeting": meeting, "place": str(task.requirement_id or ""), "item": task.held_reference or ""}
    if any(f"{{{name}}}" in page.path and not value for name, value in parts.items()):
        return None
    return TaskLink(page.words, f"{base}{page.path.format(**parts)}", str(page.right))
