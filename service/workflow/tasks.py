"""Tasks: what a person must do because the service cannot. A task is opened once, whatever is retried."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from service.domain.facts import Urgency
from service.domain.night import EMERGENCY_DUTY, opens_again
from service.domain.working_time import WorkingCalendar
from service.store.ids import new_id

OFFICER = "business support officer"
LCPP = "lead child protection practitioner"


class TaskKind(StrEnum):
    """What is to be done. The screens show ``WORDS``; the detail says for whom."""

    CHOOSE_TIME = "choose_time"
    EXPLAIN_SHORT_NOTICE = "explain_short_notice"
    NO_INBOX = "no_inbox"
    NOT_HELD = "not_held"
    MUST_NOT_BE_TOLD = "must_not_be_told"
    PHONE_INVITATION = "phone_invitation"
    PHONE_SILENT = "phone_silent"
    PHONE_CANCELLATION = "phone_cancellation"
    PHONE_WITHDRAWAL = "phone_withdrawal"
    EXPLAIN_NO_QUORUM = "explain_no_quorum"
    DISAGREEMENT = "disagreement"
    MINUTES_DUE = "minutes_due"
    MINUTES_OVERDUE = "minutes_overdue"
    HOLD_AGAIN = "hold_again"
    SEPARATE_MEETING = "separate_meeting"
    NEEDS_A_PERSON = "needs_a_person"
    NOT_DELIVERED = "not_delivered"
    UNMATCHED_ANSWER = "unmatched_answer"
    NAME_REFUSED = "name_refused"
    GLASS_BROKEN = "glass_broken"
    ANSWERS_UNREAD = "answers_unread"
    ANOTHER_TIME = "another_time"
    MAIL_TO_READ = "mail_to_read"
    ADDRESS_FAILS = "address_fails"
    ADDRESS_UNVERIFIED = "address_unverified"
    EVENT_GONE = "event_gone"
    EVENT_DRIFT = "event_drift"
    ONLINE_OPEN = "online_open"
    TELL_OF_MEDICAL = "tell_of_medical"
    ARRANGE_MEDICAL = "arrange_medical"
    RECORD_MEDICAL = "record_medical"
    INVITE_FAMILY = "invite_family"
    TELL_PARENT = "tell_parent"
    BOOK_INTERPRETER = "book_interpreter"
    HELD_BACK = "held_back"
    LET_OUT = "let_out"
    CALL_ANEW = "call_anew"
    MAILBOX_STOPPED = "mailbox_stopped"


def owner_of(urgency: str, now: datetime, calendar: WorkingCalendar) -> str:
    """Whose a task about a meeting is. At immediate risk nothing waits for the office to open: while it is closed
    (evenings, nights, weekends, bank holidays) it is the emergency duty team's; the morning takes over what is left.
    Past the known bank holidays nobody can say, and it is the office's."""
    closed = opens_again(now, calendar) is not None
    return EMERGENCY_DUTY if closed and urgency == Urgency.IMMEDIATE else OFFICER


def to_who_is_there(
    rows: Iterable[dict[str, Any]], urgency: str, now: datetime, calendar: WorkingCalendar
) -> list[dict[str, Any]]:
    """The same tasks, those of the office given to whoever has them now (``owner_of``)."""
    there = owner_of(urgency, now, calendar)
    return [row | {"owner": there} if row["owner"] == OFFICER else row for row in rows]


def task_row(  # noqa: PLR0913 - a task is what it is about, by name
    *,
    partnership: str,
    kind: TaskKind,
    detail: str,
    now: datetime,
    meeting_id: UUID | None = None,
    requirement_id: UUID | None = None,
    about: str = "",
    due_at: datetime | None = None,
    owner: str = OFFICER,
) -> dict[str, Any]:
    """One task. Its key makes it one: kind, meeting, requirement and ``about`` (a version, an address's digest)."""
    return {
        "id": new_id(now),
        "partnership_id": partnership,
        "meeting_id": meeting_id,
        "requirement_id": requirement_id,
        "kind": str(kind),
        "key": f"{kind}:{meeting_id or ''}:{requirement_id or ''}:{about}",
        "owner": owner,
        "detail": detail,
        "due_at": due_at,
        "state": "open",
        "created_at": now,
    }
