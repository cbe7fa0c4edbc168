"""Short notice: it stops no meeting. It asks for a reason from the policy's list and a sentence, by a named person.

Where nobody has given them yet, an officer has a task that says to whom notice is short; the figures count the
meeting either way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from service.domain.clocks import AgencyNotice, short_for
from service.domain.hours import OFFICE, parse
from service.domain.meetings import MeetingState
from service.domain.policy import Policy
from service.domain.roles import words
from service.domain.spans import span_from_code
from service.domain.working_time import CalendarTooShortError, WorkingCalendar
from service.store.changes import audit, meetings, tasks
from service.store.changes.meetings import OwedRow, ShortNotice
from service.workflow.errors import BadReasonError, NoSuchMeetingError
from service.workflow.policy import policy_of
from service.workflow.ports import Services
from service.workflow.tasks import TaskKind, task_row


@dataclass(frozen=True, slots=True)
class Explained:
    """What was explained: the meeting, the reason's words, and whether a task was waiting for it."""

    reference: str
    words: str
    task_closed: bool


def reason_given(policy: Policy, code: str | None, text: str | None, by: str) -> ShortNotice:
    """The reason as it is kept. Words without a code are kept too; without either there is nobody to name.

    Raises:
        BadReasonError: the code is not on the policy's list.
    """
    if code is not None and code not in policy.short_notice_reasons:
        raise BadReasonError(_choose(policy.short_notice_reasons))
    return ShortNotice(code, text or None, by if code or text else None)


def _choose(reasons: Mapping[str, str]) -> str:
    if not reasons:
        return "The policy that planned this meeting has no list of reasons. Give the reason in words alone."
    return f"The reason for short notice is one of: {', '.join(sorted(reasons))}."


def short_roles(owed: Sequence[OwedRow], now: datetime, start: datetime, calendar: WorkingCalendar) -> tuple[str, ...]:
    """The roles that this start gives less notice than they are owed; none can be named past the known holidays."""
    agencies = [
        AgencyNotice(row.role, span_from_code(row.notice_standard), parse(row.hours) if row.hours else OFFICE)
        for row in owed
    ]
    try:
        return short_for(now, start, agencies, calendar)
    except CalendarTooShortError:
        # Holidays are known for more than a year ahead: a start beyond them is short to nobody.
        return ()


def explain_task(
    short: Sequence[str],
    given: ShortNotice,
    *,
    partnership: str,
    meeting_id: UUID,
    version: int,
    start: datetime,
    now: datetime,
) -> list[dict[str, Any]]:
    """The officer's task to say why, unless both the code and the words were given or nobody's notice is short."""
    if not short or (given.short_notice_code and given.short_notice_reason):
        return []
    return [
        task_row(
            partnership=partnership,
            kind=TaskKind.EXPLAIN_SHORT_NOTICE,
            detail=f"Say why notice is short. Less than it should be for: {', '.join(map(words, short))}.",
            now=now,
            meeting_id=meeting_id,
            about=str(version),
            due_at=start,
        )
    ]


async def explain_short_notice(
    services: Services, partnership: str, reference: str, *, code: str, text: str, actor: str
) -> Explained:
    """Say, before the meeting or after it, why the notice of its current time was short. It can be said again.

    Raises:
        NoSuchMeetingError, NotReadyError
        BadReasonError: the code is not on the policy's list, no words were given, or the meeting has no time.
    """
    now = services.now()
    async with services.engine.begin() as conn:
        meeting = await meetings.lock_meeting(conn, partnership, reference)
        if meeting is None:
            raise NoSuchMeetingError(reference)
        if meeting.state not in {MeetingState.CONFIRMED, MeetingState.HELD}:
            raise BadReasonError("Only a meeting that has its time, or was held, has notice to explain.")
        policy = await policy_of(services, conn, partnership, meeting.policy_hash)
        if not text.strip():
            raise BadReasonError("Say in a sentence of your own why notice is short, without names.")
        given = reason_given(policy, code, text.strip(), actor)
        await meetings.explain_short_notice(conn, partnership, meeting.id, given)
        closed = await tasks.close_kind(
            conn, partnership, meeting.id, str(TaskKind.EXPLAIN_SHORT_NOTICE), by=actor, now=now
        )
        # The words may name somebody and could never be erased from a hash chain; the meeting's row keeps them.
        data: dict[str, int | str] = {"version": meeting.version, "short_notice_code": code}
        action = audit.Action.SHORT_NOTICE_EXPLAINED
        await audit.append(conn, [audit.Event(partnership, meeting.id, now, actor, action, data)])
    return Explained(meeting.reference, policy.short_notice_reasons[code], closed > 0)
