"""What the command line adds to a sentence of the service: the command that does what the sentence asks for.

The sentences themselves are shown on pages to people who have no command line, so they name no command.
"""

from __future__ import annotations

from collections.abc import Mapping

TASK_HINTS: Mapping[str, str] = {
    "choose_time": "meeting confirm",
    "explain_short_notice": "meeting explain",
    "no_inbox": "meeting invite",
    "not_held": "meeting move",
    "must_not_be_told": "meeting name-person",
    "phone_invitation": "meeting calls",
    "phone_silent": "answer",
    "phone_cancellation": "task done",
    "phone_withdrawal": "task done",
    "explain_no_quorum": "meeting go-on",
    "disagreement": "meeting dissent list",
    "minutes_due": "meeting minutes issue",
    "minutes_overdue": "meeting minutes issue",
    "hold_again": "meeting call-again",
    "separate_meeting": "request",
    "needs_a_person": "held show",
    "not_delivered": "outbox list",
    "unmatched_answer": "answer",
    "name_refused": "meeting stop",
    "glass_broken": "meeting readers",
    "answers_unread": "task done",
    "another_time": "meeting move",
    "mail_to_read": "mail list",
    "address_fails": "directory change",
    "address_unverified": "directory unverified",
    "event_gone": "drift list",
    "event_drift": "drift list",
    "tell_of_medical": "meeting medical",
    "arrange_medical": "meeting medical",
    "record_medical": "meeting medical",
    "invite_family": "meeting family",
    "tell_parent": "meeting family-route",
    "book_interpreter": "meeting family",
    "held_back": "meeting move",
    "let_out": "task done",
    "call_anew": "meeting call-again",
    "online_open": "check",
    "mailbox_stopped": "check",
}
"""By the kind of a task, the command that does it or shows what it is about."""

INSTEAD_HINTS: Mapping[str, str] = {
    "add_before": "Before its start: convene meeting add-agency; who came: convene attendance record",
    "add_now": "Add it then: convene meeting add-now",
    "adjourn": "Adjourn it: convene meeting adjourn",
    "call_anew": "Call it without the agency: convene meeting exclude",
    "correct_facts": "Correct them: convene meeting replan",
    "go_on": "Say why: convene meeting go-on",
    "import_directory": "Add it: convene directory import",
    "list_actions": "List them: convene meeting action list",
    "list_addresses": "List what does: convene directory unverified",
    "list_chairs": "List who is: convene chairs list",
    "list_deliveries": "List those that do: convene held list",
    "list_inboxes": "List what it has: convene directory list",
    "list_staff": "List who is: convene staff list",
    "list_tasks": "List what is: convene task list",
    "list_unsent": "List what does: convene outbox list",
    "migrate": "Put it there with: convene migrate",
    "move": "Move it: convene meeting move",
    "name_inbox": "Name one: convene meeting invite",
    "name_person": "Name them: convene meeting name-person",
    "stop_inbox": "Stop it: convene meeting stop",
}
"""By what would do instead (``workflow.errors.Instead``), the sentence with the command for it."""


def task_hint(kind: str) -> str:
    """The command for a task of this kind, as it is typed; empty for a kind there is no command for."""
    command = TASK_HINTS.get(kind, "")
    return f"convene {command}" if command else ""
